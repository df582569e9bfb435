/**
 * The allocator without tasks taking turns: a whole allocation or free in one call, for replays of recorded traces and
 * for benchmarks of the model's own speed. It is made of the same functions as the operations; a test holds the two
 * against each other.
 */
import { cpuOf } from "../cpu/cpu.ts";
import { ALLOC, gfp_migratetype, gfp_zone, MIGRATE, ZONE } from "./gfp.ts";
import { __free_one_page } from "./buddy.ts";
import { __rmqueue } from "./fallback.ts";
import { firstFlags, nextAllowed, node_zonelist } from "./freelist.ts";
import { lruDelete } from "./lru.ts";
import { __rmqueue_lockless } from "./lockless.ts";
import { type Mm, NO_PAGE, PAGE, page_zone, pcpOf, setPageState } from "./mm.ts";
import { free_pcppages_bulk, free_unref_page_commit, listOf, refillList, takeFromPcp } from "./pcp.ts";
import { order_to_pindex } from "./pcp_policy.ts";
import { free_pages_prepare, prep_new_page } from "./prep.ts";
import { modFreePages, zone_statistics } from "./vmstat.ts";
import { wmark_pages, zone_watermark_fast } from "./watermark.ts";

/** `__rcu_alloc_page_lockless()` in one go: a page frame or NO_PAGE. */
export function locklessDirect(m: Mm, t: number): number {
  const zonelist = node_zonelist(m, t);
  for (let i = 0; i < zonelist.length; i++) {
    const zone = zonelist[i]!;
    if (m.zone.index[zone]! > ZONE.NORMAL) continue;
    const pfn = __rmqueue_lockless(m, t, zone);
    if (pfn === NO_PAGE) continue;
    m.zone.pgalloc[zone]!++;
    zone_statistics(m, cpuOf(m, t), zonelist[0]!, zone);
    prep_new_page(m, t, pfn, 0);
    return pfn;
  }
  return NO_PAGE;
}

/** The fast path of an allocation, at the low watermark: a page frame or NO_PAGE. */
export function allocDirect(m: Mm, t: number, gfp: number, order: number): number {
  const zonelist = node_zonelist(m, t);
  const highest = gfp_zone(gfp);
  const flags = firstFlags(m, t, gfp);
  const first = nextAllowed(m, zonelist, 0, highest);
  for (let i = first; i < zonelist.length; i = nextAllowed(m, zonelist, i + 1, highest)) {
    const zone = zonelist[i]!;
    const mark = wmark_pages(m, zone, ALLOC.WMARK_LOW);
    if (!zone_watermark_fast(m, zone, order, mark, highest, flags, gfp)) continue;
    const type = gfp_migratetype(gfp, m.mobilityDisabled);
    const pfn = order <= m.profile.pcpOrderMax
      ? takeDirect(m, t, zone, type, flags, order)
      : takeBlockDirect(m, t, zone, order, type, flags);
    if (pfn === NO_PAGE) continue;
    m.zone.pgalloc[zone]! += 1 << order;
    zone_statistics(m, cpuOf(m, t), zonelist[first]!, zone);
    prep_new_page(m, t, pfn, order);
    return pfn;
  }
  return NO_PAGE;
}

/** A page of this CPU's list of a type and order, refilled when it is empty. */
function takeDirect(m: Mm, t: number, zone: number, type: number, flags: number, order = 0): number {
  const pcp = pcpOf(m, zone, cpuOf(m, t));
  const pindex = order_to_pindex(type, order);
  m.pcpPolicy.onAlloc(m, pcp);
  for (;;) {
    const pfn = takeFromPcp(m, t, pcp, pindex);
    if (pfn !== NO_PAGE) return pfn;
    const got = refillList(m, t, zone, pcp, type, order, flags);
    if (got === 0) return NO_PAGE;
  }
}

function takeBlockDirect(m: Mm, t: number, zone: number, order: number, type: number, flags: number): number {
  const pfn = __rmqueue(m, t, zone, order, type, flags);
  if (pfn === NO_PAGE) return NO_PAGE;
  modFreePages(m, cpuOf(m, t), zone, -(1 << order), m.page.migratetype[pfn]!);
  setPageState(m, pfn, PAGE.allocated);
  return pfn;
}

/** Frees a block: order 0 to this CPU's lists with a drain when they are full, larger ones to the buddy lists. */
export function freeDirect(m: Mm, t: number, pfn: number, order: number): void {
  lruDelete(m, pfn);
  if (!free_pages_prepare(m, t, pfn, order)) return;
  const zone = page_zone(m, pfn);
  const type = m.page.migratetype[pfn]!;
  if (order > m.profile.pcpOrderMax || type === MIGRATE.ISOLATE) {
    m.vm.pgfree[0]! += 1 << order;
    __free_one_page(m, cpuOf(m, t), pfn, zone, order, type);
    return;
  }
  const drain = free_unref_page_commit(m, t, pfn, order);
  if (drain === 0) return;
  free_pcppages_bulk(m, t, zone, pcpOf(m, zone, cpuOf(m, t)), drain, listOf(m, pfn, order));
}
