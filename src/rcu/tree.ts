/**
 * The tree of rcu_nodes: quiescent states go up, grace-period numbers come down, requests for a grace period go up
 * until somebody has made them already.
 *
 * @kernel kernel/rcu/tree.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { rcu_segcblist_accelerate, rcu_segcblist_advance, rcu_segcblist_pend_cbs } from "./cblist.ts";
import { GP_FLAG, isOffloaded, type Rcu, SEG } from "./rcu.ts";
import {
  rcu_seq_completed_gp,
  rcu_seq_done,
  rcu_seq_new_gp,
  rcu_seq_snap,
  rcu_seq_started,
  rcu_seq_state,
  seqBefore,
} from "./seq.ts";

/**
 * Whether a grace period is under way.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_in_progress 5.9
 */
export function rcu_gp_in_progress(m: Rcu): boolean {
  return rcu_seq_state(m.rcu.gp_seq[0]!) !== 0;
}

/**
 * Wakes the grace-period kthread.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_kthread_wake 5.9
 */
export function rcu_gp_kthread_wake(m: Rcu, t: number): void {
  wakeAll(m, CHANNEL.gpKthread, t);
}

/** Whether a node's mask of two halves has the bit of a child. */
export const bitSet = (mask: Int32Array, node: number, n: number): boolean =>
  (mask[node * 2 + (n >> 5)]! & (1 << (n & 31))) !== 0;
/** Whether a node's mask has no bit. */
export const allClear = (mask: Int32Array, node: number): boolean =>
  (mask[node * 2]! | mask[node * 2 + 1]!) === 0;

/** Whether the leaf still waits for the CPU. */
export function owesQs(m: Rcu, cpu: number): boolean {
  return bitSet(m.rnp.qsmask, m.rdp.leaf[cpu]!, m.rdp.grpnum[cpu]!);
}

/**
 * Asks for the grace period `seq`; true when the kthread must be woken for it.
 *
 * @kernel kernel/rcu/tree.c rcu_start_this_gp 5.9
 */
export function rcu_start_this_gp(m: Rcu, cpu: number, seq: number): boolean {
  const { rnp, rdp } = m;
  const leaf = rdp.leaf[cpu]!;
  let wake = false;
  let node = leaf;
  for (;; node = rnp.parent[node]! - 1) {
    if (!seqBefore(rnp.gp_seq_needed[node]!, seq) || rcu_seq_started(rnp.gp_seq[node]!, seq)) break; // asked for
    const running = rcu_seq_state(rnp.gp_seq[node]!) !== 0;
    if (node !== leaf && running) break;
    rnp.gp_seq_needed[node] = seq;
    if (running) break; // the end of the running grace period looks at this leaf
    if (rnp.parent[node] !== 0) continue;
    wake = !rcu_gp_in_progress(m);
    break;
  }
  if (wake) m.rcu.gp_flags[0]! |= GP_FLAG.INIT;
  // a further request than this one is told to the leaf
  const needed = rnp.gp_seq_needed[node]!;
  if (seqBefore(seq, needed)) rnp.gp_seq_needed[leaf] = needed;
  return wake;
}

/**
 * Asks for a grace period that starts after now.
 *
 * @kernel kernel/rcu/tree.c start_poll_synchronize_rcu_common 6.1
 */
export function start_poll_synchronize_rcu_common(m: Rcu, t: number): void {
  if (rcu_start_this_gp(m, cpuOf(m, t), rcu_seq_snap(m.rcu.gp_seq[0]!))) rcu_gp_kthread_wake(m, t);
}

/**
 * Whether a node wants a grace period after the one that has just ended there.
 *
 * @kernel kernel/rcu/tree.c rcu_future_gp_cleanup 5.9
 */
export function rcu_future_gp_cleanup(m: Rcu, node: number): boolean {
  const { gp_seq, gp_seq_needed } = m.rnp;
  if (seqBefore(gp_seq[node]!, gp_seq_needed[node]!)) return true;
  gp_seq_needed[node] = gp_seq[node]!; // so that it never falls behind by half the range
  return false;
}

/**
 * Gives the unassigned callbacks of a CPU a grace period; true when the kthread must be woken.
 *
 * @kernel kernel/rcu/tree.c rcu_accelerate_cbs 5.9
 */
export function rcu_accelerate_cbs(m: Rcu, cpu: number): boolean {
  if (!rcu_segcblist_pend_cbs(m, cpu)) return false;
  const seq = rcu_seq_snap(m.rcu.gp_seq[0]!);
  return rcu_segcblist_accelerate(m, cpu, seq) && rcu_start_this_gp(m, cpu, seq);
}

/**
 * Lets callbacks whose grace period has ended become ready, and gives the others one; true when the kthread must be
 * woken.
 *
 * @kernel kernel/rcu/tree.c rcu_advance_cbs 5.9
 */
