/** The RFC's promise: the lockless function takes no lock at all, zone->lock above all. */
import { EVENT } from "../sim/events.ts";
import type { Checker } from "./checker.ts";
import { lockName } from "./lock_class.ts";

/** Watches for locks taken by a task that is inside the function. */
export const locklessLocks: Checker = {
  name: "lockless_locks",
  claim: "__rcu_alloc_page_lockless() takes no lock",
  attach(m, report) {
    const inside = new Uint8Array(m.nrTasks);
    return {
      listener: {
        kinds: [EVENT.locklessSpan, EVENT.lockTaken],
        onEvent(kind, t, a) {
          if (kind === EVENT.locklessSpan) inside[t] = a;
          else if (inside[t] !== 0) report(`task ${t} takes ${lockName(m, a)} in the lockless function`);
        },
      },
    };
  },
};
