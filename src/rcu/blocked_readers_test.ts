/** Readers that were preempted hold up grace periods of both kinds, on trees of one, two and three levels. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import type { Machine } from "../run/machine.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { ret, TASK } from "../sim/task.ts";
import { synchronize_rcu_expedited } from "./exp.ts";
import type { Rcu } from "./rcu.ts";
import { rcu_read_lock, rcu_read_unlock } from "./reader.ts";
import { rcu_seq_snap } from "./seq.ts";
import { rcu_gp_kthread_wake, rcu_start_this_gp } from "./tree.ts";

const CPUS = 8;

/** Enters a reader and leaves it. */
const reader = operation<Rcu, "lock" | "unlock">(
  "testBlockedReader",
  { lock: TOUCHES.own, unlock: TOUCHES.rcu },
  (at) => ({
    lock(m, t) {
      rcu_read_lock(m, t);
      return at.unlock;
    },
    unlock(m, t) {
      rcu_read_unlock(m, t);
      return ret(m, t, 0);
    },
  }),
);
/** Takes the CPU away from a reader. */
const passer = operation<Rcu, "one">(
  "testPasser",
  { one: TOUCHES.own },
  () => ({ one: (m, t) => ret(m, t, 0) }),
);

/** Lets a reader begin on a CPU and be preempted; the first of its threads reads, the second preempts. */
function preemptReader(machine: Machine, cpu: number): number {
  const t = threadOf(machine, cpu);
  start(machine, t, reader.start);
  stepTask(machine, t);
  start(machine, threadOf(machine, CPUS + cpu), passer.start);
  runTask(machine, threadOf(machine, CPUS + cpu));
  return t;
}

/** Asks for a grace period and lets the kthread begin it. */
function startGp(machine: Machine): void {
  const { m } = machine;
  rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  settle(machine);
}

for (const [levels, RCU_FANOUT_LEAF, RCU_FANOUT] of [[1, 16, 64], [2, 2, 64], [3, 2, 2]] as const) {
  Deno.test(`grace periods of both kinds end with the last of the preempted readers (${levels} levels)`, () => {
    const cpus = fc.shuffledSubarray([...Array(CPUS).keys()], { minLength: 1 });
    fc.assert(
      fc.property(cpus, fc.nat(CPUS), (order, early) => {
        const profile = mendedProfile({ RCU_FANOUT_LEAF, RCU_FANOUT });
        const machine = smallMachine({ cpus: CPUS, threadsPerCpu: 3, profile });
        const { m } = machine;
        settle(machine);
        assertEquals(m.rnp.gp_seq.length, [1, 5, 7][levels - 1]);
        // some are preempted before the grace periods begin, the others while their CPUs owe a quiescent state
        const tasks = order.slice(0, early).map((cpu) => preemptReader(machine, cpu));
        startGp(machine);
        tasks.push(...order.slice(early).map((cpu) => preemptReader(machine, cpu)));
        const waiter = threadOf(machine, 2 * CPUS);
        start(machine, waiter, synchronize_rcu_expedited.start);
        runTask(machine, waiter);
        passJiffies(machine, 3);
        for (const t of tasks.sort((a, b) => a - b)) {
          assertEquals([m.rcu.completed[0], m.task.state[waiter]], [0, TASK.sleeping]);
          runTask(machine, t);
          settle(machine);
        }
        runTask(machine, waiter);
        assertEquals([m.rcu.completed[0], m.task.state[waiter]], [1, TASK.idle]);
        assertEquals([m.rnp.blkd_tasks, m.rnp.gp_tasks, m.rnp.exp_tasks].map((n) => n.some((x) => x !== 0)), [
          false,
          false,
          false,
        ]);
      }),
      { seed: 1, numRuns: 40 },
    );
  });
}