export function rcu_advance_cbs(m: Rcu, cpu: number): boolean {
  rcu_segcblist_advance(m, cpu, m.rnp.gp_seq[m.rdp.leaf[cpu]!]!);
  return rcu_accelerate_cbs(m, cpu);
}

/** Whether the oldest callbacks of a CPU wait for a grace period that has ended on its leaf. */
export function hasDoneWaiting(m: Rcu, cpu: number): boolean {
  const { rdp, rnp } = m;
  return rcu_segcblist_pend_cbs(m, cpu) &&
    rcu_seq_done(rnp.gp_seq[rdp.leaf[cpu]!]!, rdp.segSeq[cpu * 4 + SEG.WAIT]!);
}

/**
 * Lets a CPU notice that grace periods have ended or started; true when the kthread must be woken.
 *
 * @kernel kernel/rcu/tree.c __note_gp_changes 5.9
 */
export function __note_gp_changes(m: Rcu, cpu: number): boolean {
  const { rdp, rnp } = m;
  const leaf = rdp.leaf[cpu]!;
  const old = rdp.gp_seq[cpu]!;
  const now = rnp.gp_seq[leaf]!;
  if (old === now) return false;
  const own = !isOffloaded(m); // kthreads look after the callbacks of offloaded CPUs
  if (rcu_seq_completed_gp(old, now)) {
    if (own) rcu_segcblist_advance(m, cpu, now);
    rdp.core_needs_qs[cpu] = 0;
  }
  const wake = own && rcu_accelerate_cbs(m, cpu);
  if (rcu_seq_new_gp(old, now)) {
    const needed = owesQs(m, cpu) ? 1 : 0;
    rdp.cpu_no_qs[cpu] = needed;
    rdp.core_needs_qs[cpu] = needed;
  }
  rdp.gp_seq[cpu] = now;
  return wake;
}

/**
 * Clears a child's bit, and its parent's when it was the last one and no blocked reader is left; wakes the kthread when
 * the root is clear.
 *
 * @kernel kernel/rcu/tree.c rcu_report_qs_rnp 5.9
 */
export function rcu_report_qs_rnp(m: Rcu, t: number, node: number, child: number): void {
  const { rnp } = m;
  let n = child;
  for (;;) {
    rnp.qsmask[node * 2 + (n >> 5)]! &= ~(1 << (n & 31));
    spend(m, t, m.cost.rcuNode);
    if (!allClear(rnp.qsmask, node) || rnp.gp_tasks[node] !== 0) return;
    const parent = rnp.parent[node]! - 1;
    if (parent < 0) return rcu_gp_kthread_wake(m, t);
    n = rnp.grpnum[node]!;
    node = parent;
  }
}

/** Goes on reporting from a node whose last blocked reader has left. */
export function reportUnblocked(m: Rcu, t: number, node: number): void {
  const { rnp } = m;
  if (!allClear(rnp.qsmask, node) || rnp.gp_tasks[node] !== 0) return;
  const parent = rnp.parent[node]! - 1;
  if (parent < 0) rcu_gp_kthread_wake(m, t);
  else rcu_report_qs_rnp(m, t, parent, rnp.grpnum[node]!);
}

/**
 * Reports this CPU's quiescent state if the grace period waits for it and one was seen.
 *
 * @kernel kernel/rcu/tree.c rcu_check_quiescent_state, rcu_report_qs_rdp 5.9
 */
export function rcu_check_quiescent_state(m: Rcu, t: number): void {
  const { rdp, rnp } = m;
  const cpu = cpuOf(m, t);
  if (__note_gp_changes(m, cpu)) rcu_gp_kthread_wake(m, t);
  if (rdp.core_needs_qs[cpu] === 0 || rdp.cpu_no_qs[cpu] !== 0) return;
  const leaf = rdp.leaf[cpu]!;
  if (rdp.gp_seq[cpu] !== rnp.gp_seq[leaf]) {
    rdp.cpu_no_qs[cpu] = 1; // that was a quiescent state of an older grace period
    return;
  }
  rdp.core_needs_qs[cpu] = 0;
  if (!owesQs(m, cpu)) return;
  if (!isOffloaded(m) && rcu_accelerate_cbs(m, cpu)) rcu_gp_kthread_wake(m, t);
  rcu_report_qs_rnp(m, t, leaf, rdp.grpnum[cpu]!);
}

/** Whether the root has to wait no longer: every child has reported and no blocked reader is left. */
export function gpDone(m: Rcu): boolean {
  return allClear(m.rnp.qsmask, 0) && m.rnp.gp_tasks[0] === 0;
}

/** Tells listeners that a grace period started or ended. */
export function emitGp(m: Rcu, t: number, started: boolean): void {
  m.events.emit(started ? EVENT.gpStart : EVENT.gpEnd, t, m.rcu.gp_seq[0]!);
}
