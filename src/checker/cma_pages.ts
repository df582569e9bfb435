/** NR_FREE_CMA_PAGES is the number of free pages that lie in CMA pageblocks, whatever list they are on (I6). */
import { freeOrder } from "../mm/free_block.ts";
import { MAX_ORDER, MIGRATE } from "../mm/gfp.ts";
import { get_pageblock_migratetype, page_zone } from "../mm/mm.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Compares the counter with the pages. */
export const cmaPages: Checker = {
  name: "cma_pages",
  claim: "NR_FREE_CMA_PAGES equals the free pages of CMA pageblocks",
  attach: (m) => m.profile.cma ? { examine: () => examine(m) } : {},
};

function examine(m: Rcu): string | null {
  const free = new Float64Array(m.nrZones);
  for (let pfn = 0; pfn < m.nrPages; pfn += m.pageblockPages) {
    if (get_pageblock_migratetype(m, pfn) !== MIGRATE.CMA) continue;
    free[page_zone(m, pfn)]! += freeIn(m, pfn);
  }
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nr_isolate_pageblock[zone] !== 0) continue; // isolated pages are free and not counted
    const counted = m.zone.nr_free_cma[zone]!;
    if (counted !== free[zone]) {
      return `zone ${zone}: NR_FREE_CMA_PAGES is ${counted} and ${
        free[zone]
      } pages of CMA pageblocks are free`;
    }
  }
  return null;
}

/** Free pages of a pageblock; a larger free block that it is part of covers all of it. */
function freeIn(m: Rcu, first: number): number {
  for (let order = m.profile.pageblock_order; order < MAX_ORDER; order++) {
    const head = first & ~((1 << order) - 1);
    const pages = freeOrder(m, head) < 0 ? 0 : 1 << freeOrder(m, head);
    if (pages >= m.pageblockPages && head + pages > first) return m.pageblockPages;
  }
  let free = 0;
  for (let pfn = first; pfn < first + m.pageblockPages; pfn++) {
    if (freeOrder(m, pfn) >= 0) free += 1 << freeOrder(m, pfn);
  }
  return free;
}
