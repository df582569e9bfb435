/** M26: a batch of callbacks that is cut short forgets those it has not invoked. */
import { BATCH } from "../rcu/batch.ts";
import { softirq } from "../rcu/core.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

const { CALLBACKS, INVOKED, LIMIT } = BATCH;

/** Drops what is left of a batch once its limit is reached, and makes the limit one. */
export const leftoversDropped: Mutation = {
  id: "M26",
  summary: "rcu_do_batch drops the callbacks that it has not invoked",
  caughtBy: ["all_freed", "progress"],
  conditions: { workload: "kfree_storm", threads: 4 },
  apply(machine) {
    wrap(machine, softirq.at.callbacks, (original, m, t) => {
      const r = frame(m, t);
      m.task.reg[r + LIMIT] = 1;
      if (m.task.reg[r + INVOKED]! >= 1) m.task.reg[r + CALLBACKS] = 0;
      return original(m, t);
    });
  },
};
