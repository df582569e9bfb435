/**
 * Quiescent states for expedited grace periods: the same tree as for normal ones, with masks of its own.
 *
 * @kernel kernel/rcu/tree_exp.h 5.9
 */
import { cpuOf, spend } from "../cpu/cpu.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { LEVEL } from "../sim/task.ts";
import type { Rcu } from "./rcu.ts";

const bit = (n: number) => 1 << (n & 31);

/** Whether the expedited grace period still waits for the CPU. */
export function owesExpQs(m: Rcu, cpu: number): boolean {
  const { rnp, rdp } = m;
  return (rnp.expmask[rdp.leaf[cpu]! * 2 + (rdp.grpnum[cpu]! >> 5)]! & bit(rdp.grpnum[cpu]!)) !== 0;
}

/**
 * Whether a node has nothing to wait for.
 *
 * @kernel kernel/rcu/tree_exp.h sync_rcu_exp_done 5.9
 */
export function sync_rcu_exp_done(m: Rcu, node: number): boolean {
  const { expmask, exp_tasks } = m.rnp;
  return (expmask[node * 2]! | expmask[node * 2 + 1]!) === 0 && exp_tasks[node] === 0;
}

/**
 * Goes up from a node that has nothing to wait for; at the root it wakes who runs the grace period.
 *
 * @kernel kernel/rcu/tree_exp.h __rcu_report_exp_rnp 5.9
 */
export function rcu_report_exp_rnp(m: Rcu, t: number, node: number): void {
  const { rnp } = m;
  while (sync_rcu_exp_done(m, node)) {
    spend(m, t, m.cost.rcuNode);
    const parent = rnp.parent[node]! - 1;
    if (parent < 0) return wakeAll(m, CHANNEL.expedited, t);
    const n = rnp.grpnum[node]!;
    rnp.expmask[parent * 2 + (n >> 5)]! &= ~bit(n);
    node = parent;
  }
}

/**
 * Reports a CPU, if it has not been reported yet.
 *
 * @kernel kernel/rcu/tree_exp.h rcu_report_exp_rdp 5.9
 */
export function rcu_report_exp_rdp(m: Rcu, t: number, cpu: number): void {
  const { rnp, rdp } = m;
  rdp.exp_deferred_qs[cpu] = 0;
  if (!owesExpQs(m, cpu)) return;
  const leaf = rdp.leaf[cpu]!;
  rnp.expmask[leaf * 2 + (rdp.grpnum[cpu]! >> 5)]! &= ~bit(rdp.grpnum[cpu]!);
  rcu_report_exp_rnp(m, t, leaf);
}

/**
 * The interrupt of an expedited grace period. A CPU outside of readers reports at once; otherwise it is left to the end
 * of the reader, to a context switch, or to the tick. A preemptible kernel knows by the reader's nesting; one that is
 * not must take every part with preemption off for a reader, so that there the interrupted code has to be user or idle.
 *
 * @kernel kernel/rcu/tree_exp.h rcu_exp_handler 5.9
 */
export function rcu_exp_handler(m: Rcu, t: number): void {
  const { cpu, rdp, rcuTask, profile } = m;
  const c = cpuOf(m, t);
  if (!owesExpQs(m, c)) return;
  const curr = cpu.curr[c]! - 1;
  const inSoftirq = cpu.active[c * 4 + LEVEL.softirq] !== 0;
  if (curr < 0 && !inSoftirq) return rcu_report_exp_rdp(m, t, c);
  rdp.exp_deferred_qs[c] = 1;
  if (profile.preemption === "voluntary") {
    cpu.needResched[c] = 1; // the next context switch reports
    return;
  }
  const reading = curr >= 0 && rcuTask.nesting[curr] !== 0;
  if (reading || readsInInterrupt(m, c)) return; // rcu_read_unlock() reports
  if (cpu.preemptOff[c] === 0 && !inSoftirq) rcu_report_exp_rdp(m, t, c);
  else cpu.needResched[c] = 1;
}

/** Whether an interrupted handler of the CPU is inside a reader. */
function readsInInterrupt(m: Rcu, c: number): boolean {
  for (let level = LEVEL.softirq; level <= LEVEL.nmi; level++) {
    const handler = m.cpu.active[c * 4 + level]! - 1;
    if (handler >= 0 && m.rcuTask.nesting[handler] !== 0) return true;
  }
  return false;
}
