/**
 * Freeing: order 0 to this CPU's lists, with a drain when they are full; larger blocks straight to the buddy lists.
 *
 * @kernel mm/page_alloc.c free_unref_page, __free_pages_ok 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { cpuOf, local_irq_restore, local_irq_save, spend } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { MIGRATE } from "./gfp.ts";
import { type Mm, page_zone, pcpOf } from "./mm.ts";
import { __free_one_page } from "./buddy.ts";
import { free_pcppages_bulk, free_unref_page_commit } from "./pcp.ts";
import { free_pages_prepare } from "./prep.ts";
import { lruDelete } from "./lru.ts";

/** Frees a block: page frame and order. Returns nothing of use. */
export const __free_pages = operation<Mm, "start" | "drain" | "buddy">(
  "__free_pages",
  {
    start: TOUCHES.page | TOUCHES.pcp | TOUCHES.lru,
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
      if (order !== 0 || m.page.migratetype[pfn] === MIGRATE.ISOLATE) return at.buddy;
      spend(m, t, m.cost.irqSaveRestore);
      if (!free_unref_page_commit(m, t, pfn)) return ret(m, t, 0);
      local_irq_save(m, t);
      return at.drain;
    },
    // interrupts have been off since the page went on its list
    drain(m, t) {
      const zone = page_zone(m, m.task.reg[frame(m, t)]!);
      if (!spin_lock(m, t, zone)) return BLOCK;
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      free_pcppages_bulk(m, t, zone, pcp, m.pcp.batch[pcp]!);
      spin_unlock(m, t, zone);
      local_irq_restore(m, t);
      return ret(m, t, 0);
    },
    buddy(m, t) {
      const r = frame(m, t);
      const pfn = m.task.reg[r]!;
      const order = m.task.reg[r + 1]!;
      const zone = page_zone(m, pfn);
      if (!spin_lock(m, t, zone)) return BLOCK;
      m.vm.pgfree[0]! += 1 << order;
      __free_one_page(m, cpuOf(m, t), pfn, zone, order, m.page.migratetype[pfn]!);
      spend(m, t, m.cost.drainPage);
      spin_unlock(m, t, zone);
      return ret(m, t, 0);
    },
  }),
);
