/**
 * Sheaves: how kvfree_rcu() gathers objects in them, what their callback does with a full one, which objects go the
 * classic way, and that nothing but a flush bounds the wait of a partly filled one.
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
  smallMachine,
  start,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { type Profile, profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { fillMemory } from "../run/start_state.ts";
import { workerOf } from "../run/tasks.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { EVENT } from "../sim/events.ts";
import { TASK } from "../sim/task.ts";
import { kfree } from "../slab/kfree.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import { barn_put_empty_sheaf, MAX_EMPTY_SHEAVES, MAX_FULL_SHEAVES, SHEAF_CAPACITY } from "../slab/sheaf.ts";
import { sheaf } from "../strategy/sheaf.ts";
import { cpu_down } from "./hotplug.ts";
import { flush_rcu_sheaf } from "./kfree_sheaf.ts";
import { kvfree_call_rcu } from "./kvfree.ts";
import { kvfree_rcu_barrier } from "./kvfree_barrier.ts";

/** A quiet machine of 6.18 whose objects' cache has sheaves. */
function withSheaves(changes: Partial<Profile> = {}, nodes = 1): Machine {
  const profile = profileNamed("v6_18", { preemption: "full", ...changes });
  const machine = smallMachine({ strategy: sheaf, profile, cachedBlocks: 5, nodes });
  settle(machine);
  machine.m.timer.armed.fill(0);
  return machine;
}

const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);

Deno.test("kvfree_rcu() fills a sheaf and sends it through a grace period when it is full", () => {
  const machine = withSheaves();
  const { m } = machine;
  const freed = noteFreed(machine);
  const objects = queueObjects(machine, SHEAF_CAPACITY - 1);
  const current = m.pcs.rcu_free[0]! - 1;
  assertEquals([m.sheaf.size[current], m.krc.count[0], m.timer.armed[m.monitorTimer]], [31, 0, 0]);
  objects.push(...queueObjects(machine, 1));
  assertEquals([m.pcs.rcu_free[0], m.callback.queued[m.sheafCallback + current]], [0, 1]);
  assertEquals(freed, []);
  passJiffies(machine, 30);
  assertEquals([sorted(freed), m.barn.nr_full[0]], [sorted(objects), 1]);
});

Deno.test("a full sheaf that its callback kept serves the next allocations, and then the next frees", () => {
  const machine = withSheaves();
  const { m } = machine;
  const objects = queueObjects(machine, SHEAF_CAPACITY);
  passJiffies(machine, 30);
  const t = threadOf(machine, 0);
  const again = Array.from({ length: SHEAF_CAPACITY }, () => allocateObject(machine, t));
  assertEquals(sorted(again), sorted(objects));
  assertEquals([m.barn.nr_full[0], m.sheaf.size[m.pcs.main[0]! - 1]], [0, 0]);
  const freed = noteFreed(machine);
  runOperation(machine, t, kfree.start, again[0]!);
  assertEquals([freed, m.sheaf.size[m.pcs.main[0]! - 1]], [[again[0]], 1]);
  assertEquals(runOperation(machine, t, kmalloc.start, 0, GFP_ATOMIC), again[0]);
});

Deno.test("rcu_free_sheaf() flushes what the barn has no room for, and keeps the empty sheaf", () => {
  const machine = withSheaves();
  const { m } = machine;
  const bulks: number[] = [];
  m.events.subscribe({ kinds: [EVENT.kfreeBulk], onEvent: (_kind, _t, _channel, size) => bulks.push(size) });
  const freed = noteFreed(machine);
  queueObjects(machine, SHEAF_CAPACITY * (MAX_FULL_SHEAVES + 2));
  passJiffies(machine, 30);
  assertEquals([m.barn.nr_full[0], m.barn.nr_empty[0]], [MAX_FULL_SHEAVES, 2]);
  assertEquals([bulks, freed.length], [[SHEAF_CAPACITY, SHEAF_CAPACITY], SHEAF_CAPACITY * 12]);
  assertEquals(m.bnodePool.sheafBytes[0], 12 * 512, "those that are kept take memory");
  queueObjects(machine, 1);
  assertEquals(m.barn.nr_empty[0], 1, "the next rcu_free sheaf comes from the barn");
});

Deno.test("barn_put_empty_sheaf() keeps ten", () => {
  const machine = withSheaves();
  const t = threadOf(machine, 0);
  const kept = Array.from({ length: 12 }, (_, s) => barn_put_empty_sheaf(machine.m, t, 0, s));
  assertEquals(kept.filter(Boolean).length, MAX_EMPTY_SHEAVES);
});

