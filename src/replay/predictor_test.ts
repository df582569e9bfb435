import { assertEquals } from "@std/assert";
import { MIGRATE } from "../mm/gfp.ts";
import { profileNamed } from "../profile/profile.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { BlockTypes, CERTAINTY } from "./block_types.ts";
import { UNKNOWN } from "./page_lists.ts";
import { Predictor } from "./predictor.ts";
import { replayMachine } from "./replay_machine.ts";

const { UNMOVABLE, MOVABLE, RECLAIMABLE } = MIGRATE;
/** DMA32 is zone 1, so its pcps are 2 and 3, and their lists 6 to 11. */
const PCP = 2;
const LIST = 6;

/** A machine of 64 MiB with two CPUs and lists of 6/2. */
function start(learns = true, profile = "v5_9") {
  const geometry = geometryFromSize({ memoryBytes: 64 << 20, cpus: 2, nodes: 1 });
  const machine = replayMachine(geometry, profileNamed(profile), {
    size: { high: 6, batch: 2 },
    fraction: null,
  });
  const blocks = new BlockTypes(machine.nrPages, 9);
  let line = 0;
  const predictor = new Predictor(machine, blocks, { learns });
  const at = <T>(action: () => T): T => {
    machine.lists.now = ++line;
    return action();
  };
  return {
    machine,
    blocks,
    predictor,
    step: predictor.step,
    count: () => machine.pcp.count[PCP],
    alloc: (pfn: number, type: number, cpu = 0, order = 0) =>
      at(() => predictor.alloc(cpu, pfn, order, type)),
    free: (pfn: number, cpu = 0, order = 0) => at(() => predictor.free(cpu, pfn, order)),
  };
}

Deno.test("Predictor refills an empty list with a batch at the allocation that finds it empty", () => {
  const { alloc, step, count } = start();
  alloc(5000, UNMOVABLE);
  assertEquals([step.pcp, step.list, step.refilled, step.named, count()], [PCP, LIST, 2, UNKNOWN, 1]);
  alloc(5001, UNMOVABLE);
  assertEquals([step.refilled, count()], [0, 0]);
  alloc(5002, MOVABLE);
  assertEquals([step.list, step.refilled], [LIST + MOVABLE, 2]);
});

Deno.test("Predictor drains a batch when a free brings the count to high", () => {
  const { free, step, count } = start();
  for (let pfn = 5000; pfn < 5005; pfn++) free(pfn);
  assertEquals([step.drained, count()], [0, 5]);
  free(5005);
  assertEquals([step.drained, step.beforeDrain, count()], [2, 6, 4]);
});

Deno.test("Predictor names the page that was freed last", () => {
  const { alloc, free, step } = start();
  for (const pfn of [5000, 5001]) free(pfn);
  alloc(5001, MOVABLE);
  assertEquals(step.named, 5001);
  alloc(5000, MOVABLE);
  assertEquals([step.named, step.refilled], [5000, 0]);
});

Deno.test("Predictor leaves blocks above the lists' largest order alone", () => {
  const { predictor, count } = start();
  predictor.alloc(0, 8192, 3, UNMOVABLE);
  predictor.free(0, 8192, 3);
  assertEquals([predictor.step.pcp, count()], [-1, 0]);
});

Deno.test("Predictor.lockless() walks zones and types in the order of the RFC", () => {
  const { machine: { lists }, predictor } = start();
  assertEquals(predictor.lockless(0), -1);
  lists.addFirst(RECLAIMABLE, UNKNOWN); // zone DMA
  assertEquals(predictor.lockless(0), RECLAIMABLE);
  lists.addFirst(LIST + RECLAIMABLE, UNKNOWN);
  assertEquals(predictor.lockless(0), LIST + RECLAIMABLE);
  lists.addFirst(LIST + MOVABLE, UNKNOWN);
  assertEquals(predictor.lockless(0), LIST + MOVABLE);
  assertEquals(predictor.lockless(1), -1);
});

