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
import { __free_one_page, isSorted } from "./buddy.ts";
import { takeInBulkOrder } from "./bulk_order.ts";
import { __rmqueue } from "./fallback.ts";
import { order_to_pindex, pindex_to_order } from "./pcp_policy.ts";
import { modFreePages } from "./vmstat.ts";
import { bulkfree_pcp_prepare, check_new_pcp, check_pcp_refill } from "./page_check.ts";

/**
 * Moves up to `count` blocks from the buddy lists to the end of a pcp list; returns how many arrived. The pcp's
 * count is not changed here: the caller does that, as in the kernel.
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
  order = 0,
): number {
  const cpu = cpuOf(m, t);
  let taken = 0;
  let appended = 0;
  for (; taken < count; taken++) {
    const pfn = __rmqueue(m, t, zone, order, migratetype, allocFlags);
    if (pfn === NO_PAGE) break;
    m.page.order[pfn] = order;
    if (check_pcp_refill(m, t, pfn)) {
      leak(m, pfn); // a bad page is dropped, and still counts as taken from the free pages
      continue;
    }
    list_add_tail(m, pfn, head);
    setPageState(m, pfn, PAGE.pcp);
    appended++;
    if (m.page.migratetype[pfn] === MIGRATE.CMA) m.zone.nr_free_cma[zone]! -= 1 << order;
  }
  modFreePages(m, cpu, zone, -(taken << order), MIGRATE.UNMOVABLE);
  spend(m, t, taken * m.cost.refillPage);
  return appended;
}

/**
 * Brings the version's number of blocks to an empty list and counts them; returns how many came. Runs under zone->lock.
 *
 * @param type Migratetype of the list.
 * @param order Order of the list's blocks.
 */
export function refillList(
  m: Mm,
  t: number,
  zone: number,
  pcp: number,
  type: number,
  order: number,
  allocFlags: number,
): number {
  const before = m.pcp.count[pcp]!;
  const count = m.pcpPolicy.refillCount(m, zone, pcp, order);
  const head = pcpListHead(m, pcp, order_to_pindex(type, order));
  const got = rmqueue_bulk(m, t, zone, count, head, type, allocFlags, order);
  m.pcp.count[pcp] = before + (got << order);
  m.events.emit(EVENT.refill, t, zone, got << order, before);
  return got;
}

/**
 * Takes the first good page of a list, or NO_PAGE when there is none: the caller refills then. Bad pages met are
 * dropped for good.
 *
 * @param pindex List: for order 0 the migratetype.
 * @kernel mm/page_alloc.c __rmqueue_pcplist 5.9
 */
export function takeFromPcp(m: Mm, t: number, pcp: number, pindex: number): number {
  const head = pcpListHead(m, pcp, pindex);
  const { next } = m.link;
  const pages = pindex < MIGRATE_PCPTYPES ? 1 : 1 << pindex_to_order(pindex);
  for (;;) {
    const pfn = next[head]!;
    if (pfn === head) return NO_PAGE;
    list_del(m, pfn);
    m.pcp.count[pcp]! -= pages;
    if (!check_new_pcp(m, t, pfn)) return pfn;
    leak(m, pfn);
  }
}

/** Drops a page for ever: it is on no list and nobody owns it. */
function leak(m: Mm, pfn: number): void {
  setPageState(m, pfn, PAGE.leaked);
  m.vm.leaked[0]! += 1 << m.page.order[pfn]!;
}

/**
 * Puts a page at the head of its pcp list; returns how many pages the caller must drain now, 0 for none. The page's
 * type is that of its pageblock; types without a list go on the MOVABLE one.
 *
 * @kernel mm/page_alloc.c free_unref_page_commit 5.9
 */
export function free_unref_page_commit(m: Mm, t: number, pfn: number, order = 0): number {
  const zone = page_zone(m, pfn);
  const pcp = pcpOf(m, zone, cpuOf(m, t));
  m.vm.pgfree[0]! += 1 << order;
  setPageState(m, pfn, PAGE.pcp);
  list_add(m, pfn, pcpListHead(m, pcp, listOf(m, pfn, order)));
  m.pcp.count[pcp]! += 1 << order;
  spend(m, t, m.cost.listTake);
  return m.pcpPolicy.drainCount(m, zone, pcp, order);
}

/** List that a freed page goes on. */
export function listOf(m: Mm, pfn: number, order: number): number {
  const type = m.page.migratetype[pfn]!;
  return order_to_pindex(type < MIGRATE_PCPTYPES ? type : MIGRATE.MOVABLE, order);
}

/**
 * Frees up to `count` pages of a pcp to the buddy lists, oldest first. Runs under zone->lock; returns how many pages
 * left the pcp.
 *
 * @param pindex List that versions with lists by order start with; 5.9 visits the types in turn.
 * @kernel mm/page_alloc.c free_pcppages_bulk 5.9, 6.1
 */
export function free_pcppages_bulk(
  m: Mm,
  t: number,
  zone: number,
  pcp: number,
  count: number,
  pindex = 0,
): number {
  const before = m.pcp.count[pcp]!;
  const wanted = Math.min(before, count);
  takeInBulkOrder(m, pcp, wanted, pindex, (head, order) => drainOldest(m, t, zone, pcp, head, order));
  const drained = before - m.pcp.count[pcp]!;
  spend(m, t, drained * m.cost.drainPage);
  m.events.emit(EVENT.drain, t, zone, drained, before);
  return drained;
}

/** Takes the oldest page of a list and gives it back to the buddy lists. */
function drainOldest(m: Mm, t: number, zone: number, pcp: number, head: number, order: number): void {
  const pfn = m.link.prev[head]!;
  list_del(m, pfn);
  m.pcp.count[pcp]! -= 1 << order;
  giveBack(m, t, zone, pcp, pfn, order);
}

/** Gives a page that has left its pcp list back to the buddy lists, unless it is bad. */
export function giveBack(m: Mm, t: number, zone: number, pcp: number, pfn: number, order: number): void {
  if (bulkfree_pcp_prepare(m, t, pfn)) return leak(m, pfn);
  const looks = m.zone.nr_isolate_pageblock[zone] !== 0 || isSorted(m);
  const type = looks ? get_pageblock_migratetype(m, pfn) : m.page.migratetype[pfn]!;
  __free_one_page(m, pcp % m.nrCpus, pfn, zone, order, type);
}
