/**
 * Per-CPU page lists: taken from the head, refilled at the tail, freed to the head, drained from the tail. All
 * functions run with this CPU's interrupts off; the ones that touch free areas also under zone->lock.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { MIGRATE, MIGRATE_PCPTYPES } from "./gfp.ts";
import { list_add, list_add_tail, list_del } from "./list.ts";
import {
  get_pageblock_migratetype,
  type Mm,
  NO_PAGE,
  PAGE,
  page_zone,
  pcpListHead,
  pcpOf,
  setPageState,
} from "./mm.ts";
import { __free_one_page } from "./buddy.ts";
import { __rmqueue } from "./fallback.ts";
import { modFreePages } from "./vmstat.ts";
import { bulkfree_pcp_prepare, check_new_pcp, check_pcp_refill } from "./page_check.ts";

/**
 * Moves up to `count` pages from the buddy lists to the end of a pcp list; returns how many arrived. The pcp's count is
 * not changed here: the caller does that, as in the kernel.
 *
 * @kernel mm/page_alloc.c rmqueue_bulk 5.9
 */
export function rmqueue_bulk(
  m: Mm,
  t: number,
  zone: number,
  count: number,
  head: number,
  migratetype: number,
  allocFlags: number,
): number {
  const cpu = cpuOf(m, t);
  let taken = 0;
  let appended = 0;
  for (; taken < count; taken++) {
    const pfn = __rmqueue(m, t, zone, 0, migratetype, allocFlags);
    if (pfn === NO_PAGE) break;
    if (check_pcp_refill(m, t, pfn)) {
      leak(m, pfn); // a bad page is dropped, and still counts as taken from the free pages
      continue;
    }
    list_add_tail(m, pfn, head);
    setPageState(m, pfn, PAGE.pcp);
    appended++;
    if (get_pageblock_migratetype(m, pfn) === MIGRATE.CMA) m.zone.nr_free_cma[zone]!--;
  }
  modFreePages(m, cpu, zone, -taken, MIGRATE.UNMOVABLE);
  spend(m, t, taken * m.cost.refillPage);
  return appended;
}

/**
 * Takes the first good page of a list, or NO_PAGE when there is none: the caller refills then. Bad pages met are
 * dropped for good.
 *
 * @kernel mm/page_alloc.c __rmqueue_pcplist 5.9
 */
export function takeFromPcp(m: Mm, t: number, pcp: number, migratetype: number): number {
  const head = pcpListHead(m, pcp, migratetype);
  const { next } = m.link;
  for (;;) {
    const pfn = next[head]!;
    if (pfn === head) return NO_PAGE;
    list_del(m, pfn);
    m.pcp.count[pcp]!--;
    if (!check_new_pcp(m, t, pfn)) return pfn;
    leak(m, pfn);
  }
}

/** Drops a page for ever: it is on no list and nobody owns it. */
function leak(m: Mm, pfn: number): void {
  setPageState(m, pfn, PAGE.leaked);
  m.vm.leaked[0]!++;
}

/**
 * Puts a page at the head of its pcp list. True when the list has reached its high mark, so that the caller must
 * drain. The page's type is that of its pageblock; types without a list go on the MOVABLE one.
 *
 * @kernel mm/page_alloc.c free_unref_page_commit 5.9
 */
export function free_unref_page_commit(m: Mm, t: number, pfn: number): boolean {
  const zone = page_zone(m, pfn);
  const pcp = pcpOf(m, zone, cpuOf(m, t));
  const type = m.page.migratetype[pfn]!;
  m.vm.pgfree[0]!++;
  setPageState(m, pfn, PAGE.pcp);
  list_add(m, pfn, pcpListHead(m, pcp, type < MIGRATE_PCPTYPES ? type : MIGRATE.MOVABLE));
  const count = m.pcp.count[pcp]! + 1;
  m.pcp.count[pcp] = count;
  spend(m, t, m.cost.listTake);
  return count >= m.pcp.high[pcp]!;
}

/**
 * Frees up to `count` pages of a pcp to the buddy lists, oldest first, round robin over the types. Runs under
 * zone->lock; returns how many pages left the pcp.
 *
 * @kernel mm/page_alloc.c free_pcppages_bulk 5.9
 */
export function free_pcppages_bulk(m: Mm, t: number, zone: number, pcp: number, count: number): number {
  const { prev } = m.link;
  const before = m.pcp.count[pcp]!;
  const cpu = pcp % m.nrCpus;
  const isolated = m.zone.nr_isolate_pageblock[zone] !== 0;
  let left = Math.min(before, count);
  const total = left;
  let migratetype = 0;
  let batchFree = 0;
  while (left > 0) {
    let head: number;
    // each empty list passed raises the quota of the next one that is not, so that a full list is not starved
    do {
      batchFree++;
      if (++migratetype === MIGRATE_PCPTYPES) migratetype = 0;
      head = pcpListHead(m, pcp, migratetype);
    } while (prev[head] === head);
    if (batchFree === MIGRATE_PCPTYPES) batchFree = left;
    do {
      const pfn = prev[head]!;
      list_del(m, pfn);
      m.pcp.count[pcp]!--;
      if (bulkfree_pcp_prepare(m, t, pfn)) {
        leak(m, pfn);
      } else {
        const type = isolated ? get_pageblock_migratetype(m, pfn) : m.page.migratetype[pfn]!;
        __free_one_page(m, cpu, pfn, zone, 0, type);
      }
    } while (--left > 0 && --batchFree !== 0 && prev[head] !== head);
  }
  spend(m, t, total * m.cost.drainPage);
  m.events.emit(EVENT.drain, t, zone, total, before);
  return total;
}
