/** Whether everybody's lists were drained in a pause, and when, by what comes after it. */
import { assertEquals } from "@std/assert";
import { TraceKind } from "../import/trace_kind.ts";
import { MIGRATE } from "../mm/gfp.ts";
import { profileNamed } from "../profile/profile.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { BlockTypes } from "./block_types.ts";
import { type EventAhead, Foresight } from "./foresight.ts";
import { Places } from "./places.ts";
import { replayMachine } from "./replay_machine.ts";

const { mm_page_alloc: ALLOC, mm_page_free: FREE } = TraceKind;
/** Pcp of DMA32 on CPU 0; that of CPU 1 follows. */
const PCP = 2;

/** Events as [kind, cpu, pfn], one a microsecond unless a time is given; the pause ends before event `before`. */
type Ahead = readonly (readonly [kind: number, cpu: number, pfn: number, timeNs?: number, order?: number])[];

/** A machine of 64 MiB with two CPUs; pages 5002, 5001, 5000 lie on CPU 0 and 6001, 6000 on CPU 1, known for sure. */
function look(
  ahead: Ahead,
  before: number,
  { isProved = true, mayDrainAt = -1, profile = "v5_9", low = 60 } = {},
) {
  const geometry = geometryFromSize({ memoryBytes: 64 << 20, cpus: 2, nodes: 1 });
  const size = { high: 60, batch: 2 };
  const machine = replayMachine(geometry, profileNamed(profile), { size, fraction: null });
  machine.pcp.high_min.fill(low);
  const places = new Places(geometry, [0, 1], machine.pcpLists, "made.txt");
  const blocks = new BlockTypes(machine.nrPages, 9);
  for (const [pcp, pages] of [[PCP, [5000, 5001, 5002]], [PCP + 1, [6000, 6001]]] as const) {
    for (const pfn of pages) {
      machine.lists.addFirst(places.listOf(pcp, MIGRATE.MOVABLE, 0), pfn);
      if (isProved) blocks.prove(pfn, MIGRATE.MOVABLE);
    }
  }
  const events = ahead.map(([kind, cpu, pfn, timeNs, order], at): EventAhead => ({
    number: at + 1,
    timeNs: timeNs ?? (at + 1) * 1000,
    line: at + 1,
    kind,
    cpu,
    pfn,
    order: order ?? 0,
    migratetype: MIGRATE.MOVABLE,
    mayDrainBefore: at + 1 === mayDrainAt ? at + 2 : -1,
  }));
  const foresight = new Foresight(machine, places, blocks);
  const times = foresight.look({ after: 0, afterNs: 0, before }, (visit) => events.every(visit));
  return times === null ? null : [...times];
}

Deno.test("Foresight sees no drain when the first page to leave is the one that lay in front", () => {
  assertEquals(look([[ALLOC, 0, 5002], [ALLOC, 0, 5001]], 1), null);
  assertEquals(look([[FREE, 0, 7000], [ALLOC, 0, 7000], [ALLOC, 0, 5002]], 1), null);
});

Deno.test("Foresight sees a drain when another page leaves first", () => {
  assertEquals(look([[ALLOC, 0, 9000]], 1), [0, 0]);
  assertEquals(look([[FREE, 0, 7000], [ALLOC, 0, 7000], [ALLOC, 0, 9000]], 1), [0, 0]);
  // on the other CPU
  assertEquals(look([[ALLOC, 1, 9000]], 1), [0, 0]);
});

Deno.test("Foresight proves nothing from pages that may lie elsewhere, nor from two that an interrupt swapped", () => {
  assertEquals(look([[ALLOC, 0, 9000]], 1, { isProved: false }), null);
  assertEquals(look([[ALLOC, 0, 5001], [ALLOC, 0, 5002]], 1), null);
});

Deno.test("Foresight puts each CPU's drain into its long silence", () => {
  const ahead: Ahead = [[FREE, 1, 7000, 1000], [FREE, 1, 7001, 2000], [ALLOC, 0, 9000, 50_000]];
  assertEquals(look(ahead, 3), [0, 2]);
});

Deno.test("Foresight lets pages that leave as they lay push the drain back, but not a single one", () => {
  const last = [ALLOC, 0, 9000, 50_000] as const;
  const two: Ahead = [[ALLOC, 1, 6001, 30_000], [ALLOC, 1, 6000, 31_000], [FREE, 1, 7000, 32_000], last];
  assertEquals(look(two, 4), [0, 3]);
  // the last page that was drained is the first one of a refill
  const one: Ahead = [[ALLOC, 1, 6001, 30_000], [FREE, 1, 7000, 31_000], last];
  assertEquals(look(one, 3), [0, 0]);
});

Deno.test("Foresight leaves what follows the next pause to that one", () => {
  assertEquals(look([[FREE, 0, 7000], [FREE, 0, 7001], [ALLOC, 1, 9000]], 1, { mayDrainAt: 2 }), null);
});

Deno.test("Foresight proves nothing behind a free that may have drained its pcp as usual", () => {
  // of a block of four pages, which takes everything with it
  const block: Ahead = [[FREE, 0, 7000, 1000, 2], [ALLOC, 0, 9000]];
  assertEquals([look(block, 2, { profile: "v5_9" }), look(block, 2, { profile: "v6_1" })], [[0, 0], null]);
  // of a page, where the limit is on its way down
  const page: Ahead = [[FREE, 0, 7000], [ALLOC, 0, 7000], [ALLOC, 0, 9000]];
  assertEquals([look(page, 1, { low: 5 }), look(page, 1, { low: 4 })], [[0, 0], null]);
});
