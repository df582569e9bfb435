/**
 * The worker that fills the cache of blocks: how a miss starts it, in which context it is woken, what it asks for and
 * when it stops, for the RFC's series and for the kernels since 5.11.
 */
import { assert, assertEquals } from "@std/assert";
import {
  allocateObject,
  mendedProfile,
  passJiffies,
  runOperation,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { local_irq_restore, local_irq_save } from "../cpu/cpu.ts";
import { GFP, GFP_ATOMIC, GFP_KERNEL, GFP_NOWAIT } from "../mm/gfp.ts";
import { pcpOf } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { type Profile, profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { workerOf } from "../run/tasks.ts";
import { fillMemory } from "../run/start_state.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, LEVEL, ret, TASK } from "../sim/task.ts";
import { locklessWorker } from "../strategy/lockless.ts";
import { page_cache_work } from "../strategy/page_cache_work.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { fill_page_cache_func } from "./page_cache.ts";
import { kvfree_call_rcu } from "./kvfree.ts";
import type { Rcu } from "./rcu.ts";
import { kfree_rcu_shrink_count } from "./shrinker.ts";

/** A machine whose caches are empty and whose pcp lists are too, with a strategy that has a worker. */
function withWorker(
  strategy: Strategy,
  changes: Partial<Profile> = {},
  bugs: readonly string[] = [],
): Machine {
  const machine = smallMachine({
    strategy,
    cachedBlocks: 5,
    blockEntries: 2,
    profile: mendedProfile({ ...strategy.changes, ...changes }, bugs),
  });
  settle(machine);
  machine.m.timer.armed.fill(0);
  return machine;
}

/** Gives a new object to kvfree_rcu() on CPU 0, whose page lists are empty by then. */
function free(machine: Machine): void {
  const t = threadOf(machine, 0);
  const object = allocateObject(machine, t);
  emptyLists(machine);
  runOperation(machine, t, kvfree_call_rcu.start, object, 0);
}

/** Takes the pages off CPU 0's lists, so that the lockless function finds none. */
function emptyLists(machine: Machine): void {
  const { m } = machine;
  const held = () => m.geometry.zones.reduce((sum, _, zone) => sum + m.pcp.count[pcpOf(m, zone, 0)]!, 0);
  while (held() > 0) runOperation(machine, threadOf(machine, 0), __alloc_pages_nodemask.start, GFP_ATOMIC, 0);
}

/** A caller with interrupts off, of the object in register 0. */
const irqOffCaller = operation<Rcu, "call" | "called">(
  "irqOffCaller",
  { call: TOUCHES.own, called: TOUCHES.own },
  (at) => ({
    call(m, t) {
      local_irq_save(m, t);
      return call(m, t, kvfree_call_rcu.start, at.called, m.task.reg[frame(m, t)]!);
    },
    called(m, t) {
      local_irq_restore(m, t);
      return ret(m, t, 0);
    },
  }),
);

/** Runs an irq-off caller until it has interrupts to turn on again. */
function freeWithIrqsOff(machine: Machine): void {
  const t = threadOf(machine, 0);
  const object = allocateObject(machine, t);
  emptyLists(machine);
  start(machine, t, irqOffCaller.start, object);
  runTask(machine, t, irqOffCaller.at.called);
}

/** Notes pages got and asked for of every run of the worker. */
function noteRuns({ m }: Machine): [number, number][] {
  const runs: [number, number][] = [];
  m.events.subscribe({
    kinds: [EVENT.pageCacheFilled],
    onEvent: (_kind, _t, _cpu, got, asked) => runs.push([got, asked]),
  });
  return runs;
}

Deno.test("page_cache_work: a miss starts a timer, its interrupt queues the work, a worker fills", () => {
  const machine = withWorker(page_cache_work);
  const { m } = machine;
  const runs = noteRuns(machine);
  free(machine);
  assertEquals([m.krc.head[0] !== 0, m.krc.work_in_progress[0], m.hrtimer.armed[0]], [true, 1, 1]);
  assertEquals(m.work.pending[m.pageCacheWork], 0, "nobody is woken under krcp->lock");
  free(machine);
  const interrupt = m.roles.hrtimer[0]!;
  assertEquals(m.task.level[interrupt], LEVEL.hardirq);
  stepTask(machine, interrupt);
  runTask(machine, interrupt);
  assertEquals([m.hrtimer.armed[0], m.work.pending[m.pageCacheWork], m.cpu.hrtimerDueNs[0]], [
    0,
    1,
    Infinity,
  ]);
  const worker = workerOf(0, true);
  assertEquals([m.task.state[worker], m.task.high[worker], m.task.level[worker]], [
    TASK.ready,
    1,
    LEVEL.task,
  ]);
  runTask(machine, worker);
  assertEquals([runs, m.krc.nr_bkv_objs[0], m.krc.work_in_progress[0]], [[[5, 5]], 5, 0]);
  free(machine);
  assertEquals([m.krc.bkvhead[0] !== 0, m.krc.nr_bkv_objs[0]], [true, 4]);
});

Deno.test("page_cache_work: the timer waits while interrupts are off", () => {
  const machine = withWorker(page_cache_work);
  const { m } = machine;
  freeWithIrqsOff(machine);
  assertEquals([m.hrtimer.armed[0], m.cpu.irqOff[0]], [1, 1]);
  settle(machine);
  assertEquals([m.hrtimer.armed[0], m.work.pending[m.pageCacheWork]], [1, 0]);
  runTask(machine, threadOf(machine, 0));
  settle(machine);
  assertEquals(m.krc.nr_bkv_objs[0], 5);
});

Deno.test("page_cache_work: nothing is started before the scheduler runs", () => {
  const machine = withWorker(page_cache_work);
  machine.m.rcu.schedulerRunning[0] = 0;
  free(machine);
  assertEquals([machine.m.krc.work_in_progress[0], machine.m.hrtimer.armed[0]], [0, 0]);
});

Deno.test("lockless+worker: the work starts a jiffy after the miss, through a timer, with high priority", () => {
  const machine = withWorker(locklessWorker);
  const { m } = machine;
  const runs = noteRuns(machine);
  free(machine);
  assertEquals([m.krc.work_in_progress[0], m.timer.armed[m.pageCacheTimer]], [1, 1]);
  assertEquals(m.timer.expires[m.pageCacheTimer]! - m.clock.jiffies[0]!, 2, "a jiffy, and the one that runs");
  tickCpu(machine, 0);
  assertEquals(m.work.pending[m.pageCacheWork], 0);
  tickCpu(machine, 0);
  assertEquals(m.task.state[workerOf(0, true)], TASK.ready);
  settle(machine);
  assertEquals([runs, m.krc.nr_bkv_objs[0]], [[[5, 5]], 5]);
});

/** Flags and order of the first allocation that the worker makes. */
function workerRequest(strategy: Strategy, changes: Partial<Profile> = {}): number {
  const machine = withWorker(strategy, changes);
  const { m } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, fill_page_cache_func.start, 0);
  runTask(machine, t, __alloc_pages_nodemask.start);
  return m.task.reg[frame(m, t)]!;
}

Deno.test("fill_page_cache_func() asks with GFP_NOWAIT in the RFC, GFP_KERNEL in 5.11, gently from 5.13 on", () => {
  assertEquals(workerRequest(locklessWorker), GFP_NOWAIT | GFP.NOWARN);
  assertEquals(workerRequest(page_cache_work), GFP_KERNEL | GFP.NOWARN);
  const gently = GFP_KERNEL | GFP.NOWARN | GFP.NORETRY | GFP.NOMEMALLOC;
  assertEquals(workerRequest(page_cache_work, { refillGently: true }), gently);
});

Deno.test("fill_page_cache_func() stops at a full cache and gives the page back", () => {
  const machine = withWorker(page_cache_work);
  const { m } = machine;
  const runs = noteRuns(machine);
  runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
  const freed: number[] = [];
  m.events.subscribe({ kinds: [EVENT.mm_page_free], onEvent: (_kind, _t, pfn) => freed.push(pfn) });
  runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
  assertEquals([runs, freed.length, m.krc.nr_bkv_objs[0]], [[[5, 5], [0, 1]], 1, 5]);
});

Deno.test("fill_page_cache_func() asks for one page after the shrinker has come, but for all in the RFC", () => {
  for (const [strategy, asked] of [[page_cache_work, 1], [locklessWorker, 5]] as const) {
    const machine = withWorker(strategy);
    const { m } = machine;
    const runs = noteRuns(machine);
    assertEquals(m.profile.shrinkerFreesCache, true);
    kfree_rcu_shrink_count(m);
    runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
    assertEquals(runs, [[asked, asked]]);
  }
});

Deno.test("fill_page_cache_func() of 6.5 asks only for what the cache lacks", () => {
  const machine = withWorker(page_cache_work, { refillFromCount: true });
  const runs = noteRuns(machine);
  free(machine);
  settle(machine);
  free(machine);
  runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
  assertEquals(runs, [[5, 5], [1, 1]]);
});

Deno.test("page_cache_work: a cache of no blocks starts the worker for nothing, until 6.5", () => {
  for (const refillFromCount of [false, true]) {
    const profile = mendedProfile({ ...page_cache_work.changes, refillFromCount });
    const machine = smallMachine({ strategy: page_cache_work, cachedBlocks: 0, profile });
    settle(machine);
    free(machine);
    assertEquals(machine.m.krc.work_in_progress[0], refillFromCount ? 0 : 1);
  }
});

for (const [bugs, asked] of [[["no22"], 5], [[], 1]] as const) {
  Deno.test(`fill_page_cache_func() without memory asks ${asked} times ${asked > 1 ? "with bug no. 22" : ""}`, () => {
    const machine = withWorker(locklessWorker, {}, bugs);
    const { m } = machine;
    fillMemory(m, m.geometry.zones.map((z) => z.managed));
    const runs = noteRuns(machine);
    runOperation(machine, threadOf(machine, 0), fill_page_cache_func.start, 0);
    assertEquals(runs, [[0, asked]]);
    assertEquals(m.krc.work_in_progress[0], 0, "the next miss may start it again");
  });
}

Deno.test("patch 1 of the RFC as posted queues its work in the caller, and never when interrupts are off", () => {
  const machine = withWorker(locklessWorker, {}, ["rfc1"]);
  const { m } = machine;
  free(machine);
  assertEquals([m.work.pending[m.pageCacheWork], m.krc.work_in_progress[0]], [1, 1]);
  const off = withWorker(locklessWorker, {}, ["rfc1"]);
  freeWithIrqsOff(off);
  assertEquals([off.m.work.pending[off.m.pageCacheWork], off.m.krc.work_in_progress[0]], [0, 0]);
});

Deno.test("profiles have the worker that their version had", () => {
  const of = (name: string) => {
    const p = profileNamed(name);
    return [p.rcu_min_cached_objs, p.refillGently, p.refillStopsAtFailure, p.refillFromCount];
  };
  assertEquals(of("v5_12"), [5, false, false, false]);
  assertEquals(of("v5_14"), [5, true, false, false]);
  assertEquals(of("v6_1"), [5, true, true, false]);
  assertEquals(of("v6_12"), [5, true, true, true]);
});

Deno.test("a worker that is preempted between its pages loses none of them", () => {
  const machine = withWorker(page_cache_work);
  const { m } = machine;
  free(machine);
  stepTask(machine, m.roles.hrtimer[0]!);
  runTask(machine, m.roles.hrtimer[0]!);
  const worker = workerOf(0, true);
  for (let i = 0; i < 12; i++) stepTask(machine, worker);
  assert(m.krc.work_in_progress[0] === 1);
  passJiffies(machine, 3);
  assertEquals(m.bnodePool.inUse[0], m.krc.nr_bkv_objs[0]! + m.krc.nr_bkv_objs[1]!);
});

Deno.test("page_cache_work: in virtual time the timer of no delay fires after the least delta of its device", () => {
  const found = page_cache_work;
  const profile = mendedProfile({ ...found.changes, preemption: "voluntary" });
  const machine = smallMachine({ strategy: found, cachedBlocks: 5, profile, virtualTime: true });
  const { m } = machine;
  const t = threadOf(machine, 0);
  const object = allocateObject(machine, t);
  runOperation(machine, t, kvfree_call_rcu.start, object, 0);
  const waitNs = m.cpu.hrtimerDueNs[0]! - m.cpu.clockNs[0]!;
  assert(waitNs > 0 && waitNs <= m.cost.timerMinDelta, `${waitNs}`);
});
