/**
 * Spinlocks. Under virtual time a section that takes and releases a lock leaves behind the time at which the lock
 * becomes free; the next one to take it waits for the difference. A lock held across sections has an owner, and who
 * wants it spins: it keeps its CPU until the owner releases.
 */
import { EVENT } from "../sim/events.ts";
import { bugOn, invariant } from "../sim/model_bug.ts";
import { TASK } from "../sim/task.ts";
import { type Cpus, spend } from "./cpu.ts";
import { CHANNEL } from "./sched.ts";

/**
 * Takes a lock. False means that somebody holds it: the task now spins, and the section must return BLOCK having
 * changed nothing.
 *
 * @kernel include/linux/spinlock.h spin_lock 5.9
 */
export function spin_lock(m: Cpus, t: number, lock: number): boolean {
  const { lock: l, cpu, task } = m;
  const owner = l.owner[lock]!;
  const c = task.cpu[t]!;
  if (owner !== 0) {
    bugOn(
      task.cpu[owner - 1] === c,
      `possible recursive locking: CPU ${c} waits for lock ${lock}, which it holds`,
    );
    task.state[t] = TASK.spinning;
    task.waitOn[t] = CHANNEL.lock + lock;
    l.waiters[lock]!++;
    l.contended[lock]!++;
    return false;
  }
  const now = cpu.clockNs[c]!;
  const wait = l.freeAtNs[lock]! - now;
  if (wait > 0 && m.virtualTime) {
    l.waitNs[lock] = l.waitNs[lock]! + wait;
    l.contended[lock]!++;
    cpu.clockNs[c] = now + wait;
  }
  l.owner[lock] = t + 1;
  l.taken[lock]!++;
  l.takenNs[lock] = cpu.clockNs[c]!;
  spend(m, t, m.cost.lock);
  m.events.emit(EVENT.lockTaken, t, lock, wait > 0 ? wait : 0);
  return true;
}

/**
 * Takes a lock only if it is free now; never waits.
 *
 * @kernel include/linux/spinlock.h spin_trylock 5.9
 */
export function spin_trylock(m: Cpus, t: number, lock: number): boolean {
  const { lock: l } = m;
  const now = m.cpu.clockNs[m.task.cpu[t]!]!;
  spend(m, t, m.cost.lock);
  if (l.owner[lock] !== 0 || (m.virtualTime && l.freeAtNs[lock]! > now)) return false;
  l.owner[lock] = t + 1;
  l.taken[lock]!++;
  l.takenNs[lock] = now;
  m.events.emit(EVENT.lockTaken, t, lock, 0, 1);
  return true;
}

/**
 * Releases a lock and lets those who spin for it try again.
 *
 * @kernel include/linux/spinlock.h spin_unlock 5.9
 */
export function spin_unlock(m: Cpus, t: number, lock: number): void {
  const { lock: l, cpu, task } = m;
  if (l.owner[lock] !== t + 1) invariant(false, `task ${t} releases lock ${lock}, which it does not hold`);
  const now = cpu.clockNs[task.cpu[t]!]!;
  const held = now - l.takenNs[lock]!;
  l.owner[lock] = 0;
  l.freeAtNs[lock] = now;
  l.holdNs[lock] = l.holdNs[lock]! + held;
  m.events.emit(EVENT.lockReleased, t, lock, held);
  if (l.waiters[lock] !== 0) releaseSpinners(m, lock, now);
}

/** Makes every spinner ready; the time it lost is charged to its CPU. */
function releaseSpinners(m: Cpus, lock: number, now: number): void {
  const { lock: l, cpu, task } = m;
  l.waiters[lock] = 0;
  for (let t = 0; t < m.nrTasks; t++) {
    if (task.state[t] !== TASK.spinning || task.waitOn[t] !== CHANNEL.lock + lock) continue;
    task.state[t] = TASK.ready;
    task.waitOn[t] = 0;
    const c = task.cpu[t]!;
    const waited = now - cpu.clockNs[c]!;
    if (waited > 0 && m.virtualTime) {
      l.waitNs[lock] = l.waitNs[lock]! + waited;
      cpu.clockNs[c] = now;
    }
  }
}
