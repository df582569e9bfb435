/** Where a task that is bound to no CPU goes on when it is woken. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { settle, smallMachine, threadOf, threadsOn } from "../../tests/support/machines.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { tick } from "../rcu/core.ts";
import type { Machine } from "../run/machine.ts";
import { TASK } from "../sim/task.ts";
import { poolOf } from "./workqueue.ts";
import { switchTo, wakeTask } from "./sched.ts";
import { available_idle_cpu, select_task_rq } from "./select_rq.ts";

/** Nodes 0, 0, 0, 1, 1: what the CPUs of the table below belong to. */
const CPUS = 5;

/** A machine whose CPUs have so many tasks each; the grace-period kthread sleeps and ran last on `prev`. */
function loaded(tasks: readonly number[], prev: number): Machine {
  const machine = smallMachine({ cpus: CPUS, threadsPerCpu: 3 });
  const { m } = machine;
  settle(machine);
  m.cpu.node.set([0, 0, 0, 1, 1]);
  tasks.forEach((n, c) => {
    const threads = threadsOn(machine, c).slice(0, n);
    for (const t of threads) m.task.state[t] = TASK.ready;
    if (n > 0) switchTo(m, threads[0]!);
  });
  m.task.state[m.gpTask] = TASK.sleeping;
  m.task.cpu[m.gpTask] = prev;
  return machine;
}

const ALL = Int32Array.from({ length: CPUS }, (_, c) => c);

for (
  const [claim, tasks, prev, waker, chosen] of [
    ["stays where it ran while that CPU is idle", [1, 0, 0, 0, 0], 1, 0, 1],
    ["comes to its waker's CPU when an interrupt wakes it there out of idleness", [0, 1, 0, 0, 0], 1, 0, 0],
    ["goes to the next idle CPU of its node from its own on", [1, 1, 0, 0, 0], 0, 1, 2],
    ["goes on from the last CPU of its node at the first", [0, 1, 1, 0, 0], 2, 1, 0],
    ["does not go to an idle CPU of another node", [1, 1, 1, 0, 0], 0, 1, 0],
    ["stays where it ran when its waker has as much to do", [1, 1, 1, 1, 1], 0, 1, 0],
    ["comes to its waker when that has less to do", [2, 1, 1, 1, 1], 0, 1, 1],
    ["stays with a waker on its own CPU when none is idle", [1, 2, 1, 1, 1], 1, 1, 1],
    ["comes to an idle waker of another node, which has less to do", [1, 1, 1, 0, 0], 0, 3, 3],
  ] as const
) {
  Deno.test(`select_task_rq: a woken task ${claim}`, () => {
    const { m } = loaded(tasks, prev);
    // whoever is current there, or the CPU's softirq when it is idle
    const by = tasks[waker] > 0 ? m.cpu.curr[waker]! - 1 : m.roles.softirq[waker]!;
    assertEquals(select_task_rq(m, m.gpTask, by, ALL), chosen);
  });
}

Deno.test("select_task_rq: a CPU's worker that is alone there keeps whom it wakes, since it sleeps next", () => {
  for (const [other, chosen] of [[0, 0], [1, 1]] as const) {
    const machine = loaded([0, 0, 0, 0, 0], 0);
    const { m } = machine;
    const worker = m.roles.workers[poolOf(0, false)]![0]!;
    m.task.state[worker] = TASK.ready;
    switchTo(m, worker);
    if (other !== 0) m.task.state[threadOf(machine, 0)] = TASK.ready;
    assertEquals(select_task_rq(m, m.gpTask, worker, ALL), chosen);
    assertEquals(select_task_rq(m, m.gpTask, m.roles.softirq[0]!, ALL), 1, "an interrupt is no worker");
  }
});

Deno.test("select_task_rq: the CPU is up, and one of the task's own as long as one of them is", () => {
  const flags = fc.array(fc.boolean(), { minLength: CPUS, maxLength: CPUS });
  const cpu = fc.nat(CPUS - 1);
  fc.assert(fc.property(flags, flags, flags, cpu, cpu, (up, own, busy, prev, waker) => {
    const { m } = loaded(busy.map(Number), prev);
    up.forEach((isUp, c) => m.cpu.online[c] = Number(isUp || c === waker)); // who wakes runs
    const allowed = ALL.filter((c) => own[c]!);
    const chosen = select_task_rq(m, m.gpTask, m.roles.softirq[waker]!, allowed);
    assertEquals(m.cpu.online[chosen], 1);
    const some = allowed.filter((c) => m.cpu.online[c] === 1);
    assert(some.length === 0 ? chosen === waker : some.includes(chosen));
    // one that could have stayed on an idle CPU did
    if (some.includes(prev) && available_idle_cpu(m, prev)) assertEquals(chosen, prev);
  }));
});

Deno.test("wakeTask() takes a task that roams to the CPU chosen, with what it has had of the last one", () => {
  const machine = loaded([1, 1, 0, 0, 0], 0);
  const { m } = machine;
  m.cpu.minVruntimeNs.set([7e9, 0, 2e9]);
  m.task.vruntimeNs[m.gpTask] = 7e9 + 5;
  m.cpu.clockNs.set([3 * m.tickNs + 1, 0, 0]);
  wakeTask(m, m.gpTask, threadOf(machine, 0));
  assertEquals([m.task.state[m.gpTask], m.task.cpu[m.gpTask]], [TASK.ready, 2]);
  assertEquals([m.task.vruntimeNs[m.gpTask], m.cpu.clockNs[2]], [2e9 + 5, 3 * m.tickNs + 1]);
  const bound = threadOf(machine, 1);
  m.task.state[bound] = TASK.sleeping;
  wakeTask(m, bound, threadOf(machine, 0));
  assertEquals(m.task.cpu[bound], 1);
});

Deno.test("a tick asks for another task only when that waits for its own CPU", () => {
  for (const [on, asked] of [[1, 0], [0, 1]] as const) {
    const machine = loaded([1, 1, 1, 1, 1], on);
    const { m, table } = machine;
    m.task.state[m.gpTask] = TASK.ready;
    m.task.vruntimeNs[m.cpu.curr[0]! - 1] = m.fair.latencyNs;
    table[tick.start]!(m, m.roles.tick[0]!);
    assertEquals(m.cpu.needResched[0], asked);
  }
});

Deno.test("virtual time runs a task that roams on its CPU, not on one that it may run on", () => {
  const machine = smallMachine({ cpus: 2, virtualTime: true });
  const { m } = machine;
  m.task.state.fill(TASK.sleeping);
  m.task.state[m.gpTask] = TASK.ready;
  m.task.cpu[m.gpTask] = 1;
  m.cpu.nextTickNs.fill(Infinity);
  m.cpu.clockNs.set([0, 500]);
  assertEquals(new VirtualTimeScheduler().next(m), m.gpTask);
  assertEquals([m.cpu.curr[0], m.cpu.curr[1], m.cpu.clockNs[0]], [0, m.gpTask + 1, 0]);
});
