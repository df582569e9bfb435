/**
 * `__rcu_alloc_page_lockless()` step by step, with the hazards that follow from each step by their numbers, and
 * `alloc_pages_nolock()` of later kernels beside it.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  countEvents,
  type Memory,
  memory,
  pcpPages,
  soundness,
  stockPcp,
  takeAllBut,
  takeBlock,
  type TestZone,
} from "../../tests/support/memory.ts";
import { runOperation, runTask, settle, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import { mayInterrupt } from "../cpu/cpu.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { LEVEL, TASK } from "../sim/task.ts";
import { drain_all_pages } from "./drain.ts";
import { allocDirect, freeDirect, locklessDirect } from "./direct.ts";
import { __free_pages } from "./free.ts";
import { GFP_ATOMIC, GFP_NOWAIT, MIGRATE, ZONE } from "./gfp.ts";
import { __rcu_alloc_page_lockless } from "./lockless.ts";
import { NO_PAGE, NUMA, PAGE, page_zone, pageState, pcpOf } from "./mm.ts";
import { alloc_pages_nolock } from "./nolock.ts";
import { __alloc_pages_nodemask } from "./page_alloc.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";

const { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, CMA, ISOLATE } = MIGRATE;

/** Zones by number: node 0 has DMA, DMA32, Normal and Movable, node 1 Normal. */
const DMA = 0, DMA32 = 1, NORMAL = 2, MOVABLE_ZONE = 3, REMOTE = 4;
const ZONES: readonly TestZone[] = [
  { pages: 1024, index: ZONE.DMA },
  { pages: 2048, index: ZONE.DMA32 },
  { pages: 4096 },
  { pages: 2048, index: ZONE.MOVABLE },
  { pages: 4096, nid: 1 },
].map((z) => ({ ...z, watermarks: [16, 24, 32], pcp: { high: 40, batch: 5 } }));

/** Two nodes with a CPU each, two threads on each CPU. */
function machineOf(build: Memory["build"] = {}): Machine {
  return memory({ zones: ZONES, cpuNodes: [0, 1], build, threadsPerCpu: 2 });
}

const lockless = (machine: Machine, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __rcu_alloc_page_lockless.start);
const alloc = (machine: Machine, gfp = GFP_ATOMIC, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __alloc_pages_nodemask.start, gfp, 0);
const free = (machine: Machine, pfn: number, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __free_pages.start, pfn, 0);

Deno.test("__rcu_alloc_page_lockless() visits all zones up to Normal, nearest node first, highest zone first", () => {
  const machine = machineOf();
  const zones = [NORMAL, DMA32, DMA, REMOTE];
  const stocked = zones.map((zone) => stockPcp(machine, zone, 0, UNMOVABLE, 1)[0]);
  assertEquals(zones.map(() => lockless(machine)), stocked);
  assertEquals(lockless(machine), NO_PAGE);
  const other = machineOf();
  const fromNode1 = [REMOTE, NORMAL, DMA32, DMA].map((zone) => stockPcp(other, zone, 1, UNMOVABLE, 1)[0]);
  assertEquals(fromNode1.map(() => lockless(other, 1)), fromNode1);
});

Deno.test("H9: __rcu_alloc_page_lockless() never takes a page of ZONE_MOVABLE", () => {
  const machine = machineOf();
  stockPcp(machine, MOVABLE_ZONE, 0, MOVABLE, 30);
  assertEquals(lockless(machine), NO_PAGE);
  assertEquals(machine.m.pcp.count[pcpOf(machine.m, MOVABLE_ZONE, 0)], 30);
});

Deno.test("__rcu_alloc_page_lockless() uses the lists of its own CPU only", () => {
  const machine = machineOf();
  stockPcp(machine, NORMAL, 1, UNMOVABLE, 5);
  assertEquals(lockless(machine), NO_PAGE);
});

Deno.test("__rcu_alloc_page_lockless() takes the head of UNMOVABLE, then MOVABLE, then RECLAIMABLE", () => {
  const machine = machineOf();
  const lists = [UNMOVABLE, MOVABLE, RECLAIMABLE].flatMap((type) => stockPcp(machine, NORMAL, 0, type, 2));
  assertEquals(lists.map(() => lockless(machine)), lists);
  assertEquals(lockless(machine), NO_PAGE);
});

