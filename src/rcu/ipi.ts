/**
 * What a CPU does when another one interrupts it.
 *
 * @kernel kernel/smp.c flush_smp_call_function_queue 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { IPI, takeIpis } from "../cpu/ipi.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { rcu_barrier_func } from "./barrier.ts";
import { rcu_exp_handler } from "./exp_tree.ts";
import type { Rcu } from "./rcu.ts";

/** Handler of interrupts from other CPUs. */
export const ipi = operation<Rcu, "enter">("ipi", {
  enter: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
}, () => ({
  enter(m, t) {
    spend(m, t, m.cost.interrupt);
    const pending = takeIpis(m, cpuOf(m, t));
    if ((pending & IPI.rcuExp) !== 0) rcu_exp_handler(m, t);
    if ((pending & IPI.rcuBarrier) !== 0) {
      rcu_barrier_func(m, t, cpuOf(m, t));
      wakeAll(m, CHANNEL.barrier, t);
    }
    return ret(m, t, 0);
  },
}));
