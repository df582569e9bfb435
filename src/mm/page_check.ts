/**
 * Sanity checks of pages on their way through the pcp lists. Which of the four places checks depends on the build:
 * DEBUG_VM checks at the user's side of the pcp, other builds at the buddy's side.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { type Mm, PAGE } from "./mm.ts";

const BAD = PAGE.badMapcount | PAGE.badForever;

/**
 * Reports a page. One that was bad only by its mapcount is good at the next look, because the report resets the field;
 * any other badness stays.
 *
 * @kernel mm/page_alloc.c bad_page 5.9
 */
export function bad_page(m: Mm, t: number, pfn: number): void {
  m.page.flags[pfn] = m.page.flags[pfn]! & ~PAGE.badMapcount;
  m.vm.badReports[0]!++;
  m.events.emit(EVENT.badPage, t, pfn);
}

function isBad(m: Mm, t: number, pfn: number): boolean {
  if ((m.page.flags[pfn]! & BAD) === 0) return false;
  bad_page(m, t, pfn);
  return true;
}

const pageallocOn = (m: Mm) => m.profile.debugPagealloc && m.profile.debugPageallocEnabled;

/**
 * True when a page that leaves the pcp for a user is bad; checks only on DEBUG_VM builds or with debug_pagealloc on.
 *
 * @kernel mm/page_alloc.c check_new_pcp 5.9
 */
export function check_new_pcp(m: Mm, t: number, pfn: number): boolean {
  return (m.profile.debugVm || pageallocOn(m)) && isBad(m, t, pfn);
}

/**
 * True when a page that enters the pcp from the buddy lists is bad; DEBUG_VM builds leave that to check_new_pcp.
 *
 * @kernel mm/page_alloc.c check_pcp_refill 5.9
 */
export function check_pcp_refill(m: Mm, t: number, pfn: number): boolean {
  return (!m.profile.debugVm || pageallocOn(m)) && isBad(m, t, pfn);
}

/**
 * True when a page that a user frees is bad; checks only on DEBUG_VM builds or with debug_pagealloc on.
 *
 * @kernel mm/page_alloc.c free_pcp_prepare 5.9
 */
export function free_pcp_prepare(m: Mm, t: number, pfn: number): boolean {
  return (m.profile.debugVm || pageallocOn(m)) && isBad(m, t, pfn);
}

/**
 * True when a page that leaves the pcp for the buddy lists is bad; DEBUG_VM builds have checked it at free time.
 *
 * @kernel mm/page_alloc.c bulkfree_pcp_prepare 5.9
 */
export function bulkfree_pcp_prepare(m: Mm, t: number, pfn: number): boolean {
  return (!m.profile.debugVm || pageallocOn(m)) && isBad(m, t, pfn);
}

/**
 * True when a block of order > 0 taken from the buddy lists holds a bad page; always checked.
 *
 * @kernel mm/page_alloc.c check_new_pages 5.9
 */
export function check_new_pages(m: Mm, t: number, pfn: number, order: number): boolean {
  for (let p = pfn; p < pfn + (1 << order); p++) if (isBad(m, t, p)) return true;
  return false;
}

/** How a block that is freed is checked: every page of it is looked at and reported, also behind a bad one. */
export function checkPages(m: Mm, t: number, start: number, end: number): boolean {
  let bad = false;
  for (let p = start; p < end; p++) if (isBad(m, t, p)) bad = true;
  return bad;
}
