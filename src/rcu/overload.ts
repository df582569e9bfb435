/**
 * What RCU does when callbacks pile up on a CPU: more are invoked at a time, the grace period is hurried.
 *
 * @kernel kernel/rcu/tree.c __call_rcu_core, check_cb_ovld 5.9
 */
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { rcu_segcblist_first_pend_cb } from "./cblist.ts";
import { GP_FLAG, type Rcu } from "./rcu.ts";
import { __note_gp_changes, rcu_accelerate_cbs, rcu_gp_in_progress, rcu_gp_kthread_wake } from "./tree.ts";

/**
 * Numbers of callbacks of one CPU. `blimit`: invoked before others may run; `qhimark`: growth that counts as a flood;
 * `qlowmark`: at or below it the flood is over; `qovld`: a CPU with that many makes the grace period hurry all.
 *
 * @kernel kernel/rcu/tree.c 5.9
 */
export const LIMITS = {
  blimit: 10,
  qhimark: 10_000,
  qlowmark: 100,
  qovld: 20_000,
  DEFAULT_MAX_RCU_BLIMIT: 10_000,
  rcu_divisor: 7,
  /** From how many callbacks on a batch has a time limit. */
  timedFrom: 100,
  /** Callbacks between two looks at the clock. */
  timedEvery: 32,
  rcu_resched_ns: 3_000_000,
} as const;

/**
 * Notes whether a CPU has too many callbacks. Who queues one does, before it is counted and whether or not interrupts
 * are on; a batch does not, so that only the end of a grace period finds that a CPU has few again and queues none.
 *
 * @kernel kernel/rcu/tree.c check_cb_ovld, check_cb_ovld_locked 5.9
 */
export function check_cb_ovld(m: Rcu, cpu: number): void {
  m.rdp.cbovld[cpu] = m.rdp.len[cpu]! >= LIMITS.qovld ? 1 : 0;
}

/**
 * Asks for a scan for quiescent states now.
 *
 * @kernel kernel/rcu/tree.c rcu_force_quiescent_state 5.9
 */
function rcu_force_quiescent_state(m: Rcu, t: number): void {
  if ((m.rcu.gp_flags[0]! & GP_FLAG.FQS) !== 0) return; // somebody has asked already
  m.rcu.gp_flags[0]! |= GP_FLAG.FQS;
  wakeAll(m, CHANNEL.gpKthread, t);
}

/**
 * After a callback was queued with interrupts on: when the list has grown by qhimark since the last look, a grace
 * period is started, or, if one runs without getting anywhere, hurried: unless this callback alone waits for it.
 *
 * @kernel kernel/rcu/tree.c __call_rcu_core 5.9
 */
export function __call_rcu_core(m: Rcu, t: number, cpu: number, cb: number): void {
  const { rdp, rcu } = m;
  if (rdp.len[cpu]! <= rdp.qlen_last_fqs_check[cpu]! + LIMITS.qhimark) return;
  if (__note_gp_changes(m, cpu)) rcu_gp_kthread_wake(m, t);
  if (!rcu_gp_in_progress(m)) {
    if (rcu_accelerate_cbs(m, cpu)) rcu_gp_kthread_wake(m, t);
    return;
  }
  rdp.blimit[cpu] = LIMITS.DEFAULT_MAX_RCU_BLIMIT;
  if (rcu.n_force_qs[0] === rdp.n_force_qs_snap[cpu] && rcu_segcblist_first_pend_cb(m, cpu) !== cb) {
    rcu_force_quiescent_state(m, t);
  }
  rdp.n_force_qs_snap[cpu] = rcu.n_force_qs[0]!;
  rdp.qlen_last_fqs_check[cpu] = rdp.len[cpu]!;
}

/**
 * After a batch was invoked: back to small batches once the flood is over.
 *
 * @kernel kernel/rcu/tree.c rcu_do_batch 5.9
 */
export function afterBatch(m: Rcu, cpu: number): void {
  const { rdp, rcu } = m;
  const len = rdp.len[cpu]!;
  if (rdp.blimit[cpu]! >= LIMITS.DEFAULT_MAX_RCU_BLIMIT && len <= LIMITS.qlowmark) {
    rdp.blimit[cpu] = LIMITS.blimit;
  }
  if (len === 0 && rdp.qlen_last_fqs_check[cpu] !== 0) {
    rdp.qlen_last_fqs_check[cpu] = 0;
    rdp.n_force_qs_snap[cpu] = rcu.n_force_qs[0]!;
  } else if (len < rdp.qlen_last_fqs_check[cpu]! - LIMITS.qhimark) {
    rdp.qlen_last_fqs_check[cpu] = len;
  }
}
