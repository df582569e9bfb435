/**
 * Classes of the model's locks, as lockdep has them: one for all locks of a kind, with its type. And which of them each
 * task holds.
 */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";

/** A class. */
export interface LockClass {
  /** The lock's name in the kernel. */
  readonly name: string;
  /** raw: spins everywhere; spin: a spinlock_t, which sleeps on PREEMPT_RT. */
  readonly type: "raw" | "spin";
}

/** All classes, by number. */
export const LOCK_CLASSES: readonly LockClass[] = [
  { name: "zone->lock", type: "spin" },
  { name: "krcp->lock", type: "raw" },
  { name: "n->list_lock", type: "spin" },
  { name: "depot_lock", type: "spin" },
  { name: "pcp->lock", type: "spin" },
  { name: "rq->lock", type: "raw" },
  { name: "barn->lock", type: "spin" },
];

/** Classes whose locks are raw. */
const RAW: readonly number[] = LOCK_CLASSES.flatMap(({ type }, i) => type === "raw" ? [i] : []);

/** Number of the class of each lock of a machine. */
export function lockClasses(m: Rcu): Uint8Array {
  return Uint8Array.from(m.lock.owner, (_, lock) => {
    if (lock < m.krcLock) return 0;
    if (lock < m.listLock) return 1;
    if (lock < m.depotLock) return 2;
    if (lock === m.depotLock) return 3;
    if (lock >= m.barnLock) return 6;
    if (lock >= m.rqLock) return 5;
    return 4;
  });
}

/** A lock as messages name it: its class and its number. */
export function lockName(m: Rcu, lock: number): string {
  return `${LOCK_CLASSES[lockClasses(m)[lock]!]!.name} (lock ${lock})`;
}

/** Counts what each task holds of each class, from the events of its locks. */
export class HeldLocks {
  /** Class of each lock. */
  readonly classOf: Uint8Array;
  /** Locks held, by task and class. */
  readonly held: Uint8Array;
  readonly #raw: Uint8Array;

  /** Holds nothing yet. */
  constructor(m: Rcu) {
    this.classOf = lockClasses(m);
    this.#raw = this.classOf.map((c) => RAW.includes(c) ? 1 : 0);
    this.held = new Uint8Array(m.nrTasks * LOCK_CLASSES.length);
  }

  /** Takes note of a lock that was taken or released; anything else is ignored. */
  note(kind: number, t: number, lock: number): void {
    const i = t * LOCK_CLASSES.length + this.classOf[lock]!;
    if (kind === EVENT.lockTaken) this.held[i]!++;
    else if (kind === EVENT.lockReleased) this.held[i]!--;
  }

  /** Name of a raw lock that the task holds, null for none. */
  rawOf(t: number): string | null {
    for (let i = 0; i < RAW.length; i++) {
      if (this.held[t * LOCK_CLASSES.length + RAW[i]!] !== 0) return LOCK_CLASSES[RAW[i]!]!.name;
    }
    return null;
  }

  /** Whether a lock is raw. */
  isRaw(lock: number): boolean {
    return this.#raw[lock] !== 0;
  }
}