Deno.test("H24: __rcu_alloc_page_lockless() takes the page off the count, and counts PGALLOC", () => {
  const machine = machineOf();
  const { m } = machine;
  const sound = soundness(m);
  const [pfn] = stockPcp(machine, DMA32, 0, MOVABLE, 3);
  assertEquals(lockless(machine), pfn);
  assertEquals([m.pcp.count[pcpOf(m, DMA32, 0)], m.zone.pgalloc[DMA32]], [2, 1]);
  assertEquals([pageState(m, pfn!), m.page.order[pfn!]], [PAGE.allocated, 0]);
  assertEquals(sound(), null);
});

Deno.test("__rcu_alloc_page_lockless() agrees with popping three deques a zone, whatever else uses the lists", () => {
  const call = fc.tuple(fc.constantFrom("lockless", "alloc", "free"), fc.nat(2), fc.nat(99));
  fc.assert(
    fc.property(fc.array(call, { maxLength: 120 }), (calls) => {
      const machine = machineOf();
      const { m } = machine;
      const sound = soundness(m);
      const held: number[] = [];
      for (const [what, type, pick] of calls) {
        if (what === "free") {
          if (held.length > 0) free(machine, held.splice(pick % held.length, 1)[0]!);
          continue;
        }
        if (what === "alloc") {
          held.push(alloc(machine, GFP_ATOMIC | type << 3));
          continue;
        }
        const heads = [NORMAL, DMA32, DMA, REMOTE].flatMap((zone) =>
          [UNMOVABLE, MOVABLE, RECLAIMABLE].map((list) => pcpPages(m, zone, 0, list)[0])
        );
        const expected = heads.find((head) => head !== undefined) ?? NO_PAGE;
        const pfn = lockless(machine);
        assertEquals(pfn, expected);
        if (pfn !== NO_PAGE) held.push(pfn);
      }
      assertEquals(sound(), null);
      let net = -m.vm.pgfree[0]!;
      for (let zone = 0; zone < m.nrZones; zone++) net += m.zone.pgalloc[zone]!;
      assertEquals(net, held.length);
    }),
    { seed: 8, numRuns: 60 },
  );
});

Deno.test("H1: a head that is bad for ever hides its list until a normal allocation of that type drops it", () => {
  const machine = machineOf({ debugVm: true });
  const { m } = machine;
  const [bad, hidden] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 2);
  const [movable] = stockPcp(machine, NORMAL, 0, MOVABLE, 1);
  m.page.flags[bad!]! |= PAGE.badForever;
  assertEquals(lockless(machine), movable); // the next type is tried
  for (let i = 0; i < 3; i++) assertEquals(lockless(machine), NO_PAGE);
  assertEquals(m.vm.badReports[0], 4); // reported on every call, interrupts off
  assertEquals(pcpPages(m, NORMAL, 0, UNMOVABLE), [bad, hidden]);
  assertEquals([m.pcp.count[pcpOf(m, NORMAL, 0)], m.vm.leaked[0]], [2, 0]);
  assertEquals(alloc(machine), hidden);
  assertEquals([pageState(m, bad!), m.vm.leaked[0]], [PAGE.leaked, 1]);
});

Deno.test("H14: one short irq-off window a zone, long only when bad_page() prints in it, 60 reports a minute", () => {
  const machine = machineOf({ debugVm: true });
  const { m } = machine;
  const { badPageReport, irqSaveRestore, listHead } = m.cost;
  assertEquals(lockless(machine), NO_PAGE);
  assertEquals(m.cpu.irqOffNsMax[0], irqSaveRestore + 3 * listHead);
  const [bad] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  m.page.flags[bad!]! |= PAGE.badForever;
  const startNs = m.cpu.clockNs[0]!;
  for (let call = 0; call < 100; call++) assertEquals(lockless(machine), NO_PAGE);
  assertEquals(m.cpu.irqOffNsMax[0], irqSaveRestore + 3 * listHead + badPageReport);
  const spentNs = m.cpu.clockNs[0]! - startNs;
  assertEquals([m.vm.badReports[0], m.vm.badShown[0], Math.floor(spentNs / badPageReport)], [100, 60, 60]);
  // printed again a minute after the first report
  m.cpu.clockNs[0]! += 60e9;
  lockless(machine);
  assertEquals([m.vm.badReports[0], m.vm.badShown[0]], [101, 1]);
});

