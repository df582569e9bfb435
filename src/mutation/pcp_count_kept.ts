/** M3: the lockless function takes a page and does not lower the count. */
import { cpuOf } from "../cpu/cpu.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { pcpOf } from "../mm/mm.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Puts the count back after the walk. */
export const pcpCountKept: Mutation = {
  id: "M3",
  summary: "the lockless function forgets to lower pcp->count",
  caughtBy: ["pcp_count", "kernel_bug"],
  conditions: { cachedBlocks: 0, blockEntries: 4, pcp: { high: 4000, batch: 5 } },
  apply(machine) {
    wrap(machine, __rcu_alloc_page_lockless.at.walk, (original, m, t) => {
      const before = m.pcp.count.slice();
      const next = original(m, t);
      for (let zone = 0; zone < m.nrZones; zone++) {
        const pcp = pcpOf(m, zone, cpuOf(m, t));
        m.pcp.count[pcp] = before[pcp]!;
      }
      return next;
    });
  },
};
