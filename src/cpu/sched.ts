/**
 * Sleeping, waking and switching. A wake-up that goes to another CPU happens at the waker's time: the woken task cannot
 * run earlier than that.
 */
import { bugOn, invariant } from "../sim/model_bug.ts";
import { LEVEL, TASK } from "../sim/task.ts";
import type { Cpus } from "./cpu.ts";
import { select_task_rq } from "./select_rq.ts";
import { place_entity, update_min_vruntime, wakeup_preempt_entity } from "./fair.ts";
import { armTimer, cancelTimer, TIMER } from "./timer.ts";

/** Wait channels: kind in the upper bits, index below, never 0. */
export const CHANNEL = {
  /** Waiters of a lock. */
  lock: 1 << 20,
  /** Worker of a pool, by pool. */
  pool: 2 << 20,
  /** Completion of a task. */
  completion: 3 << 20,
  /** The grace-period kthread. */
  gpKthread: 4 << 20,
  /** kswapd of a node. */
  kswapd: 5 << 20,
  /** Those who wait for an expedited grace period, or for their turn to run one. */
  expedited: 7 << 20,
  /** Those who wait for rcu_barrier: its turn, its callbacks, another CPU's answer. */
  barrier: 8 << 20,
  /** The kthread that waits for grace periods for a group of offloaded CPUs, by group. */
  nocbGp: 9 << 20,
  /** The kthread that invokes an offloaded CPU's callbacks, by CPU. */
  nocbCb: 10 << 20,
  /** Those who wait for their turn to drain the lists of a zone. */
  drain: 11 << 20,
  /** A plain sleep: only the timer wakes it. */
  timer: 6 << 20,
} as const;

/** Makes a sleeping task ready at the time of `waker`, on its CPU, or on the one that is chosen when it has none. */
export function wakeTask(m: Cpus, t: number, waker: number): void {
  const { task, cpu } = m;
  if (task.state[t] !== TASK.sleeping) return;
  const atNs = cpu.clockNs[task.cpu[waker]!]!;
  const allowed = m.roles.roams[t];
  if (allowed != null) migrate(m, t, select_task_rq(m, t, waker, allowed));
  task.waitOn[t] = 0;
  cancelTimer(m, t);
  const c = task.cpu[t]!;
  if (cpu.curr[c] === 0 && cpu.active[c * 4 + 1] === 0 && cpu.active[c * 4 + 2] === 0) leaveIdle(m, c, atNs);
  place_entity(m, c, t); // before it can run: it is none of those whose least time counts
  task.state[t] = TASK.ready;
  const curr = cpu.curr[c]! - 1;
  const isBetter = curr < 0 || task.high[t]! > task.high[curr]! ||
    (task.high[t] === task.high[curr] && wakeup_preempt_entity(m, curr, t));
  if (isBetter) cpu.needResched[c] = 1;
}

/**
 * Binds a task that sleeps to another CPU, where it has had as much more or less than others as it had here.
 *
 * @kernel kernel/sched/fair.c migrate_task_rq_fair 5.9
 */
function migrate(m: Cpus, t: number, to: number): void {
  const { task, cpu } = m;
  const from = task.cpu[t]!;
  update_min_vruntime(m, from);
  update_min_vruntime(m, to);
  task.vruntimeNs[t] = task.vruntimeNs[t]! - cpu.minVruntimeNs[from]! + cpu.minVruntimeNs[to]!;
  task.cpu[t] = to;
}

/**
 * Tasks that wait for a CPU that has gone down, and are not bound to it, go on elsewhere: they are woken again.
 *
 * @kernel kernel/sched/core.c migrate_tasks 5.9
 */
export function migrate_tasks(m: Cpus, t: number, dead: number): void {
  const { state, cpu } = m.task;
  for (const roamer of m.roles.threads[dead]!) {
    if (m.roles.roams[roamer] == null || cpu[roamer] !== dead || state[roamer] !== TASK.ready) continue;
    state[roamer] = TASK.sleeping;
    wakeTask(m, roamer, t);
  }
}

/** Wakes every task that sleeps on the channel. */
export function wakeAll(m: Cpus, channel: number, waker: number): void {
  const { state, waitOn } = m.task;
  for (let t = 0; t < m.nrTasks; t++) {
    if (state[t] === TASK.sleeping && waitOn[t] === channel) wakeTask(m, t, waker);
  }
}

/** Whether a pool is a node's, whose workers may run on any of its CPUs: those stand behind the CPUs' own. */
export function isUnbound(m: Cpus, pool: number): boolean {
  return pool >= m.nrCpus * 2;
}

/**
 * The idle worker of a pool that is woken for what is queued, -1 for none. A CPU's pool wants one that runs at a time:
 * that will take the item itself. A node's pool gives every item to a worker of its own.
 *
 * @kernel kernel/workqueue.c need_more_worker, first_idle_worker 5.9
 */
