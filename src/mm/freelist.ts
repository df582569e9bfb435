/**
 * The allocation fast path: the first zone of the zonelist whose watermark holds gives a page, from this CPU's lists
 * for order 0, from the buddy lists otherwise.
 *
 * @kernel mm/page_alloc.c get_page_from_freelist, rmqueue 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { ALLOC, GFP, gfp_migratetype, gfp_zone, MIGRATE, ZONE } from "./gfp.ts";
import { type Mm, NO_PAGE, PAGE, pcpOf, setPageState } from "./mm.ts";
import { __rmqueue_smallest } from "./buddy.ts";
import { __rmqueue, reserve_highatomic_pageblock } from "./fallback.ts";
import { refillList, takeFromPcp } from "./pcp.ts";
import { enterPcp, keepPcp, leaveKeptPcp, leavePcp } from "./pcp_guard.ts";
import { order_to_pindex, ZONE_FLAG } from "./pcp_policy.ts";
import { check_new_pages } from "./page_check.ts";
import { prep_new_page } from "./prep.ts";
import { wakeup_kswapd } from "./kswapd_wake.ts";
import { modFreePages, zone_statistics } from "./vmstat.ts";
import { mayTakeReserve, wmark_pages, zone_watermark_fast } from "./watermark.ts";

/** Registers: arguments, then position in the zonelist, zone, preferred zone, page. */
const GFP_MASK = 0, ORDER = 1, FLAGS = 2, AT = 3, ZONE_NO = 4, PREFERRED = 5, PFN = 6;

/** Position of the first zone of the list that the request may use, from `from` on; the list's length for none. */
export function nextAllowed(m: Mm, zonelist: Int32Array, from: number, highest: number): number {
  let i = from;
  while (i < zonelist.length && m.zone.index[zonelist[i]!]! > highest) i++;
  return i;
}

/**
 * Zonelist of the CPU the task runs on.
 *
 * @kernel include/linux/gfp.h node_zonelist 5.9
 */
export function node_zonelist(m: Mm, t: number): Int32Array {
  return m.zonelists[m.cpuNodes[cpuOf(m, t)]!]!;
}

/** Counts a page or block as allocated from a zone. */
function countAllocation(m: Mm, t: number, r: number): void {
  const { reg } = m.task;
  const zone = reg[r + ZONE_NO]!;
  m.zone.pgalloc[zone]! += 1 << reg[r + ORDER]!;
  zone_statistics(m, cpuOf(m, t), reg[r + PREFERRED]!, zone);
  spend(m, t, m.cost.listTake);
  noteBoost(m, t, zone);
}

/** A steal has boosted the zone's watermarks: kswapd has to work for them. */
function noteBoost(m: Mm, t: number, zone: number): void {
  if (m.zone.boosted[zone] === 0) return;
  m.zone.boosted[zone] = 0;
  wakeup_kswapd(m, t, zone, 0, m.zone.index[zone]!);
}

function typeOf(m: Mm, r: number): number {
  return gfp_migratetype(m.task.reg[r + GFP_MASK]!, m.mobilityDisabled);
}

/** Arguments gfp, order, ALLOC flags; returns a page frame or NO_PAGE. */
export const get_page_from_freelist = operation<
  Mm,
  "start" | "zone" | "pcp" | "refill" | "buddy" | "prepare" | "reserve"
