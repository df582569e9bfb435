/** NR_FREE_PAGES with all per-CPU differences is the number of pages in the free areas (I5). */
import { MAX_ORDER } from "../mm/gfp.ts";
import { zone_page_state_snapshot } from "../mm/vmstat.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Compares the counter with nr_free. */
export const freePages: Checker = {
  name: "free_pages",
  claim: "NR_FREE_PAGES equals the pages of the free blocks",
  attach: (m) => ({ examine: () => examine(m) }),
};

function examine(m: Rcu): string | null {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nr_isolate_pageblock[zone] !== 0) continue; // isolated pages are free and not counted
    let pages = 0;
    for (let order = 0; order < MAX_ORDER; order++) {
      pages += m.zone.nr_free[zone * MAX_ORDER + order]! << order;
    }
    const counted = zone_page_state_snapshot(m, zone);
    if (counted !== pages) return `zone ${zone}: NR_FREE_PAGES is ${counted} and ${pages} pages are free`;
  }
  return null;
}
