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
  bugOn(rcuTask.nesting[t] === 0, `task ${t} leaves a read-side section that it never entered`);
  if (!preemptible(m)) preempt_enable(m, t);
  if (--rcuTask.nesting[t]! > 0) return;
  m.events.emit(EVENT.reader, t, 0, nowNs(m, t));
  const c = cpuOf(m, t);
  if (m.cpu.irqOff[c] === 0 && m.cpu.preemptOff[c] === 0) rcu_preempt_deferred_qs(m, t, t);
}

/**
 * Takes a task that was preempted in a reader, and has left it, off its leaf; the last one there lets the grace period
 * go on. Done at once where interrupts and preemption are on, else by the next tick or context switch. `t` runs it.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_preempt_deferred_qs 5.9
 */
export function rcu_preempt_deferred_qs(m: Rcu, reader: number, t: number): void {
  const { rcuTask, rnp } = m;
  const node = rcuTask.blockedOn[reader]! - 1;
  if (node < 0) return;
  rcuTask.blockedOn[reader] = 0;
  rnp.blkd_tasks[node]!--;
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
  } else if (rcuTask.nesting[prev] === 0) {
    rcu_preempt_deferred_qs(m, prev, prev);
  }
  rdp.cpu_no_qs[cpu] = 0;
}
