/**
 * Wheel timers with jiffy resolution. They fire in the tick of the CPU that armed them, so an idle CPU must keep or
 * restart its tick for the earliest of them.
 */
import type { Cpus } from "./cpu.ts";

/** What a timer does when it fires. */
export const TIMER = { wakeTask: 0, queueWork: 1, queueHighWork: 2 } as const;

/**
 * Arms a timer to fire `jiffies` ticks from now on the given CPU; an armed timer is moved. The jiffy that is running
 * now does not count, because a timer must not fire early: the wheel rounds up by one.
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
  timer.cpu[id] = cpu;
  const expires = currentJiffies(m, cpu) + jiffies + 1;
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
  return m.timer.expires[id]! - 1 - currentJiffies(m, cpu);
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
