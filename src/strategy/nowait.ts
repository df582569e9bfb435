/** What 5.9 did: an ordinary GFP_NOWAIT allocation under krcp->lock, except on PREEMPT_RT, where it is not allowed. */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, ret } from "../sim/task.ts";
import { GFP, GFP_NOWAIT } from "../mm/gfp.ts";
import { type Mm, NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import type { Strategy } from "./strategy.ts";

const getFreePageNowait = operation<Mm, "start" | "end">(
  "getFreePageNowait",
  { start: TOUCHES.own, end: TOUCHES.own },
  (at) => ({
    start(m, t) {
      if (m.profile.preemption === "rt") return ret(m, t, NO_PAGE); // zone->lock would sleep under the raw lock
      return call(m, t, __alloc_pages_nodemask.start, at.end, GFP_NOWAIT | GFP.NOWARN, 0);
    },
    end(m, t) {
      return ret(m, t, m.task.ret[t]!);
    },
  }),
);

/** `__get_free_page(GFP_NOWAIT | __GFP_NOWARN)`. */
export const nowait: Strategy = {
  name: "nowait",
  summary: "5.9: __get_free_page(GFP_NOWAIT) under krcp->lock; refills and takes zone->lock",
  keeps: "blocks",
  blockSource: getFreePageNowait.start,
  refill: "none",
  changes: {},
};
