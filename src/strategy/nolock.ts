/** What a kernel since 6.15 could do: the allocator's own any-context allocation. */
import { alloc_pages_nolock } from "../mm/nolock.ts";
import type { Strategy } from "./strategy.ts";

/** `alloc_pages_nolock()`. */
export const nolock: Strategy = {
  name: "nolock",
  summary: "6.15+: alloc_pages_nolock(), trylocks only, watermarks kept, refills when zone->lock is free",
  keeps: "blocks",
  blockSource: alloc_pages_nolock.start,
  refill: "none",
  changes: {},
};