Deno.test("a partly filled sheaf waits for ever, until kvfree_rcu_barrier() flushes it (no. 32)", () => {
  const machine = withSheaves();
  const { m } = machine;
  const freed = noteFreed(machine);
  const objects = queueObjects(machine, 3);
  const flushed = m.pcs.rcu_free[0]! - 1;
  passJiffies(machine, 2000);
  assertEquals(freed, []);
  const t = threadOf(machine, 1);
  start(machine, t, kvfree_rcu_barrier.start);
  for (let j = 0; j < 60 && m.task.state[t] !== TASK.idle; j++) {
    runTask(machine, t);
    for (const ipi of m.roles.ipi) {
      if (!isCandidate(m, ipi)) continue;
      stepTask(machine, ipi); // rcu_barrier() asks the other CPU
      runTask(machine, ipi);
    }
    if (m.task.state[t] !== TASK.idle) passJiffies(machine, 1);
  }
  assertEquals([m.task.state[t], sorted(freed)], [TASK.idle, sorted(objects)]);
  assertEquals([m.barn.nr_full[0], m.barn.nr_empty[0]], [0, 0], "what is flushed does not go to the barn");
  assertEquals(m.bnodePool.sheafBytes[0], 0);
  const next = runOperation(machine, threadOf(machine, 0), kmalloc.start, m.sheafCache, GFP_ATOMIC);
  assertEquals(next - m.caches[m.sheafCache]!.firstObject, flushed, "it is free memory again");
});

Deno.test("kvfree_rcu_barrier() waits for a flush that a worker has taken and not done yet", () => {
  const machine = withSheaves();
  const { m } = machine;
  queueObjects(machine, 3);
  const [t, worker] = [threadOf(machine, 1), workerOf(0, false)];
  start(machine, t, kvfree_rcu_barrier.start);
  stepTask(machine, t);
  assertEquals([m.work.pending[m.sheafWork], m.task.state[worker]], [1, TASK.ready]);
  stepTask(machine, worker);
  assertEquals([m.work.pending[m.sheafWork], m.task.pc[worker]], [0, flush_rcu_sheaf.start]);
  stepTask(machine, t);
  assertEquals([m.task.pc[t], m.task.state[t]], [kvfree_rcu_barrier.at.sheaves, TASK.sleeping]);
  assert(m.pcs.rcu_free[0] !== 0, "its callback is not queued: rcu_barrier() would not wait for it");
});

Deno.test("areas of vmalloc and every object on PREEMPT_RT go the classic way", () => {
  const machine = withSheaves();
  const t = threadOf(machine, 0);
  runOperation(machine, t, kvfree_call_rcu.start, allocateArea(machine, t), 0);
  assertEquals([machine.m.krc.count[0], machine.m.pcs.rcu_free[0]], [1, 0]);
  const rt = withSheaves({ preemption: "rt" });
  queueObjects(rt, 2);
  assertEquals([rt.m.krc.count[0], rt.m.pcs.rcu_free[0]], [2, 0]);
});

Deno.test("an object of another node goes the classic way", () => {
  const machine = withSheaves({}, 2);
  const { m } = machine;
  const object = allocateObject(machine, threadOf(machine, 1));
  assertEquals(m.cpuNodes, [0, 1]);
  runOperation(machine, threadOf(machine, 0), kvfree_call_rcu.start, object, 0);
  assertEquals([m.krc.count[0], m.pcs.rcu_free[0]], [1, 0]);
});

Deno.test("without memory for a sheaf the object goes the classic way", () => {
  const machine = withSheaves();
  const { m } = machine;
  const t = threadOf(machine, 0);
  const object = allocateObject(machine, t);
  fillMemory(m, m.geometry.zones.map((z) => z.managed));
  runOperation(machine, t, kvfree_call_rcu.start, object, 0);
  assertEquals([m.pcs.rcu_free[0], m.krc.count[0]], [0, 1]);
  assert(m.krc.head[0] !== 0, "and there is no page for a block either");
});

Deno.test("cpu_down() sends the rcu_free sheaf of the dead CPU through a grace period: nobody else would", () => {
  const machine = withSheaves();
  const { m } = machine;
  const freed = noteFreed(machine);
  const [t, gone] = [threadOf(machine, 0), threadOf(machine, 1)];
  const object = allocateObject(machine, gone);
  runOperation(machine, gone, kvfree_call_rcu.start, object, 0);
  m.task.state[gone] = TASK.finished;
  start(machine, t, cpu_down.start, 1);
  runTask(machine, t);
  assertEquals([m.cpu.online[1], m.pcs.rcu_free[1]], [0, 0]);
  passJiffies(machine, 30);
  assertEquals(freed, [object]);
});
