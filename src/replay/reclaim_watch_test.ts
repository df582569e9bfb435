/** Where a task that reclaims may have waited for a drain of everybody's lists. */
import { assertEquals } from "@std/assert";
import { GfpFlag } from "../import/gfp_names.ts";
import { TraceContext, TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";
import { Slot } from "../import/trace_slot.ts";
import { ReclaimWatch } from "./reclaim_watch.ts";

const { mm_page_alloc: ALLOC, mm_page_free: FREE, mm_page_free_batched: BATCHED } = TraceKind;

/** Events as [kind, time], of one task; returns the pause that the last one ends. */
function pauseOf(
  events: readonly (readonly [number, number])[],
  { gfp = GfpFlag.DIRECT_RECLAIM, pid = () => 7, context = 0 }: {
    gfp?: number;
    pid?: (at: number) => number;
    context?: number;
  } = {},
) {
  const watch = new ReclaimWatch();
  let found: { after: number; before: number } | null = null;
  events.forEach(([kind, timeNs], number) => {
    const event = new TraceEvent();
    event.values[Slot.kind] = kind;
    event.values[Slot.pid] = pid(number);
    event.values[Slot.timeNs] = timeNs;
    event.values[Slot.context] = context;
    event.values[Slot.gfpFlags] = gfp;
    const pause = watch.take(event, number);
    found = pause === null ? null : { ...pause };
  });
  return found;
}

const EPISODE = [[FREE, 0], [BATCHED, 1], [FREE, 100], [BATCHED, 101], [BATCHED, 102], [ALLOC, 110]] as const;

Deno.test("ReclaimWatch finds the longest pause between a task's frees and its allocation", () => {
  assertEquals(pauseOf(EPISODE), { after: 1, before: 2 });
  assertEquals(pauseOf([...EPISODE.slice(0, 5), [ALLOC, 900]]), { after: 4, before: 5 });
});

Deno.test("ReclaimWatch finds none for requests that may not reclaim, other tasks, and interrupts", () => {
  assertEquals(pauseOf(EPISODE, { gfp: GfpFlag.KSWAPD_RECLAIM }), null);
  assertEquals(pauseOf(EPISODE, { pid: (at) => at === 5 ? 8 : 7 }), null);
  assertEquals(pauseOf(EPISODE, { context: TraceContext.softirq }), null);
});

Deno.test("ReclaimWatch forgets a task whose place another one takes, and invents nothing", () => {
  const other = 7 + (1 << 10);
  assertEquals(pauseOf(EPISODE, { pid: (at) => at === 3 ? other : 7 }), { after: 4, before: 5 });
});

Deno.test("ReclaimWatch starts anew with each allocation", () => {
  assertEquals(pauseOf([...EPISODE, [ALLOC, 120]]), null);
});
