/**
 * Watermarks: how many pages a zone keeps back, from whom, and the test that every ordinary allocation must pass and
 * the lockless one does not make.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { ALLOC, GFP, MAX_NR_ZONES, MAX_ORDER, MIGRATE, MIGRATE_PCPTYPES } from "./gfp.ts";
import { list_empty } from "./list.ts";
import { freeListHead, type Mm } from "./mm.ts";

// copies that are not imported: docs/decisions.md, 23
const { CMA, HARDER, HIGH, OOM, WMARK_MASK, WMARK_MIN } = ALLOC;
const { CMA: CMA_TYPE, HIGHATOMIC } = MIGRATE;
const ZONES = MAX_NR_ZONES, ORDERS = MAX_ORDER, PCPTYPES = MIGRATE_PCPTYPES;

/** min, low and high of a zone, in pages. */
export type Watermarks = readonly [number, number, number];

/**
 * min_free_kbytes for the given amount of low memory, in kB.
 *
 * @kernel mm/page_alloc.c init_per_zone_wmark_min 5.9
 */
export function defaultMinFreeKbytes(lowmemKbytes: number): number {
  return Math.min(262144, Math.max(128, Math.floor(Math.sqrt(lowmemKbytes * 16))));
}

/**
 * Watermarks of every zone, in pages.
 *
 * @param managed Managed pages by zone; none of them is high memory.
 * @param minFreeKbytes min_free_kbytes, shared out by size.
 * @param scaleFactor watermark_scale_factor, in 1/10000 of a zone.
 * @kernel mm/page_alloc.c __setup_per_zone_wmarks 5.9
 */
export function setup_per_zone_wmarks(
  managed: readonly number[],
  minFreeKbytes: number,
  scaleFactor: number,
): Watermarks[] {
  const pagesMin = minFreeKbytes >> 2;
  const lowmem = managed.reduce((sum, pages) => sum + pages, 0);
  return managed.map((pages) => {
    const min = lowmem === 0 ? 0 : Math.floor(pagesMin * pages / lowmem);
    const step = Math.max(min >> 2, Math.floor(pages * scaleFactor / 10000));
    return [min, min + step, min + 2 * step];
  });
}

/**
 * lowmem_reserve of each zone of one node: row i holds the pages that zone i keeps from requests for zone j.
 *
 * @param managed Managed pages by zone index, 0 for a zone that is not there.
 * @param ratio lowmem_reserve_ratio by zone index.
 * @kernel mm/page_alloc.c setup_per_zone_lowmem_reserve 5.9.2
 */
export function setup_per_zone_lowmem_reserve(
  managed: readonly number[],
  ratio: readonly number[],
): number[][] {
  const reserve = Array.from({ length: ZONES }, () => new Array<number>(ZONES).fill(0));
  for (let j = 0; j < ZONES; j++) {
    let upper = managed[j]!;
    for (let i = j - 1; i >= 0; i--) {
      if (ratio[i]! < 1 || managed[i] === 0) continue;
      reserve[i]![j] = Math.floor(upper / ratio[i]!);
      upper += managed[i]!;
    }
  }
  return reserve;
}

/**
 * A watermark as readers see it, boost included, in pages.
 *
 * @kernel include/linux/mmzone.h wmark_pages 5.9
 */
export function wmark_pages(m: Mm, zone: number, which: number): number {
  return m.zone.watermark[zone * 3 + which]! + m.zone.watermark_boost[zone]!;
}

/**
 * Whether an atomic request may go below the mark by a quarter more, and have pageblocks set aside for it: from 6.3 on
 * it must have __GFP_HIGH, too, since there all requests that may not wait are HARDER.
 */
export function mayTakeReserve(m: Mm, allocFlags: number): boolean {
  return (allocFlags & HARDER) !== 0 && (!m.profile.reservesIncludeHighatomic || (allocFlags & HIGH) !== 0);
}

/** Whether a block of the HIGHATOMIC reserve will do. */
const ownsReserve = (m: Mm, allocFlags: number) => (allocFlags & OOM) !== 0 || mayTakeReserve(m, allocFlags);

