/** From the fast path to the OOM kill: what each kind of request may take, whom it wakes, and when it gives up. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  countEvents,
  freeBlocks,
  freeCount,
  type Memory,
  memory,
  soundness,
  stockPcp,
  takeAllBut,
  takeBlock,
  type TestZone,
} from "../../tests/support/memory.ts";
import { runOperation, runTask, settle, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { TASK } from "../sim/task.ts";
import { jiffiesLeft } from "../cpu/timer.ts";
import { __free_one_page } from "./buddy.ts";
import { drain_all_pages } from "./drain.ts";
import { __free_pages } from "./free.ts";
import { firstFlags, get_page_from_freelist } from "./freelist.ts";
import {
  ALLOC,
  GFP,
  GFP_ATOMIC,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL,
  GFP_NOWAIT,
  MIGRATE,
  ZONE,
} from "./gfp.ts";
import { pgdat_balanced, wakeup_kswapd } from "./kswapd_wake.ts";
import { LRU, lruAdd, lruKind, lruTakeAnon, lruTakeOldest, zone_reclaimable_pages } from "./lru.ts";
import { get_pageblock_migratetype, NO_PAGE, NUMA, pcpOf } from "./mm.ts";
import { __alloc_pages_nodemask } from "./page_alloc.ts";
import { ZONE_FLAG } from "./pcp_policy.ts";
import { kswapd as kswapdPass, try_to_free_pages } from "./reclaim.ts";
import { __alloc_pages_slowpath } from "./slowpath.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";
import { refresh_cpu_vm_stats } from "./vmstat_work.ts";

const { UNMOVABLE, MOVABLE, HIGHATOMIC } = MIGRATE;
/** MIN, LOW and HIGH of the test zones. */
const MIN = 64, LOW = 96, HIGH = 128;
/** A zone of 16 MiB whose lists give every page back at once, so that free pages can be counted. */
const ZONE_16M: TestZone = { pages: 4096, watermarks: [MIN, LOW, HIGH], pcp: { high: 0, batch: 1 } };

/** Two CPUs of one node; kswapd sleeps. */
function machineOf(zones: readonly TestZone[] = [ZONE_16M], over: Partial<Memory> = {}): Machine {
  const machine = memory({ zones, ...over });
  // exact counters, so that a test can name the page at which a mark is reached
  machine.m.zone.stat_threshold.fill(0);
  settle(machine);
  return machine;
}

const alloc = (machine: Machine, gfp: number, order = 0, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __alloc_pages_nodemask.start, gfp, order);
const free = (machine: Machine, pfn: number, order = 0, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __free_pages.start, pfn, order);
const kswapdOf = ({ m }: Machine, nid = 0) => m.gpTask + 1 + nid;
const isAwake = (machine: Machine, nid = 0) => machine.m.task.state[kswapdOf(machine, nid)] === TASK.ready;

/** Runs a request to its end, letting workers run while it sleeps. */
function allocPatiently(machine: Machine, gfp: number, order = 0): number {
  const { m } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, __alloc_pages_nodemask.start, gfp, order);
  for (let i = 0; i < 100 && m.task.state[t] !== TASK.idle; i++) {
    runTask(machine, t);
    if (m.task.state[t] === TASK.sleeping) settle(machine);
  }
  assertEquals(m.task.state[t], TASK.idle);
  return m.task.ret[t]!;
}

/** Makes `count` reclaimable pages of a zone, the oldest first; returns them. */
function fillLru(machine: Machine, zone: number, count: number, kind: number = LRU.file): number[] {
  return Array.from({ length: count }, () => {
    const pfn = takeBlock(machine, zone, 0, MOVABLE);
    lruAdd(machine.m, pfn, kind);
    return pfn;
  });
}

/** How often the request walks the zonelist. */
function attemptsOf(machine: Machine, gfp: number, order = 0): number {
  const { m } = machine;
  const t = threadOf(machine, 0);
  let attempts = 0;
  start(machine, t, __alloc_pages_nodemask.start, gfp, order);
  while (m.task.state[t] === TASK.ready) {
    if (m.task.pc[t] === get_page_from_freelist.start) attempts++;
    stepTask(machine, t);
  }
  return attempts;
}

/** Fewest free pages with which a request still gets one. */
function leastFree(gfp: number, order = 0): number {
  const machine = machineOf();
  const pages = takeAllBut(machine, 0, 0);
  const step = 1 << order;
  for (let pfn = 0; pfn < pages.length; pfn += step) {
    for (let p = pfn; p < pfn + step; p++) free(machine, pages[p]!);
    if (alloc(machine, gfp, order) !== NO_PAGE) return pfn + step;
  }
  return Infinity;
}

Deno.test("__alloc_pages_nodemask() refuses MAX_ORDER without an event", () => {
  const machine = machineOf();
  const seen = countEvents(machine.m, EVENT.mm_page_alloc);
  assertEquals([alloc(machine, GFP_KERNEL, 11), seen.count], [NO_PAGE, 0]);
  assert(alloc(machine, GFP_KERNEL, 10) !== NO_PAGE);
});

Deno.test("__alloc_pages_nodemask() traces every result, NULL too", () => {
  const machine = machineOf();
  const seen = countEvents(machine.m, EVENT.mm_page_alloc);
  const pfn = alloc(machine, GFP_ATOMIC | GFP.MOVABLE, 2);
  assertEquals(seen.last, [pfn, 2, MOVABLE]);
  takeAllBut(machine, 0, 0);
  alloc(machine, GFP_NOWAIT);
  assertEquals([seen.count, seen.last], [2, [NO_PAGE, 0, UNMOVABLE]]);
});

