/**
 * alloc_pages_nolock(): the any-context allocation that later kernels have. It honours watermarks and types, may
 * refill, and only ever tries locks; what it cannot have at once it does without.
 *
 * @kernel mm/page_alloc.c alloc_frozen_pages_nolock_noprof 6.18
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { frame, LEVEL, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_trylock, spin_unlock } from "../cpu/lock.ts";
import { ALLOC, GFP, MIGRATE, ZONE } from "./gfp.ts";
import { __rmqueue } from "./fallback.ts";
import { nextAllowed, node_zonelist } from "./freelist.ts";
import { get_pageblock_migratetype, type Mm, NO_PAGE, PAGE, pcpOf, setPageState } from "./mm.ts";
import { refillList, takeFromPcp } from "./pcp.ts";
import { enterPcp, leavePcp } from "./pcp_guard.ts";
import { prep_new_page } from "./prep.ts";
import { modFreePages, zone_statistics } from "./vmstat.ts";
import { wmark_pages, zone_watermark_fast } from "./watermark.ts";

/** Registers: position in the zonelist, first zone + 1, the page. */
const AT = 0, PREFERRED = 1, PFN = 2;

/** The request: order 0, unmovable, neither reclaim bit. */
const NOLOCK_GFP = GFP.NOWARN | GFP.ZERO | GFP.NOMEMALLOC | GFP.COMP;

/** Returns an order-0 page frame or NO_PAGE; no arguments. */
export const alloc_pages_nolock = operation<Mm, "start" | "zone" | "pcp" | "buddy" | "prepare">(
  "alloc_pages_nolock",
  {
    start: TOUCHES.own,
    zone: TOUCHES.watermark,
    pcp: TOUCHES.pcp | TOUCHES.page | TOUCHES.zone | TOUCHES.watermark | TOUCHES.lock,
    buddy: TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock,
    prepare: TOUCHES.page,
  },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      // a trylock that fails may still take a sleeping lock's inner lock on PREEMPT_RT
      if (m.profile.preemption === "rt" && m.task.level[t]! >= LEVEL.hardirq) return ret(m, t, NO_PAGE);
      reg[r + AT] = 0;
      reg[r + PREFERRED] = 0;
      return at.zone;
    },
    zone(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zonelist = node_zonelist(m, t);
      const i = nextAllowed(m, zonelist, reg[r + AT]!, ZONE.NORMAL);
      if (i === zonelist.length) {
        m.events.emit(EVENT.mm_page_alloc, t, NO_PAGE, 0, MIGRATE.UNMOVABLE);
        return ret(m, t, NO_PAGE);
      }
      const zone = zonelist[i]!;
      if (reg[r + PREFERRED] === 0) reg[r + PREFERRED] = zone + 1;
      reg[r + AT] = i + 1;
      spend(m, t, m.cost.zoneCheck);
      const mark = wmark_pages(m, zone, ALLOC.WMARK_MIN);
      return zone_watermark_fast(m, zone, 0, mark, ZONE.NORMAL, 0, NOLOCK_GFP) ? at.pcp : at.zone;
    },
    pcp(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = node_zonelist(m, t)[reg[r + AT]! - 1]!;
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      if (!enterPcp(m, t, pcp)) return at.buddy;
      m.pcpPolicy.onAlloc(m, pcp);
      let pfn = takeFromPcp(m, t, pcp, MIGRATE.UNMOVABLE);
      if (pfn === NO_PAGE && tryRefill(m, t, zone, pcp)) pfn = takeFromPcp(m, t, pcp, MIGRATE.UNMOVABLE);
      leavePcp(m, t, pcp);
      return pfn === NO_PAGE ? at.buddy : keep(m, t, r, zone, pfn, at.prepare);
    },
    // the lists were in use, or empty while somebody held zone->lock, who may have left by now
    buddy(m, t) {
      const r = frame(m, t);
      const zone = node_zonelist(m, t)[m.task.reg[r + AT]! - 1]!;
      if (!spin_trylock(m, t, zone)) return at.zone;
      const pfn = __rmqueue(m, t, zone, 0, MIGRATE.UNMOVABLE, 0);
      if (pfn !== NO_PAGE) modFreePages(m, cpuOf(m, t), zone, -1, get_pageblock_migratetype(m, pfn));
      spin_unlock(m, t, zone);
      return pfn === NO_PAGE ? at.zone : keep(m, t, r, zone, pfn, at.prepare);
    },
    prepare(m, t) {
      const pfn = m.task.reg[frame(m, t) + PFN]!;
      prep_new_page(m, t, pfn, 0);
      spend(m, t, m.cost.clearPage);
      m.events.emit(EVENT.mm_page_alloc, t, pfn, 0, MIGRATE.UNMOVABLE);
      return ret(m, t, pfn);
    },
  }),
);

/** Refills the list if zone->lock is free this moment. */
function tryRefill(m: Mm, t: number, zone: number, pcp: number): boolean {
  if (!spin_trylock(m, t, zone)) return false;
  const got = refillList(m, t, zone, pcp, MIGRATE.UNMOVABLE, 0, 0);
  spin_unlock(m, t, zone);
  return got > 0;
}

function keep(m: Mm, t: number, r: number, zone: number, pfn: number, next: number): number {
  setPageState(m, pfn, PAGE.allocated);
  m.page.order[pfn] = 0;
  m.task.reg[r + PFN] = pfn;
  m.zone.pgalloc[zone]!++;
  zone_statistics(m, cpuOf(m, t), m.task.reg[r + PREFERRED]! - 1, zone);
  spend(m, t, m.cost.listTake);
  return next;
}
