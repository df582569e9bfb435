/** The work frees the blocks of a batch and forgets its rcu_head list. */
import { kfree_rcu_work, KFREE_WORK } from "../rcu/kfree_work.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

const { SLAB_BLOCKS, HEAD } = KFREE_WORK;

/** Drops the list of a batch that has blocks too. */
export const listForgotten: Mutation = {
  id: "list_forgotten",
  summary: "a batch with blocks loses its rcu_head list",
  caughtBy: ["all_freed"],
  conditions: { cachedBlocks: 0, blockEntries: 4, pcp: { high: 2, batch: 1 } },
  apply(machine) {
    wrap(machine, kfree_rcu_work.at.detach, (original, m, t) => {
      const next = original(m, t);
      const r = frame(m, t);
      if (m.task.reg[r + SLAB_BLOCKS] !== 0) m.task.reg[r + HEAD] = 0;
      return next;
    });
  },
};
