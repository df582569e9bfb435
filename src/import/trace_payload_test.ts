import { assertEquals } from "@std/assert";
import { GFP_UNKNOWN, GfpFlag } from "./gfp_names.ts";
import { LineCursor } from "./line_cursor.ts";
import { TraceEvent } from "./trace_event.ts";
import { TRACE_ZONES, TraceKind, type TraceKindName, traceWord } from "./trace_kind.ts";
import { readPayload } from "./trace_payload.ts";

/** The event of a payload; undefined when the payload is malformed. */
function read(kind: TraceKindName, payload: string): TraceEvent | undefined {
  const cursor = new LineCursor();
  cursor.bytes = new TextEncoder().encode(payload + "\n");
  const event = new TraceEvent();
  event.values.fill(-77);
  return readPayload(cursor, TraceKind[kind], event.values) ? event : undefined;
}

function gfp(names: string): number | undefined {
  return read("mm_page_alloc", `page=0 pfn=1 order=0 migratetype=0 gfp_flags=${names}`)?.gfpFlags;
}

Deno.test("readPayload() reads page events, whatever the pointer and the base of the pfn", () => {
  for (const page of ["ffffea0004069e80", "0xffffea0004069e80", "00000000f3a8c1d2", "(____ptrval____)"]) {
    for (const pfn of ["1055354", "0x101a7a"]) {
      const event = read("mm_page_pcpu_drain", `page=${page} pfn=${pfn} order=0 migratetype=1`);
      assertEquals([event?.pfn, event?.order, event?.migratetype], [1055354, 0, 1]);
    }
  }
});

Deno.test("readPayload() gives NO_PFN for an event about no page", () => {
  for (
    const text of [
      "page=(null) pfn=0",
      "page=0000000000000000 pfn=0x0",
      "page=(nil) pfn=18446744073709551615",
    ]
  ) {
    const event = read("mm_page_alloc_zone_locked", `${text} order=0 migratetype=2 percpu_refill=1`);
    assertEquals([event?.pfn, event?.percpu_refill], [-1, 1]);
  }
});

Deno.test("readPayload() reads mm_page_alloc_extfrag", () => {
  const event = read(
    "mm_page_alloc_extfrag",
    "page=ffffea0004110000 pfn=1065984 alloc_order=1 fallback_order=10 pageblock_order=9 alloc_migratetype=0 " +
      "fallback_migratetype=2 fragmenting=0 change_ownership=1",
  );
  assertEquals([event?.pfn, event?.order, event?.fallback_order, event?.pageblock_order], [
    1065984,
    1,
    10,
    9,
  ]);
  assertEquals([event?.migratetype, event?.fallback_migratetype], [0, 2]);
  assertEquals([event?.fragmenting, event?.change_ownership], [0, 1]);
});

Deno.test("readPayload() passes over fields it does not know, in any place", () => {
  const event = read("mm_page_free", "page=0 node=3 pfn=7 cookie=(a b) order=2 new=1");
  assertEquals([event?.pfn, event?.order], [7, 2]);
  assertEquals(read("rcu_fqs", "rcu_sched new=1 40021 extra=2 3 dti tail")?.targetCpu, 3);
});

Deno.test("readPayload() keeps the first of two fields of one name", () => {
  assertEquals(read("mm_page_free", "page=0 pfn=7 order=2 pfn=9")?.pfn, 7);
});

Deno.test("readPayload() finds fields in another order", () => {
  const event = read("mm_page_pcpu_drain", "migratetype=1 order=0 pfn=9 page=0");
  assertEquals([event?.pfn, event?.migratetype], [9, 1]);
});

Deno.test("readPayload() gives 0 for a field that a version leaves out", () => {
  assertEquals(read("mm_page_alloc_zone_locked", "page=0 pfn=9 order=0 migratetype=1")?.percpu_refill, 0);
});

Deno.test("readPayload() refuses missing, broken and impossible fields", () => {
  const bad: readonly (readonly [TraceKindName, string])[] = [
    ["mm_page_free", ""],
    ["mm_page_free", "page=0 pfn=7"],
    ["mm_page_free", "page=0 pfn=7 order="],
    ["mm_page_free", "page=0 pfn=x order=0"],
    ["mm_page_free", "page=0 pfn=7z order=0"],
    ["mm_page_free", "page=0 pfn=7 order=64"],
    ["mm_page_free", "page=0 pfn=7 order=-1"],
    ["mm_page_free", "page=0 pfn=0xfffffffffffff order=0"],
    ["mm_page_free", "page=0 pfn=1.5 order=0"],
    ["rcu_grace_period", "rcu_sched -992"],
    ["rcu_grace_period", "rcu_sched start"],
    ["GT_REFILL", "nid=0 zone=Nirvana mt=0 want=1 got=1 count_before=0 high=9"],
    ["GT_DRAIN", "nid=0 zone=DMA n=-3 count_before=0 high=9 batch=1"],
  ];
  for (const [kind, payload] of bad) assertEquals(read(kind, payload), undefined, payload);
});

