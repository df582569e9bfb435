/**
 * Freeing: order 0 to this CPU's lists, with a drain when they are full; larger blocks straight to the buddy lists.
 *
 * @kernel mm/page_alloc.c free_unref_page, __free_pages_ok 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { ALLOC, MIGRATE, ZONE } from "./gfp.ts";
import { get_pageblock_migratetype, type Mm, page_zone, pcpOf } from "./mm.ts";
import { __free_one_page, isSorted } from "./buddy.ts";
import { free_pcppages_bulk, free_unref_page_commit, listOf } from "./pcp.ts";
import { enterPcp, keepPcp, leaveKeptPcp, leavePcp } from "./pcp_guard.ts";
import { ZONE_FLAG } from "./pcp_policy.ts";
import { free_pages_prepare } from "./prep.ts";
import { lruDelete } from "./lru.ts";
import { __zone_watermark_ok, wmark_pages } from "./watermark.ts";

/** Register besides the arguments: pages to drain. */
const DRAIN = 2;

/** After a drain the zone may be above its high watermark again: then the lists may grow. */
function noteAboveHigh(m: Mm, zone: number): void {
  if ((m.zone.flags[zone]! & ZONE_FLAG.BELOW_HIGH) === 0) return;
  const mark = wmark_pages(m, zone, ALLOC.WMARK_HIGH);
  if (__zone_watermark_ok(m, zone, 0, mark, ZONE.MOVABLE, 0, m.zone.nr_free_pages[zone]!)) {
    m.zone.flags[zone]! &= ~ZONE_FLAG.BELOW_HIGH;
  }
}

/** Frees a block: page frame and order. Returns nothing of use. */
export const __free_pages = operation<Mm, "start" | "drain" | "buddy">(
  "__free_pages",
  {
    start: TOUCHES.page | TOUCHES.pcp | TOUCHES.lru | TOUCHES.lock,
    drain: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock,
    buddy: TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock,
  },
  (at) => ({
    start(m, t) {
      const r = frame(m, t);
      const pfn = m.task.reg[r]!;
      const order = m.task.reg[r + 1]!;
      m.events.emit(EVENT.mm_page_free, t, pfn, order);
      lruDelete(m, pfn);
      if (!free_pages_prepare(m, t, pfn, order)) return ret(m, t, 0);
      // an isolated page must not come back through a pcp list
      if (order > m.profile.pcpOrderMax || m.page.migratetype[pfn] === MIGRATE.ISOLATE) return at.buddy;
      const pcp = pcpOf(m, page_zone(m, pfn), cpuOf(m, t));
      if (!enterPcp(m, t, pcp)) return at.buddy;
      const drain = free_unref_page_commit(m, t, pfn, order);
      if (drain === 0) {
        leavePcp(m, t, pcp);
        return ret(m, t, 0);
      }
      m.task.reg[r + DRAIN] = drain;
      keepPcp(m, t);
      return at.drain;
    },
    // the lists have been protected since the page went on one of them
    drain(m, t) {
      const r = frame(m, t);
      const pfn = m.task.reg[r]!;
      const zone = page_zone(m, pfn);
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      free_pcppages_bulk(m, t, zone, pcp, m.task.reg[r + DRAIN]!, listOf(m, pfn, m.task.reg[r + 1]!));
      noteAboveHigh(m, zone);
      spin_unlock(m, t, zone);
      leaveKeptPcp(m, t, pcp);
      return ret(m, t, 0);
    },
    buddy(m, t) {
      const r = frame(m, t);
      const pfn = m.task.reg[r]!;
      const order = m.task.reg[r + 1]!;
      const zone = page_zone(m, pfn);
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      m.vm.pgfree[0]! += 1 << order;
      // the pageblock may have been isolated, or given back, since its type was read
      const looks = isSorted(m) || m.zone.nr_isolate_pageblock[zone] !== 0 ||
        m.page.migratetype[pfn] === MIGRATE.ISOLATE;
      const type = looks ? get_pageblock_migratetype(m, pfn) : m.page.migratetype[pfn]!;
      __free_one_page(m, cpuOf(m, t), pfn, zone, order, type);
      spend(m, t, m.cost.drainPage);
      spin_unlock(m, t, zone);
      return ret(m, t, 0);
    },
  }),
);
