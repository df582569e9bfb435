/** kvfree_rcu_barrier(): it waits for all objects of before and for none that comes later. */
import { assert, assertEquals } from "@std/assert";
import { noteFreed, queueObjects } from "../../tests/support/kvfree.ts";
import {
  allocateArea,
  passJiffies,
  runOperation,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { mendBugs } from "../profile/known_bugs.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { TASK } from "../sim/task.ts";
import { kvfree_call_rcu } from "./kvfree.ts";
import { kvfree_rcu_barrier } from "./kvfree_barrier.ts";
import { kfree_rcu_monitor, queue_kfree_rcu_work } from "./monitor.ts";

/** A quiet machine of 6.12 with three threads on each of two CPUs. */
function quiet(): Machine {
  const profile = mendBugs(profileNamed("v6_12", { preemption: "full" }), []);
  const machine = smallMachine({ profile, blockEntries: 2, cachedBlocks: 5, threadsPerCpu: 3 });
  settle(machine);
  machine.m.timer.armed.fill(0);
  return machine;
}

/** Runs the task, and what others do for it: a jiffy at a time, until it ends or `most` have passed. */
function finish(machine: Machine, t: number, most: number): boolean {
  const { m } = machine;
  for (let j = 0; j < most; j++) {
    runTask(machine, t);
    for (const ipi of m.roles.ipi) {
      if (!isCandidate(m, ipi)) continue;
      stepTask(machine, ipi);
      runTask(machine, ipi);
    }
    if (m.task.state[t] === TASK.idle) return true;
    passJiffies(machine, 1);
  }
  return false;
}

Deno.test("kvfree_rcu_barrier() returns when every CPU's objects are freed, with both batches busy", () => {
  const machine = quiet();
  const { m } = machine;
  const freed = noteFreed(machine);
  for (let i = 0; i < 3; i++) {
    queueObjects(machine, 2);
    queue_kfree_rcu_work(m, threadOf(machine, 0), 0);
  }
  const t = threadOf(machine, 1);
  const area = allocateArea(machine, t);
  runOperation(machine, t, kvfree_call_rcu.start, area, 0);
  start(machine, t, kvfree_rcu_barrier.start);
  assert(finish(machine, t, 60));
  assertEquals([freed.length, m.krc.count[0], m.krc.count[1]], [7, 0, 0]);
});

Deno.test("kvfree_rcu_barrier() does not wait for objects that come in its second round, nor queue them", () => {
  const machine = quiet();
  const { m } = machine;
  const freed = noteFreed(machine);
  const earlier = queueObjects(machine, 3);
  const t = threadOf(machine, 1);
  start(machine, t, kvfree_rcu_barrier.start);
  runTask(machine, t, kvfree_rcu_barrier.at.monitor);
  const later = queueObjects(machine, 1);
  assertEquals(m.timer.armed[m.monitorTimer], 1);
  assert(finish(machine, t, 60));
  assertEquals([...freed].sort(), earlier.sort());
  // the barrier has taken the monitor back: they wait for the CPU's next call
  assertEquals([m.krc.count[0], m.timer.armed[m.monitorTimer]], [1, 0]);
  passJiffies(machine, 2000);
  assertEquals(freed.includes(later[0]!), false);
  const last = queueObjects(machine, 1);
  passJiffies(machine, 2000);
  assertEquals([later, last].map(([object]) => freed.includes(object!)), [true, true]);
});

Deno.test("kvfree_rcu_barrier() takes the lock that it has waited for, also when nothing is left to queue", () => {
  const machine = quiet();
  const { m } = machine;
  queueObjects(machine, 2);
  const [holder, t, other] = [0, 1, 3].map((i) => threadOf(machine, i)) as [number, number, number];
  assert(spin_lock(m, holder, m.krcLock));
  start(machine, t, kvfree_rcu_barrier.start);
  runTask(machine, t);
  assertEquals(m.task.state[t], TASK.spinning);
  queue_kfree_rcu_work(m, holder, 0);
  spin_unlock(m, holder, m.krcLock);
  runTask(machine, t);
  assertEquals([m.lock.next[m.krcLock], m.cpu.irqOff[m.task.cpu[t]!]], [0, 0]);
  assert(spin_lock(m, other, m.krcLock), "nobody waits for ever");
});

Deno.test("kvfree_rcu_barrier() ends with the batches of its time, though newer ones have begun", () => {
  const machine = quiet();
  const { m } = machine;
  const freed = noteFreed(machine);
  const earlier = queueObjects(machine, 2);
  const t = threadOf(machine, 1);
  start(machine, t, kvfree_rcu_barrier.start);
  runTask(machine, t, kvfree_rcu_barrier.at.flush); // it has begun to wait for the first batch
  for (let j = 0; j < 60 && m.task.state[t] !== TASK.idle; j++) {
    queueObjects(machine, 1);
    queue_kfree_rcu_work(m, threadOf(machine, 0), 0); // one batch or the other is always under way
    finish(machine, t, 1);
  }
  assertEquals(m.task.state[t], TASK.idle);
  assert(earlier.every((object) => freed.includes(object)));
  assert(m.krwp.queued[0]! + m.krwp.queued[1]! > m.krwp.ended[0]! + m.krwp.ended[1]!);
});

Deno.test("kvfree_rcu_barrier() waits for a monitor that frees what it found ready", () => {
  const machine = quiet();
  const { m } = machine;
  const freed = noteFreed(machine);
  const objects = queueObjects(machine, 2);
  m.rnp.gp_seq.fill(m.rcu.gp_seq[0]! + 8); // their grace period has ended
  m.rcu.gp_seq[0]! += 8;
  const [monitor, t] = [threadOf(machine, 2), threadOf(machine, 1)];
  start(machine, monitor, kfree_rcu_monitor.start, 0);
  stepTask(machine, monitor);
  assertEquals([m.krc.count[0], m.krc.draining[0], freed.length], [0, 1, 0]);
  start(machine, t, kvfree_rcu_barrier.start);
  assertEquals(finish(machine, t, 5), false);
  runTask(machine, monitor);
  assertEquals([m.krc.draining[0], [...freed].sort()], [0, objects.sort()]);
  assert(finish(machine, t, 5));
});