Deno.test("readPayload() reads rcu events", () => {
  const gp = read("rcu_grace_period", "rcu_preempt 18446744073709550624 AccWaitCB");
  assertEquals([gp?.gp_seq, gp?.word, gp?.flavour], [-992, traceWord("AccWaitCB"), traceWord("rcu_preempt")]);
  assertEquals(read("rcu_grace_period", "rcu_new 5 novelty")?.word, 0);
  const init = read("rcu_grace_period_init", "rcu_sched 41 1 0 15 ff00");
  assertEquals([init?.level, init?.grplo, init?.grphi, init?.qsmask], [1, 0, 15, 0xff00]);
  const report = read("rcu_quiescent_state_report", "rcu_sched 41 2>1 0 0 3 0");
  assertEquals([report?.mask, report?.qsmask, report?.level, report?.grphi, report?.gp_tasks], [
    2,
    1,
    0,
    3,
    0,
  ]);
  const callback = read("rcu_callback", "rcu_sched rhp=00000000a1 func=free_it [ext4] 12");
  assertEquals(callback?.qlen, 12);
  const start = read("rcu_batch_start", "rcu_sched CBs=31 bl=10");
  assertEquals([start?.callbacks, start?.blimit], [31, 10]);
  assertEquals(read("rcu_batch_end", "rcu_sched CBs-invoked=31 idle=C.I.")?.callbacks, 31);
  assertEquals(read("rcu_invoke_kvfree_callback", "rcu_sched rhp=ffff88800036f340 func=16")?.func, 16);
  const bulk = read("rcu_invoke_kfree_bulk_callback", "rcu_sched bulk=0xffff888104287010 nr_records=510");
  assertEquals(bulk?.nr_records, 510);
  const barrier = read("rcu_barrier", "rcu_sched OnlineQ cpu 3 remaining 2 # 9");
  assertEquals([barrier?.word, barrier?.targetCpu, barrier?.remaining], [traceWord("OnlineQ"), 3, 2]);
  assertEquals(barrier?.barrierSeq, 9);
});

Deno.test("readPayload() reads the lines of the recordings", () => {
  const refill = read("GT_REFILL", "nid=1 zone=Normal mt=2 want=63 got=62 count_before=56 high=378");
  assertEquals([refill?.nid, TRACE_ZONES[refill!.zone], refill?.migratetype], [1, "Normal", 2]);
  assertEquals([refill?.want, refill?.pages, refill?.count, refill?.high], [63, 62, 56, 378]);
  const drain = read("GT_DRAIN", "nid=0 zone=DMA32 n=63 count_before=378 high=378 batch=63");
  assertEquals([drain?.pages, drain?.count, drain?.batch, TRACE_ZONES[drain!.zone]], [63, 378, 63, "DMA32"]);
  const block = read("GT_BLK", "src=lockless chan=0 pending=510 cached=5 failed_since=7");
  assertEquals([block?.word, block?.pending, block?.cached], [traceWord("lockless"), 510, 5]);
  assertEquals(block?.failedSince, 7);
  assertEquals(read("GT_QUEUE", "busy pending=3")?.word, traceWord("busy"));
  assertEquals(read("GT_FLOOD", "round=4 burst-end")?.round, 4);
  assertEquals(read("GT_MARK", "some-mark-of-a-load")?.word, 0);
});

Deno.test("readPayload() maps GFP names to bits and opens composites", () => {
  const { DIRECT_RECLAIM, KSWAPD_RECLAIM, IO, FS, HIGHMEM, MOVABLE, HARDWALL, NOWARN, HIGH, ATOMIC } =
    GfpFlag;
  const kernel = DIRECT_RECLAIM | KSWAPD_RECLAIM | IO | FS;
  assertEquals(gfp("none"), 0);
  assertEquals(gfp("GFP_KERNEL"), kernel);
  assertEquals(gfp("GFP_HIGHUSER_MOVABLE"), kernel | HARDWALL | HIGHMEM | MOVABLE);
  assertEquals(gfp("GFP_NOWAIT|__GFP_NOWARN"), KSWAPD_RECLAIM | NOWARN);
  assertEquals(gfp("GFP_ATOMIC"), HIGH | ATOMIC | KSWAPD_RECLAIM);
  assertEquals(gfp("GFP_TRANSHUGE")! & (DIRECT_RECLAIM | KSWAPD_RECLAIM), DIRECT_RECLAIM);
  assertEquals(gfp("__GFP_RECLAIM|__GFP_IO|__GFP_FS"), gfp("GFP_KERNEL"));
});

Deno.test("readPayload() marks GFP flags that it does not know", () => {
  for (const names of ["__GFP_NOVEL", "0x1000000", "", "GFP_KERNEL_"]) {
    assertEquals(gfp(names), GFP_UNKNOWN, names);
  }
  assertEquals(gfp("GFP_NOIO|0x8"), gfp("GFP_NOIO")! | GFP_UNKNOWN);
});
