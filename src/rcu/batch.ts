/**
 * Invoking callbacks: what each does, and when a batch has to stop.
 *
 * @kernel kernel/rcu/tree.c rcu_do_batch 5.9
 */
import { EVENT } from "../sim/events.ts";
import { call, LEVEL, TASK_TIMES } from "../sim/task.ts";
import { cpuOf, nowNs, spend } from "../cpu/cpu.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { rcu_barrier_callback } from "./barrier.ts";
import { rcu_free_sheaf } from "./kfree_sheaf.ts";
import { LIMITS } from "./overload.ts";
import { CALLBACK, type Rcu } from "./rcu.ts";

/** Time register: when a batch that is worth a look at the clock has to stop, in ns. */
const STOP_NS = 0;

/** Starts a batch of the CPU's callbacks on task `t`; returns its limit. */
export function startBatch(m: Rcu, t: number, cpu: number): number {
  const limit = Math.max(m.rdp.blimit[cpu]!, m.rdp.len[cpu]! >> LIMITS.rcu_divisor);
  m.task.timeNs[t * TASK_TIMES + STOP_NS] = limit > LIMITS.timedFrom
    ? nowNs(m, t) + LIMITS.rcu_resched_ns
    : Infinity;
  m.events.emit(EVENT.rcu_batch_start, t, m.rdp.len[cpu]!, limit);
  return limit;
}

/**
 * Whether a batch has to stop: a softirq at its limit where a thread waits for the CPU, anybody when the time is over.
 * A kthread that invokes callbacks lets others run by itself and has no such limit.
 */
export function isEnough(m: Rcu, t: number, invoked: number, limit: number): boolean {
  const softirq = m.task.level[t] === LEVEL.softirq;
  if (softirq && invoked >= limit && m.cpu.curr[cpuOf(m, t)] !== 0) return true;
  if (invoked === 0 || invoked % LIMITS.timedEvery !== 0) return false;
  return nowNs(m, t) >= m.task.timeNs[t * TASK_TIMES + STOP_NS]!;
}

/** Does what a callback is for; returns the section to go on with, `next` unless the callback takes several. */
export function invokeCallback(m: Rcu, t: number, cb: number, next: number): number {
  const { func, arg, queued } = m.callback;
  queued[cb] = 0;
  spend(m, t, m.cost.callback);
  const target = arg[cb]!;
  m.events.emit(EVENT.callbackInvoked, t, cb, func[cb]!);
  if (func[cb] === CALLBACK.queueWork) {
    queue_work_on(m, t, target, poolOf(cpuOf(m, t), false));
  } else if (func[cb] === CALLBACK.wake) {
    m.rcuTask.done[target] = 1;
    wakeAll(m, CHANNEL.completion + target, nowNs(m, t));
  } else if (func[cb] === CALLBACK.barrier) {
    rcu_barrier_callback(m, t);
  } else if (func[cb] === CALLBACK.freeSheaf) {
    return call(m, t, rcu_free_sheaf.start, next, target);
  }
  return next;
}
