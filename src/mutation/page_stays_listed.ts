/** M4: the lockless function returns a page without taking it off its list. */
import { cpuOf } from "../cpu/cpu.ts";
import { MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import { list_add } from "../mm/list.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { pcpListHead, pcpOf } from "../mm/mm.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Puts the page back where it was. */
export const pageStaysListed: Mutation = {
  id: "M4",
  summary: "the lockless function returns a page that stays on its list",
  caughtBy: ["pcp_count", "page_places", "kernel_bug", "block_places", "buddy_structure"],
  conditions: { cachedBlocks: 0, blockEntries: 4 },
  apply(machine) {
    wrap(machine, __rcu_alloc_page_lockless.at.walk, (original, m, t) => {
      const heads: number[] = [];
      for (let zone = 0; zone < m.nrZones; zone++) {
        const pcp = pcpOf(m, zone, cpuOf(m, t));
        for (let type = 0; type < MIGRATE_PCPTYPES; type++) heads.push(pcpListHead(m, pcp, type));
      }
      const firsts = heads.map((head) => m.link.next[head]!);
      const next = original(m, t);
      heads.forEach((head, i) => {
        if (m.link.next[head] !== firsts[i]) list_add(m, firsts[i]!, head);
      });
      return next;
    });
  },
};
