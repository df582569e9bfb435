/**
 * The workqueue of monitors and batches: the CPU's own until 6.12, an unbound one from then on, so that isolated CPUs
 * are not disturbed.
 *
 * @kernel kernel/rcu/tree.c system_unbound_wq 6.12, mm/slab_common.c rcu_reclaim_wq 6.18
 */
import { TIMER } from "../cpu/timer.ts";
import type { Rcu } from "./rcu.ts";

/** Kind of their work, one of TIMER. */
export function reclaimWork(m: Rcu): number {
  return m.profile.reclaimUnbound ? TIMER.queueUnboundWork : TIMER.queueWork;
}
