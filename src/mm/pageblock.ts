/**
 * Pageblocks: which types lend one another pages, when a whole pageblock changes type, and moving its free pages with
 * it. Everything here runs under zone->lock.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { ALLOC, MAX_ORDER, MIGRATE } from "./gfp.ts";
import { freeOrder, pfnOfNode } from "./free_block.ts";
import { list_empty } from "./list.ts";
import { freeListHead, type Mm, PAGE, page_zone, set_pageblock_migratetype } from "./mm.ts";
import { move_to_free_list } from "./buddy.ts";

/** Types to fall back to, in order, by wanted type. */
export const fallbacks: readonly (readonly number[])[] = [
  [MIGRATE.RECLAIMABLE, MIGRATE.MOVABLE],
  [MIGRATE.RECLAIMABLE, MIGRATE.UNMOVABLE],
  [MIGRATE.UNMOVABLE, MIGRATE.MOVABLE],
];

/** First type of the row that has a free block of the order, -1 for none. */
export function firstFallback(m: Mm, zone: number, order: number, start: number): number {
  if (m.zone.nr_free[zone * MAX_ORDER + order] === 0) return -1;
  const table = fallbacks[start]!;
  for (let i = 0; i < table.length; i++) {
    if (!list_empty(m, freeListHead(m, zone, order, table[i]!))) return table[i]!;
  }
  return -1;
}

/**
 * First block of a free list that is not empty.
 *
 * @kernel mm/page_alloc.c get_page_from_free_area 5.9
 */
export function get_page_from_free_area(m: Mm, zone: number, order: number, migratetype: number): number {
  return pfnOfNode(m, m.link.next[freeListHead(m, zone, order, migratetype)]!);
}

/**
 * Gives all pageblocks of a block a type.
 *
 * @kernel mm/page_alloc.c change_pageblock_range 5.9
 */
export function change_pageblock_range(m: Mm, pfn: number, order: number, migratetype: number): void {
  for (let p = pfn; p < pfn + (1 << order); p += m.pageblockPages) {
    set_pageblock_migratetype(m, p, migratetype);
  }
}

/**
 * Whether a block of this order may make its whole pageblock change type.
 *
 * @kernel mm/page_alloc.c can_steal_fallback 5.9
 */
export function can_steal_fallback(m: Mm, order: number, start: number): boolean {
  const pageblockOrder = m.profile.pageblock_order;
  return order >= pageblockOrder || order >= pageblockOrder >> 1 || start === MIGRATE.RECLAIMABLE ||
    start === MIGRATE.UNMOVABLE || m.mobilityDisabled;
}

/** What a pageblock holds: free pages, and allocated ones that can be moved. */
export interface PageblockCounts {
  readonly free: number;
  readonly movable: number;
}

/** Stands for a type: free blocks stay where they are. */
const STAY = -1;

/** Counts what lies between two page frames of a zone, and moves free blocks to a type's lists. */
function scan(m: Mm, from: number, end: number, migratetype: number): PageblockCounts {
  let free = 0;
  let movable = 0;
  for (let p = from; p < end;) {
    const order = freeOrder(m, p);
    if (order < 0) {
      if ((m.page.flags[p]! & PAGE.lru) !== 0) movable++;
      p++;
      continue;
    }
    if (migratetype !== STAY) move_to_free_list(m, p, page_zone(m, p), order, migratetype);
    p += 1 << order;
    free += 1 << order;
  }
  return { free, movable };
}

/**
 * Moves every free block of a pageblock to a type's lists, counting free pages and movable allocated ones.
 *
 * @kernel mm/page_alloc.c move_freepages_block 5.9
 */
export function move_freepages_block(m: Mm, zone: number, pfn: number, migratetype: number): PageblockCounts {
  const first = pfn - pfn % m.pageblockPages;
  const end = first + m.pageblockPages;
  // a pageblock that reaches over the zone's start is scanned from the page itself; over its end, not at all
  if (end > m.zone.endPfn[zone]!) return { free: 0, movable: 0 };
  return scan(m, first < m.zone.startPfn[zone]! ? pfn : first, end, migratetype);
}

/**
 * Counts a pageblock and moves nothing; null when it reaches over an end of the zone.
 *
 * @kernel mm/page_alloc.c prep_move_freepages_block 6.10
 */
export function prep_move_freepages_block(m: Mm, zone: number, pfn: number): PageblockCounts | null {
  const first = pfn - pfn % m.pageblockPages;
  const end = first + m.pageblockPages;
  if (first < m.zone.startPfn[zone]! || end > m.zone.endPfn[zone]!) return null;
  return scan(m, first, end, STAY);
}

/**
 * Pages of a pageblock that would be compatible with a new type: movable ones, or those that are not when a movable
 * pageblock is taken.
 */
export function alikePages(m: Mm, counts: PageblockCounts, start: number, old: number): number {
  if (start === MIGRATE.MOVABLE) return counts.movable;
  return old === MIGRATE.MOVABLE ? m.pageblockPages - (counts.free + counts.movable) : 0;
}

/**
 * Raises the zone's watermarks for a while, so that kswapd frees pages and less mixing is needed. False when boosts
 * are off or the zone too small for one.
 *
 * @kernel mm/page_alloc.c boost_watermark 5.11
 */
function boost_watermark(m: Mm, zone: number): boolean {
  const { watermark, watermark_boost, managed } = m.zone;
  const factor = m.profile.watermark_boost_factor;
  if (factor === 0 || m.pageblockPages * 4 > managed[zone]!) return false;
  const limit = Math.floor(watermark[zone * 3 + 2]! * factor / 10000);
  if (limit === 0) return false;
  const most = Math.max(m.pageblockPages, limit);
  watermark_boost[zone] = Math.min(watermark_boost[zone]! + m.pageblockPages, most);
  return true;
}

/** Boosts the watermarks for a steal; who may wake kswapd does so with the page in hand. */
export function boostFor(m: Mm, zone: number, allocFlags: number): void {
  const wakes = boost_watermark(m, zone) || m.profile.stealWakesUnboosted;
  if (wakes && (allocFlags & ALLOC.KSWAPD) !== 0) m.zone.boosted[zone] = 1;
}
