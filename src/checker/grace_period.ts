/**
 * An object is freed once, and only when every reader that ran at its kvfree_rcu() has ended; no other wait
 * for a grace period ends earlier either (I7).
 */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Tasks that read, oldest first. Nothing is allocated while readers come and go. */
class Readers {
  readonly #task: Int32Array;
  readonly #since: Float64Array;
  #count = 0;

  constructor(tasks: number) {
    this.#task = new Int32Array(tasks);
    this.#since = new Float64Array(tasks);
  }

  enter(t: number, now: number): void {
    this.#task[this.#count++] = t;
    this.#since[t] = now;
  }

  leave(t: number): void {
    const task = this.#task;
    let i = 0;
    while (i < this.#count && task[i] !== t) i++;
    if (i === this.#count) return;
    this.#count--;
    for (; i < this.#count; i++) task[i] = task[i + 1]!;
  }

  /** A task that has read since before `then`, -1 for none. */
  before(then: number): number {
    for (let i = 0; i < this.#count; i++) {
      const t = this.#task[i]!;
      if (this.#since[t]! < then) return t;
    }
    return -1;
  }
}

/** Compares the age of each freed object with that of the readers that still run. */
export const gracePeriod: Checker = {
  name: "grace_period",
  claim: "an object is freed once, and not while a reader runs that began before its kvfree_rcu(); " +
    "a wait for readers ends no earlier",
  attach(m: Rcu, report) {
    const objects = m.object.next.length;
    const { buffer, offset } = m.memory.take(objects * Float64Array.BYTES_PER_ELEMENT);
    const queuedAt = new Float64Array(buffer, offset, objects);
    const waitSince = new Float64Array(m.nrTasks);
    const readers = new Readers(m.nrTasks);
    let now = 1;
    return {
      listener: {
        kinds: [
          EVENT.gracePeriodWait,
          EVENT.reader,
          EVENT.kvfreeQueued,
          EVENT.synchronizing,
          EVENT.objectFreed,
        ],
        onEvent(kind, t, a) {
          now++;
          if (kind === EVENT.reader) {
            if (a === 1) readers.enter(t, now);
            else readers.leave(t);
          } else if (kind === EVENT.gracePeriodWait) {
            if (a === 1) waitSince[t] = now;
            else {
              const early = readers.before(waitSince[t]!);
              if (early >= 0) {
                report(`task ${t}'s wait for readers ended while task ${early} still reads since before it`);
              }
            }
          } else if (kind === EVENT.objectFreed) {
            if (queuedAt[a] === 0) {
              report(`object ${a} is freed and nobody has given it to kvfree_rcu() since`);
            }
            const early = readers.before(queuedAt[a]!);
            if (early >= 0) {
              report(`object ${a} was freed while task ${early} still reads since before its kvfree_rcu()`);
            }
            queuedAt[a] = 0;
          } else {
            if (queuedAt[a] !== 0) report(`object ${a} was given to kvfree_rcu() twice`);
            queuedAt[a] = now;
          }
        },
      },
    };
  },
};
