/**
 * Callbacks of offloaded CPUs: queued by the CPU, waited for and invoked by kthreads elsewhere. A burst is absorbed by
 * a bypass list in front of the callback list, which the kthreads empty a jiffy later.
 *
 * @kernel kernel/rcu/tree_plugin.h 5.9
 */
import { invariant } from "../sim/model_bug.ts";
import { TASK } from "../sim/task.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { currentJiffies } from "../cpu/timer.ts";
import {
  appendChain,
  rcu_segcblist_enqueue,
  rcu_segcblist_pend_cbs,
  rcu_segcblist_ready_cbs,
} from "./cblist.ts";
import { LIMITS } from "./overload.ts";
import { isOffloaded, type Rcu } from "./rcu.ts";
import { rcu_seq_done, rcu_seq_state } from "./seq.ts";
import { hasDoneWaiting, rcu_advance_cbs } from "./tree.ts";

/** Group of an offloaded CPU. */
function nocbGroup(m: Rcu, cpu: number): number {
  return Math.floor(cpu / m.nocbStride);
}

/**
 * Callbacks a jiffy that go straight to the list: 16 a millisecond.
 *
 * @kernel kernel/rcu/tree_plugin.h nocb_nobypass_lim_per_jiffy 5.9
 */
export function nocb_nobypass_lim_per_jiffy(HZ: number): number {
  return Math.floor(16 * 1000 / HZ);
}

/**
 * Moves the bypass list behind the callback list.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_nocb_do_flush_bypass 5.9
 */
export function rcu_nocb_flush_bypass(m: Rcu, cpu: number): void {
  const { rdp } = m;
  if (rdp.bypassLen[cpu] === 0) return;
  appendChain(m, cpu, rdp.bypassHead[cpu]!, rdp.bypassTail[cpu]!);
  rdp.bypassHead[cpu] = 0;
  rdp.bypassTail[cpu] = 0;
  rdp.bypassLen[cpu] = 0;
}

/** Appends a callback to the bypass list. */
function enqueueBypass(m: Rcu, cpu: number, cb: number): void {
  const { rdp, callback } = m;
  callback.next[cb] = 0;
  if (rdp.bypassTail[cpu] === 0) rdp.bypassHead[cpu] = cb + 1;
  else callback.next[rdp.bypassTail[cpu]! - 1] = cb + 1;
  rdp.bypassTail[cpu] = cb + 1;
  rdp.bypassLen[cpu]!++;
  rdp.len[cpu]!++;
}

/** Counts a callback of this jiffy; what a jiffy had beyond its limit, up to the limit, burdens the next one. */
function countThisJiffy(m: Rcu, cpu: number, now: number, limit: number): number {
  const { nocb_nobypass_count: count, nocb_nobypass_last: last } = m.rdp;
  const before = count[cpu]!;
  count[cpu] = last[cpu] === now ? before + 1 : Math.min(Math.max(0, before - limit), limit);
  last[cpu] = now;
  return count[cpu]!;
}

/**
 * Queues a callback of an offloaded CPU: to the list, behind what the bypass list has, as long as few come; else to the
 * bypass list. When that is a jiffy old or very long it is moved to the list, and this callback begins a new one.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_nocb_try_bypass 5.9
 */
export function enqueueOffloaded(m: Rcu, t: number, cpu: number, cb: number): void {
  const { rdp } = m;
  const now = currentJiffies(m, cpu);
  // callbacks that are being invoked keep nobody awake for new ones
  const wasAlldone = !rcu_segcblist_pend_cbs(m, cpu);
  const limit = nocb_nobypass_lim_per_jiffy(m.profile.HZ);
  if (countThisJiffy(m, cpu, now, limit) < limit) {
    rcu_nocb_flush_bypass(m, cpu);
    rcu_segcblist_enqueue(m, cpu, cb);
    return __call_rcu_nocb_wake(m, t, cpu, wasAlldone);
  }
  const waiting = rdp.bypassLen[cpu]!;
  const isDue = waiting >= LIMITS.qhimark || (waiting !== 0 && now !== rdp.nocb_bypass_first[cpu]);
  if (isDue) rcu_nocb_flush_bypass(m, cpu);
  enqueueBypass(m, cpu, cb);
  if (waiting === 0 || isDue) rdp.nocb_bypass_first[cpu] = now;
  if (isDue) {
    advanceHere(m, cpu, now);
    if (m.profile.nocbFlushWakes) __call_rcu_nocb_wake(m, t, cpu, wasAlldone);
    return;
  }
  // with callbacks on the list the kthread wakes up for those, and finds the bypass list then
  if (waiting === 0 && wasAlldone) __call_rcu_nocb_wake(m, t, cpu, true);
}