export function workerToWake(m: Cpus, pool: number): number {
  const { state, waitOn } = m.task;
  const workers = m.roles.workers[pool]!;
  let idle = -1;
  for (let i = workers.length - 1; i >= 0; i--) {
    const worker = workers[i]!;
    if (state[worker] === TASK.sleeping && waitOn[worker] === CHANNEL.pool + pool) idle = worker;
    else if (state[worker] !== TASK.sleeping && !isUnbound(m, pool)) return -1;
  }
  return idle;
}

/** Wakes a worker of a pool that something is queued on, if it wants one. */
export function wakeIdleWorker(m: Cpus, pool: number, waker: number): void {
  const worker = workerToWake(m, pool);
  if (worker >= 0) wakeTask(m, worker, waker);
}

/**
 * A worker sleeps in the middle of an item: another one takes what is queued.
 *
 * @kernel kernel/workqueue.c wq_worker_sleeping 5.9
 */
function wq_worker_sleeping(m: Cpus, t: number, pool: number): void {
  if (isUnbound(m, pool)) return; // others were woken when something was queued
  if (m.task.state[t] !== TASK.sleeping || m.task.waitOn[t] === CHANNEL.pool + pool) return;
  if (m.pool.head[pool] !== 0) wakeIdleWorker(m, pool, t);
}

/** Brings an idle CPU's clock to the present and starts its tick again. */
function leaveIdle(m: Cpus, c: number, atNs: number): void {
  const { cpu } = m;
  if (cpu.clockNs[c]! < atNs) {
    cpu.idleNs[c] = cpu.idleNs[c]! + atNs - cpu.clockNs[c]!;
    cpu.clockNs[c] = atNs;
    cpu.idleEntries[c]!++;
  }
  const next = (Math.floor(cpu.clockNs[c]! / m.tickNs) + 1) * m.tickNs;
  if (next < cpu.nextTickNs[c]!) cpu.nextTickNs[c] = next;
}

/** Sleeps for a number of jiffies or until the channel is woken; returns nothing, the section returns BLOCK. */
export function sleepJiffies(m: Cpus, t: number, channel: number, jiffies: number): void {
  m.task.state[t] = TASK.sleeping;
  m.task.waitOn[t] = channel;
  armTimer(m, t, TIMER.wakeTask, t, m.task.cpu[t]!, jiffies);
}

/**
 * A point at which the kernel lets other tasks run if one is better. Where time is not modelled, whether one is better
 * is the scheduler's choice.
 *
 * @kernel kernel/sched/core.c _cond_resched 5.9
 */
export function cond_resched(m: Cpus, t: number): void {
  const c = m.task.cpu[t]!;
  if (m.cpu.irqOff[c] !== 0 || m.cpu.preemptOff[c] !== 0 || m.task.level[t] !== LEVEL.task) return;
  if (m.cpu.needResched[c] !== 0 || !m.virtualTime) m.cpu.yields[c] = 1;
}

/** The current task goes on after a point at which it could have been switched away: schedule() chose it again. */
export function resumeSame(m: Cpus, t: number): void {
  const { cpu, task } = m;
  const c = task.cpu[t]!;
  if (cpu.curr[c] !== t + 1 || (cpu.yields[c] === 0 && cpu.needResched[c] === 0)) return;
  if (cpu.needResched[c] !== 0) m.noteContextSwitch(t);
  cpu.yields[c] = 0;
  cpu.needResched[c] = 0;
}

/** Puts task `t` on its CPU at its level, and tells RCU when another task had to leave. */
export function switchTo(m: Cpus, t: number): void {
  const { cpu, task } = m;
  const c = task.cpu[t]!;
  const level = task.level[t]!;
  if (level !== LEVEL.task) {
    cpu.active[c * 4 + level] = t + 1;
    return;
  }
  const curr = cpu.curr[c]!;
  if (curr === t + 1) return;
  if (curr !== 0) {
    if (cpu.irqOff[c] !== 0 || cpu.preemptOff[c] !== 0) {
      invariant(false, `task ${curr - 1} of CPU ${c} was preempted`);
    }
    m.noteContextSwitch(curr - 1);
  }
  cpu.curr[c] = t + 1;
  cpu.pickedAtNs[c] = task.vruntimeNs[t]!;
  cpu.needResched[c] = 0;
  cpu.yields[c] = 0;
}

/** Takes task `t` off its CPU: it sleeps or its operation has ended. */
export function switchFrom(m: Cpus, t: number): void {
  const { cpu, task } = m;
  const c = task.cpu[t]!;
  const level = task.level[t]!;
  if (level !== LEVEL.task) {
    if (cpu.active[c * 4 + level] === t + 1) cpu.active[c * 4 + level] = 0;
    if (m.virtualTime && cpu.curr[c] === 0) m.noteIdle(c);
    return;
  }
  if (cpu.curr[c] !== t + 1) return;
  if (cpu.irqOff[c] !== 0 || cpu.preemptOff[c] !== 0) {
    bugOn(true, `task ${t} of CPU ${c} slept in atomic context`);
  }
  m.noteContextSwitch(t);
  cpu.curr[c] = 0;
  cpu.yields[c] = 0;
  const pool = m.roles.poolOfTask[t]!;
  if (pool >= 0) wq_worker_sleeping(m, t, pool);
  if (m.virtualTime) m.noteIdle(c);
}
