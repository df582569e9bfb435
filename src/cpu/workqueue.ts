/**
 * Work items and the worker pools that run them. A CPU's pools run them one after the other; that of normal priority
 * has a second worker, which runs what is queued while the first one sleeps in the middle of an item: a refill that
 * reclaims waits for drain_local_pages(), which is queued behind it on its own CPU. Nothing in the high-priority pool
 * waits for work. A node's pool, of unbound work, runs as many items at once as it has workers, on any of its CPUs.
 */
import { EVENT } from "../sim/events.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, sleepOn, TASK } from "../sim/task.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { cpuOf, type Cpus, spend } from "./cpu.ts";
import { CHANNEL, isUnbound, wakeIdleWorker, wakeTask, workerToWake } from "./sched.ts";
import { armTimer, TIMER } from "./timer.ts";

/** Pool of a CPU: normal (system_wq) or high priority (system_highpri_wq). */
export function poolOf(cpu: number, high: boolean): number {
  return cpu * 2 + (high ? 1 : 0);
}

/** Pool for unbound work that is queued on a CPU: that of the CPU's node. */
export function unboundPoolOf(m: Cpus, cpu: number): number {
  return m.nrCpus * 2 + m.cpu.node[cpu]!;
}

/**
 * Queues a work item on a pool. False when it was pending already: nothing happens then.
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
 * Wakes an idle worker of a pool that wants one. This takes the lock of a run queue, that of the pool's CPU or of the
 * worker's last one: a caller that holds it hangs.
 *
 * @kernel kernel/workqueue.c wake_up_worker 5.9
 */
function wake_up_worker(m: Cpus, t: number, pool: number): void {
  const worker = workerToWake(m, pool);
  if (worker < 0 && isUnbound(m, pool)) return;
  const cpu = isUnbound(m, pool) ? cpuOf(m, worker) : pool >> 1;
  const owner = m.lock.owner[m.rqLock + cpu]! - 1;
  if (owner >= 0 && cpuOf(m, owner) === cpuOf(m, t)) {
    bugOn(
      true,
      `possible recursive locking: waking a worker takes rq->lock of CPU ${cpu}, which its waker holds`,
    );
  }
  // its cost is part of queueing; who watches the order of locks sees it taken
  m.events.emit(EVENT.lockTaken, t, m.rqLock + cpu, 0);
  if (worker >= 0) wakeTask(m, worker, t);
  m.events.emit(EVENT.lockReleased, t, m.rqLock + cpu, 0);
}

/**
 * Queues a work item after a delay, through the timer with the given id. False when its timer runs or it is queued
 * already: nothing happens then.
 *
 * @param kind TIMER.queueWork, TIMER.queueHighWork for the high-priority pool, or TIMER.queueUnboundWork.
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
export function mod_delayed_work(
  m: Cpus,
  t: number,
  work: number,
  timer: number,
  jiffies: number,
  kind: number = TIMER.queueWork,
): void {
  spend(m, t, m.cost.queueWork);
  armTimer(m, timer, kind, work, cpuOf(m, t), jiffies);
}

/**
 * Queues a work item on the pool that the task's CPU has for work of a kind: at once, or when its timer has expired.
 *
 * @param kind As for {@link queue_delayed_work}.
 * @kernel include/linux/workqueue.h queue_work, kernel/workqueue.c delayed_work_timer_fn 5.9
 */
export function queue_work(m: Cpus, t: number, work: number, kind: number): void {
  const cpu = cpuOf(m, t);
  const pool = kind === TIMER.queueUnboundWork
    ? unboundPoolOf(m, cpu)
    : poolOf(cpu, kind === TIMER.queueHighWork);
  queue_work_on(m, t, work, pool);
}

/**
 * Whether another worker of a CPU's pool runs: the one that came out of an item's sleep goes on, the other becomes
 * idle.
 */
function runsAnother(m: Cpus, t: number, pool: number): boolean {
  if (isUnbound(m, pool)) return false;
  const workers = m.roles.workers[pool]!;
  for (let i = 0; i < workers.length; i++) {
    if (workers[i] !== t && m.task.state[workers[i]!] !== TASK.sleeping) return true;
  }
  return false;
}

/** Starts an item: it can be queued again from now on. */
function startItem(m: Cpus, t: number, work: number, returnTo: number): number {
  m.work.pending[work] = 0;
  m.work.runner[work] = t + 1;
  m.task.reg[frame(m, t) + ITEM] = work + 1;
  m.events.emit(EVENT.work, t, work, 0);
  return call(m, t, m.work.start[work]!, returnTo, m.work.arg[work]!);
}

/** Registers: arguments pool and 0, which becomes the item + 1 that it runs. */
const POOL = 0, ITEM = 1;

/**
 * A worker of the pool in register 0: runs queued items for ever. No item runs twice at a time: one that comes up while
 * another worker runs it is left to that.
 *
 * @kernel kernel/workqueue.c worker_thread, process_one_work 5.9
 */
export const workerThread = operation<Cpus, "fetch">("worker_thread", {
  fetch: TOUCHES.work | TOUCHES.task,
}, (at) => ({
  fetch(m, t) {
    const { work: w, pool: p, task } = m;
    const r = frame(m, t);
    const pool = task.reg[r + POOL]!;
    const done = task.reg[r + ITEM]! - 1;
    if (done >= 0) {
      if (w.again[done] !== 0) {
        w.again[done] = 0;
        return startItem(m, t, done, at.fetch);
      }
      w.runner[done] = 0;
      task.reg[r + ITEM] = 0;
    }
    const item = p.head[pool]! - 1;
    if (item < 0 || runsAnother(m, t, pool)) {
      sleepOn(m, t, CHANNEL.pool + pool);
      return BLOCK;
    }
    p.head[pool] = w.next[item]!;
    if (p.head[pool] === 0) p.tail[pool] = 0;
    else if (isUnbound(m, pool)) wakeIdleWorker(m, pool, t);
    if (w.runner[item] !== 0) {
      w.again[item] = 1;
      return at.fetch;
    }
    return startItem(m, t, item, at.fetch);
  },
}));
