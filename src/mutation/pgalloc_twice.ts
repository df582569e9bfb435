/** M32: the lockless function counts its page twice as allocated. */
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Doubles what the walk has added to PGALLOC. */
export const pgallocTwice: Mutation = {
  id: "M32",
  summary: "the lockless function counts PGALLOC twice",
  caughtBy: ["page_counters"],
  conditions: { cachedBlocks: 0, blockEntries: 4 },
  apply(machine) {
    wrap(machine, __rcu_alloc_page_lockless.at.walk, (original, m, t) => {
      const before = m.zone.pgalloc.slice();
      const next = original(m, t);
      m.zone.pgalloc.forEach((count, zone) => m.zone.pgalloc[zone] = 2 * count - before[zone]!);
      return next;
    });
  },
};
