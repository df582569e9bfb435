/**
 * vmalloc areas as page traffic: order-0 pages one by one, chained through their list links.
 *
 * @kernel mm/vmalloc.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { ModelBug } from "../sim/model_bug.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { cond_resched } from "../cpu/sched.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { __free_pages } from "../mm/free.ts";
import type { Slabs } from "./slab.ts";

/** Registers: pages still wanted, first and last page of the chain + 1. */
const LEFT = 0, CHAIN = 1, LAST = 2;

/** Argument: pages wanted; returns an object or -1. */
export const vmalloc = operation<Slabs, "start" | "page" | "undo">(
  "vmalloc",
  { start: TOUCHES.own, page: TOUCHES.page | TOUCHES.object, undo: TOUCHES.page },
  (at) => {
    const another = (m: Slabs, t: number) => call(m, t, __alloc_pages_nodemask.start, at.page, GFP_KERNEL, 0);
    return {
      start(m, t) {
        m.task.reg[frame(m, t) + CHAIN] = 0;
        return another(m, t);
      },
      page(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const pfn = m.task.ret[t]!;
        cond_resched(m, t);
        if (pfn === NO_PAGE) return at.undo;
        // in the order in which they came, since that is the order in which they are freed
        m.link.next[pfn] = 0;
        if (reg[r + CHAIN] === 0) reg[r + CHAIN] = pfn + 1;
        else m.link.next[reg[r + LAST]! - 1] = pfn + 1;
        reg[r + LAST] = pfn + 1;
        if (--reg[r + LEFT]! > 0) return another(m, t);
        const object = m.vmalloc.unused[0]! - 1;
        if (object < 0) {
          const most = m.object.next.length - m.firstVmalloc;
          throw new ModelBug(`more than vmallocMax = ${most} vmalloc areas at a time; raise the limit`);
        }
        m.vmalloc.unused[0] = m.object.next[object]!;
        m.object.slab[object] = reg[r + CHAIN]!;
        return ret(m, t, object);
      },
      undo(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const pfn = reg[r + CHAIN]! - 1;
        if (pfn < 0) return ret(m, t, -1);
        reg[r + CHAIN] = m.link.next[pfn]!;
        return call(m, t, __free_pages.start, at.undo, pfn, 0);
      },
    };
  },
);

/** Frees the area in register 0, page by page. */
export const vfree = operation<Slabs, "start" | "page">(
  "vfree",
  { start: TOUCHES.object, page: TOUCHES.page },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = reg[r]!;
      m.events.emit(EVENT.objectFreed, t, object);
      spend(m, t, m.cost.vfree);
      reg[r + CHAIN] = m.object.slab[object]!;
      m.object.next[object] = m.vmalloc.unused[0]!;
      m.vmalloc.unused[0] = object + 1;
      return at.page;
    },
    page(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const pfn = reg[r + CHAIN]! - 1;
      if (pfn < 0) return ret(m, t, 0);
      reg[r + CHAIN] = m.link.next[pfn]!;
      return call(m, t, __free_pages.start, at.page, pfn, 0);
    },
  }),
);