/**
 * Once a jiffy the CPU moves its list on by itself, if a grace period of its callbacks has ended and another one runs:
 * then no kthread has to be woken for it.
 *
 * @kernel kernel/rcu/tree.c rcu_advance_cbs_nowake 5.9
 */
function advanceHere(m: Rcu, cpu: number, now: number): void {
  const { rdp } = m;
  if (rdp.nocb_gp_adv_time[cpu] === now || !hasDoneWaiting(m, cpu)) return;
  rdp.nocb_gp_adv_time[cpu] = now;
  if (rcu_seq_state(m.rnp.gp_seq[rdp.leaf[cpu]!]!) === 0) return;
  if (rcu_advance_cbs(m, cpu)) {
    invariant(false, "a grace period is asked for while one runs, and nobody is woken");
  }
}

/**
 * Wakes the kthread of the CPU's group for the first callback. When the list has grown by qhimark since the last look
 * it is woken too, at the CPU's next tick: if none is ready, or nobody invokes those that are, and the kthread does not
 * wake up by its timer anyway.
 *
 * @kernel kernel/rcu/tree_plugin.h __call_rcu_nocb_wake 5.9
 */
function __call_rcu_nocb_wake(m: Rcu, t: number, cpu: number, wasAlldone: boolean): void {
  const { rdp } = m;
  const len = rdp.len[cpu]!;
  if (!wasAlldone && len <= rdp.qlen_last_fqs_check[cpu]! + LIMITS.qhimark) return;
  rdp.qlen_last_fqs_check[cpu] = len;
  if (wasAlldone) return wakeGroup(m, t, cpu);
  advanceHere(m, cpu, currentJiffies(m, cpu));
  const isInvoking = m.task.state[m.nocbTask + cpu] !== TASK.sleeping && rcu_segcblist_ready_cbs(m, cpu);
  const hasTimer = m.timer.armed[m.nocbTask + m.nrCpus + nocbGroup(m, cpu)] !== 0;
  if (!isInvoking && !hasTimer) rdp.nocb_defer_wakeup[cpu] = 1;
}

/** Wakes the kthread of the CPU's group; with interrupts off that is left to the CPU's next tick. */
function wakeGroup(m: Rcu, t: number, cpu: number): void {
  if (m.cpu.irqOff[cpu] !== 0) m.rdp.nocb_defer_wakeup[cpu] = 1;
  else wakeNocbGp(m, t, cpu);
}

/** Has the kthread of the CPU's group look at its CPUs; if it is at that now, once more. */
export function wakeNocbGp(m: Rcu, t: number, cpu: number): void {
  const group = nocbGroup(m, cpu);
  m.rdp.nocbGpWanted[group * m.nocbStride] = 1;
  wakeAll(m, CHANNEL.nocbGp + group, t);
}

/**
 * Wakes the kthread that had to be left asleep.
 *
 * @kernel kernel/rcu/tree_plugin.h do_nocb_deferred_wakeup 5.9
 */
export function do_nocb_deferred_wakeup(m: Rcu, t: number, cpu: number): void {
  if (m.rdp.nocb_defer_wakeup[cpu] === 0) return;
  m.rdp.nocb_defer_wakeup[cpu] = 0;
  wakeNocbGp(m, t, cpu);
}

/**
 * Wakes the kthreads that wait on a leaf for the grace period that has just ended there: those of groups whose first
 * CPU is the leaf's. Their other CPUs may be of leaves that do not know of it yet.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_nocb_gp_cleanup 5.9
 */
export function rcu_nocb_gp_cleanup(m: Rcu, t: number, node: number): void {
  if (!isOffloaded(m) || node < m.firstLeaf) return;
  for (let first = 0; first < m.nrCpus; first += m.nocbStride) {
    if (m.rdp.leaf[first] === node && isWaitOver(m, first)) {
      wakeAll(m, CHANNEL.nocbGp + nocbGroup(m, first), t);
    }
  }
}

/** Whether the grace period has ended for which the kthread of a group waits, which is named by its first CPU. */
export function isWaitOver(m: Rcu, first: number): boolean {
  const { nocb_gp_gp, nocb_gp_seq, leaf } = m.rdp;
  return nocb_gp_gp[first] !== 0 && rcu_seq_done(m.rnp.gp_seq[leaf[first]!]!, nocb_gp_seq[first]!);
}

/** Whether the CPU has callbacks that the kthreads have not taken care of. */
export function hasOffloadedWork(m: Rcu, cpu: number): boolean {
  return m.rdp.bypassLen[cpu] !== 0 || rcu_segcblist_pend_cbs(m, cpu) || rcu_segcblist_ready_cbs(m, cpu);
}
