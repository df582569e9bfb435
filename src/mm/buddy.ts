/**
 * Free areas: blocks are split when taken and merged when freed. Everything here runs under zone->lock.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { MAX_ORDER, MIGRATE, MIGRATE_PCPTYPES } from "./gfp.ts";
import { freeNode, markFree, pfnOfNode, unmarkFree } from "./free_block.ts";
import { list_add, list_add_tail, list_del } from "./list.ts";
import {
  freeListHead,
  get_pageblock_migratetype,
  type Mm,
  NO_PAGE,
  PAGE,
  page_zone,
  pageState,
  set_pageblock_migratetype,
  setPageState,
} from "./mm.ts";
import { modFreePages } from "./vmstat.ts";

/**
 * Puts a block at the head of a free list.
 *
 * @kernel mm/page_alloc.c add_to_free_list 5.9
 */
export function add_to_free_list(m: Mm, pfn: number, zone: number, order: number, migratetype: number): void {
  markFree(m, pfn, order);
  list_add(m, freeNode(m, pfn, order), freeListHead(m, zone, order, migratetype));
  m.zone.nr_free[zone * MAX_ORDER + order]!++;
}

/**
 * Puts a block at the end of a free list.
 *
 * @kernel mm/page_alloc.c add_to_free_list_tail 5.9
 */
function add_to_free_list_tail(
  m: Mm,
  pfn: number,
  zone: number,
  order: number,
  migratetype: number,
): void {
  markFree(m, pfn, order);
  list_add_tail(m, freeNode(m, pfn, order), freeListHead(m, zone, order, migratetype));
  m.zone.nr_free[zone * MAX_ORDER + order]!++;
}

/**
 * Moves a free block to the end of another type's list.
 *
 * @kernel mm/page_alloc.c move_to_free_list 5.9
 */
export function move_to_free_list(
  m: Mm,
  pfn: number,
  zone: number,
  order: number,
  migratetype: number,
): void {
  const node = freeNode(m, pfn, order);
  list_del(m, node);
  list_add_tail(m, node, freeListHead(m, zone, order, migratetype));
}

/**
 * Takes a free block off its list.
 *
 * @kernel mm/page_alloc.c del_page_from_free_list 5.9
 */
export function del_page_from_free_list(m: Mm, pfn: number, zone: number, order: number): void {
  list_del(m, freeNode(m, pfn, order));
  unmarkFree(m, pfn, order);
  m.zone.nr_free[zone * MAX_ORDER + order]!--;
}

/**
 * Splits a block down to `low`: the upper half goes back each time, so the caller keeps the lowest page frames.
 *
 * @kernel mm/page_alloc.c expand 5.9
 */
export function expand(
  m: Mm,
  pfn: number,
  zone: number,
  low: number,
  high: number,
  migratetype: number,
): void {
  for (let order = high - 1; order >= low; order--) {
    add_to_free_list(m, pfn + (1 << order), zone, order, migratetype);
  }
}

/**
 * Takes a block of the wanted type from the smallest order that has one, or NO_PAGE.
 *
 * @kernel mm/page_alloc.c __rmqueue_smallest 5.9
 */
export function __rmqueue_smallest(m: Mm, zone: number, order: number, migratetype: number): number {
  const { next } = m.link;
  for (let current = order; current < MAX_ORDER; current++) {
    const head = freeListHead(m, zone, current, migratetype);
    const node = next[head]!;
    if (node === head) continue;
    const pfn = pfnOfNode(m, node);
    del_page_from_free_list(m, pfn, zone, current);
    expand(m, pfn, zone, order, current, migratetype);
    m.page.migratetype[pfn] = migratetype;
    return pfn;
  }
  return NO_PAGE;
}

/** Whether the block at `buddy` can merge with a block of `order`, which is not the largest, in `zone`. */
function page_is_buddy(m: Mm, zone: number, buddy: number, order: number): boolean {
  return buddy < m.nrPages && pageState(m, buddy) === PAGE.buddy && m.page.order[buddy] === order &&
    page_zone(m, buddy) === zone;
}

/**
 * Frees a block and merges it as far as it goes; the merged block takes the type that the caller gives. `cpu` is the
 * CPU whose counter difference changes.
 *
 * @kernel mm/page_alloc.c __free_one_page 5.9
 */
export function __free_one_page(
  m: Mm,
  cpu: number,
  pfn: number,
  zone: number,
  order: number,
  migratetype: number,
): void {
  const pageblockOrder = m.profile.pageblock_order;
  setPageState(m, pfn, PAGE.none); // it may end as the tail of a larger block
  if (migratetype !== MIGRATE.ISOLATE) modFreePages(m, cpu, zone, 1 << order, migratetype);
  let limit = Math.min(MAX_ORDER, pageblockOrder + 1);
  for (;;) {
    while (order < limit - 1) {
      const buddy = pfn ^ (1 << order);
      if (!page_is_buddy(m, zone, buddy, order)) break;
      if (order >= pageblockOrder && isSorted(m)) set_pageblock_migratetype(m, buddy, migratetype);
      del_page_from_free_list(m, buddy, zone, order);
      pfn &= buddy;
      order++;
    }
    if (order < limit - 1 || limit >= MAX_ORDER) break;
    // above pageblock_order an isolated pageblock must not merge with one that is not
    if (m.zone.nr_isolate_pageblock[zone] !== 0) {
      const other = get_pageblock_migratetype(m, pfn ^ (1 << order));
      if (migratetype !== other && (migratetype === MIGRATE.ISOLATE || other === MIGRATE.ISOLATE)) break;
    }
    if (m.profile.mergesAlike && !isMergeable(m, pfn ^ (1 << order), migratetype)) break;
    limit++;
  }
  if (buddy_merge_likely(m, pfn, zone, order)) add_to_free_list_tail(m, pfn, zone, order, migratetype);
  else add_to_free_list(m, pfn, zone, order, migratetype);
}

/** Whether every free block is on the list of its pageblock's type. */
export const isSorted = (m: Mm) => m.profile.fallback !== "moves";

/**
 * Whether a block may merge with one of another pageblock: both are of its type, or of types that fall back to one
 * another.
 *
 * @kernel include/linux/mmzone.h migratetype_is_mergeable 5.18
 */
function isMergeable(m: Mm, buddy: number, migratetype: number): boolean {
  const other = get_pageblock_migratetype(m, buddy);
  return other === migratetype || (other < MIGRATE_PCPTYPES && migratetype < MIGRATE_PCPTYPES);
}

/**
 * Whether the buddy of the next larger block is free already: then a merge is near and the block goes to the tail.
 *
 * @kernel mm/page_alloc.c buddy_merge_likely 5.9
 */
function buddy_merge_likely(m: Mm, pfn: number, zone: number, order: number): boolean {
  if (order >= MAX_ORDER - 2) return false;
  const combined = pfn & ~(1 << order);
  return page_is_buddy(m, zone, combined ^ (1 << (order + 1)), order + 1);
}
