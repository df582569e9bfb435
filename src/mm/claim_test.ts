/** Fallback between migratetypes as in 6.10 and later: free blocks stay with the type of their pageblock. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { runOperation, settle, threadOf } from "../../tests/support/machines.ts";
import {
  countEvents,
  freeBlocks,
  freeCount,
  memory,
  soundness,
  takeBlock,
} from "../../tests/support/memory.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { __free_one_page, __rmqueue_smallest } from "./buddy.ts";
import { __rmqueue, reserve_highatomic_pageblock, unreserve_highatomic_pageblock } from "./fallback.ts";
import { __free_pages } from "./free.ts";
import { ALLOC, GFP, GFP_ATOMIC, GFP_HIGHUSER_MOVABLE, MIGRATE } from "./gfp.ts";
import { lruAdd } from "./lru.ts";
import { get_pageblock_migratetype, NO_PAGE, PAGE } from "./mm.ts";
import { __alloc_pages_nodemask } from "./page_alloc.ts";

const { UNMOVABLE, MOVABLE, RECLAIMABLE, CMA, HIGHATOMIC } = MIGRATE;

/** A machine of a version with one zone of 64 MiB, if not said otherwise. */
const machineOf = (profile: string, pages = 16384) =>
  memory({
    zones: [{ pages, pcp: { high: 30, batch: 7 } }],
    build: { ...profileNamed(profile), preemption: "full" },
  });

/** The same with no free blocks but those given, as pfn, order, type; the pageblocks have the type of their blocks. */
function withBlocks(profile: string, blocks: readonly (readonly [number, number, number])[]): Machine {
  const machine = machineOf(profile);
  const { m } = machine;
  for (let order = 10; order >= 0; order--) while (__rmqueue_smallest(m, 0, order, MOVABLE) !== NO_PAGE);
  for (let order = 10; order >= 0; order--) while (__rmqueue_smallest(m, 0, order, UNMOVABLE) !== NO_PAGE);
  assertEquals(freeCount(m, 0), 0);
  for (const [pfn, order, type] of blocks) {
    m.pageblock.migratetype[pfn >> 9] = type;
    __free_one_page(m, 0, pfn, 0, order, type);
  }
  return machine;
}

/** Makes the last pages of a pageblock movable ones of a process, so that it cannot be claimed for kernel memory. */
function fillMovable({ m }: Machine, first: number): void {
  for (let pfn = first + 512 - 300; pfn < first + 512; pfn++) {
    m.page.flags[pfn] = PAGE.allocated;
    lruAdd(m, pfn);
  }
}

const take = ({ m }: Machine, order: number, type: number, flags = 0) =>
  __rmqueue(m, 0, 0, order, type, flags);

Deno.test("__rmqueue() of 6.12 takes one page of a pageblock that it cannot claim and leaves the rest", () => {
  const left = ["v6_1", "v6_12", "v6_18"].map((name) => {
    const machine = withBlocks(name, [[1024, 3, MOVABLE]]);
    fillMovable(machine, 1024);
    assertEquals(take(machine, 0, UNMOVABLE), 1024);
    assertEquals(get_pageblock_migratetype(machine.m, 1024), MOVABLE);
    return [UNMOVABLE, MOVABLE].map((type) => freeBlocks(machine.m, 0, [type]).join(" "));
  });
  const rest = "1025/0 1026/1 1028/2";
  assertEquals(left, [[rest, ""], ["", rest], ["", rest]]);
});

Deno.test("__rmqueue() of 6.12 claims a pageblock with all that is free in it", () => {
  for (const name of ["v6_12", "v6_18"]) {
    const machine = withBlocks(name, [[1024, 3, MOVABLE], [1040, 1, MOVABLE]]);
    const seen = countEvents(machine.m, EVENT.mm_page_alloc_extfrag);
    assertEquals(take(machine, 0, UNMOVABLE, ALLOC.KSWAPD), 1040); // the smallest of those that are its own now
    assertEquals(get_pageblock_migratetype(machine.m, 1024), UNMOVABLE);
    assertEquals(freeBlocks(machine.m, 0, [MOVABLE]), []);
    assertEquals([seen.last, machine.m.zone.boosted[0]], [[UNMOVABLE, MOVABLE, 3], 1]);
    assertEquals(machine.m.zone.watermark_boost[0], 512);
  }
});

Deno.test("__rmqueue() of 6.15 looks for a pageblock to claim in every order, else takes the smallest block", () => {
  const from = (second: boolean) =>
    ["v6_12", "v6_18"].map((name) => {
      const machine = withBlocks(name, [[1024, 6, MOVABLE], [2048, 4, MOVABLE]]);
      fillMovable(machine, 1024);
      if (second) fillMovable(machine, 2048);
      return take(machine, 0, UNMOVABLE);
    });
  assertEquals(from(false), [1024, 2048]);
  assertEquals(from(true), [1024, 2048]);
  const small = withBlocks("v6_18", [[1024, 2, UNMOVABLE], [2048, 3, UNMOVABLE]]);
  assertEquals(take(small, 0, MOVABLE), 1024); // below order 4 a movable request claims nothing
  assertEquals(small.m.zone.watermark_boost[0], 0);
});

