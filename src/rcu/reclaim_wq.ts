/**
 * The workqueue of monitors and batches: the CPU's own until 6.12, an unbound one from then on, so that isolated CPUs
 * are not disturbed.
 *
 * @kernel kernel/rcu/tree.c system_unbound_wq 6.12, mm/slab_common.c rcu_reclaim_wq 6.18
 */
import { TIMER } from "../cpu/timer.ts";
import { poolOf, unboundPoolOf } from "../cpu/workqueue.ts";
import type { Rcu } from "./rcu.ts";

/** Pool of what is queued at once on a CPU. */
export function reclaimPool(m: Rcu, cpu: number): number {
  return m.profile.reclaimUnbound ? unboundPoolOf(m, cpu) : poolOf(cpu, false);
}

/** Kind of the timer of what is queued later. */
export function reclaimTimer(m: Rcu): number {
  return m.profile.reclaimUnbound ? TIMER.queueUnboundWork : TIMER.queueWork;
}
