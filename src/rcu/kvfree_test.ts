/**
 * kvfree_rcu: blocks, their cache, the fallback list, the one-argument form, the monitor, batches and reclaim.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { queueObjects } from "../../tests/support/kvfree.ts";
import {
  allocateArea,
  allocateObject,
  mendedProfile,
  passJiffies,
  runOperation,
  runTask,
  settle,
  type SmallMachine,
  smallMachine,
  start,
  stepTask,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { gracePeriod } from "../checker/grace_period.ts";
import { __free_pages } from "../mm/free.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { page_zone } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { local_irq_save, preempt_disable } from "../cpu/cpu.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { lockless } from "../strategy/lockless.ts";
import { none } from "../strategy/none.ts";
import { nowait } from "../strategy/nowait.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { operation } from "../sim/operation.ts";
import { ret, TASK } from "../sim/task.ts";
import { get_cached_bnode, newBlock, put_cached_bnode } from "./bnode.ts";
import { kvfree_call_rcu } from "./kvfree.ts";
import { kfree_rcu_monitor, queue_kfree_rcu_work } from "./monitor.ts";
import { CHANNELS, type Rcu } from "./rcu.ts";
import { rcu_read_lock, rcu_read_unlock } from "./reader.ts";

/** A machine whose boot work is done. */
function quietMachine(options: SmallMachine = {}): Machine {
  const machine = smallMachine(options);
  settle(machine);
  machine.m.timer.armed.fill(0);
  return machine;
}

/** Gives `count` new vmalloc areas to kvfree_rcu on the thread's CPU; returns them. */
function queueAreas(machine: Machine, thread: number, count: number): number[] {
  const t = threadOf(machine, thread);
  const areas = Array.from({ length: count }, () => allocateArea(machine, t));
  for (const area of areas) assertEquals(runOperation(machine, t, kvfree_call_rcu.start, area, 0), 1);
  return areas;
}

/** Records per block of a chain, first block first. */
function blockSizes(m: Rcu, first: number): number[] {
  const sizes: number[] = [];
  for (let b = first; b !== 0; b = m.bnode.next[b - 1]!) sizes.push(m.bnode.nr_records[b - 1]!);
  return sizes;
}

/** Notes what is freed from now on: objects in order, and bulk calls as channel and size. */
function noteFreeing({ m }: Machine): { objects: number[]; bulks: [number, number][]; singles: number[] } {
  const seen = { objects: [] as number[], bulks: [] as [number, number][], singles: [] as number[] };
  m.events.subscribe({
    kinds: [EVENT.objectFreed, EVENT.kfreeBulk, EVENT.kfreeSingle],
    onEvent(kind, _t, a, b) {
      if (kind === EVENT.objectFreed) seen.objects.push(a);
      else if (kind === EVENT.kfreeBulk) seen.bulks.push([a, b]);
      else seen.singles.push(a);
    },
  });
  return seen;
}

Deno.test("blocks that 5.9 keeps from boot on lie on the node of the CPU that boots", () => {
  const { m } = smallMachine({
    cpus: 2,
    nodes: 2,
    cachedBlocks: 2,
    profile: mendedProfile({ prefillCache: true }),
  });
  assertEquals([m.cpuNodes, [...m.krc.nr_bkv_objs]], [[0, 1], [2, 2]]);
  for (const cpu of [0, 1]) {
    const b = get_cached_bnode(m, cpu);
    assertEquals(m.zone.nid[page_zone(m, m.bnode.pfn[b]!)], 0);
  }
});

Deno.test("kvfree_call_rcu() stores 510 pointers in a block and takes a new one for the next", () => {
  const machine = quietMachine();
  const { m } = machine;
  const cached = m.krc.nr_bkv_objs[0]!;
  queueObjects(machine, 511, 0);
  assertEquals(blockSizes(m, m.krc.bkvhead[0]!), [1, 510]);
  assertEquals([m.krc.bkvhead[1], m.krc.head[0], m.krc.count[0]], [0, 0, 511]);
  assertEquals(cached - m.krc.nr_bkv_objs[0]!, 2);
  assertEquals(m.krc.count[1], 0, "the other CPU has nothing to do with it");
});

