/**
 * The reclaimable pages of each node, youngest first: page cache and anonymous memory that workloads have filled.
 * Clean and unreferenced by assumption, so reclaiming one means freeing it (README, "What the model leaves out").
 */
import { list_add, list_del } from "./list.ts";
import { lruHead, type Mm, PAGE, page_zone } from "./mm.ts";

/** Makes an allocated order-0 page reclaimable. */
export function lruAdd(m: Mm, pfn: number): void {
  const nid = m.zone.nid[page_zone(m, pfn)]!;
  m.page.flags[pfn]! |= PAGE.lru;
  list_add(m, pfn, lruHead(m, nid));
  m.node.lruPages[nid]!++;
}

/** Takes a page off the LRU if it is there. */
export function lruDelete(m: Mm, pfn: number): void {
  if ((m.page.flags[pfn]! & PAGE.lru) === 0) return;
  const nid = m.zone.nid[page_zone(m, pfn)]!;
  m.page.flags[pfn]! &= ~PAGE.lru;
  list_del(m, pfn);
  m.node.lruPages[nid]!--;
}

/** Takes the oldest page of a node's zones up to `highest` off the LRU, or -1 when there is none. */
export function lruTakeOldest(m: Mm, nid: number, highest: number): number {
  const head = lruHead(m, nid);
  let pfn = m.link.prev[head]!;
  while (pfn !== head && m.zone.index[page_zone(m, pfn)]! > highest) pfn = m.link.prev[pfn]!;
  if (pfn === head) return -1;
  lruDelete(m, pfn);
  return pfn;
}
