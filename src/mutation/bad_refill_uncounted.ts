/** M10: bad pages met by a refill are not taken off NR_FREE_PAGES. */
import { get_page_from_freelist } from "../mm/freelist.ts";
import { PAGE } from "../mm/mm.ts";
import { frame } from "../sim/task.ts";
import { type Mutable, type Mutation, wrap } from "./mutation.ts";

/** Register of get_page_from_freelist: zone. */
const ZONE_NO = 4;
/** One page in so many is bad. */
const BAD_EVERY = 97;

/** Counts only the pages that arrived. */
export const badRefillUncounted: Mutation = {
  id: "M10",
  summary: "NR_FREE_PAGES keeps the bad pages that a refill drops",
  caughtBy: ["free_pages"],
  // only order 0: the kernel itself miscounts a bad page of a larger block
  conditions: { workload: "kfree_storm", blockEntries: 4 },
  arrange({ m }: Mutable) {
    for (let pfn = 0; pfn < m.nrPages; pfn += BAD_EVERY) {
      m.page.flags[pfn] = m.page.flags[pfn]! | PAGE.badMapcount;
    }
  },
  apply(machine) {
    wrap(machine, get_page_from_freelist.at.refill, (original, m, t) => {
      const zone = m.task.reg[frame(m, t) + ZONE_NO]!;
      const before = m.vm.leaked[0]!;
      const next = original(m, t);
      m.zone.nr_free_pages[zone]! += m.vm.leaked[0]! - before;
      return next;
    });
  },
};