Deno.test("__rmqueue() of 6.12 under NOFRAGMENT takes whole pageblocks only, and retags them", () => {
  for (const name of ["v6_12", "v6_18"]) {
    const machine = withBlocks(name, [[1024, 8, MOVABLE]]);
    assertEquals(take(machine, 0, UNMOVABLE, ALLOC.NOFRAGMENT), NO_PAGE);
    const whole = withBlocks(name, [[1024, 9, MOVABLE]]);
    assertEquals(take(whole, 0, UNMOVABLE, ALLOC.NOFRAGMENT), 1024);
    assertEquals(get_pageblock_migratetype(whole.m, 1024), UNMOVABLE);
    assertEquals(freeBlocks(whole.m, 0, [UNMOVABLE]).length, 9);
  }
});

Deno.test("__rmqueue() in a zone without a free block takes nothing, whatever the next zone has", () => {
  for (const profile of ["v5_9", "v6_12", "v6_18"]) {
    const machine = memory({
      zones: [{ pages: 4096 }, { pages: 4096 }],
      build: { ...profileNamed(profile), preemption: "full" },
    });
    const { m } = machine;
    while (takeBlock(machine, 0) !== NO_PAGE);
    for (const type of [UNMOVABLE, MOVABLE, RECLAIMABLE]) takeBlock(machine, 1, 0, type); // all orders are free
    const before = freeBlocks(m, 1);
    for (const type of [UNMOVABLE, MOVABLE, RECLAIMABLE]) {
      for (const order of [0, 1, 9, 10]) assertEquals(take(machine, order, type), NO_PAGE);
    }
    assertEquals(freeBlocks(m, 1), before);
  }
});

Deno.test("__free_one_page() of 6.12 gives a pageblock that it merges with its own type, and CMA to nobody", () => {
  const merged = withBlocks("v6_12", [[1024, 9, RECLAIMABLE], [1536, 9, MOVABLE]]);
  assertEquals(freeBlocks(merged.m, 0), ["1024/10"]);
  assertEquals(get_pageblock_migratetype(merged.m, 1024), MOVABLE);
  assertEquals(freeBlocks(withBlocks("v6_12", [[1024, 9, CMA], [1536, 9, MOVABLE]]).m, 0).length, 2);
  assertEquals(freeBlocks(withBlocks("v5_9", [[1024, 9, CMA], [1536, 9, MOVABLE]]).m, 0).length, 1);
});

for (const name of ["v6_12", "v6_18"]) {
  Deno.test(`every free block is on the list of its pageblock's type, and no page is lost (${name})`, () => {
    const call = fc.tuple(
      fc.constantFrom(GFP_ATOMIC, GFP_ATOMIC | GFP.RECLAIMABLE, GFP_HIGHUSER_MOVABLE),
      fc.nat(4),
      fc.boolean(),
      fc.nat(99),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
        const machine = machineOf(name);
        const { m } = machine;
        // no pageblock is whole: half of each is taken for good
        for (let i = 0; i < 32 * 2; i++) takeBlock(machine, 0, 7, i % 3);
        settle(machine);
        const sound = soundness(m);
        const held: [number, number][] = [];
        for (const [gfp, order, gives, pick] of calls) {
          const [block] = gives ? held.splice(pick % (held.length + 1), 1) : [];
          const t = threadOf(machine, 0);
          if (block !== undefined) runOperation(machine, t, __free_pages.start, ...block);
          else {
            const pfn = runOperation(machine, t, __alloc_pages_nodemask.start, gfp, order);
            if (pfn !== NO_PAGE) held.push([pfn, order]);
          }
        }
        for (const type of [UNMOVABLE, MOVABLE, RECLAIMABLE]) {
          for (const block of freeBlocks(m, 0, [type])) {
            assertEquals(get_pageblock_migratetype(m, Number.parseInt(block)), type, block);
          }
        }
        assert(sound() === null, String(sound()));
      }),
      { seed: 12, numRuns: 60 },
    );
  });
}

Deno.test("the HIGHATOMIC reserve of 6.12 takes and gives back all pageblocks of a block", () => {
  const machine = machineOf("v6_12", 65536); // of which a hundredth is more than a pageblock
  const { m } = machine;
  const pfn = take(machine, 10, MOVABLE);
  m.page.order[pfn] = 10;
  reserve_highatomic_pageblock(m, 0, pfn);
  const types = () => [get_pageblock_migratetype(m, pfn), get_pageblock_migratetype(m, pfn + 512)];
  assertEquals([types(), m.zone.nr_reserved_highatomic[0]], [[HIGHATOMIC, HIGHATOMIC], 1024]);
  __free_one_page(m, 0, pfn, 0, 10, HIGHATOMIC);
  assertEquals(unreserve_highatomic_pageblock(m, threadOf(machine, 0), 3, UNMOVABLE, true), true);
  assertEquals([types(), m.zone.nr_reserved_highatomic[0]], [[UNMOVABLE, UNMOVABLE], 0]);
  assertEquals(freeBlocks(m, 0, [UNMOVABLE]), [`${pfn}/10`]);
});

Deno.test("the HIGHATOMIC reserve of 6.10 leaves pageblocks over an end of the zone alone", () => {
  const reserved = ["v6_12", "v5_9"].map((name) => {
    const build = { ...profileNamed(name), preemption: "full", highatomicAligned: false } as const;
    const { m } = memory({ zones: [{ pages: 1000, pcp: { high: 30, batch: 7 } }], build });
    m.page.order[600] = 1;
    reserve_highatomic_pageblock(m, 0, 600);
    return get_pageblock_migratetype(m, 600) === HIGHATOMIC;
  });
  assertEquals(reserved, [false, true]);
});