Deno.test("kvfree_call_rcu() sorts slab objects and vmalloc areas into channels", () => {
  const machine = quietMachine({ blockEntries: 4, strategy: nowait });
  const { m } = machine;
  queueObjects(machine, 5, 0);
  queueAreas(machine, 0, 2);
  assertEquals(blockSizes(m, m.krc.bkvhead[CHANNELS.slab]!), [1, 4]);
  assertEquals(blockSizes(m, m.krc.bkvhead[CHANNELS.vmalloc]!), [2]);
});

Deno.test("kfree_rcu_work() frees the newest block first, slab records from the last, areas from the first", () => {
  const machine = quietMachine({ blockEntries: 3, strategy: nowait });
  const seen = noteFreeing(machine);
  const objects = queueObjects(machine, 4, 0);
  const areas = queueAreas(machine, 0, 4);
  passJiffies(machine, 40);
  assertEquals(seen.bulks, [[0, 1], [0, 3], [1, 1], [1, 3]]);
  assertEquals(seen.objects, [
    ...[objects[3], objects[2], objects[1], objects[0]],
    ...[areas[3], areas[0], areas[1], areas[2]],
  ]);
});

Deno.test("kfree_rcu_work() frees the rcu_head list one by one, the newest object first", () => {
  const machine = quietMachine({ strategy: none, cachedBlocks: 0 });
  const { m } = machine;
  const seen = noteFreeing(machine);
  const objects = queueObjects(machine, 5, 0);
  assertEquals([m.krc.count[0], m.krc.bkvhead[0]], [5, 0]);
  passJiffies(machine, 40);
  assertEquals(seen.objects, objects.toReversed());
  assertEquals(seen.singles, objects.toReversed());
  assertEquals(seen.bulks, []);
});

Deno.test("kvfree_call_rcu() before kfree_rcu_batch_init puts the object on the list and loses nothing", () => {
  const machine = quietMachine();
  const { m } = machine;
  const seen = noteFreeing(machine);
  m.krc.initialized[0] = 0;
  const objects = queueObjects(machine, 2, 0);
  assertEquals([m.krc.bkvhead[0], m.krc.head[0], m.krc.nr_bkv_objs[0]], [0, objects[1]! + 1, 2]);
  passJiffies(machine, 40);
  assertEquals(seen.singles, objects.toReversed());
});

Deno.test("put_cached_bnode() keeps as many blocks as the limit and get_cached_bnode() gives the last one back", () => {
  const { m } = quietMachine({ cachedBlocks: 2, profile: mendedProfile({ prefillCache: false }) });
  assertEquals(get_cached_bnode(m, 0), -1);
  const [a, b, c] = [newBlock(m, 10), newBlock(m, 11), newBlock(m, 12)];
  assertEquals([a, b, c].map((block) => put_cached_bnode(m, 0, block)), [true, true, false]);
  assertEquals(m.krc.nr_bkv_objs[0], 2);
  assertEquals([get_cached_bnode(m, 0), get_cached_bnode(m, 0), get_cached_bnode(m, 0)], [b, a, -1]);
  assertEquals([m.krc.nr_bkv_objs[0], m.krc.bkvcache[0], m.bnodePool.inUse[0]], [0, 0, 3]);
});

Deno.test("boot fills each CPU's cache on kernels that do so", () => {
  assertEquals([...quietMachine({ cachedBlocks: 3 }).m.krc.nr_bkv_objs], [3, 3]);
  const later = quietMachine({ cachedBlocks: 5, profile: mendedProfile({ prefillCache: false }) });
  assertEquals([...later.m.krc.nr_bkv_objs], [0, 0]);
});

