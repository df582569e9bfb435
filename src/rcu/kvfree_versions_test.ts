/**
 * What kvfree_rcu() does differently from version to version: block sizes, drain intervals, one-argument callers,
 * snapshots, the shrinker; and the bugs that versions had, each where it was and gone after its fix.
 */
import { assert, assertEquals } from "@std/assert";
import { noteFreed, queueObjects } from "../../tests/support/kvfree.ts";
import {
  allocateArea,
  allocateObject,
  passJiffies,
  runOperation,
  runTask,
  settle,
  settleNocb,
  smallMachine,
  start,
  stepTask,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { GFP, GFP_KERNEL, ZONE } from "../mm/gfp.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { try_to_free_pages } from "../mm/reclaim.ts";
import { mendBugs } from "../profile/known_bugs.ts";
import { type Profile, profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { workerOf } from "../run/tasks.ts";
import { EVENT } from "../sim/events.ts";
import { frame, TASK } from "../sim/task.ts";
import { none } from "../strategy/none.ts";
import { nowait } from "../strategy/nowait.ts";
import { page_cache_work } from "../strategy/page_cache_work.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { kfree_rcu_work } from "./kfree_work.ts";
import { kvfree_call_rcu } from "./kvfree.ts";
import { kfree_rcu_scheduler_running } from "./kvfree_barrier.ts";
import { kfree_rcu_monitor, queue_kfree_rcu_work } from "./monitor.ts";
import { fill_page_cache_func } from "./page_cache.ts";
import { KFREE_N_BATCHES } from "./rcu.ts";
import { kfree_rcu_shrink_count, scanTarget, SHRINK_EMPTY, shrink_slab } from "./shrinker.ts";

interface Version {
  readonly bugs?: readonly string[];
  readonly strategy?: Strategy;
  readonly changes?: Partial<Profile>;
  readonly cachedBlocks?: number;
  readonly blockEntries?: number;
}

/** A quiet machine of a version. */
function version(
  name: string,
  { bugs = [], strategy = nowait, changes = {}, ...over }: Version = {},
): Machine {
  const profile = mendBugs(profileNamed(name, { preemption: "full", ...strategy.changes, ...changes }), bugs);
  const entries = profile.KVFREE_BULK_MAX_ENTR;
  const machine = smallMachine({ strategy, profile, blockEntries: entries, cachedBlocks: 5, ...over });
  settle(machine);
  machine.m.timer.armed.fill(0);
  return machine;
}

/** How often each kind of event comes from now on. */
function countEvents({ m }: Machine, kind: number): () => number {
  let count = 0;
  m.events.subscribe({ kinds: [kind], onEvent: () => count++ });
  return () => count;
}

const monitorLeft = ({ m }: Machine) => m.timer.asked[m.monitorTimer]! - m.clock.jiffies[0]!;

for (
  const [name, entries] of [["v5_9", 510], ["v5_14", 510], ["v6_1", 510], ["v6_3", 508], ["v6_12", 507], [
    "v6_18",
    507,
  ]] as const
) {
  Deno.test(`a block of ${name} holds ${entries} pointers`, () => {
    const machine = version(name);
    const { m } = machine;
    queueObjects(machine, entries + 1);
    assertEquals(m.bnode.nr_records[m.krc.bkvhead[0]! - 1], 1);
    assertEquals(m.bnode.nr_records[m.bnode.next[m.krc.bkvhead[0]! - 1]! - 1], entries);
  });
}

for (const [HZ, jiffies] of [[100, 500], [250, 1250], [1000, 5000]] as const) {
  Deno.test(`6.1 drains after 5 s = ${jiffies} jiffies at HZ=${HZ}, or 1 when a block's worth waits`, () => {
    const machine = version("v6_1", { changes: { HZ }, blockEntries: 4 });
    queueObjects(machine, 1);
    assertEquals(monitorLeft(machine), jiffies);
    queueObjects(machine, 2);
    assertEquals(monitorLeft(machine), jiffies);
    queueObjects(machine, 1);
    assertEquals(monitorLeft(machine), 1, "the armed monitor is moved earlier");
    machine.m.krc.count[0] = 0;
    queueObjects(machine, 1);
    assertEquals(monitorLeft(machine), 1, "and never later");
  });
}

Deno.test("the monitor of 5.9 rearms when a later batch took all, that of 5.14 does not", () => {
  for (const [name, rearms] of [["v5_9", true], ["v5_14", false]] as const) {
    const machine = version(name);
    const { m } = machine;
    queueObjects(machine, 1);
    queue_kfree_rcu_work(m, threadOf(machine, 0), 0);
    queueObjects(machine, 1);
    assertEquals(queue_kfree_rcu_work(m, threadOf(machine, 0), 0), rearms);
    assertEquals(m.krc.bkvhead[0], 0);
  }
});

/** A one-argument call on CPU 1 of a machine without any block, run until it allocates or sleeps. */
function oneArgument(name: string): { machine: Machine; t: number } {
  const machine = version(name, { strategy: page_cache_work });
  const t = threadOf(machine, 1);
  const object = allocateObject(machine, t);
  start(machine, t, kvfree_call_rcu.start, object, 1);
  runTask(machine, t, __alloc_pages_nodemask.start);
  return { machine, t };
}

Deno.test("one argument without a block: 5.12 waits, 5.13 and later allocate with the lock dropped", () => {
  const old = oneArgument("v5_12");
  assertEquals(old.machine.m.task.state[old.t], TASK.sleeping);
  for (const name of ["v5_14", "v6_1", "v6_12"]) {
    const { machine, t } = oneArgument(name);
    const { m } = machine;
    assertEquals(m.task.pc[t], __alloc_pages_nodemask.start);
    assertEquals([m.lock.owner[m.krcLock + 1], m.cpu.irqOff[1]], [0, 0]);
    assertEquals(m.task.reg[frame(m, t)], GFP_KERNEL | GFP.NORETRY | GFP.NOMEMALLOC | GFP.NOWARN);
    runTask(machine, t);
    assertEquals([m.task.ret[t], m.krc.count[1], m.krc.bkvhead[2] !== 0], [1, 1, true]);
    assertEquals(m.krc.work_in_progress[1], 0, "the worker is not asked as well");
  }
});

Deno.test("6.3: the monitor frees what a grace period has passed for, without a further one", () => {
  for (const name of ["v6_3", "v6_12"]) {
    const machine = version(name, { blockEntries: 2 });
    const { m } = machine;
    const old = queueObjects(machine, 4);
    endGracePeriod(machine);
    const fresh = queueObjects(machine, 1);
    const freed = noteFreed(machine);
    m.timer.armed[m.monitorTimer] = 0;
    runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
    assertEquals([freed.toSorted((a, b) => a - b), m.krc.count[0]], [old.toSorted((a, b) => a - b), 0]);
    assertEquals(m.bnode.nr_records[m.krwp.bkvhead_free[0]! - 1], 1);
    passJiffies(machine, 30);
    assert(freed.includes(fresh[0]!));
  }
});

Deno.test("6.12: monitors and batches run on a CPU that is free, not on the busy one that has queued", () => {
  for (const [name, cpu] of [["v6_3", 0], ["v6_12", 1]] as const) {
    const machine = version(name, { blockEntries: 2 }); // two objects are worth a monitor at once
    const { m } = machine;
    const ran: [number, number][] = [];
    m.events.subscribe({
      kinds: [EVENT.work],
      onEvent: (_kind, t, work, isQueued) => void (isQueued === 1 || ran.push([work, m.task.cpu[t]!])),
    });
    const freed = noteFreed(machine);
    queueObjects(machine, 2);
    // a thread that runs all the time, and gives way where it must
    const busy = threadOf(machine, 0);
    m.task.state[busy] = TASK.ready;
    for (let j = 0; j < 60 && freed.length === 0; j++) {
      if (m.cpu.curr[0] === 0) m.cpu.curr[0] = busy + 1;
      passJiffies(machine, 1);
    }
    assertEquals(ran.filter(([work]) => work === m.monitorWork || work === m.krwpWork), [
      [m.monitorWork, cpu],
      [m.krwpWork, cpu],
    ]);
  }
});

/** Moves the numbers as a normal grace period does that nobody of kvfree_rcu has asked for. */
function endGracePeriod({ m }: Machine): void {
  m.rcu.gp_seq[0]! += 4;
  m.rcu.gp_seq_polled[0]! += 4;
  m.rnp.gp_seq.forEach((seq, i) => m.rnp.gp_seq[i] = seq + 4);
  m.rdp.gp_seq.fill(m.rnp.gp_seq[0]!);
}

Deno.test("6.3: a ready list goes as a whole, by the cookie of its newest object", () => {
  const machine = version("v6_3", { strategy: none, cachedBlocks: 0 });
  const freed = noteFreed(machine);
  const objects = queueObjects(machine, 3);
  runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
  assertEquals(freed, [], "the readers of now may see them");
  const more = queueObjects(machine, 2);
  endGracePeriod(machine);
  runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
  assertEquals(freed, more.toReversed());
  passJiffies(machine, 30);
  assertEquals(freed.length, objects.length + more.length);
});

Deno.test("6.12: a batch whose grace period has not ended is reported and leaked, not freed; its block is kept", () => {
  for (const [name, leaks] of [["v6_3", 0], ["v6_12", 3]] as const) {
    const machine = version(name);
    const { m } = machine;
    const leaked = countEvents(machine, EVENT.kvfreeLeaked);
    const freed = noteFreed(machine);
    queueObjects(machine, 3);
    m.krwp.bkvhead_free[0] = m.krc.bkvhead[0]!;
    m.krc.bkvhead[0] = 0;
    runOperation(machine, threadOf(machine, 0), kfree_rcu_work.start, 0);
    assertEquals([leaked(), freed.length, m.krc.nr_bkv_objs[0]], [leaks, 3 - leaks, 1]);
  }
});

Deno.test("debug objects: an object given twice is noticed, and freed once", () => {
  const machine = version("v5_9", { changes: { debugObjects: true } });
  const { m } = machine;
  const freed = noteFreed(machine);
  const twice = countEvents(machine, EVENT.doubleQueue);
  const [object] = queueObjects(machine, 1);
  const t = threadOf(machine, 0);
  assertEquals(runOperation(machine, t, kvfree_call_rcu.start, object!, 0), 1);
  assertEquals([twice(), m.krc.count[0]], [1, 1]);
  passJiffies(machine, 30);
  assertEquals(freed, [object]);
  assertEquals(m.object.rcuQueued[object!], 0);
});

Deno.test("kfree_rcu_shrink_count(): objects, cached blocks from 5.14 on, SHRINK_EMPTY for none from 6.1 on", () => {
  const counts = (name: string, bugs: string[] = []) => {
    const machine = version(name, { bugs });
    const { m } = machine;
    m.krc.nr_bkv_objs.fill(0);
    m.krc.bkvcache.fill(0);
    const empty = kfree_rcu_shrink_count(m);
    m.krc.backoff_page_cache_fill.fill(0);
    runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
    queueObjects(machine, 3);
    return [empty, kfree_rcu_shrink_count(m), m.krc.backoff_page_cache_fill[0]];
  };
  assertEquals(counts("v5_9", ["no23"]), [0, 3, 0]);
  assertEquals(counts("v5_14"), [0, 3 + 4, 1]);
  assertEquals(counts("v6_1"), [SHRINK_EMPTY, 3 + 4, 1]);
});

Deno.test("the shrinker of 5.9 does not see what a CPU queued that is offline now (M23)", () => {
  for (const [name, seen] of [["v5_9", 0], ["v5_12", 2]] as const) {
    const machine = version(name, { bugs: ["no23"] });
    const { m } = machine;
    queueObjects(machine, 2);
    m.cpu.online[0] = 0;
    assertEquals(kfree_rcu_shrink_count(m), seen);
  }
});

Deno.test("scanTarget() is a share by priority, puts off what is less than a batch, and asks for twice at most", () => {
  assertEquals(scanTarget(10000, 12, 0, false), [4, 4]);
  assertEquals(scanTarget(10000, 12, 300, false), [304, 304]);
  assertEquals(scanTarget(10000, 12, 90000, false), [5000, 90004]);
  assertEquals(scanTarget(10000, 1, 0, false), [10000, 10000]);
  assertEquals(scanTarget(3, 1, 50, false), [6, 52]);
});

Deno.test("scanTarget() of 5.13 takes a share by priority of what was put off as well", () => {
  assertEquals(scanTarget(10000, 12, 0, true), [4, 4]);
  assertEquals(scanTarget(10000, 12, 300, true), [4, 304]);
  assertEquals(scanTarget(10000, 12, 90000, true), [4 + 21, 90004]);
  assertEquals(scanTarget(10000, 1, 90000, true), [20000, 100000]);
  assertEquals(scanTarget(3, 1, 50, true), [6, 52]);
});

Deno.test("shrink_slab() puts off what an empty scan was asked for; from 5.13 on twice what there was at most", () => {
  for (const [name, putOff] of [["v5_9", 5000 + 1000], ["v5_12", 5000 + 1000], ["v5_14", 2000]] as const) {
    const machine = version(name);
    const { m } = machine;
    m.krc.nr_bkv_objs.fill(0);
    m.krc.bkvcache.fill(0);
    m.krc.count[0] = 1000; // what it was when reclaim counted
    m.shrinker.nr_deferred[0] = 5000;
    const t = threadOf(machine, 1);
    start(machine, t, shrink_slab.start, 1);
    stepTask(machine, t);
    m.krc.count[0] = 0;
    runTask(machine, t);
    assertEquals(m.shrinker.nr_deferred[0], putOff, name);
  }
});

Deno.test("what reclaim has put off comes back at once before 5.13, and by priority from then on", () => {
  for (const [name, asked] of [["v5_12", true], ["v5_14", false]] as const) {
    const machine = version(name);
    const { m } = machine;
    queueObjects(machine, 400);
    m.shrinker.nr_deferred[0] = 1000;
    const scans = countEvents(machine, EVENT.shrinkScan);
    runOperation(machine, threadOf(machine, 1), shrink_slab.start, 12);
    assertEquals(scans() > 0, asked, name);
  }
});

Deno.test("shrink_slab() has the monitor run before its time", () => {
  const machine = version("v5_9");
  const { m } = machine;
  queueObjects(machine, 3);
  runOperation(machine, threadOf(machine, 1), shrink_slab.start, 1);
  assertEquals([m.krc.bkvhead[0], m.krc.monitor_todo[0], m.krwp.bkvhead_free[0] !== 0], [0, 0, true]);
  assertEquals(m.callback.queued[m.krwpCallback], 1);
});

Deno.test("bug no. 20: the shrinker scans on although nothing is left; fixed, it stops at the first empty scan", () => {
  for (const [bugs, scans] of [[["no20"], 7], [[], 1]] as const) {
    const machine = version("v5_9", { bugs });
    const { m } = machine;
    m.krc.count[0] = 1000; // what it was when reclaim counted
    const scanned = countEvents(machine, EVENT.shrinkScan);
    const t = threadOf(machine, 1);
    start(machine, t, shrink_slab.start, 1);
    stepTask(machine, t);
    m.krc.count[0] = 0;
    m.krc.nr_bkv_objs.fill(0);
    m.krc.bkvcache.fill(0);
    runTask(machine, t);
    assertEquals(scanned(), scans);
  }
});

Deno.test("bug no. 23: cached blocks outlast pressure; fixed, they go back and the refill waits 5 s", () => {
  for (const [bugs, kept] of [[["no23"], 5], [[], 0]] as const) {
    const machine = version("v5_12", { bugs, strategy: page_cache_work });
    const { m } = machine;
    const t = threadOf(machine, 0);
    runOperation(machine, t, fill_page_cache_func.start, 0);
    // the first round is for less than a batch and less than all: it is put off
    for (let round = 0; round < 2; round++) {
      runOperation(machine, threadOf(machine, 1), shrink_slab.start, 1);
    }
    assertEquals([m.krc.nr_bkv_objs[0], m.bnodePool.inUse[0]], [kept, kept]);
    if (kept > 0) continue;
    queueObjects(machine, 1);
    assertEquals([m.hrtimer.armed[0], m.timer.armed[m.pageCacheTimer]], [0, 1]);
    assertEquals(m.timer.asked[m.pageCacheTimer]! - m.clock.jiffies[0]!, 1250);
    passJiffies(machine, 1250 + 64); // that far away a slot of the timer wheel is 64 jiffies
    assertEquals([m.krc.nr_bkv_objs[0], m.krc.backoff_page_cache_fill[0]], [1, 0]);
  }
});

for (const [bugs, freedAtLast] of [[["no24"], false], [[], true]] as const) {
  Deno.test(`bug no. 24: boot's blocks ${bugs.length ? "wait for ever" : "are freed once it is mended"}`, () => {
    const machine = version("v5_9", { bugs });
    const { m } = machine;
    m.rcu.schedulerRunning[0] = 0;
    const freed = noteFreed(machine);
    const [object] = queueObjects(machine, 1);
    assertEquals([m.timer.armed[m.monitorTimer], m.krc.bkvhead[0] !== 0], [0, true]);
    kfree_rcu_scheduler_running(m);
    passJiffies(machine, 60);
    assertEquals(freed, freedAtLast ? [object] : []);
    if (!freedAtLast) queueObjects(machine, 1);
    passJiffies(machine, 60);
    assertEquals(freed.includes(object!), true, "the CPU's next call drains them too");
  });
}

Deno.test("from 6.1 on a block's worth of objects that boot has queued waits a jiffy, less the full time", () => {
  for (const [name, count, jiffies] of [["v6_1", 4, 1], ["v6_1", 3, 1250], ["v5_14", 4, 5]] as const) {
    const machine = version(name, { blockEntries: 4 });
    const { m } = machine;
    m.rcu.schedulerRunning[0] = 0;
    queueObjects(machine, count);
    kfree_rcu_scheduler_running(m);
    assertEquals(m.timer.asked[m.monitorTimer]! - m.clock.jiffies[0]!, jiffies, name);
  }
});

Deno.test("objects that boot put on the list are freed in every version", () => {
  const machine = version("v5_9", { bugs: ["no24"], strategy: none, cachedBlocks: 0 });
  machine.m.rcu.schedulerRunning[0] = 0;
  const freed = noteFreed(machine);
  const [object] = queueObjects(machine, 1);
  kfree_rcu_scheduler_running(machine.m);
  passJiffies(machine, 60);
  assertEquals(freed, [object]);
});

/** Slab objects in both batches and again on the CPU, and an area: only the area finds a free channel. */
function partlyBusy(bugs: readonly string[]): Machine {
  const machine = version("v5_9", { bugs });
  const t = threadOf(machine, 0);
  for (let i = 0; i < 2; i++) {
    queueObjects(machine, 1);
    queue_kfree_rcu_work(machine.m, t, 0);
  }
  queueObjects(machine, 1);
  runOperation(machine, t, kvfree_call_rcu.start, allocateArea(machine, t), 0);
  return machine;
}

Deno.test("bug no. 16: one channel handed over, another busy, and the monitor never comes back", () => {
  for (const [bugs, freedCount] of [[["no16", "B1"], 3], [["B1"], 4]] as const) {
    const machine = partlyBusy(bugs);
    const { m } = machine;
    const freed = noteFreed(machine);
    m.timer.armed[m.monitorTimer] = 0;
    runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
    assertEquals([m.krc.bkvhead[0] !== 0, m.krc.bkvhead[1]], [true, 0]);
    passJiffies(machine, 200);
    assertEquals(freed.length, freedCount);
  }
});

Deno.test("bug B2: what joins a batch between the start of its work and the detaching is freed with it at once", () => {
  for (const [bugs, early] of [[["B2"], true], [["B1"], false], [[], false]] as const) {
    const machine = version("v5_9", { bugs });
    const { m } = machine;
    const [object] = queueObjects(machine, 1);
    const freed = noteFreed(machine);
    for (let j = 0; j < 40 && m.work.pending[m.krwpWork] === 0; j++) {
      for (let c = 0; c < m.nrCpus; c++) tickCpu(machine, c);
      if (m.work.pending[m.krwpWork] === 0) settle(machine);
    }
    const worker = workerOf(0, false);
    runTask(machine, worker, kfree_rcu_work.start);
    assertEquals([m.work.pending[m.krwpWork], m.krwp.bkvhead_free[0] !== 0], [0, true]);
    const t = threadOf(machine, 0);
    const area = allocateArea(machine, t);
    runOperation(machine, t, kvfree_call_rcu.start, area, 0);
    queue_kfree_rcu_work(m, t, 0);
    runTask(machine, worker);
    assertEquals(freed, early ? [object, area] : [object]);
    passJiffies(machine, 60);
    assertEquals(freed, [object, area]);
  }
});

// why random orders hardly find bug B2 without rcu_nocbs: one worker cannot run the monitor and start the work
Deno.test("kfree_rcu_work() shares a worker with its monitor, but not when callbacks are offloaded", () => {
  for (const rcu_nocbs of [false, true]) {
    const machine = version("v5_9", { changes: { rcu_nocbs } });
    const { m } = machine;
    const ran: [string, number][] = [];
    let queuedBy = -1;
    m.events.subscribe({
      kinds: [EVENT.work],
      onEvent(_kind, t, work, queued) {
        const isBatch = work === m.krwpWork + KFREE_N_BATCHES;
        if (isBatch && queued === 1) queuedBy = t;
        if (isBatch && queued === 0) ran.push(["batch", m.task.cpu[t]!]);
        if (work === m.monitorWork + 1 && queued === 0) ran.push(["monitor", m.task.cpu[t]!]);
      },
    });
    const t = threadOf(machine, 1);
    runOperation(machine, t, kvfree_call_rcu.start, allocateObject(machine, t), 0);
    for (let i = 0; i < 60; i++) {
      settleNocb(machine);
      passJiffies(machine, 1);
    }
    assertEquals(queuedBy, rcu_nocbs ? m.nocbTask + 1 : m.roles.softirq[1]!);
    assertEquals(ran, [["monitor", 1], ["batch", rcu_nocbs ? m.task.cpu[queuedBy]! : 1]]);
  }
});

Deno.test("B1 and B2 are in 5.9 to 5.14 and in none of the versions from 6.1 on", () => {
  for (const name of ["v5_9", "v5_12", "v5_14", "v6_1", "v6_3", "v6_12", "v6_18"]) {
    const { attachToPendingKrwp, attachToStartingKrwp } = profileNamed(name);
    const had = name.startsWith("v5");
    assertEquals([attachToPendingKrwp, attachToStartingKrwp], [had, had], name);
  }
});

Deno.test("5.9 on PREEMPT_RT: a caller without a cached block does not enter the page allocator", () => {
  for (const [preemption, onList] of [["full", false], ["rt", true]] as const) {
    const machine = version("v5_9", { changes: { preemption, prefillCache: false } });
    const { m } = machine;
    const t = threadOf(machine, 0);
    const object = allocateObject(machine, t);
    const allocations = countEvents(machine, EVENT.mm_page_alloc);
    runOperation(machine, t, kvfree_call_rcu.start, object, 0);
    assertEquals([m.krc.head[0] !== 0, allocations()], [onList, onList ? 0 : 1]);
  }
});

Deno.test("direct reclaim that finds no pages has the shrinker hand the objects of every CPU over", () => {
  const machine = version("v6_1");
  const { m } = machine;
  queueObjects(machine, 20);
  m.krc.nr_bkv_objs.fill(0);
  m.krc.bkvcache.fill(0);
  const scans = countEvents(machine, EVENT.shrinkScan);
  const t = threadOf(machine, 1);
  for (let round = 0; round < 2; round++) {
    runOperation(machine, t, try_to_free_pages.start, 32, ZONE.NORMAL);
  }
  assert(scans() > 0);
  assertEquals([m.krc.count[0], m.krc.bkvhead[0], m.callback.queued[m.krwpCallback]], [0, 0, 1]);
});