Deno.test("__alloc_pages_nodemask() serves every order, aligned, and __free_pages() makes memory whole again", () => {
  const machine = machineOf();
  const { m } = machine;
  const sound = soundness(m);
  for (const gfp of [GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC]) {
    for (let order = 0; order <= 10; order++) {
      const pfn = alloc(machine, gfp, order);
      assertEquals(pfn % (1 << order), 0);
      free(machine, pfn, order);
    }
  }
  assertEquals([freeBlocks(m, 0).length, sound()], [4, null]);
  assertEquals([m.zone.pgalloc[0], m.vm.pgfree[0]], [3 * 2047, 3 * 2047]);
});

Deno.test("requests end at the mark that is theirs: NOWAIT above MIN, ATOMIC at three eighths of it", () => {
  assertEquals(leastFree(GFP_NOWAIT), MIN + 1);
  assertEquals(leastFree(GFP_NOWAIT | GFP.HIGH), MIN / 2 + 1);
  assertEquals(leastFree(GFP_ATOMIC), MIN / 2 - MIN / 8 + 1);
  assertEquals(leastFree(GFP_ATOMIC | GFP.NOMEMALLOC), MIN / 2 + 1); // NOMEMALLOC takes HARDER away
  assertEquals(leastFree(GFP_ATOMIC, 1), MIN / 2 - MIN / 8 + 2); // one more page, and the first pair is whole
  assertEquals(leastFree(GFP_NOWAIT | GFP.MEMALLOC), 1);
  assertEquals(leastFree(GFP_NOWAIT | GFP.MEMALLOC | GFP.NOMEMALLOC), MIN + 1);
});

Deno.test("GFP_NOWAIT and GFP_ATOMIC end after the second attempt of the slow path", () => {
  for (const gfp of [GFP_NOWAIT, GFP_ATOMIC]) {
    const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }]); // no NOFRAGMENT, which would walk twice
    takeAllBut(machine, 0, 0);
    assertEquals(attemptsOf(machine, gfp), 3);
    assertEquals(machine.m.vm.allocstall[0], 0);
    const above = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }]);
    takeAllBut(above, 0, LOW);
    assertEquals(attemptsOf(above, gfp), 2); // its first asks for MIN
  }
});

Deno.test("a page that is freed after the first attempt of the slow path is found by the second", () => {
  const machine = machineOf();
  const pages = takeAllBut(machine, 0, MIN);
  const t = threadOf(machine, 0);
  start(machine, t, __alloc_pages_nodemask.start, GFP_NOWAIT, 0);
  runTask(machine, t, __alloc_pages_slowpath.at.first);
  assertEquals(machine.m.task.ret[t], NO_PAGE);
  free(machine, pages[0]!, 0, 1);
  runTask(machine, t);
  assert(machine.m.task.ret[t] !== NO_PAGE);
});

Deno.test("the slow path wakes kswapd below LOW, unless the request says not to", () => {
  for (
    const [left, gfp, awake] of [[LOW + 1, GFP_NOWAIT, false], [LOW, GFP_NOWAIT, true], [
      LOW,
      0,
      false,
    ]] as const
  ) {
    const machine = machineOf();
    takeAllBut(machine, 0, left);
    assert(alloc(machine, gfp) !== NO_PAGE);
    assertEquals(isAwake(machine), awake, `${left} pages left`);
  }
});

Deno.test("lowmem_reserve keeps a lower zone from requests for a higher one, not from its own", () => {
  const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }, ZONE_16M]);
  const { m } = machine;
  m.zone.lowmem_reserve[ZONE.NORMAL] = 500;
  takeAllBut(machine, 1, 0);
  takeAllBut(machine, 0, MIN + 501);
  assert(alloc(machine, GFP_NOWAIT) < 4096);
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE);
  assert(alloc(machine, GFP_NOWAIT | GFP.DMA32) !== NO_PAGE);
});

Deno.test("get_page_from_freelist() falls to the next node and counts the miss; THISNODE stays", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, nid: 1 }], { cpuNodes: [0, 1] });
  const { m } = machine;
  takeAllBut(machine, 0, 0);
  assert(alloc(machine, GFP_NOWAIT) >= 4096);
  assertEquals([m.zone.numa[6 + NUMA.miss], m.zone.numa[NUMA.foreign], m.zone.numa[6 + NUMA.other]], [
    1,
    1,
    1,
  ]);
  assertEquals(alloc(machine, GFP_NOWAIT | GFP.THISNODE), NO_PAGE);
  assertEquals(alloc(machine, GFP_NOWAIT | GFP.THISNODE, 0, 1) >= 4096, true);
});

Deno.test("the ceiling of a request holds: user pages come from ZONE_MOVABLE first, kernel pages never", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, index: ZONE.MOVABLE }]);
  assert(alloc(machine, GFP_HIGHUSER_MOVABLE) >= 4096);
  assert(alloc(machine, GFP_KERNEL) < 4096);
  takeAllBut(machine, 0, 0);
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE);
});