Deno.test("A page with hardware poison is refused at every look, never reported, and its mapcount is reset", () => {
  const machine = machineOf({ debugVm: true });
  const { m } = machine;
  const [poisoned, next] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 2);
  m.page.flags[poisoned!]! |= PAGE.hwpoison | PAGE.badMapcount;
  assertEquals(lockless(machine), NO_PAGE);
  assertEquals(m.page.flags[poisoned!]! & PAGE.badMapcount, 0);
  assertEquals(lockless(machine), NO_PAGE); // unlike H2: the flag stays
  assertEquals([m.vm.badReports[0], m.vm.leaked[0]], [0, 0]);
  assertEquals(alloc(machine), next);
  assertEquals([pageState(m, poisoned!), m.vm.leaked[0], m.vm.badReports[0]], [PAGE.leaked, 1, 0]);
});

Deno.test("H2: a head that is bad by its mapcount is skipped by one call and handed out by the next", () => {
  const machine = machineOf({ debugVm: true });
  const [bad] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  machine.m.page.flags[bad!]! |= PAGE.badMapcount;
  assertEquals(lockless(machine), NO_PAGE);
  assertEquals(lockless(machine), bad);
  assertEquals(machine.m.vm.badReports[0], 1);
});

Deno.test("H3: without DEBUG_VM nothing is checked, and a bad page goes out", () => {
  const machine = machineOf();
  const [bad] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  machine.m.page.flags[bad!]! |= PAGE.badForever;
  assertEquals(lockless(machine), bad);
  assertEquals(machine.m.vm.badReports[0], 0);
});

Deno.test("H4: an unmovable user gets pages of MOVABLE, CMA and HIGHATOMIC pageblocks from the MOVABLE list", () => {
  const machine = machineOf({ cma: true });
  const { m } = machine;
  for (const type of [CMA, HIGHATOMIC]) {
    const pfn = takeBlock(machine, NORMAL, 0, MOVABLE);
    m.pageblock.migratetype[pfn >> 9] = type;
    free(machine, pfn);
    assertEquals(pcpPages(m, NORMAL, 0, MOVABLE), [pfn]);
    assertEquals(lockless(machine), pfn);
    assertEquals(m.vm.pollution[type], 1);
    m.pageblock.migratetype[pfn >> 9] = MOVABLE;
  }
  stockPcp(machine, NORMAL, 0, MOVABLE, 1);
  lockless(machine);
  assertEquals([...m.vm.pollution], [0, 1, 0, 1, 1, 0]);
});

Deno.test("H6: no watermark is looked at, and NR_FREE_PAGES does not change", () => {
  const machine = machineOf();
  const { m } = machine;
  const [pfn] = stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  for (const zone of [NORMAL, DMA32, DMA, REMOTE]) takeAllBut(machine, zone, 3);
  const freePages = zone_page_state_snapshot(m, NORMAL);
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE);
  assertEquals(lockless(machine), pfn);
  assertEquals(zone_page_state_snapshot(m, NORMAL), freePages);
});

Deno.test("H7: lower zones give pages that lowmem_reserve keeps from a normal allocation", () => {
  const machine = machineOf();
  const { m } = machine;
  for (const zone of [NORMAL, REMOTE]) takeAllBut(machine, zone, 3);
  for (const zone of [DMA, DMA32]) m.zone.lowmem_reserve[zone * 4 + ZONE.NORMAL] = 5000;
  const [dma32] = stockPcp(machine, DMA32, 0, UNMOVABLE, 1);
  const [dma] = stockPcp(machine, DMA, 0, RECLAIMABLE, 1);
  assertEquals(alloc(machine, GFP_NOWAIT), NO_PAGE);
  assertEquals([lockless(machine), lockless(machine)], [dma32, dma]);
});

Deno.test("H7: with default sizes ZONE_DMA's list is always empty, with a fraction its pages are within reach", () => {
  const dmaOnly = (pcp: { high: number; batch: number }) => {
    const machine = memory({ zones: [{ pages: 3976, index: ZONE.DMA, pcp }] });
    free(machine, takeBlock(machine, 0));
    return lockless(machine) !== NO_PAGE;
  };
  assertEquals([dmaOnly({ high: 0, batch: 1 }), dmaOnly({ high: 497, batch: 96 })], [false, true]);
});