for (const strategy of [lockless, nowait, none]) {
  Deno.test(`kvfree_call_rcu() asks ${strategy.name} for a page with krcp->lock held and interrupts off`, () => {
    const machine = quietMachine({ strategy, cachedBlocks: 0, blockEntries: 2 });
    const { m } = machine;
    const t = threadOf(machine, 0);
    const object = allocateObject(machine, t);
    // a page on this CPU's lists, for the strategy that takes nothing from elsewhere
    const page = runOperation(machine, t, __alloc_pages_nodemask.start, GFP_ATOMIC, 0);
    runOperation(machine, t, __free_pages.start, page, 0);
    start(machine, t, kvfree_call_rcu.start, object, 0);
    stepTask(machine, t);
    while (m.task.state[t] === TASK.ready && m.task.pc[t] !== kvfree_call_rcu.at.gotPage) {
      assertEquals([m.lock.owner[m.krcLock], m.cpu.irqOff[0]! > 0], [t + 1, true]);
      stepTask(machine, t);
    }
    stepTask(machine, t);
    assertEquals([m.lock.owner[m.krcLock], m.cpu.irqOff[0], m.krc.count[0]], [0, 0, 1]);
    assertEquals(m.krc.head[0] !== 0, strategy === none);
  });
}

Deno.test("kvfree_call_rcu() of one argument without a block waits for a grace period, then frees", () => {
  const machine = quietMachine({ strategy: none, cachedBlocks: 0 });
  const { m } = machine;
  const seen = noteFreeing(machine);
  const t = threadOf(machine, 1);
  const object = allocateObject(machine, t);
  start(machine, t, kvfree_call_rcu.start, object, 1);
  runTask(machine, t);
  assertEquals(m.task.state[t], TASK.sleeping);
  assertEquals([m.krc.count[1], m.krc.monitor_todo[1], m.krc.head[1]], [0, 0, 0]);
  for (let i = 0; i < 20 && m.task.state[t] === TASK.sleeping; i++) passJiffies(machine, 1);
  assert(m.rcu.completed[0]! > 0 && seen.objects.length === 0);
  runTask(machine, t);
  assertEquals([seen.objects, m.task.ret[t], m.task.state[t]], [[object], 0, TASK.idle]);
});

Deno.test("kvfree_call_rcu() of one argument uses a block when there is one", () => {
  const machine = quietMachine();
  const t = threadOf(machine, 0);
  assertEquals(runOperation(machine, t, kvfree_call_rcu.start, allocateObject(machine, t), 1), 1);
  assertEquals(blockSizes(machine.m, machine.m.krc.bkvhead[0]!), [1]);
});

Deno.test("kvfree_call_rcu() of one argument in atomic context is a bug", () => {
  for (const off of [local_irq_save, preempt_disable]) {
    const machine = quietMachine();
    const t = threadOf(machine, 0);
    const object = allocateObject(machine, t);
    start(machine, t, kvfree_call_rcu.start, object, 1);
    off(machine.m, t);
    assertThrows(() => stepTask(machine, t), KernelBug, "atomic context");
  }
});

for (const [HZ, jiffies] of [[100, 2], [250, 5], [300, 6], [1000, 20]] as const) {
  Deno.test(`the monitor runs KFREE_DRAIN_JIFFIES = ${jiffies} after the first object at HZ=${HZ}`, () => {
    const machine = quietMachine({ profile: mendedProfile({ HZ }) });
    const { m } = machine;
    queueObjects(machine, 1, 0);
    assertEquals([m.krc.monitor_todo[0], m.krc.monitor_todo[1]], [1, 0]);
    queueObjects(machine, 3, 0);
    for (let j = 0; j < jiffies; j++) tickCpu(machine, 0);
    assertEquals(m.work.pending[m.monitorWork], 0);
    tickCpu(machine, 0);
    assertEquals(m.work.pending[m.monitorWork], 1);
    settle(machine);
    assertEquals([m.krc.monitor_todo[0], m.krc.count[0], m.krc.bkvhead[0]], [0, 0, 0]);
    assertEquals(blockSizes(m, m.krwp.bkvhead_free[0]!), [4]);
    assertEquals(m.callback.queued[m.krwpCallback], 1);
  });
}

/** A machine with a batch of one object in each of `busy` slots of CPU 0, and something else queued after them. */
function withBusyBatches(busy: number, bugs: readonly string[], areas = false): Machine {
  const machine = quietMachine({ profile: mendedProfile({}, bugs), cachedBlocks: 8 });
  for (let i = 0; i < busy; i++) {
    queueObjects(machine, 1, 0);
    queue_kfree_rcu_work(machine.m, threadOf(machine, 0), 0);
  }
  queueObjects(machine, 2, 0);
  if (areas) queueAreas(machine, 0, 1);
  return machine;
}

