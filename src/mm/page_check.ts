/**
 * Sanity checks of pages on their way through the pcp lists. Which of the four places checks depends on the build:
 * DEBUG_VM checks at the user's side of the pcp, other builds at the buddy's side.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { nowNs, spend } from "../cpu/cpu.ts";
import { EVENT } from "../sim/events.ts";
import { type Mm, PAGE } from "./mm.ts";

const BAD = PAGE.badMapcount | PAGE.badForever;

/** Reports a minute, and how long it is quiet after the first of them. */
const BAD_REPORTS_MAX = 60;
const BAD_QUIET_NS = 60e9;

/**
 * Reports a page. One that was bad only by its mapcount is good at the next look, because the report resets the field;
 * any other badness stays. A report is long, and is printed where the page was met: with interrupts off on the paths
 * of the pcp lists.
 *
 * @kernel mm/page_alloc.c bad_page 5.9
 */
export function bad_page(m: Mm, t: number, pfn: number): void {
  const { vm } = m;
  m.page.flags[pfn] = m.page.flags[pfn]! & ~PAGE.badMapcount;
  vm.badReports[0]!++;
  m.events.emit(EVENT.badPage, t, pfn);
  if (vm.badShown[0] === BAD_REPORTS_MAX) {
    if (nowNs(m, t) < vm.badResumeNs[0]!) return;
    vm.badShown[0] = 0;
  }
  if (vm.badShown[0]!++ === 0) vm.badResumeNs[0] = nowNs(m, t) + BAD_QUIET_NS;
  spend(m, t, m.cost.badPageReport);
}

function isBad(m: Mm, t: number, pfn: number): boolean {
  if ((m.page.flags[pfn]! & BAD) === 0) return false;
  bad_page(m, t, pfn);
  return true;
}

/**
 * Pages on their way to a user are also looked at for hardware poison, which frees are not. A poisoned one is refused
 * every time without a word, and its mapcount is reset.
 *
 * @kernel mm/page_alloc.c check_new_page, check_new_page_bad 5.9
 */
function isBadNew(m: Mm, t: number, pfn: number): boolean {
  const flags = m.page.flags[pfn]!;
  if ((flags & PAGE.hwpoison) === 0) return isBad(m, t, pfn);
  m.page.flags[pfn] = flags & ~PAGE.badMapcount;
  return true;
}

const pageallocOn = (m: Mm) => m.profile.debugPagealloc && m.profile.debugPageallocEnabled;

/**
 * True when a page that leaves the pcp for a user is bad; checks only on DEBUG_VM builds or with debug_pagealloc on.
 *
 * @kernel mm/page_alloc.c check_new_pcp 5.9
 */
export function check_new_pcp(m: Mm, t: number, pfn: number): boolean {
  return (m.profile.debugVm || pageallocOn(m)) && isBadNew(m, t, pfn);
}

/**
 * True when a page that enters the pcp from the buddy lists is bad; DEBUG_VM builds leave that to check_new_pcp.
 *
 * @kernel mm/page_alloc.c check_pcp_refill 5.9
 */
export function check_pcp_refill(m: Mm, t: number, pfn: number): boolean {
  return (!m.profile.debugVm || pageallocOn(m)) && isBadNew(m, t, pfn);
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
  for (let p = pfn; p < pfn + (1 << order); p++) if (isBadNew(m, t, p)) return true;
  return false;
}

/** How a block that is freed is checked: every page of it is looked at and reported, also behind a bad one. */
export function checkPages(m: Mm, t: number, start: number, end: number): boolean {
  let bad = false;
  for (let p = start; p < end; p++) if (isBad(m, t, p)) bad = true;
  return bad;
}
