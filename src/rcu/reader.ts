/**
 * Read-side sections. Without preemption in the kernel a reader keeps its CPU; with it, a reader that is switched away
 * is queued on its leaf and blocks the grace period there.
 *
 * @kernel kernel/rcu/tree_plugin.h 5.9
 */
import { cpuOf, type Cpus, nowNs, preempt_disable, preempt_enable } from "../cpu/cpu.ts";
import { EVENT } from "../sim/events.ts";
import { bugOn } from "../sim/model_bug.ts";
import { LEVEL } from "../sim/task.ts";
import { owesExpQs, rcu_report_exp_rdp, rcu_report_exp_rnp } from "./exp_tree.ts";
import { owesQs, reportUnblocked } from "./tree.ts";
import type { Rcu } from "./rcu.ts";

const preemptible = (m: Cpus) => m.profile.preemption !== "voluntary";

/**
 * Enters a read-side section.
 *
 * @kernel kernel/rcu/tree_plugin.h __rcu_read_lock 5.9
 */
export function rcu_read_lock(m: Rcu, t: number): void {
  if (m.rcuTask.nesting[t]!++ === 0) m.events.emit(EVENT.reader, t, 1, nowNs(m, t));
  if (!preemptible(m)) preempt_disable(m, t);
}

/**
 * Leaves a read-side section; the outermost one of a task that was preempted in it lets the grace period go on.
 *
 * @kernel kernel/rcu/tree_plugin.h __rcu_read_unlock, rcu_read_unlock_special 5.9
 */
export function rcu_read_unlock(m: Rcu, t: number): void {
  const { rcuTask } = m;
  if (rcuTask.nesting[t] === 0) bugOn(true, `task ${t} leaves a read-side section that it never entered`);
  if (!preemptible(m)) preempt_enable(m, t);
  if (--rcuTask.nesting[t]! > 0) return;
  m.events.emit(EVENT.reader, t, 0, nowNs(m, t));
  const c = cpuOf(m, t);
  if (m.cpu.irqOff[c] === 0 && m.cpu.preemptOff[c] === 0) rcu_preempt_deferred_qs(m, t, t);
}

/** Whether the thread or an interrupt handler of the CPU is inside a reader. */
function cpuReads(m: Rcu, cpu: number): boolean {
  const { active, curr } = m.cpu;
  const { nesting } = m.rcuTask;
  if (curr[cpu] !== 0 && nesting[curr[cpu]! - 1] !== 0) return true;
  for (let level = LEVEL.softirq; level <= LEVEL.nmi; level++) {
    const handler = active[cpu * 4 + level]!;
    if (handler !== 0 && nesting[handler - 1] !== 0) return true;
  }
  return false;
}

/**
 * Makes up for what could not be reported inside a reader: the quiescent state that an expedited grace period asked the
 * CPU for, and a task that was preempted in a reader and has left it. Done at once where interrupts and preemption are
 * on, else by the next tick or context switch. `t` runs it.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_preempt_deferred_qs 5.9
 */
export function rcu_preempt_deferred_qs(m: Rcu, reader: number, t: number): void {
  const { rcuTask, rnp } = m;
  const cpu = cpuOf(m, reader);
  if (m.rdp.exp_deferred_qs[cpu] !== 0 && !cpuReads(m, cpu)) rcu_report_exp_rdp(m, t, cpu);
  const node = rcuTask.blockedOn[reader]! - 1;
  if (node < 0) return;
  rcuTask.blockedOn[reader] = 0;
  rnp.blkd_tasks[node]!--;
  if (rcuTask.blocksExp[reader] !== 0) {
    rcuTask.blocksExp[reader] = 0;
    if (--rnp.exp_tasks[node]! === 0) rcu_report_exp_rnp(m, t, node);
  }
  if (rcuTask.blocksGp[reader] === 0) return;
  rcuTask.blocksGp[reader] = 0;
  if (--rnp.gp_tasks[node]! === 0) reportUnblocked(m, t, node);
}

/**
 * A task leaves its CPU: that is a quiescent state of the CPU, and a task inside a reader is queued on the leaf. It
 * blocks the current grace period if the CPU still owed it a quiescent state.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_note_context_switch 5.9
 */
export function rcu_note_context_switch(m: Rcu, prev: number): void {
  const { rcuTask, rnp, rdp } = m;
  if (m.task.level[prev] !== LEVEL.task) return;
  const cpu = cpuOf(m, prev);
  if (rcuTask.nesting[prev]! > 0 && rcuTask.blockedOn[prev] === 0) {
    const leaf = rdp.leaf[cpu]!;
    rcuTask.blockedOn[prev] = leaf + 1;
    rnp.blkd_tasks[leaf]!++;
    if (owesQs(m, cpu)) {
      rcuTask.blocksGp[prev] = 1;
      rnp.gp_tasks[leaf]!++;
    }
    if (owesExpQs(m, cpu)) {
      rcuTask.blocksExp[prev] = 1;
      rnp.exp_tasks[leaf]!++;
    }
  } else if (rcuTask.nesting[prev] === 0) {
    rcu_preempt_deferred_qs(m, prev, prev);
  }
  rdp.cpu_no_qs[cpu] = 0;
  if (rdp.exp_deferred_qs[cpu] !== 0) rcu_report_exp_rdp(m, prev, cpu); // what it left behind waits on the leaf
}
