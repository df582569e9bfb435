/** M17: taking a block from the cache does not lower nr_bkv_objs. */
import { cpuOf } from "../cpu/cpu.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Puts the count back when a caller has taken a block. */
export const cacheCountKept: Mutation = {
  id: "M17",
  summary: "get_cached_bnode does not lower nr_bkv_objs",
  caughtBy: ["block_places"],
  conditions: { blockEntries: 16 },
  apply(machine) {
    wrap(machine, kvfree_call_rcu.at.start, (original, m, t) => {
      const cpu = cpuOf(m, t);
      const before = m.krc.nr_bkv_objs[cpu]!;
      const next = original(m, t);
      if (m.krc.nr_bkv_objs[cpu]! < before) m.krc.nr_bkv_objs[cpu] = before;
      return next;
    });
  },
};