/** DMA32 with whole blocks, Normal whose free blocks are MOVABLE and smaller than a pageblock. */
function fragmented(over: Partial<Memory> = {}, more: readonly TestZone[] = []): Machine {
  const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }, ZONE_16M, ...more], over);
  const pages = takeAllBut(machine, 1, 0, MOVABLE);
  for (const pfn of pages) if ((pfn & 511) < 256) free(machine, pfn);
  assertEquals(freeCount(machine.m, 1), 2048);
  return machine;
}

Deno.test("ALLOC_NOFRAGMENT is set for Normal with a DMA32 below it, and only then", () => {
  const flagsOf = (zones: readonly TestZone[], gfp = GFP_KERNEL, cpuNodes = [0]) => {
    const machine = machineOf(zones, { cpuNodes });
    return firstFlags(machine.m, threadOf(machine, 0), gfp) & ALLOC.NOFRAGMENT;
  };
  const dma32 = { ...ZONE_16M, index: ZONE.DMA32 };
  assertEquals(flagsOf([dma32, ZONE_16M]), ALLOC.NOFRAGMENT);
  assertEquals(flagsOf([ZONE_16M]), ALLOC.NOFRAGMENT); // one node: DMA32 is taken for granted
  assertEquals(flagsOf([dma32]), 0);
  assertEquals(flagsOf([dma32, ZONE_16M], GFP_KERNEL | GFP.DMA32), 0);
  assertEquals(flagsOf([ZONE_16M, { ...ZONE_16M, nid: 1 }], GFP_KERNEL, [0, 1]), 0);
  assertEquals(flagsOf([dma32, ZONE_16M, { ...ZONE_16M, nid: 1 }], GFP_KERNEL, [0, 1]), ALLOC.NOFRAGMENT);
});

Deno.test("NOFRAGMENT takes from the lower zone before it mixes pageblocks, and mixes before it fails", () => {
  const machine = fragmented();
  assert(alloc(machine, GFP_NOWAIT) < 4096);
  takeAllBut(machine, 0, LOW);
  const slow = countEvents(machine.m, EVENT.slowPath);
  assert(alloc(machine, GFP_NOWAIT) >= 4096);
  assertEquals(slow.count, 0); // the fast path itself walks once more without the flag
});

Deno.test("NOFRAGMENT mixes pageblocks rather than leave the node", () => {
  const machine = fragmented({ cpuNodes: [0, 1] }, [{ ...ZONE_16M, nid: 1 }]);
  takeAllBut(machine, 0, LOW);
  const pfn = alloc(machine, GFP_NOWAIT);
  assert(pfn >= 4096 && pfn < 8192, `page ${pfn}`);
});

Deno.test("a steal that boosts the watermarks wakes kswapd for that zone", () => {
  const machine = fragmented();
  const { m } = machine;
  takeAllBut(machine, 0, LOW);
  fillLru(machine, 1, 600);
  alloc(machine, GFP_NOWAIT);
  assertEquals([m.zone.watermark_boost[1], m.zone.boosted[1]], [512, 0]);
  assertEquals(isAwake(machine), true);
});

Deno.test("a steal that boosts nothing wakes kswapd in 5.9, not from 5.11 on", () => {
  const wakes = ["v5_9", "v5_12", "v6_1", "v6_12", "v6_18"].map((name) => {
    const build = { ...profileNamed(name), preemption: "full", watermark_boost_factor: 0 } as const;
    const machine = machineOf([ZONE_16M], { build });
    const pages = takeAllBut(machine, 0, 0, MOVABLE);
    for (const pfn of pages.slice(0, HIGH - 10)) free(machine, pfn); // the node is not balanced
    assert(alloc(machine, GFP_NOWAIT) < HIGH);
    return isAwake(machine);
  });
  assertEquals(wakes, [true, false, false, false, false]);
});

Deno.test("kswapd reclaims until a zone is above HIGH, then sleeps", () => {
  const machine = machineOf();
  const { m } = machine;
  fillLru(machine, 0, 1000);
  takeAllBut(machine, 0, LOW);
  alloc(machine, GFP_NOWAIT);
  settle(machine);
  const freePages = zone_page_state_snapshot(m, 0);
  assert(freePages > HIGH && freePages <= HIGH + 32, `${freePages} pages`);
  assertEquals([m.vm.pgsteal[0], m.vm.pgsteal[1], m.vm.pageoutrun[0]], [freePages - LOW + 1, 0, 1]);
  assertEquals([isAwake(machine), m.node.kswapdWanted[0]], [false, 0]);
});

Deno.test("kswapd has counters read more exactly while it works, in zones whose marks lie close together", () => {
  const [small, large] = [{ ...ZONE_16M, index: ZONE.DMA, watermarks: [3, 6, 9] as const }, ZONE_16M];
  const machine = memory({ zones: [small, large] });
  const { m } = machine;
  settle(machine);
  const thresholds = () => [...m.zone.stat_threshold];
  assertEquals([thresholds(), [...m.zone.percpu_drift_mark]], [[4, 4], [9 + 8, 0]]);
  takeAllBut(machine, 0, 0);
  takeAllBut(machine, 1, 0);
  wakeup_kswapd(m, threadOf(machine, 0), 1, 0, ZONE.NORMAL);
  const kswapd = kswapdOf(machine);
  runTask(machine, kswapd, kswapdPass.at.balance);
  assertEquals(thresholds(), [1, 4]);
  settle(machine); // it finds nothing and gives up
  assertEquals([isAwake(machine), thresholds()], [false, [4, 4]]);
});

