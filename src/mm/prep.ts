/**
 * What happens to a page between the lists and its user, on either way.
 *
 * @kernel mm/page_alloc.c prep_new_page, free_pages_prepare 5.9
 */
import { spend } from "../cpu/cpu.ts";
import { bugOn } from "../sim/model_bug.ts";
import { get_pageblock_migratetype, type Mm, PAGE, pageState, setPageState } from "./mm.ts";
import { checkPages, free_pcp_prepare } from "./page_check.ts";

/**
 * Hands a block to its user: the descriptor is reset and, with init_on_alloc, the memory cleared.
 *
 * @kernel mm/page_alloc.c prep_new_page 5.9
 */
export function prep_new_page(m: Mm, t: number, pfn: number, order: number): void {
  setPageState(m, pfn, PAGE.allocated); // badness stays: nothing here looks at it
  m.page.order[pfn] = order;
  spend(m, t, m.cost.prepPage + (m.profile.initOnAlloc ? m.cost.clearPage * (1 << order) : 0));
}

/**
 * Takes a block back from its user; false when it was bad and is dropped.
 *
 * @kernel mm/page_alloc.c free_pages_prepare 5.9
 */
export function free_pages_prepare(m: Mm, t: number, pfn: number, order: number): boolean {
  if (pageState(m, pfn) !== PAGE.allocated) bugOn(true, `page ${pfn} is freed but not allocated`);
  if (m.page.order[pfn] !== order) {
    bugOn(true, `page ${pfn} of order ${m.page.order[pfn]} is freed as order ${order}`);
  }
  spend(m, t, m.cost.freePrepare);
  if (isBadBlock(m, t, pfn, order)) {
    setPageState(m, pfn, PAGE.leaked);
    m.vm.leaked[0]! += 1 << order;
    return false;
  }
  m.page.flags[pfn] = m.page.flags[pfn]! & ~(PAGE.lru | PAGE.anon);
  m.page.migratetype[pfn] = get_pageblock_migratetype(m, pfn);
  return true;
}

/** The first page of a block that may go on a pcp list is only looked at where the build says so; all others always. */
function isBadBlock(m: Mm, t: number, pfn: number, order: number): boolean {
  if (order > m.profile.pcpOrderMax) return checkPages(m, t, pfn, pfn + (1 << order));
  const tail = order > 0 && checkPages(m, t, pfn + 1, pfn + (1 << order));
  return free_pcp_prepare(m, t, pfn) || tail;
}