>(
  "get_page_from_freelist",
  {
    start: TOUCHES.own,
    zone: TOUCHES.watermark,
    pcp: TOUCHES.pcp | TOUCHES.page | TOUCHES.watermark | TOUCHES.task | TOUCHES.lock | TOUCHES.lru,
    refill: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task |
      TOUCHES.lru,
    buddy: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task |
      TOUCHES.lru,
    prepare: TOUCHES.page,
    reserve: TOUCHES.zone | TOUCHES.page | TOUCHES.lock,
  },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zonelist = node_zonelist(m, t);
      const first = nextAllowed(m, zonelist, 0, gfp_zone(reg[r + GFP_MASK]!));
      if (first === zonelist.length) return ret(m, t, NO_PAGE);
      reg[r + AT] = first;
      reg[r + PREFERRED] = zonelist[first]!;
      return at.zone;
    },
    // one zone's watermark, read without its lock
    zone(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zonelist = node_zonelist(m, t);
      const highest = gfp_zone(reg[r + GFP_MASK]!);
      const i = nextAllowed(m, zonelist, reg[r + AT]!, highest);
      if (i === zonelist.length || endsBefore(m, t, r, zonelist[i]!)) return endOfList(m, t, r, at.start);
      const zone = zonelist[i]!;
      const flags = reg[r + FLAGS]!;
      const order = reg[r + ORDER]!;
      reg[r + AT] = i + 1;
      reg[r + ZONE_NO] = zone;
      spend(m, t, m.cost.zoneCheck);
      if (!mayUse(m, r, zone, highest) && (flags & ALLOC.NO_WATERMARKS) === 0) return at.zone;
      const pcpAllowed = !m.profile.cma || (flags & ALLOC.CMA) !== 0 || typeOf(m, r) !== MIGRATE.MOVABLE;
      return order <= m.profile.pcpOrderMax && pcpAllowed ? at.pcp : at.buddy;
    },
    pcp(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const pcp = pcpOf(m, reg[r + ZONE_NO]!, cpuOf(m, t));
      if (!enterPcp(m, t, pcp)) return at.buddy; // an interrupted or remote owner has the lists
      m.pcpPolicy.onAlloc(m, pcp);
      const pfn = takeFromPcp(m, t, pcp, order_to_pindex(typeOf(m, r), reg[r + ORDER]!));
      if (pfn === NO_PAGE) {
        keepPcp(m, t);
        return at.refill;
      }
      leavePcp(m, t, pcp);
      return take(m, t, r, pfn, at.prepare);
    },
    // the lists have been protected since the one was found empty
    refill(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r + ZONE_NO]!;
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      const got = refillList(m, t, zone, pcp, typeOf(m, r), reg[r + ORDER]!, reg[r + FLAGS]!);
      spin_unlock(m, t, zone);
      const pfn = takeFromPcp(m, t, pcp, order_to_pindex(typeOf(m, r), reg[r + ORDER]!));
      if (pfn === NO_PAGE && got > 0) return at.refill; // every page of the refill was bad
      leaveKeptPcp(m, t, pcp);
      if (pfn !== NO_PAGE) return take(m, t, r, pfn, at.prepare);
      noteBoost(m, t, zone);
      return m.profile.pcpLocked ? at.buddy : at.zone; // 6.1 and later ask the buddy lists all the same
    },
    buddy(m, t) {
      const r = frame(m, t);
      const zone = m.task.reg[r + ZONE_NO]!;
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      const pfn = rmqueue_buddy(m, t, r, zone);
      spin_unlock(m, t, zone);
      return pfn === NO_PAGE ? at.zone : take(m, t, r, pfn, at.prepare);
    },
    prepare(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const order = reg[r + ORDER]!;
      prep_new_page(m, t, reg[r + PFN]!, order);
      if (order > 0 && mayTakeReserve(m, reg[r + FLAGS]!)) return at.reserve;
      return ret(m, t, reg[r + PFN]!);
    },
    reserve(m, t) {
      const r = frame(m, t);
      const zone = m.task.reg[r + ZONE_NO]!;
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      reserve_highatomic_pageblock(m, zone, m.task.reg[r + PFN]!);
      spin_unlock(m, t, zone);
      return ret(m, t, m.task.reg[r + PFN]!);
    },
  }),
);

/**
 * Whether the zone's watermark allows the request. Versions that tune the lists' limits note first whether the zone is
 * above its high mark, since the lists shrink when it is not.
 */
function mayUse(m: Mm, r: number, zone: number, highest: number): boolean {
  const tunes = m.pcp.high_min[pcpOf(m, zone, 0)] !== m.pcp.high_max[pcpOf(m, zone, 0)];
  if (tunes && (m.zone.flags[zone]! & ZONE_FLAG.BELOW_HIGH) === 0) {
    if (isAbove(m, r, zone, highest, ALLOC.WMARK_HIGH)) return true;
    m.zone.flags[zone]! |= ZONE_FLAG.BELOW_HIGH;
  }
  return isAbove(m, r, zone, highest, m.task.reg[r + FLAGS]! & ALLOC.WMARK_MASK);
}

function isAbove(m: Mm, r: number, zone: number, highest: number, which: number): boolean {
  const { reg } = m.task;
  const mark = wmark_pages(m, zone, which);
  return zone_watermark_fast(m, zone, reg[r + ORDER]!, mark, highest, reg[r + FLAGS]!, reg[r + GFP_MASK]!);
}

