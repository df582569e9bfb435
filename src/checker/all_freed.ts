/** When the load is over and readers have ended, everything given to kvfree_rcu() has been freed (I10). */
import { EVENT } from "../sim/events.ts";
import type { Checker } from "./checker.ts";

/** Counts objects in and out. */
export const allFreed: Checker = {
  name: "all_freed",
  claim: "everything given to kvfree_rcu() is freed in the end",
  attach() {
    let queued = 0;
    let freed = 0;
    return {
      listener: {
        kinds: [EVENT.kvfreeQueued, EVENT.synchronizing, EVENT.objectFreed],
        onEvent(kind) {
          if (kind === EVENT.objectFreed) freed++;
          else queued++;
        },
      },
      examineEnd: () =>
        queued === freed ? null : `${queued} objects were given to kvfree_rcu() and ${freed} freed`,
    };
  },
};