Deno.test("kswapd works a boost off although the zone is balanced, and takes only that boost back", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, nid: 1 }], { cpuNodes: [0, 1] });
  const { m } = machine;
  for (const zone of [0, 1]) {
    const kswapd = kswapdOf(machine, zone);
    const before = m.vm.pgsteal[0]!;
    fillLru(machine, zone, 1000);
    m.zone.watermark_boost[zone] = 300;
    wakeup_kswapd(m, threadOf(machine, 0), zone, 0, ZONE.NORMAL);
    runTask(machine, kswapd, m.task.pc[kswapd]! + 1); // it has noted the boost
    m.zone.watermark_boost[zone] = 350; // and another steal comes
    settle(machine);
    const pages = m.vm.pgsteal[0]! - before;
    assert(pages >= 350 && pages <= 350 + 64, `${pages} pages of zone ${zone}`);
    assertEquals(m.zone.watermark_boost[zone], 0);
  }
});

Deno.test("kswapd keeps the lists of its node's zones short while it works, up to the zone that is wanted", () => {
  const zones = [ZONE_16M, { ...ZONE_16M, index: ZONE.MOVABLE }, { ...ZONE_16M, nid: 1 }];
  const machine = machineOf(zones, { cpuNodes: [0, 1] });
  const { m } = machine;
  takeAllBut(machine, 0, 0);
  wakeup_kswapd(m, threadOf(machine, 0), 0, 0, ZONE.NORMAL);
  runTask(machine, kswapdOf(machine), kswapdPass.at.balance);
  assertEquals([...m.zone.flags], [ZONE_FLAG.RECLAIM_ACTIVE, 0, 0]);
  settle(machine);
  assertEquals([...m.zone.flags], [0, 0, 0]);
});

Deno.test("kswapd goes on for a high order until compaction would take over", () => {
  for (const [order, reclaimed] of [[3, 32], [5, 64], [6, 128]] as const) {
    const machine = machineOf();
    const { m } = machine;
    for (const pfn of takeAllBut(machine, 0, 0, MOVABLE)) if (pfn % 2 === 0) free(machine, pfn);
    // the oldest of the odd pages lie apart, so that reclaim makes no block of the order
    for (let first = 1; first < 32; first += 2) {
      for (let pfn = first; pfn < 4096; pfn += 32) lruAdd(m, pfn);
    }
    // plenty is free, and only single pages
    assertEquals(alloc(machine, GFP_ATOMIC, order), NO_PAGE);
    assertEquals([isAwake(machine), m.node.kswapd_order[0]], [true, order]);
    settle(machine);
    assertEquals([m.vm.pgsteal[0], m.node.kswapd_order[0]], [reclaimed, 0]); // at least 2 << order
  }
});

Deno.test("kswapd gives up after 16 passes without a page, until direct reclaim finds one", () => {
  const machine = machineOf();
  const { m } = machine;
  const pages = takeAllBut(machine, 0, 10);
  alloc(machine, GFP_NOWAIT);
  settle(machine);
  assertEquals([m.node.kswapd_failures[0], m.vm.pageoutrun[0]], [16, 16]);
  alloc(machine, GFP_NOWAIT);
  assertEquals(isAwake(machine), false);
  lruAdd(m, pages[0]!);
  assertEquals(runOperation(machine, threadOf(machine, 0), try_to_free_pages.start, 32, ZONE.NORMAL), 1);
  assertEquals(m.node.kswapd_failures[0], 0);
  alloc(machine, GFP_NOWAIT);
  assertEquals(isAwake(machine), true);
});

Deno.test("wakeup_kswapd() remembers the highest zone and order that were asked for", () => {
  const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }, ZONE_16M]);
  const { m } = machine;
  const t = threadOf(machine, 0);
  takeAllBut(machine, 0, 0);
  takeAllBut(machine, 1, 0);
  const wanted = () => [m.node.kswapdWanted[0], m.node.kswapd_order[0]];
  wakeup_kswapd(m, t, 0, 1, ZONE.DMA32);
  assertEquals(wanted(), [ZONE.DMA32 + 1, 1]);
  wakeup_kswapd(m, t, 1, 2, ZONE.NORMAL);
  wakeup_kswapd(m, t, 0, 0, ZONE.DMA32);
  assertEquals(wanted(), [ZONE.NORMAL + 1, 2]);
});

Deno.test("a node is balanced as soon as one of its zones is above HIGH", () => {
  const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }, ZONE_16M]);
  const { m } = machine;
  takeAllBut(machine, 1, 0);
  wakeup_kswapd(m, threadOf(machine, 0), 1, 0, ZONE.NORMAL);
  assertEquals(isAwake(machine), false); // DMA32 is fine
  takeAllBut(machine, 0, HIGH);
  wakeup_kswapd(m, threadOf(machine, 0), 1, 0, ZONE.NORMAL);
  assertEquals(isAwake(machine), true);
});

Deno.test("pgdat_balanced() holds for a node without zones that the request may use", () => {
  const { m } = machineOf([ZONE_16M, { ...ZONE_16M, nid: 1, watermarks: [5000, 5000, 5000] }], {
    cpuNodes: [0, 1],
  });
  assertEquals(pgdat_balanced(m, 1, 0, ZONE.DMA32), true);
  assertEquals(pgdat_balanced(m, 1, 0, ZONE.NORMAL), false);
});

