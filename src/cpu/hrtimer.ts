/**
 * High-resolution timers: they fire in an interrupt of their own, at their time and not at the next tick. The timer
 * base's lock is raw, so one may be started wherever a raw lock is held; that is why kvfree_rcu() uses one to get out
 * of its caller's context before it wakes anybody.
 *
 * @kernel kernel/time/hrtimer.c 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { ret, TASK } from "../sim/task.ts";
import { cpuOf, type Cpus, nowNs, spend } from "./cpu.ts";
import { CHANNEL, wakeTask } from "./sched.ts";
import { poolOf, queue_work_on } from "./workqueue.ts";

/**
 * Starts a timer on the caller's CPU, to queue a work item there with high priority `delayNs` from now. A started
 * timer is moved.
 *
 * @kernel kernel/time/hrtimer.c hrtimer_start_range_ns 5.9
 */
export function hrtimer_start(m: Cpus, t: number, id: number, work: number, delayNs: number): void {
  m.hrtimer.work[id] = work;
  m.hrtimer.task[id] = 0;
  arm(m, t, id, delayNs);
}

/**
 * Lets a task sleep for a time that the tick does not round; the section returns what comes after.
 *
 * @kernel kernel/time/timer.c usleep_range 5.9
 */
export function usleep_range(m: Cpus, t: number, ns: number): void {
  const id = m.sleepHrtimer + t;
  m.hrtimer.work[id] = -1;
  m.hrtimer.task[id] = t + 1;
  arm(m, t, id, ns);
  m.task.state[t] = TASK.sleeping;
  m.task.waitOn[t] = CHANNEL.timer;
}

function arm(m: Cpus, t: number, id: number, delayNs: number): void {
  const { hrtimer } = m;
  const cpu = cpuOf(m, t);
  spend(m, t, m.cost.queueWork);
  hrtimer.armed[id] = 1;
  hrtimer.cpu[id] = cpu;
  // an event in less than the clock event device's least delta is programmed for that
  hrtimer.expiresNs[id] = nowNs(m, t) + Math.max(delayNs, m.cost.timerMinDelta);
  reprogram(m, cpu);
}

/** Tells the CPU when its earliest timer is due; Infinity when it has none. */
function reprogram(m: Cpus, cpu: number): void {
  const { armed, cpu: on, expiresNs } = m.hrtimer;
  let first = Infinity;
  for (let id = 0; id < armed.length; id++) {
    if (armed[id] !== 0 && on[id] === cpu && expiresNs[id]! < first) first = expiresNs[id]!;
  }
  m.cpu.hrtimerDueNs[cpu] = first;
}

/** The earliest timer of a CPU, -1 for none. */
function earliest(m: Cpus, cpu: number): number {
  const { armed, cpu: on, expiresNs } = m.hrtimer;
  for (let id = 0; id < armed.length; id++) {
    if (armed[id] !== 0 && on[id] === cpu && expiresNs[id] === m.cpu.hrtimerDueNs[cpu]) return id;
  }
  return -1;
}

/** The timer interrupt of a CPU: one timer a step, the earliest first. */
export const hrtimer_interrupt = operation<Cpus, "enter" | "expire">(
  "hrtimer_interrupt",
  { enter: TOUCHES.own, expire: TOUCHES.timer | TOUCHES.work | TOUCHES.task },
  (at) => ({
    enter(m, t) {
      spend(m, t, m.cost.interrupt);
      return at.expire;
    },
    expire(m, t) {
      const cpu = cpuOf(m, t);
      const due = m.cpu.hrtimerDueNs[cpu]!;
      if (due === Infinity || (m.virtualTime && due > nowNs(m, t))) return ret(m, t, 0);
      const id = earliest(m, cpu);
      m.hrtimer.armed[id] = 0;
      reprogram(m, cpu);
      if (m.hrtimer.task[id] !== 0) wakeTask(m, m.hrtimer.task[id]! - 1, t);
      else queue_work_on(m, t, m.hrtimer.work[id]!, poolOf(cpu, true));
      return at.expire;
    },
  }),
);
