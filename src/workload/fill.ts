/**
 * Memory that a workload fills: page cache by reading files, anonymous memory by touching it, and giving the latter up.
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cond_resched } from "../cpu/sched.ts";
import { __free_pages } from "../mm/free.ts";
import { GFP_HIGHUSER_MOVABLE } from "../mm/gfp.ts";
import { lruAdd, lruTakeAnon } from "../mm/lru.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { numa_node_id } from "../mm/reclaim.ts";
import type { Workloads } from "./program.ts";

/** Registers: pages left, kind of LRU. */
const LEFT = 0, KIND = 1;

/** Fills memory with pages (register 0) of a kind (register 1), until there is none. */
export const fillLru = operation<Workloads, "fill" | "filled">(
  "fillLru",
  { fill: TOUCHES.program | TOUCHES.watermark, filled: TOUCHES.program | TOUCHES.lru | TOUCHES.page },
  (at) => ({
    fill(m, t) {
      if (--m.task.reg[frame(m, t) + LEFT]! < 0) return ret(m, t, 0);
      cond_resched(m, t);
      return call(m, t, __alloc_pages_nodemask.start, at.filled, GFP_HIGHUSER_MOVABLE, 0);
    },
    filled(m, t) {
      const pfn = m.task.ret[t]!;
      if (pfn === NO_PAGE) return ret(m, t, 0);
      lruAdd(m, pfn, m.task.reg[frame(m, t) + KIND]!);
      return at.fill;
    },
  }),
);

/** Gives back as many anonymous pages as register 0 says, the youngest first, as a process that ends does. */
export const dropAnon = operation<Workloads, "drop">(
  "dropAnon",
  { drop: TOUCHES.lru | TOUCHES.page },
  (at) => ({
    drop(m, t) {
      const pfn = --m.task.reg[frame(m, t) + LEFT]! < 0 ? -1 : lruTakeAnon(m, numa_node_id(m, t));
      if (pfn < 0) return ret(m, t, 0);
      cond_resched(m, t);
      return call(m, t, __free_pages.start, at.drop, pfn, 0);
    },
  }),
);
