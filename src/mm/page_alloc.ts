/**
 * The allocator's entry: the fast path, and the slow path when it finds nothing.
 *
 * @kernel mm/page_alloc.c __alloc_pages_nodemask 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, LEVEL, ret } from "../sim/task.ts";
import { bugOn } from "../sim/model_bug.ts";
import { GFP, gfp_migratetype, MAX_ORDER } from "./gfp.ts";
import { firstFlags, get_page_from_freelist } from "./freelist.ts";
import { type Mm, NO_PAGE } from "./mm.ts";
import { __alloc_pages_slowpath } from "./slowpath.ts";

/** Registers: arguments gfp and order. */
const GFP_MASK = 0, ORDER = 1;

/** Arguments gfp and order; returns a page frame or NO_PAGE. */
export const __alloc_pages_nodemask = operation<Mm, "start" | "fast" | "end">(
  "__alloc_pages_nodemask",
  { start: TOUCHES.own, fast: TOUCHES.own, end: TOUCHES.own },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const gfp = reg[r + GFP_MASK]!;
      const order = reg[r + ORDER]!;
      if (order >= MAX_ORDER) return ret(m, t, NO_PAGE);
      const c = m.task.cpu[t]!;
      const maySleep = m.task.level[t] === LEVEL.task && m.cpu.irqOff[c] === 0 && m.cpu.preemptOff[c] === 0;
      if ((gfp & GFP.DIRECT_RECLAIM) !== 0 && !maySleep) {
        bugOn(
          true,
          `sleeping function called from invalid context: allocation with gfp 0x${gfp.toString(16)}`,
        );
      }
      const flags = firstFlags(m, t, gfp);
      return call(m, t, get_page_from_freelist.start, at.fast, gfp, order, flags);
    },
    fast(m, t) {
      const { reg, ret: result } = m.task;
      const r = frame(m, t);
      if (result[t] !== NO_PAGE) return at.end;
      m.events.emit(EVENT.slowPath, t, reg[r + ORDER]!);
      return call(m, t, __alloc_pages_slowpath.start, at.end, reg[r + GFP_MASK]!, reg[r + ORDER]!);
    },
    end(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const pfn = m.task.ret[t]!;
      const type = gfp_migratetype(reg[r + GFP_MASK]!, m.mobilityDisabled);
      m.events.emit(EVENT.mm_page_alloc, t, pfn, reg[r + ORDER]!, type);
      if (pfn === NO_PAGE) m.events.emit(EVENT.allocFailed, t, reg[r + ORDER]!, reg[r + GFP_MASK]!);
      return ret(m, t, pfn);
    },
  }),
);
