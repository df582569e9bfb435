/** An expedited grace period does not wait for readers that were preempted before it began. */
import { synchronize_rcu_expedited } from "../rcu/exp.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Forgets the blocked readers of each leaf as soon as the leaf has been selected. */
export const expeditedMissesReaders: Mutation = {
  id: "expedited_misses_readers",
  summary: "an expedited grace period does not wait for readers that were preempted before it",
  caughtBy: ["grace_period"],
  conditions: { threads: 4 },
  apply(machine) {
    wrap(machine, synchronize_rcu_expedited.at.select, (original, m, t) => {
      const next = original(m, t);
      m.rnp.exp_tasks.fill(0);
      m.rcuTask.blocksExp.fill(0);
      return next;
    });
  },
};
