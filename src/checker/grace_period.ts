/**
 * An object is freed once, and only when every reader that ran at its kvfree_rcu() has ended; no other wait
 * for a grace period ends earlier either (I7).
 */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Compares the age of each freed object with that of the readers that still run. */
export const gracePeriod: Checker = {
  name: "grace_period",
  claim: "an object is freed once, and not while a reader runs that began before its kvfree_rcu(); " +
    "a wait for readers ends no earlier",
  attach(m: Rcu, report) {
    const queuedAt = new Float64Array(m.object.next.length);
    const readerSince = new Float64Array(m.nrTasks);
    const waitSince = new Float64Array(m.nrTasks);
    const readers: number[] = [];
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
            if (a === 1) readers.push(t);
            else readers.splice(readers.indexOf(t), 1);
            readerSince[t] = now;
          } else if (kind === EVENT.gracePeriodWait) {
            if (a === 1) waitSince[t] = now;
            else {
              const early = readers.find((reader) => readerSince[reader]! < waitSince[t]!);
              if (early !== undefined) {
                report(`task ${t}'s wait for readers ended while task ${early} still reads since before it`);
              }
            }
          } else if (kind === EVENT.objectFreed) {
            if (queuedAt[a] === 0) {
              report(`object ${a} is freed and nobody has given it to kvfree_rcu() since`);
            }
            for (let i = 0; i < readers.length; i++) {
              if (readerSince[readers[i]!]! < queuedAt[a]!) {
                report(
                  `object ${a} was freed while task ${readers[i]} still reads since before its kvfree_rcu()`,
                );
              }
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
