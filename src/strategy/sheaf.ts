/** What 6.18 does for caches that have sheaves; what finds no place in one goes the classic way. */
import { page_cache_work } from "./page_cache_work.ts";
import type { Strategy } from "./strategy.ts";

/** Sheaves, then blocks with the page-cache worker. */
export const sheaf: Strategy = {
  ...page_cache_work,
  name: "sheaf",
  summary:
    "6.18: a sheaf of the slab, whose callback keeps or frees it; else blocks and the page-cache worker",
  keeps: "sheaves",
};