Deno.test("Predictor learns a pageblock's type from a page that does not come back from the list expected", () => {
  const { machine: { lists }, alloc, free, step, predictor } = start();
  lists.setLength(LIST + MOVABLE, 3);
  free(5000); // in a block that nothing is known of, so it goes to the movable list
  alloc(9000, MOVABLE);
  assertEquals([step.named, step.refilled, predictor.putRight.conclusions.retyped], [5000, 0, 1]);
  assertEquals([lists.length(LIST + MOVABLE), lists.listOf(5000)], [2, LIST + UNMOVABLE]);
  alloc(5000, UNMOVABLE);
  assertEquals([step.named, step.refilled], [5000, 0]);
});

Deno.test("Predictor takes pages of two pageblocks that do not come for evidence of a drain of all lists", () => {
  const { alloc, free, step, predictor, count, machine } = start();
  // both blocks are proved to be movable
  for (const pfn of [5000, 6000]) {
    free(pfn);
    alloc(pfn, MOVABLE);
  }
  for (const cpu of [0, 1]) free(5001 + cpu, cpu);
  free(6001);
  alloc(9000, MOVABLE); // comes from nowhere, though 6001 is the first and 5001 the second
  assertEquals([step.named, step.refilled, count()], [6001, 2, 1]);
  assertEquals([predictor.putRight.conclusions.silentDrains, machine.pcp.count[PCP + 1]], [1, 0]);
});

Deno.test("Predictor takes a page that must have come from a list without unknown ones for evidence of a drain", () => {
  const { alloc, free, step, predictor, count, machine } = start();
  // the block is proved to be movable
  free(5000);
  alloc(5000, MOVABLE);
  for (const cpu of [0, 1]) free(5001 + cpu, cpu);
  free(5003);
  alloc(9000, MOVABLE); // comes from nowhere, though 5003 is the first
  assertEquals([step.named, step.refilled, count()], [5003, 2, 1]);
  assertEquals([predictor.putRight.conclusions.silentDrains, machine.pcp.count[PCP + 1]], [1, 0]);
});

Deno.test("Predictor takes pages of one pageblock before unknown ones for evidence of its type", () => {
  const { alloc, free, predictor, count, blocks } = start();
  alloc(5000, MOVABLE); // a refill of two: one that nothing is known of is left
  free(5000);
  alloc(5000, MOVABLE);
  free(5001);
  free(5003);
  alloc(9000, MOVABLE);
  assertEquals([predictor.putRight.conclusions.silentDrains, count()], [0, 2]);
  assertEquals(blocks.listType(5001) === MOVABLE, false);
});

Deno.test("Predictor empties the lists of a CPU whose lockless attempt found nothing", () => {
  const { machine: { pcp }, free, predictor } = start();
  free(5000);
  free(5001, 1);
  predictor.locklessMiss(0);
  assertEquals([pcp.count[PCP], pcp.count[PCP + 1]], [0, 1]);
});

Deno.test("Predictor follows a pageblock that changes its type", () => {
  const { predictor, free, step } = start();
  predictor.ownershipChanged(5120, 1024, RECLAIMABLE);
  free(6143);
  assertEquals(step.list, LIST + RECLAIMABLE);
  free(6144);
  assertEquals(step.list, LIST + MOVABLE);
});

Deno.test("Predictor that does not learn keeps its lists whatever page leaves", () => {
  const { alloc, free, count, predictor } = start(false);
  for (let pfn = 5000; pfn < 5004; pfn++) free(pfn);
  for (let pfn = 9000; pfn < 9003; pfn++) alloc(pfn, MOVABLE);
  assertEquals([count(), predictor.putRight.conclusions], [1, { retyped: 0, silentDrains: 0 }]);
});

Deno.test("Predictor proves a pageblock's type by a block of several pages as by a single one", () => {
  const { alloc, free, blocks } = start(true, "v6_1");
  alloc(5120, UNMOVABLE);
  free(5120, 0, 2);
  alloc(5120, UNMOVABLE, 0, 2);
  assertEquals([blocks.listType(5120), blocks.certainty(5120)], [UNMOVABLE, CERTAINTY.proof]);
});

Deno.test("Predictor takes a type without a list of its own, which no kernel prints there, for movable", () => {
  for (const type of [-1, 3, 15]) {
    const { alloc, predictor, step } = start();
    alloc(5000, type);
    assertEquals(step.list, LIST + MOVABLE);
    predictor.locklessHit(0, 5001, type);
    assertEquals(step.list, LIST + MOVABLE);
  }
});
