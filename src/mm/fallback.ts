/**
 * Fallback between migratetypes: which other type's block is taken, and whether its whole pageblock changes type. What
 * 6.10 and later do is in claim.ts. Everything here runs under zone->lock.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { cpuOf } from "../cpu/cpu.ts";
import { ALLOC, MAX_ORDER, MIGRATE } from "./gfp.ts";
import { pfnOfNode } from "./free_block.ts";
import {
  freeListHead,
  get_pageblock_migratetype,
  type Mm,
  NO_PAGE,
  set_pageblock_migratetype,
} from "./mm.ts";
import { __rmqueue_smallest, isSorted, move_to_free_list } from "./buddy.ts";
import { fallBack } from "./claim.ts";
import {
  alikePages,
  boostFor,
  can_steal_fallback,
  change_pageblock_range,
  firstFallback,
  get_page_from_free_area,
  move_freepages_block,
  prep_move_freepages_block,
} from "./pageblock.ts";

/**
 * Takes a block of the wanted type, or of another one after a steal, or NO_PAGE.
 *
 * @kernel mm/page_alloc.c __rmqueue 5.9
 */
export function __rmqueue(
  m: Mm,
  t: number,
  zone: number,
  order: number,
  migratetype: number,
  allocFlags: number,
): number {
  if (m.profile.cma && (allocFlags & ALLOC.CMA) !== 0) {
    // balance movable allocations between regular and CMA areas
    if (m.zone.nr_free_cma[zone]! > m.zone.nr_free_pages[zone]! >> 1) {
      const pfn = __rmqueue_smallest(m, zone, order, MIGRATE.CMA);
      if (pfn !== NO_PAGE) return pfn;
    }
  }
  for (;;) {
    let pfn = __rmqueue_smallest(m, zone, order, migratetype);
    if (pfn !== NO_PAGE) return pfn;
    if (m.profile.cma && (allocFlags & ALLOC.CMA) !== 0) {
      pfn = __rmqueue_smallest(m, zone, order, MIGRATE.CMA);
      if (pfn !== NO_PAGE) return pfn;
    }
    if (m.profile.fallback !== "moves") return fallBack(m, t, zone, order, migratetype, allocFlags);
    if (!__rmqueue_fallback(m, t, zone, order, migratetype, allocFlags)) return NO_PAGE;
  }
}

/**
 * Moves free pages of another type to the wanted one, largest blocks first. True when the wanted lists have a block
 * now.
 *
 * @kernel mm/page_alloc.c __rmqueue_fallback 5.9
 */
function __rmqueue_fallback(
  m: Mm,
  t: number,
  zone: number,
  order: number,
  start: number,
  allocFlags: number,
): boolean {
  const minOrder = (allocFlags & ALLOC.NOFRAGMENT) !== 0 ? m.profile.pageblock_order : order;
  for (let current = MAX_ORDER - 1; current >= minOrder; current--) {
    const type = firstFallback(m, zone, current, start);
    if (type < 0) continue;
    if (!can_steal_fallback(m, current, start) && start === MIGRATE.MOVABLE && current > order) {
      return stealSmallest(m, t, zone, order, start, allocFlags);
    }
    steal(m, t, zone, current, start, type, allocFlags);
    return true;
  }
  return false;
}

/** A movable request that cannot claim a pageblock takes the smallest block that fits, to spoil as little as it can. */
function stealSmallest(
  m: Mm,
  t: number,
  zone: number,
  order: number,
  start: number,
  allocFlags: number,
): boolean {
  for (let current = order; current < MAX_ORDER; current++) {
    const type = firstFallback(m, zone, current, start);
    if (type < 0) continue;
    steal(m, t, zone, current, start, type, allocFlags);
    return true;
  }
  return false;
}

function steal(
  m: Mm,
  t: number,
  zone: number,
  current: number,
  start: number,
  type: number,
  allocFlags: number,
): void {
  const pfn = get_page_from_free_area(m, zone, current, type);
  const canSteal = can_steal_fallback(m, current, start);
  steal_suitable_fallback(m, zone, pfn, current, start, allocFlags, canSteal);
  m.events.emit(EVENT.mm_page_alloc_extfrag, t, start, type, current);
}

/**
 * Takes over a block, and with it the free pages of its pageblock when enough of the block would be ours.
 *
 * @kernel mm/page_alloc.c steal_suitable_fallback 5.9
 */
function steal_suitable_fallback(
  m: Mm,
  zone: number,
  pfn: number,
  order: number,
  start: number,
  allocFlags: number,
  wholeBlock: boolean,
): void {
  const old = get_pageblock_migratetype(m, pfn);
  const pageblockOrder = m.profile.pageblock_order;
  if (old !== MIGRATE.HIGHATOMIC) {
    if (order >= pageblockOrder) {
      change_pageblock_range(m, pfn, order, start);
      return move_to_free_list(m, pfn, zone, order, start);
    }
    boostFor(m, zone, allocFlags);
    if (wholeBlock) return claimPageblock(m, zone, pfn, order, start, old);
  }
  move_to_free_list(m, pfn, zone, order, start);
}

