/**
 * Spinlocks. Under virtual time a section that takes and releases a lock leaves behind the time at which the lock
 * becomes free; the next one to take it waits for the difference. A lock held across sections has an owner, and who
 * wants it spins: it keeps its CPU until the owner releases.
 *
 * Who waits gets the lock in the order of coming, and nobody before the first of them: also not the one that has just
 * released it. On a host that has fewer cores than the machine has CPUs the first one may have no core, and who would
 * go on spins then: in a recorded storm on four CPUs with lists of 8 pages this takes 6.1 of 9.6 s, and of 390 drains
 * that waited together with two others or more, 383 came in order.
 */
import { EVENT } from "../sim/events.ts";
import { bugOn, invariant } from "../sim/model_bug.ts";
import { addRunTime, TASK } from "../sim/task.ts";
import { type Cpus, local_irq_restore, local_irq_save, spend } from "./cpu.ts";
import { CHANNEL } from "./sched.ts";

/** Whether the task has waited for the lock and is the one to take it now: its section has to, as nobody else can. */
export function comesNext(m: Cpus, t: number, lock: number): boolean {
  return m.lock.next[lock] === t + 1;
}

/**
 * Takes a lock. False means that somebody holds it or comes first: the task now spins, and the section must return
 * BLOCK having changed nothing. When it runs again it must come to this call again.
 *
 * @kernel kernel/locking/qspinlock.c queued_spin_lock_slowpath 5.9
 */
export function spin_lock(m: Cpus, t: number, lock: number): boolean {
  const { lock: l, cpu, task } = m;
  const next = l.next[lock]!;
  if ((l.owner[lock]! | l.keeper[lock]!) !== 0 || (next !== 0 && next !== t + 1)) return spin(m, t, lock);
  const c = task.cpu[t]!;
  const now = cpu.clockNs[c]!;
  const wait = l.freeAtNs[lock]! - now;
  if (wait > 0 && m.virtualTime) {
    l.waitNs[lock] = l.waitNs[lock]! + wait;
    l.contended[lock]!++;
    cpu.clockNs[c] = now + wait;
  }
  l.next[lock] = 0;
  take(m, t, lock, cpu.clockNs[c]!);
  spend(m, t, m.cost.lock);
  m.events.emit(EVENT.lockTaken, t, lock, wait > 0 ? wait : 0);
  return true;
}

/**
 * The same for a lock that interrupts take too: they are off while the task waits. From there on the section is one
 * piece, or turns them off itself.
 *
 * @kernel include/linux/spinlock_api_smp.h __raw_spin_lock_irqsave 5.9
 */
export function spin_lock_irqsave(m: Cpus, t: number, lock: number): boolean {
  const hasWaited = comesNext(m, t, lock);
  if (spin_lock(m, t, lock)) {
    if (hasWaited) local_irq_restore(m, t);
    return true;
  }
  if (!hasWaited) local_irq_save(m, t);
  return false;
}

/**
 * Takes a lock only if it is free now and nobody waits for it; never waits.
 *
 * @kernel include/linux/spinlock.h spin_trylock 5.9
 */
export function spin_trylock(m: Cpus, t: number, lock: number): boolean {
  const { lock: l } = m;
  const now = m.cpu.clockNs[m.task.cpu[t]!]!;
  spend(m, t, m.cost.lock);
  if ((l.owner[lock]! | l.keeper[lock]! | l.next[lock]!) !== 0) return false;
  if (m.virtualTime && l.freeAtNs[lock]! > now) return false;
  take(m, t, lock, now);
  m.events.emit(EVENT.lockTaken, t, lock, 0, 1);
  return true;
}

/**
 * Releases a lock and lets the first of those who spin for it try again.
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
  if (l.waiters[lock] !== 0) passOn(m, lock, now);
}

/**
 * The host takes the core from a CPU at `ns`: locks that it held then stay held, although the section that held them
 * has been run to its end.
 */
export function keepLocks(m: Cpus, c: number, ns: number): void {
  const { owner, keeper, cpu, takenNs, freeAtNs } = m.lock;
  for (let lock = 0; lock < m.keptLocks; lock++) {
    const held = cpu[lock] === c && owner[lock] === 0 && takenNs[lock]! <= ns && ns < freeAtNs[lock]!;
    if (held) keeper[lock] = c + 1;
  }
}

/** The CPU has a core again from `now` on: what it kept is free. */
export function freeKeptLocks(m: Cpus, c: number, now: number): void {
  const { lock: l, task } = m;
  for (let lock = 0; lock < m.keptLocks; lock++) {
    if (l.keeper[lock] !== c + 1) continue;
    l.keeper[lock] = 0;
    l.holdNs[lock] = l.holdNs[lock]! + now - l.freeAtNs[lock]!;
    l.freeAtNs[lock] = now;
    const next = l.next[lock]! - 1;
    if (next >= 0 && task.state[next] === TASK.spinning) letTry(m, lock, next, now);
    if (next < 0 && l.waiters[lock] !== 0) passOn(m, lock, now);
  }
}

function take(m: Cpus, t: number, lock: number, now: number): void {
  const { lock: l } = m;
  l.owner[lock] = t + 1;
  l.cpu[lock] = m.task.cpu[t]!;
  l.taken[lock]!++;
  l.takenNs[lock] = now;
}

/** Waits behind the others; who comes next keeps its place. */
function spin(m: Cpus, t: number, lock: number): false {
  const { lock: l, task } = m;
  const holder = l.owner[lock]! - 1;
  const c = task.cpu[t]!;
  bugOn(
    holder >= 0 && task.cpu[holder] === c,
    `possible recursive locking: CPU ${c} waits for lock ${lock}, which it holds`,
  );
  task.state[t] = TASK.spinning;
  task.waitOn[t] = CHANNEL.lock + lock;
  if (l.next[lock] === t + 1) return false;
  task.ahead[t] = l.waiters[lock]!++;
  l.contended[lock]!++;
  return false;
}

/** The lock is free for the first spinner only; all others come a place nearer. */
function passOn(m: Cpus, lock: number, now: number): void {
  const { lock: l, task } = m;
  l.waiters[lock]!--;
  for (let t = 0; t < m.nrTasks; t++) {
    if (task.state[t] !== TASK.spinning || task.waitOn[t] !== CHANNEL.lock + lock) continue;
    if (task.ahead[t]! > 0) task.ahead[t]!--;
    else {
      l.next[lock] = t + 1;
      letTry(m, lock, t, now);
    }
  }
}

/** Makes a spinner ready; the time it lost is charged to its CPU, and to itself: it ran. */
function letTry(m: Cpus, lock: number, t: number, now: number): void {
  const { lock: l, cpu, task } = m;
  task.state[t] = TASK.ready;
  task.waitOn[t] = 0;
  const c = task.cpu[t]!;
  const waited = now - cpu.clockNs[c]!;
  if (waited <= 0 || !m.virtualTime) return;
  l.waitNs[lock] = l.waitNs[lock]! + waited;
  cpu.clockNs[c] = now;
  addRunTime(m, t, waited);
}
