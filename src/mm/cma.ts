/**
 * A CMA allocation of one range of MAX_ORDER: isolate it, drain everybody's lists, move what can be moved, see whether
 * it is whole. One unmovable page in it, such as a block of kvfree_rcu that the lockless function took from the MOVABLE
 * list, and the allocation fails.
 *
 * @kernel mm/page_alloc.c alloc_contig_range, mm/cma.c cma_alloc 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { drain_all_pages } from "./drain.ts";
import { __free_pages } from "./free.ts";
import { GFP_HIGHUSER_MOVABLE, MAX_ORDER, MIGRATE } from "./gfp.ts";
import { lruAdd, lruKind } from "./lru.ts";
import { get_pageblock_migratetype, type Mm, NO_PAGE, PAGE, page_zone } from "./mm.ts";
import { set_migratetype_isolate, test_pages_isolated, unset_migratetype_isolate } from "./isolate.ts";
import { __alloc_pages_nodemask } from "./page_alloc.ts";

/** Pages of the range: a free block of the largest order must not reach over its edge. */
const rangePages = (m: Mm): number => Math.max(1 << (MAX_ORDER - 1), m.pageblockPages);

/** Registers: first page of the range, page that is being moved, tries left, 1 when it worked. */
const PFN = 0, MOVING = 1, TRIES = 2, WHOLE = 3;
/** Rounds of draining and moving before giving up. */
const TRIES_MAX = 5;

/** Tries to have the CMA range that starts at register 0 whole; returns 1 when it was; gives it back in any case. */
export const cma_alloc = operation<Mm, "isolate" | "drain" | "drained" | "moved" | "undo">(
  "cma_alloc",
  {
    isolate: TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
    drain: TOUCHES.own,
    drained: TOUCHES.zone | TOUCHES.page,
    moved: TOUCHES.page | TOUCHES.lru,
    undo: TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    isolate(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = page_zone(m, reg[r + PFN]!);
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      if (get_pageblock_migratetype(m, reg[r + PFN]!) !== MIGRATE.CMA) {
        spin_unlock(m, t, zone);
        return ret(m, t, 0);
      }
      for (let p = reg[r + PFN]!; p < reg[r + PFN]! + rangePages(m); p += m.pageblockPages) {
        set_migratetype_isolate(m, t, p);
      }
      spin_unlock(m, t, zone);
      reg[r + TRIES] = TRIES_MAX;
      reg[r + WHOLE] = 0;
      return at.drain;
    },
    drain(m, t) {
      const zone = page_zone(m, m.task.reg[frame(m, t) + PFN]!);
      return call(m, t, drain_all_pages.start, at.drained, zone + 1);
    },
    drained(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const obstacle = test_pages_isolated(m, reg[r + PFN]!, reg[r + PFN]! + rangePages(m));
      reg[r + WHOLE] = obstacle < 0 ? 1 : 0;
      if (obstacle < 0 || reg[r + TRIES]!-- <= 0) return at.undo;
      reg[r + MOVING] = obstacle;
      if ((m.page.flags[obstacle]! & PAGE.lru) === 0) return at.drain; // on a list again, or not movable
      return call(m, t, __alloc_pages_nodemask.start, at.moved, GFP_HIGHUSER_MOVABLE, 0);
    },
    moved(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const to = m.task.ret[t]!;
      if (to === NO_PAGE) return at.undo;
      spend(m, t, m.cost.reclaimPage);
      lruAdd(m, to, lruKind(m, reg[r + MOVING]!));
      reg[r + TRIES] = TRIES_MAX;
      if ((m.page.flags[reg[r + MOVING]!]! & PAGE.lru) === 0) return at.drained; // reclaimed meanwhile
      return call(m, t, __free_pages.start, at.drained, reg[r + MOVING]!, 0);
    },
    undo(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = page_zone(m, reg[r + PFN]!);
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      for (let p = reg[r + PFN]!; p < reg[r + PFN]! + rangePages(m); p += m.pageblockPages) {
        unset_migratetype_isolate(m, t, p, MIGRATE.CMA);
      }
      spin_unlock(m, t, zone);
      m.vm.cmaAllocs[reg[r + WHOLE]!]!++;
      return ret(m, t, reg[r + WHOLE]!);
    },
  }),
);
