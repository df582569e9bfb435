/**
 * Work items and the per-CPU worker pools that run them one after the other. The pool of normal priority has a second
 * worker, which runs what is queued while the first one sleeps in the middle of an item: a refill that reclaims waits
 * for drain_local_pages(), which is queued behind it on its own CPU. Nothing in the high-priority pool waits for work.
 */
import { EVENT } from "../sim/events.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, sleepOn, TASK } from "../sim/task.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { cpuOf, type Cpus, spend } from "./cpu.ts";
import { CHANNEL, wakeIdleWorker } from "./sched.ts";
import { armTimer, TIMER } from "./timer.ts";

/** Pool of a CPU: normal (system_wq) or high priority (system_highpri_wq). */
export function poolOf(cpu: number, high: boolean): number {
  return cpu * 2 + (high ? 1 : 0);
}

/**
 * Queues a work item on a CPU's pool. False when it was pending already: nothing happens then.
 *
 * @kernel kernel/workqueue.c queue_work_on
 */
export function queue_work_on(m: Cpus, t: number, work: number, pool: number): boolean {
  const { work: w, pool: p } = m;
  spend(m, t, m.cost.queueWork);
  if (w.pending[work] !== 0) return false;
  w.pending[work] = 1;
  w.next[work] = 0;
  if (p.tail[pool] === 0) p.head[pool] = work + 1;
  else w.next[p.tail[pool]! - 1] = work + 1;
  p.tail[pool] = work + 1;
  m.events.emit(EVENT.work, t, work, 1);
  wake_up_worker(m, t, pool);
  return true;
}

/**
 * Wakes an idle worker of a pool of which none is running. This takes the lock of its CPU's run queue: a caller that
 * holds it hangs.
 *
 * @kernel kernel/workqueue.c wake_up_worker 5.9
 */
function wake_up_worker(m: Cpus, t: number, pool: number): void {
  const cpu = pool >> 1;
  const owner = m.lock.owner[m.rqLock + cpu]! - 1;
  if (owner >= 0 && cpuOf(m, owner) === cpuOf(m, t)) {
    bugOn(
      true,
      `possible recursive locking: waking a worker takes rq->lock of CPU ${cpu}, which its waker holds`,
    );
  }
  // its cost is part of queueing; who watches the order of locks sees it taken
  m.events.emit(EVENT.lockTaken, t, m.rqLock + cpu, 0);
  wakeIdleWorker(m, pool, t);
  m.events.emit(EVENT.lockReleased, t, m.rqLock + cpu, 0);
}

/**
 * Queues a work item after a delay, through the timer with the given id. False when its timer runs or it is queued
 * already: nothing happens then.
 *
 * @param kind TIMER.queueWork, or TIMER.queueHighWork for the high-priority pool.
 *
 * @kernel kernel/workqueue.c queue_delayed_work
 */
export function queue_delayed_work(
  m: Cpus,
  t: number,
  work: number,
  timer: number,
  jiffies: number,
  kind: number = TIMER.queueWork,
): boolean {
  spend(m, t, m.cost.queueWork);
  if (m.work.pending[work] !== 0 || m.timer.armed[timer] !== 0) return false;
  armTimer(m, timer, kind, work, cpuOf(m, t), jiffies);
  return true;
}

/**
 * Moves a delayed work item's timer, or starts it.
 *
 * @kernel kernel/workqueue.c mod_delayed_work
 */
export function mod_delayed_work(m: Cpus, t: number, work: number, timer: number, jiffies: number): void {
  spend(m, t, m.cost.queueWork);
  armTimer(m, timer, TIMER.queueWork, work, cpuOf(m, t), jiffies);
}

/** Whether the pool's other worker runs: the one that came out of an item's sleep goes on, the other becomes idle. */
function runsAnother(m: Cpus, t: number, pool: number): boolean {
  const { worker, spareWorker } = m.roles;
  const other = worker[pool] === t ? spareWorker[pool]! : worker[pool]!;
  return other >= 0 && m.task.state[other] !== TASK.sleeping;
}

/** A worker of a pool (register 0): runs queued items for ever. */
export const workerThread = operation<Cpus, "fetch">("worker_thread", {
  fetch: TOUCHES.work,
}, (at) => ({
  fetch(m, t) {
    const pool = m.task.reg[frame(m, t)]!;
    const head = m.pool.head[pool]!;
    if (head === 0 || runsAnother(m, t, pool)) {
      sleepOn(m, t, CHANNEL.pool + pool);
      return BLOCK;
    }
    const work = head - 1;
    m.pool.head[pool] = m.work.next[work]!;
    if (m.pool.head[pool] === 0) m.pool.tail[pool] = 0;
    m.work.pending[work] = 0; // cleared when the worker starts it, so it can be queued again while it runs
    m.events.emit(EVENT.work, t, work, 0);
    return call(m, t, m.work.start[work]!, at.fetch, m.work.arg[work]!);
  },
}));