Deno.test("GFP_KERNEL reclaims 32 pages, the oldest first, and gets one", () => {
  const machine = machineOf();
  const { m } = machine;
  const lru = fillLru(machine, 0, 100);
  takeAllBut(machine, 0, MIN);
  assert(allocPatiently(machine, GFP_KERNEL) !== NO_PAGE);
  assertEquals([m.vm.allocstall[0], m.vm.pgsteal[1], m.vm.drainAll[0]], [1, 32, 0]);
  assertEquals(lruTakeOldest(m, 0, ZONE.NORMAL), lru[32]);
});

Deno.test("direct reclaim goes to the next node when the nearest has nothing", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, nid: 1 }], { cpuNodes: [0, 1] });
  const { m } = machine;
  fillLru(machine, 1, 100);
  fillLru(machine, 0, 5);
  takeAllBut(machine, 0, MIN - 10);
  takeAllBut(machine, 1, MIN);
  assert(allocPatiently(machine, GFP_KERNEL) >= 4096);
  assertEquals([zone_reclaimable_pages(m, 0), zone_reclaimable_pages(m, 1)], [0, 73]); // 5 of node 0 and 27 of node 1
});

Deno.test("should_reclaim_retry() counts on the pages of zones that the request may use, not on their node's", () => {
  const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA }, ZONE_16M]);
  const { m } = machine;
  fillLru(machine, 1, 100);
  takeAllBut(machine, 0, 1);
  assertEquals(allocPatiently(machine, GFP_KERNEL | GFP.DMA), NO_PAGE);
  assertEquals(m.vm.allocstall[0], 1); // nothing can come of a second round
});

Deno.test("direct reclaim leaves pages of zones alone that the request may not use", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, index: ZONE.MOVABLE }]);
  const { m } = machine;
  fillLru(machine, 1, 40);
  const normal = fillLru(machine, 0, 2);
  assertEquals(runOperation(machine, threadOf(machine, 0), try_to_free_pages.start, 32, ZONE.NORMAL), 2);
  assertEquals([m.node.lruPages[0], freeCount(m, 0), normal.length], [40, 4096, 2]);
});

Deno.test("drain_all_pages() is called once when reclaimed pages stay on lists, and then they are found", () => {
  const machine = machineOf([{ ...ZONE_16M, pcp: { high: 500, batch: 1 } }]);
  const { m } = machine;
  fillLru(machine, 0, 100);
  takeAllBut(machine, 0, MIN);
  stockPcp(machine, 0, 1, UNMOVABLE, 8); // another CPU's pages help, too
  const t = threadOf(machine, 0);
  // kswapd would keep what it reclaims on its own CPU's list
  start(machine, t, __alloc_pages_nodemask.start, GFP_KERNEL & ~GFP.KSWAPD_RECLAIM, 0);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.pcp.count[0], m.vm.drainAll[0]], [TASK.sleeping, 32, 1]);
  settle(machine);
  runTask(machine, t);
  assert(m.task.state[t] === TASK.idle && m.task.ret[t] !== NO_PAGE);
  assertEquals([m.vm.drainAll[0], m.pcp.count[1]], [1, 0]);
});

Deno.test("a round of reclaim drains at most once", () => {
  const machine = machineOf([{ ...ZONE_16M, pcp: { high: 500, batch: 1 } }]);
  const { m } = machine;
  fillLru(machine, 0, 40);
  takeAllBut(machine, 0, 2); // 2 + 40 is not enough for MIN, so every round fails
  assertEquals(allocPatiently(machine, GFP_KERNEL | GFP.RETRY_MAYFAIL), NO_PAGE);
  assertEquals([m.vm.allocstall[0], m.vm.drainAll[0]], [1, 1]);
  assertEquals(m.vm.oomKill[0], 0); // a request that may fail kills nobody
});

Deno.test("a request goes on, a drain a round, while reclaim makes pages that others take before it", () => {
  const machine = machineOf();
  const { m } = machine;
  fillLru(machine, 0, 1000);
  takeAllBut(machine, 0, 0);
  const t = threadOf(machine, 0);
  start(machine, t, __alloc_pages_nodemask.start, GFP_KERNEL, 0);
  for (let round = 1; round <= 25; round++) {
    runTask(machine, t, __alloc_pages_slowpath.at.reclaimed);
    assertEquals([m.task.ret[t], m.vm.allocstall[0], m.vm.drainAll[0]], [32, round, round - 1]);
    takeAllBut(machine, 0, 0);
    stepTask(machine, t);
  }
  runTask(machine, t);
  assert(m.task.ret[t] !== NO_PAGE);
  assertEquals(m.vm.oomKill[0], 0);
});

Deno.test("NORETRY and costly orders give up after one round; RETRY_MAYFAIL goes on", () => {
  const stalls = (gfp: number, order: number) => {
    const machine = machineOf();
    takeAllBut(machine, 0, 0);
    assertEquals(allocPatiently(machine, gfp, order), NO_PAGE);
    assertEquals(machine.m.vm.oomKill[0]! > 0, (gfp & (GFP.NORETRY | GFP.RETRY_MAYFAIL)) === 0 && order <= 3);
    return machine.m.vm.allocstall[0];
  };
  assertEquals([stalls(GFP_KERNEL | GFP.NORETRY, 0), stalls(GFP_KERNEL, 4)], [1, 1]);
  assertEquals([stalls(GFP_KERNEL, 3), stalls(GFP_KERNEL | GFP.RETRY_MAYFAIL, 4)], [1, 1]);
});

