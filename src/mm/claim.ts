/**
 * Fallback between migratetypes from 6.10 on. A free block is always on the list of its pageblock's type: either the
 * pageblock changes its type with all that is free in it, or one block is taken and what is left of it stays on the
 * lists that it came from. It must never leave a free block on the lists of a type that its pageblock does not have.
 *
 * @kernel mm/page_alloc.c steal_suitable_fallback 6.12; __rmqueue_claim, __rmqueue_steal 6.18
 */
import { EVENT } from "../sim/events.ts";
import { __rmqueue_smallest, del_page_from_free_list, expand } from "./buddy.ts";
import { ALLOC, MAX_ORDER } from "./gfp.ts";
import { type Mm, NO_PAGE, set_pageblock_migratetype } from "./mm.ts";
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
 * Takes a block of another type's pages, from a pageblock that changes its type for it if there is one, or NO_PAGE.
 * 6.12 looks at the largest block only and else takes its page from that; 6.15 and later look at one block of every
 * order, and else take the smallest.
 */
export function fallBack(
  m: Mm,
  t: number,
  zone: number,
  order: number,
  start: number,
  allocFlags: number,
): number {
  const nofragment = (allocFlags & ALLOC.NOFRAGMENT) !== 0;
  const looksOn = m.profile.fallback === "claimsFirst";
  for (let current = MAX_ORDER - 1; current >= (nofragment ? m.profile.pageblock_order : order); current--) {
    const type = firstFallback(m, zone, current, start);
    if (type < 0) continue;
    if (!can_steal_fallback(m, current, start)) break; // and smaller blocks still less
    const first = get_page_from_free_area(m, zone, current, type);
    let pfn = try_to_claim_block(m, zone, first, current, order, start, type, allocFlags);
    if (pfn === NO_PAGE && looksOn) continue;
    if (pfn === NO_PAGE) pfn = page_del_and_expand(m, zone, first, order, current, type, start);
    m.events.emit(EVENT.mm_page_alloc_extfrag, t, start, type, current);
    return pfn;
  }
  return nofragment ? NO_PAGE : __rmqueue_steal(m, t, zone, order, start, allocFlags);
}

/**
 * Takes one block from the smallest of another type's that are large enough, or NO_PAGE.
 *
 * @kernel mm/page_alloc.c __rmqueue_steal 6.18
 */
function __rmqueue_steal(
  m: Mm,
  t: number,
  zone: number,
  order: number,
  start: number,
  allocFlags: number,
): number {
  for (let current = order; current < MAX_ORDER; current++) {
    const type = firstFallback(m, zone, current, start);
    if (type < 0) continue;
    // 6.12 boosts for every steal below the size of a pageblock
    if (m.profile.fallback === "largest") boostFor(m, zone, allocFlags);
    const first = get_page_from_free_area(m, zone, current, type);
    m.events.emit(EVENT.mm_page_alloc_extfrag, t, start, type, current);
    return page_del_and_expand(m, zone, first, order, current, type, start);
  }
  return NO_PAGE;
}

/**
 * Makes the pageblock of a free block one of the wanted type and takes a block from there; NO_PAGE when too little of
 * it would be of use.
 *
 * @kernel mm/page_alloc.c try_to_claim_block 6.18
 */
function try_to_claim_block(
  m: Mm,
  zone: number,
  pfn: number,
  current: number,
  order: number,
  start: number,
  type: number,
  allocFlags: number,
): number {
  if (current >= m.profile.pageblock_order) {
    change_pageblock_range(m, pfn, current, start);
    return page_del_and_expand(m, zone, pfn, order, current, start, start);
  }
  boostFor(m, zone, allocFlags);
  const counts = prep_move_freepages_block(m, zone, pfn);
  if (counts === null) return NO_PAGE;
  const enough = counts.free + alikePages(m, counts, start, type) >= m.pageblockPages >> 1;
  if (!enough && !m.mobilityDisabled) return NO_PAGE;
  move_freepages_block(m, zone, pfn, start);
  set_pageblock_migratetype(m, pfn, start);
  return __rmqueue_smallest(m, zone, order, start);
}

/**
 * Takes the first part of a free block; the rest goes to a type's lists.
 *
 * @kernel mm/page_alloc.c page_del_and_expand 6.12
 */
function page_del_and_expand(
  m: Mm,
  zone: number,
  pfn: number,
  order: number,
  current: number,
  rest: number,
  start: number,
): number {
  del_page_from_free_list(m, pfn, zone, current);
  expand(m, pfn, zone, order, current, rest);
  m.page.migratetype[pfn] = start;
  return pfn;
}