Deno.test("H8: a page of a remote zone counts as a miss there, foreign to the first zone visited, and other", () => {
  const machine = machineOf();
  const { m } = machine;
  stockPcp(machine, REMOTE, 0, UNMOVABLE, 1);
  lockless(machine);
  const numa = (zone: number) => [...m.zone.numa.subarray(zone * 6, zone * 6 + 6)];
  assertEquals(numa(REMOTE), [0, 1, 0, 0, 0, 1]);
  assertEquals(numa(NORMAL), [0, 0, 1, 0, 0, 0]);
  stockPcp(machine, DMA32, 0, UNMOVABLE, 1);
  lockless(machine);
  assertEquals(numa(DMA32), [1, 0, 0, 0, 1, 0]); // same node: a hit, although not the preferred zone
  assertEquals(m.zone.numa[NORMAL * 6 + NUMA.foreign], 1);
});

Deno.test("H10: the preferred zone is the first one visited, however empty", () => {
  const machine = memory({
    zones: [{ pages: 1024, index: ZONE.DMA32 }, { pages: 1024, nid: 1 }],
    cpuNodes: [0, 1],
  });
  takeAllBut(machine, 0, 0);
  stockPcp(machine, 1, 0, UNMOVABLE, 1);
  lockless(machine);
  assertEquals(machine.m.zone.numa[0 * 6 + NUMA.foreign], 1);
});

Deno.test("H11: nothing is refilled: with the lists empty every call fails while memory is free", () => {
  const machine = machineOf();
  const { m } = machine;
  const wakes = countEvents(m, EVENT.refill, EVENT.lockTaken, EVENT.reclaimed);
  for (let i = 0; i < 5; i++) assertEquals(lockless(machine), NO_PAGE);
  assertEquals([wakes.count, zone_page_state_snapshot(m, NORMAL)], [0, 4096]);
  const pfn = alloc(machine); // somebody else refills
  assertEquals(lockless(machine), pfn + 1);
});

Deno.test("H12: after drain_all_pages() every call on every CPU fails", () => {
  const machine = machineOf();
  for (const cpu of [0, 1]) {
    for (const zone of [NORMAL, DMA32, REMOTE]) stockPcp(machine, zone, cpu, MOVABLE, 9);
  }
  const t = threadOf(machine, 0);
  start(machine, t, drain_all_pages.start);
  runTask(machine, t);
  settle(machine);
  runTask(machine, t);
  assertEquals([lockless(machine, 0), lockless(machine, 1)], [NO_PAGE, NO_PAGE]);
});

Deno.test("H13: pages taken here make a bystander's next allocation take zone->lock", () => {
  const machine = machineOf();
  stockPcp(machine, NORMAL, 0, UNMOVABLE, 2);
  const locks = countEvents(machine.m, EVENT.lockTaken);
  alloc(machine);
  assertEquals(locks.count, 0);
  lockless(machine);
  assertEquals(locks.count, 0);
  alloc(machine);
  assertEquals(locks.count, 1);
});

Deno.test("H15: an interrupt between two zones refills one that was visited already: a false failure", () => {
  const machine = machineOf();
  const { m } = machine;
  const pfn = takeBlock(machine, NORMAL);
  const t = threadOf(machine, 0);
  start(machine, t, __rcu_alloc_page_lockless.start);
  stepTask(machine, t);
  stepTask(machine, t); // Normal was empty
  assert(mayInterrupt(m, 0, LEVEL.hardirq));
  free(machine, pfn, 2); // another context of this CPU
  runTask(machine, t);
  assertEquals(m.task.ret[t], NO_PAGE);
  assertEquals(lockless(machine), pfn);
});

Deno.test("prep_new_page() runs after the irq-off part: an interrupt between the two cannot have the same page", () => {
  const machine = machineOf();
  const { m } = machine;
  const pages = stockPcp(machine, NORMAL, 0, UNMOVABLE, 2);
  const t = threadOf(machine, 0);
  start(machine, t, __rcu_alloc_page_lockless.start);
  runTask(machine, t, __rcu_alloc_page_lockless.at.prepare);
  assert(mayInterrupt(m, 0, LEVEL.hardirq));
  assertEquals(lockless(machine, 2), pages[1]);
  runTask(machine, t);
  assertEquals(m.task.ret[t], pages[0]);
});

