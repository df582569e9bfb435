/**
 * The slow path: wake kswapd, lower the mark, reclaim, drain everybody's lists, retry, and at the end kill.
 * Compaction is not modelled (README, "What the model leaves out").
 *
 * @kernel mm/page_alloc.c __alloc_pages_slowpath 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cond_resched } from "../cpu/sched.ts";
import {
  ALLOC,
  GFP,
  gfp_migratetype,
  gfp_zone,
  MAX_RECLAIM_RETRIES,
  MIGRATE,
  PAGE_ALLOC_COSTLY_ORDER,
  SWAP_CLUSTER_MAX,
  ZONE,
} from "./gfp.ts";
import { drain_all_pages } from "./drain.ts";
import { unreserve_highatomic_pageblock } from "./fallback.ts";
import { get_page_from_freelist, node_zonelist } from "./freelist.ts";
import { wakeup_kswapd } from "./kswapd_wake.ts";
import { type Mm, NO_PAGE } from "./mm.ts";
import { zone_reclaimable_pages } from "./lru.ts";
import { ALL_PAGES, try_to_free_pages } from "./reclaim.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";
import { __zone_watermark_ok } from "./watermark.ts";

/** Registers: gfp, order, ALLOC flags, progress of the last reclaim, loops without progress, 1 once drained. */
const GFP_MASK = 0, ORDER = 1, FLAGS = 2, PROGRESS = 3, NO_PROGRESS_LOOPS = 4, DRAINED = 5;

/**
 * ALLOC flags of the slow path.
 *
 * @kernel mm/page_alloc.c gfp_to_alloc_flags 5.9, 6.3
 */
function gfp_to_alloc_flags(m: Mm, gfp: number): number {
  let flags: number = ALLOC.WMARK_MIN | ALLOC.CPUSET | (gfp & ALLOC.HIGH) | (gfp & ALLOC.KSWAPD);
  // HARDER is 6.3's NON_BLOCK, which every request has that may not wait
  const atomic = m.profile.reservesIncludeHighatomic
    ? (gfp & GFP.DIRECT_RECLAIM) === 0
    : (gfp & GFP.ATOMIC) !== 0;
  if (atomic) {
    if ((gfp & GFP.NOMEMALLOC) === 0) flags |= ALLOC.HARDER;
    flags &= ~ALLOC.CPUSET;
  }
  if (gfp_migratetype(gfp, m.mobilityDisabled) === MIGRATE.MOVABLE) flags |= ALLOC.CMA;
  return flags;
}

/**
 * ALLOC flags of a request that may use the reserves, from the first retry on; 0 for all others.
 *
 * @kernel mm/page_alloc.c __gfp_pfmemalloc_flags 5.9
 */
function __gfp_pfmemalloc_flags(gfp: number): number {
  return (gfp & (GFP.MEMALLOC | GFP.NOMEMALLOC)) === GFP.MEMALLOC ? ALLOC.NO_WATERMARKS : 0;
}

/** ALLOC flags of the extra attempt of a __GFP_NOFAIL request. */
const nofailFlags = (m: Mm) => m.profile.reservesIncludeHighatomic ? ALLOC.HIGH : ALLOC.HARDER;

function wake_all_kswapds(m: Mm, t: number, r: number): void {
  const gfp = m.task.reg[r + GFP_MASK]!;
  if ((m.task.reg[r + FLAGS]! & ALLOC.KSWAPD) === 0) return;
  const zonelist = node_zonelist(m, t);
  let lastNode = -1;
  for (let i = 0; i < zonelist.length; i++) {
    const zone = zonelist[i]!;
    if (m.zone.nid[zone] === lastNode || m.zone.index[zone]! > gfp_zone(gfp)) continue;
    lastNode = m.zone.nid[zone]!;
    wakeup_kswapd(m, t, zone, m.task.reg[r + ORDER]!, gfp_zone(gfp));
  }
}

function unreserve(m: Mm, t: number, gfp: number, force: boolean): boolean {
  return unreserve_highatomic_pageblock(m, t, gfp_zone(gfp), gfp_migratetype(gfp, m.mobilityDisabled), force);
}

/** Whether the marks would hold if every reclaimable page were free: then another round is worth it. */
function should_reclaim_retry(m: Mm, t: number, r: number): boolean {
  const { reg } = m.task;
  const gfp = reg[r + GFP_MASK]!;
  const order = reg[r + ORDER]!;
  if (reg[r + PROGRESS] !== 0 && order <= PAGE_ALLOC_COSTLY_ORDER) reg[r + NO_PROGRESS_LOOPS] = 0;
  else reg[r + NO_PROGRESS_LOOPS]!++;
  if (reg[r + NO_PROGRESS_LOOPS]! > MAX_RECLAIM_RETRIES) {
    return unreserve(m, t, gfp, true);
  }
  const zonelist = node_zonelist(m, t);
  for (let i = 0; i < zonelist.length; i++) {
    const zone = zonelist[i]!;
    if (m.zone.index[zone]! > gfp_zone(gfp)) continue;
    const available = zone_page_state_snapshot(m, zone) + zone_reclaimable_pages(m, zone);
    const mark = m.zone.watermark[zone * 3]! + m.zone.watermark_boost[zone]!;
    if (__zone_watermark_ok(m, zone, order, mark, gfp_zone(gfp), reg[r + FLAGS]!, available)) return true;
  }
  return false;
}

/** Arguments gfp and order; returns a page frame or NO_PAGE. */
export const __alloc_pages_slowpath = operation<
  Mm,
  | "start"
  | "first"
  | "retry"
  | "reclaim"
  | "reclaimed"
  | "tried"
  | "drained"
  | "decide"
  | "oom"
  | "killed"
  | "nofail"