Deno.test("queue_kfree_rcu_work() says repeat although a later batch took all: never cleared", () => {
  const machine = withBusyBatches(1, []);
  const { m } = machine;
  assert(queue_kfree_rcu_work(m, threadOf(machine, 0), 0));
  assertEquals([m.krc.bkvhead[0], blockSizes(m, m.krwp.bkvhead_free[2]!)], [0, [2]]);
  assert(!queue_kfree_rcu_work(m, threadOf(machine, 0), 0), "nothing is left now");
});

Deno.test("queue_kfree_rcu_work() keeps the objects while both batches are busy, and their count", () => {
  const machine = withBusyBatches(2, []);
  const { m } = machine;
  const count = m.krc.count[0];
  assert(queue_kfree_rcu_work(m, threadOf(machine, 0), 0));
  assertEquals([blockSizes(m, m.krc.bkvhead[0]!), m.krc.count[0]], [[2], count]);
});

Deno.test("queue_kfree_rcu_work() zeroes the count though a busy channel keeps its objects (5.9)", () => {
  const machine = withBusyBatches(2, ["B1"], true);
  const { m } = machine;
  assertEquals(m.krc.count[0], 3);
  assert(queue_kfree_rcu_work(m, threadOf(machine, 0), 0));
  assertEquals([blockSizes(m, m.krc.bkvhead[0]!), m.krc.bkvhead[1], m.krc.count[0]], [[2], 0, 0]);
  assertEquals(blockSizes(m, m.krwp.bkvhead_free[1]!), [1], "the areas joined the batch that waits");
});

Deno.test("queue_kfree_rcu_work() leaves a batch alone until all its channels are empty once B1 is mended", () => {
  const machine = withBusyBatches(2, [], true);
  const { m } = machine;
  assert(queue_kfree_rcu_work(m, threadOf(machine, 0), 0));
  assertEquals([m.krwp.bkvhead_free[1], m.krwp.bkvhead_free[3], m.krc.count[0]], [0, 0, 3]);
});

Deno.test("kfree_rcu_monitor() rearms itself while something is left and drains it later", () => {
  const machine = withBusyBatches(2, []);
  const { m } = machine;
  const seen = noteFreeing(machine);
  m.krc.monitor_todo[0] = 1;
  m.timer.armed[m.monitorTimer] = 0;
  runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
  assertEquals([m.krc.monitor_todo[0], m.timer.armed[m.monitorTimer]], [1, 1]);
  passJiffies(machine, 60);
  assertEquals([seen.objects.length, m.krc.monitor_todo[0], m.krc.bkvhead[0]], [4, 0, 0]);
});

Deno.test("kfree_rcu_monitor() does nothing when nobody armed it", () => {
  const machine = withBusyBatches(0, []);
  const { m } = machine;
  m.krc.monitor_todo[0] = 0;
  runOperation(machine, threadOf(machine, 0), kfree_rcu_monitor.start, 0);
  assertEquals([blockSizes(m, m.krc.bkvhead[0]!), m.krc.monitor_todo[0]], [[2], 0]);
});

Deno.test("a batch can be used again as soon as its work has detached the objects, while it still frees them", () => {
  const machine = quietMachine();
  const { m } = machine;
  const seen = noteFreeing(machine);
  queueObjects(machine, 2, 0);
  const worker = m.roles.threads[0]!.find((t) => m.task.level[t] === 0 && m.task.high[t] === 0)!;
  for (let i = 0; i < 30 && m.work.pending[m.krwpWork] === 0; i++) {
    tickCpu(machine, 0);
    tickCpu(machine, 1);
    if (m.work.pending[m.krwpWork] === 0) settle(machine);
  }
  stepTask(machine, worker); // fetches the work
  stepTask(machine, worker); // detaches
  assertEquals([m.krwp.bkvhead_free[0], seen.objects.length], [0, 0]);
  queueObjects(machine, 1, 0);
  queue_kfree_rcu_work(m, threadOf(machine, 0), 0);
  assertEquals([blockSizes(m, m.krwp.bkvhead_free[0]!), m.callback.queued[m.krwpCallback]], [[1], 1]);
  runTask(machine, worker);
  assertEquals(seen.objects.length, 2, "the new object waits for its own grace period");
  passJiffies(machine, 30);
  assertEquals(seen.objects.length, 3);
});