/**
 * Pages of the HIGHATOMIC reserve that count as free: all of it, free or not, or what is free. The kernel counts this
 * as it comes and goes; here its lists are read, which are short and seldom hold anything.
 *
 * @kernel include/linux/mmzone.h nr_reserved_highatomic 5.9, nr_free_highatomic 6.12
 */
function highatomicPages(m: Mm, zone: number): number {
  const reserved = m.zone.nr_reserved_highatomic[zone]!;
  if (reserved === 0 || !m.profile.countsFreeHighatomic) return reserved;
  let pages = 0;
  for (let order = 0; order < ORDERS; order++) {
    const head = freeListHead(m, zone, order, HIGHATOMIC);
    for (let node = m.link.next[head]!; node !== head; node = m.link.next[node]!) pages += 1 << order;
  }
  return pages;
}

/** Pages that count as free but that this request may not have. */
function unusableFree(m: Mm, zone: number, order: number, allocFlags: number): number {
  let pages = (1 << order) - 1;
  if ((allocFlags & (HARDER | OOM)) === 0) pages += highatomicPages(m, zone);
  if (m.profile.cma && (allocFlags & CMA) === 0) pages += m.zone.nr_free_cma[zone]!;
  return pages;
}

/**
 * Whether a request would leave the zone above the mark.
 *
 * @param mark Pages that must stay free.
 * @param freePages Free pages as the caller has read them.
 * @kernel mm/page_alloc.c __zone_watermark_ok 5.9
 */
export function __zone_watermark_ok(
  m: Mm,
  zone: number,
  order: number,
  mark: number,
  highestZone: number,
  allocFlags: number,
  freePages: number,
): boolean {
  const free = freePages - unusableFree(m, zone, order, allocFlags);
  let min = mark;
  if ((allocFlags & HIGH) !== 0) min -= min >> 1;
  if ((allocFlags & OOM) !== 0) min -= min >> 1;
  else if (mayTakeReserve(m, allocFlags)) min -= min >> 2;
  if (free <= min + m.zone.lowmem_reserve[zone * ZONES + highestZone]!) return false;
  if (order === 0) return true;
  for (let o = order; o < ORDERS; o++) {
    if (m.zone.nr_free[zone * ORDERS + o] === 0) continue;
    for (let type = 0; type < PCPTYPES; type++) {
      if (!list_empty(m, freeListHead(m, zone, o, type))) return true;
    }
    if (
      m.profile.cma && (allocFlags & CMA) !== 0 && !list_empty(m, freeListHead(m, zone, o, CMA_TYPE))
    ) return true;
    if (!list_empty(m, freeListHead(m, zone, o, HIGHATOMIC)) && ownsReserve(m, allocFlags)) return true;
  }
  return false;
}

/**
 * The test of the fast path: the cheap comparison first, the full one when it fails, and for an atomic order-0 request
 * at MIN once more without the boost.
 *
 * @kernel mm/page_alloc.c zone_watermark_fast 5.9.2
 */
export function zone_watermark_fast(
  m: Mm,
  zone: number,
  order: number,
  mark: number,
  highestZone: number,
  allocFlags: number,
  gfp: number,
): boolean {
  const free = m.zone.nr_free_pages[zone]!;
  if (order === 0) {
    const usable = free - unusableFree(m, zone, 0, allocFlags);
    if (usable > mark + m.zone.lowmem_reserve[zone * ZONES + highestZone]!) return true;
  }
  if (__zone_watermark_ok(m, zone, order, mark, highestZone, allocFlags, free)) return true;
  const boosted = m.zone.watermark_boost[zone] !== 0;
  if (
    order === 0 && (gfp & GFP.ATOMIC) !== 0 && boosted && (allocFlags & WMARK_MASK) === WMARK_MIN
  ) {
    const min = m.zone.watermark[zone * 3]!;
    return __zone_watermark_ok(m, zone, order, min, highestZone, allocFlags, free);
  }
  return false;
}
