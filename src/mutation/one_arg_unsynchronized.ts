/** M22: the one-argument form frees its object without waiting for a grace period. */
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { synchronize_rcu } from "../rcu/sync.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Leaves synchronize_rcu() out. */
export const oneArgUnsynchronized: Mutation = {
  id: "M22",
  summary: "kvfree() before synchronize_rcu() in the one-argument form",
  caughtBy: ["grace_period"],
  conditions: { strategy: "none", cachedBlocks: 0 },
  apply(machine) {
    const { gotPage, synchronized } = kvfree_call_rcu.at;
    wrap(machine, gotPage, (original, m, t) => {
      const next = original(m, t);
      if (next !== synchronize_rcu.start) return next;
      m.task.sp[t]!--; // back from the call that has not begun
      return synchronized;
    });
  },
};
