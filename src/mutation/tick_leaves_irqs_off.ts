/** The tick leaves interrupts off on a CPU that it finds idle; nothing there ever notices. */
import { cpuOf, local_irq_save } from "../cpu/cpu.ts";
import { tick } from "../rcu/core.ts";
import type { Rcu } from "../rcu/rcu.ts";
import { TASK } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

function isAsleep(m: Rcu, cpu: number): boolean {
  const { cpu: on, state } = m.task;
  const isAway = (t: number) => on[t] !== cpu || state[t] === TASK.sleeping;
  return m.cpu.curr[cpu] === 0 && m.roles.threads[cpu]!.every(isAway);
}

/** Turns interrupts off at the end of the tick, on CPUs other than the first. */
export const tickLeavesIrqsOff: Mutation = {
  id: "tick_leaves_irqs_off",
  summary: "the tick leaves interrupts off on an idle CPU",
  caughtBy: ["context_restored"],
  conditions: { workload: "kfree_storm", threads: 1, nodes: 2 },
  apply(machine) {
    wrap(machine, tick.at.enter, (original, m, t) => {
      const next = original(m, t);
      if (cpuOf(m, t) > 0 && isAsleep(m, cpuOf(m, t))) local_irq_save(m, t);
      return next;
    });
  },
};
