/**
 * Lock classes are taken in one order: if B was ever taken under A, then A is never taken under B, nor under anything
 * that was taken under B. What a single run shows in parts is put together, as lockdep does.
 */
import { EVENT } from "../sim/events.ts";
import type { Checker } from "./checker.ts";
import { HeldLocks, LOCK_CLASSES } from "./lock_class.ts";

const N = LOCK_CLASSES.length;

/** Whether `to` was taken under `from`, directly or by way of others. */
function leadsTo(under: Uint8Array, from: number, to: number, seen = new Set<number>()): boolean {
  if (under[from * N + to] === 1) return true;
  seen.add(from);
  for (let next = 0; next < N; next++) {
    if (under[from * N + next] === 1 && !seen.has(next) && leadsTo(under, next, to, seen)) return true;
  }
  return false;
}

/**
 * Watches the order of classes. Two locks of one class are not looked at, nor locks that are only tried.
 *
 * @kernel kernel/locking/lockdep.c check_prev_add 5.9
 */
export const lockOrder: Checker = {
  name: "lock_order",
  claim: "locks of different classes are always taken in the same order",
  attach(m, report) {
    const locks = new HeldLocks(m);
    const under = new Uint8Array(N * N);
    const take = (t: number, taken: number) => {
      for (let outer = 0; outer < N; outer++) {
        if (outer === taken || locks.held[t * N + outer] === 0 || under[outer * N + taken] === 1) continue;
        if (leadsTo(under, taken, outer)) {
          const [a, b] = [LOCK_CLASSES[taken]!.name, LOCK_CLASSES[outer]!.name];
          report(
            `possible circular locking: task ${t} takes ${a} under ${b}, and ${b} was taken under ${a} before`,
          );
        }
        under[outer * N + taken] = 1;
      }
    };
    return {
      listener: {
        kinds: [EVENT.lockTaken, EVENT.lockReleased],
        onEvent(kind, t, lock, _waited, tried) {
          if (kind === EVENT.lockTaken && tried === 0) take(t, locks.classOf[lock]!);
          locks.note(kind, t, lock);
        },
      },
    };
  },
};