/** Keeps the page and counts it. */
function take(m: Mm, t: number, r: number, pfn: number, next: number): number {
  setPageState(m, pfn, PAGE.allocated);
  m.page.order[pfn] = m.task.reg[r + ORDER]!;
  m.task.reg[r + PFN] = pfn;
  countAllocation(m, t, r);
  return next;
}

/**
 * Whether the walk ends before this zone: a request for one node ends there, and under NOFRAGMENT a remote node is
 * worse than mixing pageblocks, so that the walk starts again without the flag.
 */
function endsBefore(m: Mm, t: number, r: number, zone: number): boolean {
  const { reg } = m.task;
  const nid = m.zone.nid[zone];
  if ((reg[r + GFP_MASK]! & GFP.THISNODE) !== 0 && nid !== m.cpuNodes[cpuOf(m, t)]) return true;
  return (reg[r + FLAGS]! & ALLOC.NOFRAGMENT) !== 0 && nid !== m.zone.nid[reg[r + PREFERRED]!];
}

/** No zone would give a page: once more without NOFRAGMENT if it was set, else fail. */
function endOfList(m: Mm, t: number, r: number, again: number): number {
  const { reg } = m.task;
  if ((reg[r + FLAGS]! & ALLOC.NOFRAGMENT) === 0) return ret(m, t, NO_PAGE);
  reg[r + FLAGS]! &= ~ALLOC.NOFRAGMENT;
  return again;
}

/**
 * Takes a block from the buddy lists under zone->lock, or NO_PAGE.
 *
 * @kernel mm/page_alloc.c rmqueue 5.9, rmqueue_buddy 6.13
 */
function rmqueue_buddy(m: Mm, t: number, r: number, zone: number): number {
  const { reg } = m.task;
  const order = reg[r + ORDER]!;
  const flags = reg[r + FLAGS]!;
  for (;;) {
    let pfn = NO_PAGE;
    if (order > 0 && mayTakeReserve(m, flags)) {
      pfn = __rmqueue_smallest(m, zone, order, MIGRATE.HIGHATOMIC);
    }
    if (pfn === NO_PAGE) pfn = __rmqueue(m, t, zone, order, typeOf(m, r), flags);
    if (
      pfn === NO_PAGE && m.profile.reservesIncludeHighatomic && (flags & (ALLOC.HARDER | ALLOC.OOM)) !== 0
    ) {
      pfn = __rmqueue_smallest(m, zone, order, MIGRATE.HIGHATOMIC);
    }
    if (pfn === NO_PAGE) return NO_PAGE;
    spend(m, t, m.cost.refillPage);
    if (!check_new_pages(m, t, pfn, order)) {
      modFreePages(m, cpuOf(m, t), zone, -(1 << order), m.page.migratetype[pfn]!);
      return pfn;
    }
    // dropped like a page of a refill, but here nobody takes it off NR_FREE_PAGES
    setPageState(m, pfn, PAGE.leaked);
    m.page.order[pfn] = order;
    m.vm.leaked[0]! += 1 << order;
  }
}

/**
 * ALLOC flags of the first attempt: the low watermark, kswapd allowed, and no mixing of pageblocks when a lower zone
 * could serve instead.
 *
 * @kernel mm/page_alloc.c prepare_alloc_pages, alloc_flags_nofragment 5.9
 */
export function firstFlags(m: Mm, t: number, gfp: number): number {
  const zonelist = node_zonelist(m, t);
  return flagsFrom(m, gfp, zonelist[nextAllowed(m, zonelist, 0, gfp_zone(gfp))]);
}

/** The same for a request whose first zone is known, undefined for none. */
export function flagsFrom(m: Mm, gfp: number, first: number | undefined): number {
  let flags: number = ALLOC.WMARK_LOW | (gfp & ALLOC.KSWAPD);
  if (gfp_migratetype(gfp, m.mobilityDisabled) === MIGRATE.MOVABLE) flags |= ALLOC.CMA;
  if (!m.profile.zoneDma32) return flags;
  if (first === undefined || m.zone.index[first] !== ZONE.NORMAL) return flags;
  const below = m.zone.nid[first - 1] === m.zone.nid[first] && m.zone.index[first - 1] === ZONE.DMA32 &&
    m.zone.managed[first - 1]! > 0;
  if (m.geometry.distance.length > 1 && !below) return flags;
  return flags | ALLOC.NOFRAGMENT;
}
