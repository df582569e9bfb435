/**
 * Wheel timers with jiffy resolution. They fire in the tick of the CPU that armed them, so an idle CPU must keep or
 * restart its tick for the earliest of them.
 */
import type { Cpus } from "./cpu.ts";

/** What a timer does when it fires. */
export const TIMER = { wakeTask: 0, queueWork: 1, queueHighWork: 2, queueUnboundWork: 3 } as const;

/** A level of the wheel has 64 slots, each of 8 times as many jiffies as one of the level below. */
const LVL_SIZE = 64, LVL_CLK_SHIFT = 3;

/**
 * Jiffy at which the wheel gets to a timer that must not fire before `asked`. The jiffy that is running now does not
 * count, and a timer far away is in a coarse slot: from 63 jiffies on it is up to 8 late, from 504 on up to 64.
 *
 * @kernel kernel/time/timer.c calc_wheel_index, calc_index 5.9
 */
export function calc_wheel_index(asked: number, now: number): number {
  let shift = 0;
  while (asked - now >= (LVL_SIZE - 1) << shift) shift += LVL_CLK_SHIFT;
  return ((asked >> shift) + 1) << shift;
}

/**
 * Arms a timer to fire no earlier than `jiffies` ticks from now on the given CPU; an armed timer is moved.
 *
 * @kernel kernel/time/timer.c mod_timer
 */
export function armTimer(
  m: Cpus,
  id: number,
  kind: number,
  target: number,
  cpu: number,
  jiffies: number,
): void {
  const { timer } = m;
  timer.armed[id] = 1;
  timer.kind[id] = kind;
  timer.target[id] = target;
  timer.asked[id] = currentJiffies(m, cpu) + jiffies;
  moveTimer(m, id, cpu);
}

/**
 * Puts an armed timer into the wheel of a CPU, for when it was asked for.
 *
 * @kernel kernel/time/timer.c migrate_timer_list 5.9
 */
export function moveTimer(m: Cpus, id: number, cpu: number): void {
  const { timer } = m;
  timer.cpu[id] = cpu;
  const expires = calc_wheel_index(timer.asked[id]!, currentJiffies(m, cpu));
  timer.expires[id] = expires;
  if (expires < m.cpu.next_expiry[cpu]!) {
    m.cpu.next_expiry[cpu] = expires;
    m.cpu.nextTimer[cpu] = id + 1;
  }
  const dueNs = expires * m.tickNs;
  if (dueNs < m.cpu.nextTickNs[cpu]!) m.cpu.nextTickNs[cpu] = dueNs;
}

/** Jiffies that an armed timer was still told to wait, as seen on a CPU. */
export function jiffiesLeft(m: Cpus, id: number, cpu: number): number {
  return m.timer.asked[id]! - currentJiffies(m, cpu);
}

/** Takes a timer back; nothing happens when it is not armed. */
export function cancelTimer(m: Cpus, id: number): void {
  m.timer.armed[id] = 0;
}

/** The jiffies counter as read on a CPU: its own clock's in virtual time, the global count otherwise. */
export function currentJiffies(m: Cpus, cpu: number): number {
  return m.virtualTime ? Math.floor(m.cpu.clockNs[cpu]! / m.tickNs) : m.clock.jiffies[0]!;
}

/** A timer of this CPU that is due, or -1. Every tick asks, so all are looked at only when one may be. */
export function dueTimer(m: Cpus, cpu: number): number {
  const now = currentJiffies(m, cpu);
  if (now < m.cpu.next_expiry[cpu]!) return -1;
  const { armed, expires, cpu: on } = m.timer;
  for (let id = 0; id < armed.length; id++) {
    if (armed[id] !== 0 && on[id] === cpu && expires[id]! <= now) return id;
  }
  noteNextExpiry(m, cpu);
  return -1;
}

/** Jiffy of the earliest timer of this CPU, Infinity for none. */
export function earliestTimer(m: Cpus, cpu: number): number {
  const { armed, expires, cpu: on } = m.timer;
  const first = m.cpu.next_expiry[cpu]!;
  const id = m.cpu.nextTimer[cpu]! - 1;
  // as long as the timer that was noted is armed for then, none can be earlier
  const known = id >= 0 && armed[id] !== 0 && on[id] === cpu && expires[id] === first;
  return known || first === Infinity ? first : noteNextExpiry(m, cpu);
}

/** Looks at all timers for the earliest of the CPU. */
function noteNextExpiry(m: Cpus, cpu: number): number {
  const { armed, expires, cpu: on } = m.timer;
  let first = Infinity;
  let next = -1;
  for (let id = 0; id < armed.length; id++) {
    if (armed[id] === 0 || on[id] !== cpu || expires[id]! >= first) continue;
    first = expires[id]!;
    next = id;
  }
  m.cpu.next_expiry[cpu] = first;
  m.cpu.nextTimer[cpu] = next + 1;
  return first;
}