Deno.test("a request for a block that reclaim cannot make does not go on for the sake of single pages", () => {
  const machine = machineOf();
  const { m } = machine;
  for (const pfn of takeAllBut(machine, 0, 0, MOVABLE)) if (pfn % 2 === 0) free(machine, pfn);
  assertEquals(allocPatiently(machine, GFP_KERNEL | GFP.RETRY_MAYFAIL, 1), NO_PAGE);
  assertEquals(m.vm.allocstall[0], 1);
});

Deno.test("the OOM kill frees what its victim held, and a request that killed starts again", () => {
  const machine = machineOf();
  const { m } = machine;
  fillLru(machine, 0, 40);
  takeAllBut(machine, 0, 2);
  const kills = countEvents(m, EVENT.oom);
  // 2 + 32 free and 8 reclaimable are less than MIN: no use in going on, somebody dies, and 42 are still too few
  assertEquals(allocPatiently(machine, GFP_KERNEL), NO_PAGE);
  assertEquals([kills.count, m.node.lruPages[0], zone_page_state_snapshot(m, 0)], [2, 0, 42]);
});

/** Reclaims `wanted` pages directly; returns what is left of each kind. */
function reclaimed(machine: Machine, wanted: number): { file: number; anon: number } {
  runOperation(machine, threadOf(machine, 0), try_to_free_pages.start, wanted, ZONE.MOVABLE);
  const [file, anon] = machine.m.node.lruPages;
  return { file: file!, anon: anon! };
}

Deno.test("reclaim drops page cache and leaves anonymous memory where it is without swap", () => {
  const machine = machineOf();
  fillLru(machine, 0, 50, LRU.anon);
  fillLru(machine, 0, 50, LRU.file);
  assertEquals(zone_reclaimable_pages(machine.m, 0), 50);
  assertEquals(reclaimed(machine, 32), { file: 18, anon: 50 });
  assertEquals(reclaimed(machine, 32), { file: 0, anon: 50 });
  assertEquals([machine.m.vm.pswpout[0], zone_reclaimable_pages(machine.m, 0)], [0, 0]);
});

Deno.test("with swap reclaim takes 60 anonymous pages to 140 of page cache, until swap is full", () => {
  const machine = machineOf();
  const { m } = machine;
  m.vm.swapFree[0] = 80;
  fillLru(machine, 0, 200, LRU.anon);
  fillLru(machine, 0, 300, LRU.file);
  assertEquals(reclaimed(machine, 200), { file: 160, anon: 140 });
  assertEquals([m.vm.swapFree[0], m.vm.pswpout[0], zone_reclaimable_pages(m, 0)], [20, 60, 160 + 140]);
  assertEquals(reclaimed(machine, 200), { file: 0, anon: 120 }, "then page cache alone");
  assertEquals([m.vm.swapFree[0], zone_reclaimable_pages(m, 0)], [0, 0]);
});

Deno.test("an anonymous page to swap costs its reclaimer swapOut, a page of the cache reclaimPage", () => {
  const spentBy = (kind: number) => {
    const machine = machineOf();
    machine.m.vm.swapFree[0] = 32;
    fillLru(machine, 0, 32, kind);
    const before = machine.m.cpu.clockNs[0]!;
    reclaimed(machine, 32);
    return machine.m.cpu.clockNs[0]! - before;
  };
  const { swapOut, reclaimPage } = machineOf().m.cost;
  assertEquals(spentBy(LRU.anon) - spentBy(LRU.file), 32 * (swapOut - reclaimPage));
});

Deno.test("an OOM kill gives back anonymous memory that nothing else could have", () => {
  const machine = machineOf();
  const { m } = machine;
  fillLru(machine, 0, 200, LRU.anon);
  takeAllBut(machine, 0, 2);
  assert(allocPatiently(machine, GFP_KERNEL) !== NO_PAGE);
  assertEquals([m.vm.oomKill[0], m.node.lruPages[1], m.vm.pswpout[0]], [1, 0, 0]);
});

Deno.test("lruTakeAnon() gives the youngest page, of the nearest node that has one; freeing forgets the kind", () => {
  const machine = machineOf([ZONE_16M, { ...ZONE_16M, nid: 1 }], { cpuNodes: [0, 1] });
  const { m } = machine;
  const far = fillLru(machine, 1, 2, LRU.anon);
  const near = fillLru(machine, 0, 2, LRU.anon);
  assertEquals([0, 0, 0, 0, 0].map(() => lruTakeAnon(m, 0)), [near[1]!, near[0]!, far[1]!, far[0]!, -1]);
  lruAdd(m, near[0]!, LRU.anon);
  assertEquals(lruKind(m, near[0]!), LRU.anon);
  free(machine, near[0]!);
  assertEquals([lruKind(m, near[0]!), m.node.lruPages[1]], [LRU.file, 0]);
});

Deno.test("nobody is killed for a lowmem request, nor for THISNODE", () => {
  for (const gfp of [GFP_KERNEL | GFP.DMA32, GFP_KERNEL | GFP.THISNODE]) {
    const machine = machineOf([{ ...ZONE_16M, index: ZONE.DMA32 }, ZONE_16M]);
    takeAllBut(machine, 0, 0);
    takeAllBut(machine, 1, 0);
    assertEquals(allocPatiently(machine, gfp), NO_PAGE);
    assertEquals(machine.m.vm.oomKill[0], 0);
  }
});

