/** A full rcu_free sheaf is kept as a source of objects without a grace period. */
import { kfree_rcu_sheaf, rcu_free_sheaf } from "../rcu/kfree_sheaf.ts";
import { call } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Runs the callback's work in the caller that fills the sheaf, and leaves the callback an empty one. */
export const sheafReusedAtOnce: Mutation = {
  id: "sheaf_reused_at_once",
  summary: "a full rcu_free sheaf goes to the barn without waiting for its readers",
  caughtBy: ["grace_period", "all_freed"],
  conditions: { strategy: "sheaf", profile: "v6_18", calls: 1000 },
  apply(machine) {
    wrap(machine, kfree_rcu_sheaf.at.start, (original, m, t) => {
      const queued = m.callback.queued.slice(m.sheafCallback);
      const next = original(m, t);
      const sent = queued.findIndex((was, s) => was === 0 && m.callback.queued[m.sheafCallback + s] !== 0);
      return sent < 0 ? next : call(m, t, rcu_free_sheaf.start, next, sent);
    });
  },
};