function claimPageblock(m: Mm, zone: number, pfn: number, order: number, start: number, old: number): void {
  const counts = move_freepages_block(m, zone, pfn, start);
  const { free } = counts;
  if (free === 0) return move_to_free_list(m, pfn, zone, order, start);
  if (free + alikePages(m, counts, start, old) >= m.pageblockPages >> 1 || m.mobilityDisabled) {
    set_pageblock_migratetype(m, pfn, start);
  }
}

/**
 * Pages that a zone may set aside: 1 % of it and a pageblock; or that in whole pageblocks, and none where it is less
 * than one.
 */
function highatomicMax(m: Mm, zone: number): number {
  const share = Math.floor(m.zone.managed[zone]! / 100);
  if (!m.profile.highatomicAligned) return share + m.pageblockPages;
  return share < m.pageblockPages ? 0 : Math.ceil(share / m.pageblockPages) * m.pageblockPages;
}

/**
 * Tags the pageblock of a page HIGHATOMIC after an atomic high-order allocation, up to about 1 % of the zone.
 *
 * @kernel mm/page_alloc.c reserve_highatomic_pageblock 5.9, 6.8, 6.10
 */
export function reserve_highatomic_pageblock(m: Mm, zone: number, pfn: number): void {
  const { nr_reserved_highatomic } = m.zone;
  if (nr_reserved_highatomic[zone]! >= highatomicMax(m, zone)) return;
  const type = get_pageblock_migratetype(m, pfn);
  if (type === MIGRATE.HIGHATOMIC || type === MIGRATE.ISOLATE || type === MIGRATE.CMA) return;
  const order = m.page.order[pfn]!;
  if (isSorted(m) && order >= m.profile.pageblock_order) { // all pageblocks of the block, not only its first
    nr_reserved_highatomic[zone]! += 1 << order;
    return change_pageblock_range(m, pfn, order, MIGRATE.HIGHATOMIC);
  }
  // one that reaches over an end of the zone could not be moved whole
  if (isSorted(m) && prep_move_freepages_block(m, zone, pfn) === null) return;
  nr_reserved_highatomic[zone]! += m.pageblockPages;
  set_pageblock_migratetype(m, pfn, MIGRATE.HIGHATOMIC);
  move_freepages_block(m, zone, pfn, MIGRATE.HIGHATOMIC);
}

/**
 * Gives one HIGHATOMIC pageblock with free pages back to the type that needs it. True when one was found.
 *
 * @param highest Highest zone index that the request may use.
 * @param force Takes the last reserved pageblock of a zone, too.
 * @kernel mm/page_alloc.c unreserve_highatomic_pageblock 5.9
 */
export function unreserve_highatomic_pageblock(
  m: Mm,
  t: number,
  highest: number,
  migratetype: number,
  force: boolean,
): boolean {
  const zonelist = m.zonelists[m.cpuNodes[cpuOf(m, t)]!]!;
  const { nr_reserved_highatomic } = m.zone;
  for (let i = 0; i < zonelist.length; i++) {
    const zone = zonelist[i]!;
    if (m.zone.index[zone]! > highest) continue;
    if (!force && nr_reserved_highatomic[zone]! <= m.pageblockPages) continue;
    for (let order = 0; order < MAX_ORDER; order++) {
      const head = freeListHead(m, zone, order, MIGRATE.HIGHATOMIC);
      const node = m.link.next[head]!;
      if (node === head) continue;
      const pfn = pfnOfNode(m, node);
      if (isSorted(m) && order >= m.profile.pageblock_order) {
        unreserveBlock(m, zone, pfn, order, migratetype);
        return true;
      }
      if (get_pageblock_migratetype(m, pfn) === MIGRATE.HIGHATOMIC) {
        nr_reserved_highatomic[zone]! -= Math.min(m.pageblockPages, nr_reserved_highatomic[zone]!);
      }
      set_pageblock_migratetype(m, pfn, migratetype);
      if (move_freepages_block(m, zone, pfn, migratetype).free !== 0) return true;
    }
  }
  return false;
}

/** A free block of whole pageblocks leaves the reserve with all of them. */
function unreserveBlock(m: Mm, zone: number, pfn: number, order: number, migratetype: number): void {
  const { nr_reserved_highatomic } = m.zone;
  nr_reserved_highatomic[zone]! -= Math.min(1 << order, nr_reserved_highatomic[zone]!);
  change_pageblock_range(m, pfn, order, migratetype);
  move_to_free_list(m, pfn, zone, order, migratetype);
}
