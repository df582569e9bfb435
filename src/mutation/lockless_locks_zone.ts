/** The lockless function takes zone->lock, as if it refilled the list. */
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { BLOCK } from "../sim/operation.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Takes the lock of the first zone around each look at a list. */
export const locklessLocksZone: Mutation = {
  id: "lockless_locks_zone",
  summary: "the lockless function takes zone->lock",
  caughtBy: ["lockless_locks"],
  conditions: { cachedBlocks: 0, blockEntries: 4 },
  apply(machine) {
    wrap(machine, __rcu_alloc_page_lockless.at.walk, (original, m, t) => {
      if (!spin_lock_irqsave(m, t, 0)) return BLOCK;
      const next = original(m, t);
      spin_unlock(m, t, 0);
      return next;
    });
  },
};