Deno.test("a freed block goes to the worker's CPU in 5.9, and to its own CPU from the RFC on", () => {
  for (const recycleToOwnKrcp of [false, true]) {
    const machine = quietMachine({
      profile: mendedProfile({ prefillCache: false, recycleToOwnKrcp }),
      strategy: nowait,
    });
    const { m } = machine;
    queueObjects(machine, 1, 0);
    m.krwp.bkvhead_free[0] = m.krc.bkvhead[0]!;
    m.krc.bkvhead[0] = 0;
    queue_work_on(m, threadOf(machine, 1), m.krwpWork, poolOf(1, false));
    settle(machine);
    assertEquals([...m.krc.nr_bkv_objs], recycleToOwnKrcp ? [1, 0] : [0, 1]);
  }
});

Deno.test("kfree_rcu_work() gives blocks beyond the cache's limit back to the page allocator", () => {
  const machine = quietMachine({ cachedBlocks: 1, blockEntries: 1, strategy: nowait });
  const { m } = machine;
  const freed: number[] = [];
  m.events.subscribe({
    kinds: [EVENT.blockFreed],
    onEvent: (_k, _t, _pfn, cached) => void freed.push(cached),
  });
  queueObjects(machine, 3, 0);
  passJiffies(machine, 40);
  assertEquals(freed, [1, 0, 0]);
  assertEquals([m.krc.nr_bkv_objs[0], m.bnodePool.inUse[0]], [1, 2]);
});

/** Enters and leaves a reader, with a section between. */
const reader = operation<Rcu, "lock" | "unlock">("testKvfreeReader", {
  lock: TOUCHES.own,
  unlock: TOUCHES.rcu,
}, (at) => ({
  lock(m, t) {
    rcu_read_lock(m, t);
    return at.unlock;
  },
  unlock(m, t) {
    rcu_read_unlock(m, t);
    return ret(m, t, 0);
  },
}));

for (const bugs of [["B1"], []]) {
  Deno.test(`an area that joins a batch under way is freed ${bugs.length ? "too early with B1" : "in time"}`, () => {
    const machine = quietMachine({
      cpus: 3,
      threadsPerCpu: 2,
      profile: mendedProfile({}, bugs),
      cachedBlocks: 8,
    });
    const { m } = machine;
    const violations: string[] = [];
    m.events.subscribe(gracePeriod.attach(m, (message) => void violations.push(message)).listener!);
    const seen = noteFreeing(machine);
    const area = allocateArea(machine, threadOf(machine, 0));
    // CPU 2 holds the grace period up, so that there is time to join it
    const holdsUp = threadOf(machine, 2);
    start(machine, holdsUp, reader.start);
    stepTask(machine, holdsUp);
    queueObjects(machine, 1, 0);
    passJiffies(machine, 12);
    assertEquals([m.rcu.gp_seq[0]! & 3, m.callback.queued[m.krwpCallback]], [1, 1]);
    // a reader that the running grace period does not wait for, and an area that it must keep
    const late = threadOf(machine, 1);
    start(machine, late, reader.start);
    stepTask(machine, late);
    runOperation(machine, threadOf(machine, 0), kvfree_call_rcu.start, area, 0);
    passJiffies(machine, 8);
    runTask(machine, holdsUp);
    passJiffies(machine, 20);
    assertEquals(m.rcuTask.nesting[late], 1);
    assertEquals([seen.objects.includes(area), violations.length], bugs.length ? [true, 1] : [false, 0]);
    runTask(machine, late);
    passJiffies(machine, 40);
    assertEquals([seen.objects.includes(area), violations.length], [true, bugs.length]);
  });
}
