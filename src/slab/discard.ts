/**
 * The end of a slab: its number becomes unused and its pages go back to the page allocator.
 *
 * @kernel mm/slub.c discard_slab 5.9
 */
import { invariant } from "../sim/model_bug.ts";
import type { Slabs } from "./slab.ts";

/** Takes an empty slab out of use; returns the block of pages that the caller must free. */
export function takeDiscarded(m: Slabs, slab: number): { pfn: number; order: number } {
  const { slab: s, cache } = m;
  if (s.inuse[slab] !== 0) invariant(false, `slab ${slab} is discarded with ${s.inuse[slab]} objects in use`);
  const c = s.cache[slab]!;
  s.next[slab] = cache.unused[c]!;
  cache.unused[c] = slab + 1;
  cache.slabs[c]!--;
  return { pfn: s.pfn[slab]!, order: s.order[slab]! };
}