Deno.test("NOFAIL takes a part of the reserves instead of giving up", () => {
  const machine = machineOf();
  takeAllBut(machine, 0, MIN - 10); // above three quarters of MIN
  assertEquals(allocPatiently(machine, GFP_KERNEL | GFP.NORETRY), NO_PAGE);
  assert(allocPatiently(machine, GFP_KERNEL | GFP.NORETRY | GFP.NOFAIL) !== NO_PAGE);
});

Deno.test("an atomic high-order request below MIN reserves its pageblock, which order 0 cannot have", () => {
  const machine = machineOf([{ ...ZONE_16M, pages: 16384 }]);
  const { m } = machine;
  const pages = takeAllBut(machine, 0, 0);
  for (const pfn of pages.slice(1024, 1024 + 60)) free(machine, pfn); // 60 pages of one pageblock
  const pfn = alloc(machine, GFP_ATOMIC, 2);
  assertEquals([get_pageblock_migratetype(m, pfn), m.zone.nr_reserved_highatomic[0]], [HIGHATOMIC, 512]);
  assertEquals(freeBlocks(m, 0).length, freeBlocks(m, 0, [HIGHATOMIC]).length);
  m.zone.watermark.fill(0);
  m.zone.nr_reserved_highatomic[0] = 0; // so that only the lists decide
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE);
  assertEquals(alloc(machine, GFP_ATOMIC), NO_PAGE);
  m.zone.watermark.fill(1000);
  m.zone.watermark[0] = 0;
  assert(alloc(machine, GFP_ATOMIC, 2) !== NO_PAGE);
});

Deno.test("6.1 and later find the HIGHATOMIC reserve behind empty lists, its stable releases for order 0 too", () => {
  const obtains = (name: string, gfp: number, order: number) => {
    const machine = machineOf([{ ...ZONE_16M, pcp: { high: 100, batch: 7 } }], {
      build: { ...profileNamed(name), preemption: "full" },
    });
    const { m } = machine;
    takeAllBut(machine, 0, 0);
    m.zone.watermark.fill(0);
    m.pageblock.migratetype[1] = HIGHATOMIC;
    for (let pfn = 512; pfn < 520; pfn++) __free_one_page(m, 0, pfn, 0, 0, HIGHATOMIC);
    return alloc(machine, gfp, order) !== NO_PAGE;
  };
  // 5.14 has lists for order 2 and never looks behind them; before it had none
  const atomic = ["v5_9", "v5_14", "v6_1", "v6_18"].map((name) => obtains(name, GFP_ATOMIC, 2));
  assertEquals(atomic, [true, false, true, true]);
  assertEquals(["v5_9", "v5_14", "v6_1", "v6_18"].map((name) => obtains(name, GFP_ATOMIC, 0)), [
    false,
    false,
    true,
    true,
  ]);
  assertEquals(["v5_9", "v6_1"].map((name) => obtains(name, GFP_NOWAIT, 0)), [false, true]);
  assertEquals(["v5_9", "v6_1"].map((name) => obtains(name, GFP_NOWAIT, 2)), [false, false]);
  assertEquals(obtains("v6_1", GFP_NOWAIT | GFP.NOMEMALLOC, 0), false);
});

Deno.test("the HIGHATOMIC reserve is not free for others, and the last block is given back before an OOM kill", () => {
  const machine = machineOf();
  const { m } = machine;
  takeAllBut(machine, 0, 0);
  m.pageblock.migratetype[1] = HIGHATOMIC;
  m.zone.nr_reserved_highatomic[0] = 512;
  for (let pfn = 512; pfn < 712; pfn++) free(machine, pfn);
  assertEquals(freeBlocks(m, 0).length, freeBlocks(m, 0, [HIGHATOMIC]).length);
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE); // 200 free, 512 of them reserved
  // without progress it takes more than 16 rounds until the last block is given back, each on the hope of a block in it
  m.zone.watermark.fill(0);
  m.zone.nr_reserved_highatomic[0] = 100; // less than is free, so the mark holds and only the lists refuse
  assert(allocPatiently(machine, GFP_KERNEL) !== NO_PAGE);
  assertEquals([m.vm.allocstall[0], m.vm.oomKill[0], m.zone.nr_reserved_highatomic[0]], [17, 0, 0]);
});

Deno.test("__free_pages() stops at a page that is free already, or of another order", () => {
  const machine = machineOf();
  const pfn = alloc(machine, GFP_KERNEL, 2);
  assertThrows(() => free(machine, pfn, 1), KernelBug, "is freed as order 1");
  const other = machineOf([{ ...ZONE_16M, pcp: { high: 100, batch: 1 } }]);
  const page = alloc(other, GFP_KERNEL);
  free(other, page);
  assertThrows(() => free(other, page), KernelBug, "freed but not allocated");
});

