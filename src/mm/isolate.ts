/**
 * Isolating a pageblock: its free pages are put aside, and pages that are freed into it go there too, until it is whole
 * or given back.
 *
 * @kernel mm/page_isolation.c 5.9
 */
import { cpuOf } from "../cpu/cpu.ts";
import { MIGRATE } from "./gfp.ts";
import { move_freepages_block } from "./pageblock.ts";
import { freeOrder } from "./free_block.ts";
import { get_pageblock_migratetype, type Mm, page_zone, set_pageblock_migratetype } from "./mm.ts";
import { modFreePages } from "./vmstat.ts";

/**
 * Isolates the pageblock of a page; false when it is isolated already. Runs under zone->lock. Its pages that lie on
 * per-CPU lists stay there: the caller drains those.
 *
 * @kernel mm/page_isolation.c set_migratetype_isolate 5.9
 */
export function set_migratetype_isolate(m: Mm, t: number, pfn: number): boolean {
  const old = get_pageblock_migratetype(m, pfn);
  if (old === MIGRATE.ISOLATE) return false;
  const zone = page_zone(m, pfn);
  set_pageblock_migratetype(m, pfn, MIGRATE.ISOLATE);
  m.zone.nr_isolate_pageblock[zone]!++;
  const { free } = move_freepages_block(m, zone, pfn, MIGRATE.ISOLATE);
  modFreePages(m, cpuOf(m, t), zone, -free, old);
  return true;
}

/**
 * Gives an isolated pageblock back as one of the given type. Runs under zone->lock.
 *
 * @kernel mm/page_isolation.c unset_migratetype_isolate 5.9
 */
export function unset_migratetype_isolate(m: Mm, t: number, pfn: number, migratetype: number): void {
  if (get_pageblock_migratetype(m, pfn) !== MIGRATE.ISOLATE) return;
  const zone = page_zone(m, pfn);
  const { free } = move_freepages_block(m, zone, pfn, migratetype);
  modFreePages(m, cpuOf(m, t), zone, free, migratetype);
  set_pageblock_migratetype(m, pfn, migratetype);
  m.zone.nr_isolate_pageblock[zone]!--;
}

/**
 * First page of a range that is not free in the buddy lists, or -1 when the whole range is.
 *
 * @kernel mm/page_isolation.c test_pages_isolated 5.9
 */
export function test_pages_isolated(m: Mm, start: number, end: number): number {
  for (let p = start; p < end;) {
    const order = freeOrder(m, p);
    if (order < 0) return p;
    p += 1 << order;
  }
  return -1;
}