Deno.test("H20: a kernel compiled with DEBUG_PAGEALLOC gets no page, even with the feature not enabled", () => {
  for (const debugPageallocEnabled of [false, true]) {
    const machine = machineOf({ debugPagealloc: true, debugPageallocEnabled });
    stockPcp(machine, NORMAL, 0, UNMOVABLE, 4);
    assertEquals(lockless(machine), NO_PAGE);
    assertEquals(pcpPages(machine.m, NORMAL, 0, UNMOVABLE).length, 4);
  }
});

Deno.test("H21: no mm_page_alloc, hit or miss, so a trace sees pages freed that were never allocated", () => {
  const machine = machineOf();
  const allocs = countEvents(machine.m, EVENT.mm_page_alloc);
  const frees = countEvents(machine.m, EVENT.mm_page_free);
  stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  free(machine, lockless(machine));
  lockless(machine);
  assertEquals(lockless(machine), NO_PAGE);
  assertEquals([allocs.count, frees.count], [0, 1]);
});

Deno.test("H23: init_on_alloc clears the page, and a call costs an irq-off part and three heads a zone", () => {
  const nsOf = (build: Memory["build"], zone: number) => {
    const machine = machineOf(build);
    stockPcp(machine, zone, 0, UNMOVABLE, 1);
    const before = machine.m.cpu.clockNs[0]!;
    lockless(machine);
    return machine.m.cpu.clockNs[0]! - before;
  };
  const { cost } = machineOf().m;
  const visit = cost.irqSaveRestore + 3 * cost.listHead;
  assertEquals(nsOf({}, NORMAL), visit + cost.listTake + cost.prepPage);
  assertEquals(nsOf({}, REMOTE), 4 * visit + cost.listTake + cost.prepPage);
  assertEquals(nsOf({ initOnAlloc: true }, NORMAL) - nsOf({}, NORMAL), cost.clearPage);
});

Deno.test("H25: a page whose pageblock was isolated after it came on the list is handed out all the same", () => {
  const machine = machineOf();
  const { m } = machine;
  const [pfn] = stockPcp(machine, NORMAL, 0, MOVABLE, 1);
  m.pageblock.migratetype[pfn! >> 9] = ISOLATE;
  m.zone.nr_isolate_pageblock[NORMAL] = 1;
  assertEquals(lockless(machine), pfn);
});

Deno.test("__rcu_alloc_page_lockless() wakes no kswapd, not even for a boosted zone", () => {
  const machine = machineOf();
  const { m } = machine;
  settle(machine);
  stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  m.zone.boosted[NORMAL] = 1;
  m.zone.watermark_boost[NORMAL] = 100;
  lockless(machine);
  assertEquals([m.zone.boosted[NORMAL], m.task.state[m.gpTask + 1]], [1, TASK.sleeping]);
  stockPcp(machine, NORMAL, 0, UNMOVABLE, 1);
  alloc(machine);
  assertEquals([m.zone.boosted[NORMAL], m.task.state[m.gpTask + 1]], [0, TASK.ready]);
});