>(
  "__alloc_pages_slowpath",
  {
    start: TOUCHES.lru | TOUCHES.watermark | TOUCHES.task,
    first: TOUCHES.own,
    retry: TOUCHES.lru | TOUCHES.watermark | TOUCHES.task,
    reclaim: TOUCHES.watermark,
    reclaimed: TOUCHES.own,
    tried: TOUCHES.zone | TOUCHES.page,
    drained: TOUCHES.own,
    decide: TOUCHES.watermark | TOUCHES.lru | TOUCHES.zone | TOUCHES.page,
    oom: TOUCHES.lru,
    killed: TOUCHES.own,
    nofail: TOUCHES.own,
  },
  (at) => {
    const attempt = (m: Mm, t: number, flags: number, next: number): number => {
      const { reg } = m.task;
      const r = frame(m, t);
      return call(m, t, get_page_from_freelist.start, next, reg[r + GFP_MASK]!, reg[r + ORDER]!, flags);
    };
    const nopage = (m: Mm, t: number): number => {
      const gfp = m.task.reg[frame(m, t) + GFP_MASK]!;
      return (gfp & GFP.NOFAIL) === 0 ? ret(m, t, NO_PAGE) : attempt(m, t, nofailFlags(m), at.nofail);
    };
    return {
      start(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        reg[r + FLAGS] = gfp_to_alloc_flags(m, reg[r + GFP_MASK]!);
        reg[r + NO_PROGRESS_LOOPS] = 0;
        reg[r + DRAINED] = 0;
        wake_all_kswapds(m, t, r);
        return attempt(m, t, reg[r + FLAGS]!, at.first);
      },
      first(m, t) {
        return m.task.ret[t] !== NO_PAGE ? ret(m, t, m.task.ret[t]!) : at.retry;
      },
      retry(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        wake_all_kswapds(m, t, r);
        const reserves = __gfp_pfmemalloc_flags(reg[r + GFP_MASK]!);
        if (reserves !== 0) reg[r + FLAGS] = reserves | reg[r + FLAGS]! & ALLOC.CMA;
        return attempt(m, t, reg[r + FLAGS]!, at.reclaim);
      },
      // who may not wait for reclaim ends here, after the second attempt
      reclaim(m, t) {
        const gfp = m.task.reg[frame(m, t) + GFP_MASK]!;
        if (m.task.ret[t] !== NO_PAGE) return ret(m, t, m.task.ret[t]!);
        if ((gfp & GFP.DIRECT_RECLAIM) === 0) return ret(m, t, NO_PAGE);
        m.vm.allocstall[0]!++;
        return call(m, t, try_to_free_pages.start, at.reclaimed, SWAP_CLUSTER_MAX, gfp_zone(gfp));
      },
      reclaimed(m, t) {
        const r = frame(m, t);
        m.task.reg[r + PROGRESS] = m.task.ret[t]!;
        if (m.task.reg[r + PROGRESS] === 0) return at.decide;
        return attempt(m, t, m.task.reg[r + FLAGS]!, at.tried);
      },
      // reclaim made progress and still no page: it may lie on somebody's lists
      tried(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        if (m.task.ret[t] !== NO_PAGE) return ret(m, t, m.task.ret[t]!);
        if (reg[r + DRAINED] !== 0) return at.decide;
        reg[r + DRAINED] = 1;
        unreserve(m, t, reg[r + GFP_MASK]!, false);
        return call(m, t, drain_all_pages.start, at.drained);
      },
      drained(m, t) {
        return attempt(m, t, m.task.reg[frame(m, t) + FLAGS]!, at.tried);
      },
      decide(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const gfp = reg[r + GFP_MASK]!;
        reg[r + DRAINED] = 0;
        cond_resched(m, t);
        const costly = reg[r + ORDER]! > PAGE_ALLOC_COSTLY_ORDER && (gfp & GFP.RETRY_MAYFAIL) === 0;
        if ((gfp & GFP.NORETRY) !== 0 || costly) return nopage(m, t);
        if (should_reclaim_retry(m, t, r)) return at.retry;
        return attempt(m, t, ALLOC.WMARK_HIGH | ALLOC.CPUSET, at.oom);
      },
      // the last attempt asked for the high mark, to catch a parallel kill
      oom(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const gfp = reg[r + GFP_MASK]!;
        if (m.task.ret[t] !== NO_PAGE) return ret(m, t, m.task.ret[t]!);
        // nobody is killed for lowmem, nor for a request that can live without
        const spared = reg[r + ORDER]! > PAGE_ALLOC_COSTLY_ORDER || gfp_zone(gfp) < ZONE.NORMAL ||
          (gfp & (GFP.RETRY_MAYFAIL | GFP.THISNODE)) !== 0;
        if (spared) return nopage(m, t);
        m.vm.oomKill[0]!++;
        m.events.emit(EVENT.oom, t, t);
        reg[r + NO_PROGRESS_LOOPS] = 0;
        return call(m, t, try_to_free_pages.start, at.killed, ALL_PAGES, ZONE.MOVABLE);
      },
      killed(m, t) {
        // nobody left to kill: a kernel panics here, the model reports a failed allocation
        return m.task.ret[t] === 0 ? ret(m, t, NO_PAGE) : at.retry;
      },
      // __GFP_NOFAIL: once more with a part of the reserves, then for ever
      nofail(m, t) {
        return m.task.ret[t] !== NO_PAGE ? ret(m, t, m.task.ret[t]!) : at.retry;
      },
    };
  },
);
