/**
 * Invoking callbacks: what each does, and when a batch has to stop.
 *
 * @kernel kernel/rcu/tree.c rcu_do_batch 5.9
 */
import { EVENT } from "../sim/events.ts";
import { call, frame, LEVEL, TASK_TIMES } from "../sim/task.ts";
import { cpuOf, nowNs, spend } from "../cpu/cpu.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { queue_work } from "../cpu/workqueue.ts";
import { rcu_barrier_callback } from "./barrier.ts";
import { rcu_segcblist_extract_done_cbs, rcu_segcblist_insert_done_cbs } from "./cblist.ts";
import { rcu_free_sheaf } from "./kfree_sheaf.ts";
import { afterBatch, LIMITS } from "./overload.ts";
import { CALLBACK, isOffloaded, type Rcu, SEG } from "./rcu.ts";
import { reclaimWork } from "./reclaim_wq.ts";

/**
 * Registers that an operation with a batch leaves to it: the first callback still to invoke + 1, how many were invoked,
 * the limit. Register 0 is the operation's own.
 */
export const BATCH = { CALLBACKS: 1, INVOKED: 2, LIMIT: 3 } as const;
const { CALLBACKS, INVOKED, LIMIT } = BATCH;
/** Time register: when a batch that is worth a look at the clock has to stop, in ns. */
const STOP_NS = 0;

/**
 * Starts a batch on task `t` of the CPU's callbacks that are done.
 *
 * @kernel kernel/rcu/tree.c rcu_do_batch 5.9, 5.17, 6.3
 */
export function startBatch(m: Rcu, t: number, cpu: number): void {
  const pending = m.profile.batchOfReady ? countReady(m, cpu) : m.rdp.len[cpu]!;
  const limit = Math.max(m.rdp.blimit[cpu]!, pending >> LIMITS.rcu_divisor);
  const timed = limit > LIMITS.timedFrom && (m.profile.nocbBatchTimed || m.task.level[t] === LEVEL.softirq);
  m.task.timeNs[t * TASK_TIMES + STOP_NS] = timed ? nowNs(m, t) + LIMITS.rcu_resched_ns : Infinity;
  const { reg } = m.task;
  const r = frame(m, t);
  reg[r + LIMIT] = limit;
  reg[r + INVOKED] = 0;
  reg[r + CALLBACKS] = rcu_segcblist_extract_done_cbs(m, cpu);
  if (isOffloaded(m)) m.rdp.qlen_last_fqs_check[cpu] = m.rdp.len[cpu]!;
}

/** Whether the batch that task `t` is at has a time limit. */
export function hasTimeLimit(m: Rcu, t: number): boolean {
  return m.task.timeNs[t * TASK_TIMES + STOP_NS] !== Infinity;
}

/** Callbacks of the CPU that are done and not invoked yet. */
function countReady(m: Rcu, cpu: number): number {
  let ready = 0;
  for (let cb = m.rdp.head[cpu * 4 + SEG.DONE]!; cb !== 0; cb = m.callback.next[cb - 1]!) ready++;
  return ready;
}

/** Whether the batch ends here: nothing is left of it, or it has to stop. */
export function isBatchOver(m: Rcu, t: number): boolean {
  const { reg } = m.task;
  const r = frame(m, t);
  return reg[r + CALLBACKS] === 0 || isEnough(m, t, reg[r + INVOKED]!, reg[r + LIMIT]!);
}

/** Ends the batch; what is left goes back to the front of the CPU's list. Returns whether anything is left. */
export function endBatch(m: Rcu, t: number, cpu: number): boolean {
  const { reg } = m.task;
  const r = frame(m, t);
  const left = reg[r + CALLBACKS]!;
  rcu_segcblist_insert_done_cbs(m, cpu, left);
  m.rdp.len[cpu]! -= reg[r + INVOKED]!;
  m.events.emit(EVENT.rcu_batch_end, t, reg[r + INVOKED]!, left !== 0 ? 1 : 0);
  afterBatch(m, cpu);
  return left !== 0;
}

/** Invokes the batch's next callback; returns the section to go on with, `next` unless the callback takes several. */
export function invokeNext(m: Rcu, t: number, next: number): number {
  const { reg } = m.task;
  const r = frame(m, t);
  const cb = reg[r + CALLBACKS]! - 1;
  reg[r + CALLBACKS] = m.callback.next[cb]!;
  reg[r + INVOKED]!++;
  return invokeCallback(m, t, cb, next);
}

/**
 * Whether a batch has to stop: a softirq at its limit where a thread waits for the CPU, also one that a callback has
 * woken on an idle CPU; whoever has a time limit when that is over.
 * A kthread that invokes callbacks lets others run by itself and has no such limit.
 */
function isEnough(m: Rcu, t: number, invoked: number, limit: number): boolean {
  const softirq = m.task.level[t] === LEVEL.softirq;
  const c = cpuOf(m, t);
  if (softirq && invoked >= limit && (m.cpu.curr[c] !== 0 || m.cpu.needResched[c] !== 0)) return true;
  if (invoked === 0 || invoked % LIMITS.timedEvery !== 0) return false;
  return nowNs(m, t) >= m.task.timeNs[t * TASK_TIMES + STOP_NS]!;
}

/** Does what a callback is for. */
function invokeCallback(m: Rcu, t: number, cb: number, next: number): number {
  const { func, arg, queued } = m.callback;
  queued[cb] = 0;
  spend(m, t, m.cost.callback);
  const target = arg[cb]!;
  m.events.emit(EVENT.callbackInvoked, t, cb, func[cb]!);
  if (func[cb] === CALLBACK.queueWork) {
    queue_work(m, t, target, reclaimWork(m));
  } else if (func[cb] === CALLBACK.wake) {
    m.rcuTask.done[target] = 1;
    wakeAll(m, CHANNEL.completion + target, t);
  } else if (func[cb] === CALLBACK.barrier) {
    rcu_barrier_callback(m, t);
  } else if (func[cb] === CALLBACK.freeSheaf) {
    return call(m, t, rcu_free_sheaf.start, next, target);
  }
  return next;
}