Deno.test("__free_pages() of 6.12 forgets that a zone was short of memory when it is above HIGH again", () => {
  const machine = machineOf([ZONE_16M], { build: { ...profileNamed("v6_12"), preemption: "full" } });
  const { m } = machine;
  const pages = takeAllBut(machine, 0, HIGH - 2);
  m.zone.flags[0] = ZONE_FLAG.BELOW_HIGH;
  const flags = pages.slice(0, 4).map((pfn) => {
    free(machine, pfn);
    return [freeCount(m, 0) - HIGH, m.zone.flags[0]];
  });
  const { BELOW_HIGH } = ZONE_FLAG;
  assertEquals(flags, [[-1, BELOW_HIGH], [0, BELOW_HIGH], [1, 0], [2, 0]]);
});

Deno.test("reclaim and allocation of every kind conserve pages", () => {
  const call = fc.tuple(
    fc.constantFrom(GFP_NOWAIT, GFP_ATOMIC, GFP_KERNEL | GFP.NORETRY, GFP_HIGHUSER_MOVABLE | GFP.NORETRY),
    fc.nat(4),
    fc.boolean(),
    fc.nat(99),
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const machine = machineOf([{ ...ZONE_16M, pcp: { high: 30, batch: 7 } }, {
        ...ZONE_16M,
        index: ZONE.MOVABLE,
        pcp: { high: 30, batch: 7 },
      }]);
      const { m } = machine;
      const sound = soundness(m);
      fillLru(machine, 0, 200);
      fillLru(machine, 1, 200);
      takeAllBut(machine, 0, 150);
      takeAllBut(machine, 1, 150);
      const held: [number, number][] = [];
      for (const [gfp, order, gives, pick] of calls) {
        const [block] = gives ? held.splice(pick % (held.length + 1), 1) : [];
        if (block !== undefined) free(machine, ...block);
        else {
          const pfn = allocPatiently(machine, gfp, order);
          if (pfn === NO_PAGE) continue;
          if (order === 0 && pick < 50) lruAdd(m, pfn);
          else held.push([pfn, order]);
        }
        if (pick % 10 === 0) settle(machine);
      }
      settle(machine);
      assertEquals(sound(), null);
    }),
    { seed: 10, numRuns: 40 },
  );
});

Deno.test("refresh_cpu_vm_stats() drains a batch of a remote list every third second, never of a local one", () => {
  const countsOf = (use: (m: Machine["m"], pcp: number) => void) => {
    const machine = machineOf([0, 1].map((nid) => ({ ...ZONE_16M, nid, pcp: { high: 100, batch: 5 } })), {
      cpuNodes: [0, 1],
    });
    const { m } = machine;
    const [local, remote] = [pcpOf(m, 0, 0), pcpOf(m, 1, 0)];
    stockPcp(machine, 0, 0, UNMOVABLE, 12);
    stockPcp(machine, 1, 0, UNMOVABLE, 12);
    m.zone.stat_threshold.fill(125);
    m.pcp.vm_stat_diff.fill(0);
    m.pcp.used[local] = 1;
    use(m, remote);
    const counts = Array.from({ length: 9 }, () => {
      m.timer.armed[m.vmstatTimer] = 0;
      runOperation(machine, threadOf(machine, 0), refresh_cpu_vm_stats.start);
      assertEquals([jiffiesLeft(m, m.vmstatTimer, 0), m.pcp.vm_stat_diff[local]], [m.profile.HZ, 0]);
      return m.pcp.count[remote];
    });
    assertEquals(m.pcp.count[local], 12);
    return counts;
  };
  const ages = [12, 12, 7, 7, 7, 2, 2, 2, 0];
  assertEquals(countsOf((m, pcp) => m.pcp.used[pcp] = 1), ages);
  assertEquals(countsOf((m, pcp) => m.pcp.vm_stat_diff[pcp] = 1), ages);
  assertEquals(countsOf(() => {}), new Array<number>(9).fill(12), "what nobody has used does not age");
});

Deno.test("refresh_cpu_vm_stats() leaves a list that a refill brought over its limit alone, until limits tune", () => {
  const left = (name: string) => {
    const machine = machineOf([{ ...ZONE_16M, pcp: { high: 10, batch: 5 } }], {
      build: { ...profileNamed(name), preemption: "full" },
    });
    const { m } = machine;
    stockPcp(machine, 0, 0, UNMOVABLE, 12);
    m.timer.armed[m.vmstatTimer] = 0;
    runOperation(machine, threadOf(machine, 0), refresh_cpu_vm_stats.start);
    return m.pcp.count[0];
  };
  assertEquals(["v5_9", "v5_14", "v6_1", "v6_12", "v6_18"].map(left), [12, 12, 12, 10, 10]);
});

Deno.test("drain_all_pages() pays for each page, whichever CPU empties the lists", () => {
  const costs = ["v5_14", "v6_1"].map((name) => {
    const machine = machineOf([{ ...ZONE_16M, pcp: { high: 1000, batch: 5 } }], {
      build: { ...profileNamed(name), preemption: "full" },
    });
    const { m } = machine;
    stockPcp(machine, 0, 1, UNMOVABLE, 500);
    const before = m.cpu.clockNs[0]! + m.cpu.clockNs[1]!;
    start(machine, threadOf(machine, 0), drain_all_pages.start);
    runTask(machine, threadOf(machine, 0));
    settle(machine);
    assertEquals(m.pcp.count[pcpOf(m, 0, 1)], 0);
    return m.cpu.clockNs[0]! + m.cpu.clockNs[1]! - before >= 500 * m.cost.drainPage;
  });
  assertEquals(costs, [true, true]);
});