for (
  const [name, build] of [["5.9", {}], ["6.1", profileNamed("v6_1")], ["DEBUG_VM", {
    debugVm: true,
  }]] as const
) {
  Deno.test(`direct.ts leaves the same world as the operations (${name})`, () => {
    const call = fc.tuple(
      fc.constantFrom("lockless", "alloc", "free", "free", "spoil"),
      fc.nat(2),
      fc.constantFrom(0, 0, 0, 1, 4),
      fc.nat(99),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
        const [one, other] = [machineOf(build), machineOf(build)];
        const t = threadOf(other, 0);
        const held: { pfn: number; order: number }[] = [];
        for (const [what, type, order, pick] of calls) {
          if (what === "spoil") {
            const block = held[pick % (held.length + 1)];
            if (block === undefined) continue;
            const last = block.pfn + (1 << block.order) - 1;
            for (const { m } of [one, other]) m.page.flags[last]! |= PAGE.badMapcount;
            continue;
          }
          if (what === "free") {
            const [block] = held.splice(pick % (held.length + 1), 1);
            if (block === undefined) continue;
            runOperation(one, t, __free_pages.start, block.pfn, block.order);
            freeDirect(other.m, t, block.pfn, block.order);
            continue;
          }
          const gfp = GFP_ATOMIC | type << 3;
          const pfn = what === "lockless"
            ? lockless(one)
            : runOperation(one, t, __alloc_pages_nodemask.start, gfp, order);
          assertEquals(
            what === "lockless" ? locklessDirect(other.m, t) : allocDirect(other.m, t, gfp, order),
            pfn,
          );
          if (pfn !== NO_PAGE) held.push({ pfn, order: what === "lockless" ? 0 : order });
        }
        for (const struct of ["link", "page", "pageblock", "zone", "pcp"] as const) {
          for (const [field, values] of Object.entries(one.m[struct])) {
            assertEquals((other.m[struct] as Record<string, unknown>)[field], values, `${struct}.${field}`);
          }
        }
      }),
      { seed: 9, numRuns: 40 },
    );
  });
}

/** A machine of 6.18. */
const later = () => machineOf(profileNamed("v6_18"));
const nolock = (machine: Machine, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), alloc_pages_nolock.start);

Deno.test("alloc_pages_nolock() honours watermarks and types, refills, and is traced", () => {
  const machine = later();
  const { m } = machine;
  const traced = countEvents(m, EVENT.mm_page_alloc);
  const refilled = countEvents(m, EVENT.refill);
  const [movable] = stockPcp(machine, NORMAL, 0, MOVABLE, 1);
  assert(nolock(machine) !== movable);
  assertEquals([refilled.count, traced.count], [1, 1]);
  for (const zone of [NORMAL, DMA32, DMA, REMOTE]) takeAllBut(machine, zone, 3);
  assertEquals(nolock(machine), NO_PAGE);
  assertEquals([traced.count, traced.last[0]], [2, NO_PAGE]);
});

Deno.test("alloc_pages_nolock() does without what it cannot have at once", () => {
  const machine = later();
  const { m } = machine;
  const taken = (lock: number, owner: number) => m.lock.owner[lock] = owner;
  const zones = [NORMAL, DMA32, DMA, REMOTE];
  for (const zone of zones) taken(zone, threadOf(machine, 1) + 1);
  assertEquals(nolock(machine), NO_PAGE); // nothing on the lists, and every zone->lock is held
  const [pfn] = stockPcp(machine, DMA32, 0, UNMOVABLE, 1);
  assertEquals(nolock(machine), pfn); // the list needs no zone->lock
  for (const zone of zones) {
    taken(zone, 0);
    taken(m.pcpLock + pcpOf(m, zone, 0), threadOf(machine, 1) + 1);
  }
  assert(nolock(machine) !== NO_PAGE); // the lists are in use: straight from the buddy lists
});

Deno.test("alloc_pages_nolock() tries the buddy lists when the lists are empty and could not be refilled", () => {
  const machine = later();
  const { m } = machine;
  const t = threadOf(machine, 0);
  m.lock.owner[NORMAL] = threadOf(machine, 1) + 1;
  start(machine, t, alloc_pages_nolock.start);
  while (m.task.pc[t] !== alloc_pages_nolock.at.pcp) stepTask(machine, t);
  stepTask(machine, t); // the list is empty, and zone->lock is held
  m.lock.owner[NORMAL] = 0;
  runTask(machine, t);
  assertEquals(page_zone(m, m.task.ret[t]!), NORMAL);
  assertEquals(m.pcp.count[pcpOf(m, NORMAL, 0)], 0);
});

Deno.test("alloc_pages_nolock() gives up in a hard interrupt on PREEMPT_RT", () => {
  const machine = machineOf({ ...profileNamed("v6_18"), preemption: "rt" });
  const t = threadOf(machine, 0);
  stockPcp(machine, NORMAL, 0, UNMOVABLE, 2);
  assert(nolock(machine) !== NO_PAGE);
  machine.m.task.level[t] = LEVEL.hardirq;
  assertEquals(nolock(machine), NO_PAGE);
});
