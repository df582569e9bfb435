/** What was merged in 5.11: the caller asks for nothing, a worker fills the cache after a miss. */
import { type Strategy, WORKER_CHANGES } from "./strategy.ts";

/** The page-cache worker alone. */
export const page_cache_work: Strategy = {
  name: "page_cache_work",
  summary: "5.11+: cached block or none; a miss starts a worker through a timer of no delay, GFP_KERNEL",
  keeps: "blocks",
  blockSource: -1,
  refill: "hrtimer",
  changes: WORKER_CHANGES,
};
