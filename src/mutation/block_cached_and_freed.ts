/** M16: a block that has gone into the cache is freed as well. */
import { __free_pages } from "../mm/free.ts";
import { kfree_rcu_work, KFREE_WORK } from "../rcu/kfree_work.ts";
import { call, frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

const { BNODE } = KFREE_WORK;

/** Frees the page of every block that was kept. */
export const blockCachedAndFreed: Mutation = {
  id: "M16",
  summary: "a block is both cached and freed",
  caughtBy: ["block_places", "page_places", "kernel_bug"],
  conditions: { blockEntries: 4 },
  apply(machine) {
    const { recycle, resched } = kfree_rcu_work.at;
    wrap(machine, recycle, (original, m, t) => {
      const b = m.task.reg[frame(m, t) + BNODE]!;
      const next = original(m, t);
      return next === resched ? call(m, t, __free_pages.start, resched, m.bnode.pfn[b]!, 0) : next;
    });
  },
};
