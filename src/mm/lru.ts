/**
 * The pages that workloads have filled, by node and kind, youngest first. Page cache is reclaimed by dropping it: it is
 * clean and unreferenced by assumption (README, "What the model leaves out"). Anonymous memory, and tmpfs with it, goes
 * to swap while there is room there, and otherwise stays until its process ends or is killed.
 */
import { list_add, list_del } from "./list.ts";
import { lruHead, type Mm, PAGE, page_zone } from "./mm.ts";

/** Kinds of reclaimable pages. */
export const LRU = {
  /** Page cache. */
  file: 0,
  /** Anonymous memory and tmpfs. */
  anon: 1,
} as const;

/** Number of kinds. */
export const LRU_KINDS = 2;

/** vm.swappiness: weight of anonymous pages in reclaim, of {@link SWAPPINESS_MAX} for both kinds together. */
const SWAPPINESS = 60;
const SWAPPINESS_MAX = 200;

/** Kind of a page on the LRU. */
export function lruKind(m: Mm, pfn: number): number {
  return (m.page.flags[pfn]! & PAGE.anon) === 0 ? LRU.file : LRU.anon;
}

/** Makes an allocated order-0 page one of a kind that reclaim knows. */
export function lruAdd(m: Mm, pfn: number, kind: number = LRU.file): void {
  const zone = page_zone(m, pfn);
  const nid = m.zone.nid[zone]!;
  m.page.flags[pfn]! |= kind === LRU.anon ? PAGE.lru | PAGE.anon : PAGE.lru;
  list_add(m, pfn, lruHead(m, nid, kind));
  m.node.lruPages[nid * LRU_KINDS + kind]!++;
  m.zone.lruPages[zone * LRU_KINDS + kind]!++;
}

/** Takes a page off the LRU if it is there. */
export function lruDelete(m: Mm, pfn: number): void {
  if ((m.page.flags[pfn]! & PAGE.lru) === 0) return;
  const zone = page_zone(m, pfn);
  const kind = lruKind(m, pfn);
  m.node.lruPages[m.zone.nid[zone]! * LRU_KINDS + kind]!--;
  m.zone.lruPages[zone * LRU_KINDS + kind]!--;
  m.page.flags[pfn]! &= ~(PAGE.lru | PAGE.anon);
  list_del(m, pfn);
}

/** Takes the oldest page of a kind in a node's zones up to `highest` off the LRU, or -1 when there is none. */
export function lruTakeOldest(m: Mm, nid: number, highest: number, kind: number = LRU.file): number {
  const head = lruHead(m, nid, kind);
  let pfn = m.link.prev[head]!;
  while (pfn !== head && m.zone.index[page_zone(m, pfn)]! > highest) pfn = m.link.prev[pfn]!;
  if (pfn === head) return -1;
  lruDelete(m, pfn);
  return pfn;
}

/**
 * Takes the youngest anonymous page of a node, or the nearest node that has one, off the LRU: its process gives it up.
 * Returns -1 when there is none.
 */
export function lruTakeAnon(m: Mm, nid: number): number {
  const nodes = m.node.kswapd_failures.length;
  for (let i = 0; i < nodes; i++) {
    const head = lruHead(m, (nid + i) % nodes, LRU.anon);
    const pfn = m.link.next[head]!;
    if (pfn === head) continue;
    lruDelete(m, pfn);
    return pfn;
  }
  return -1;
}

/**
 * Pages of a zone that reclaim might free: anonymous ones count, all of them, while there is any room in swap.
 *
 * @kernel mm/vmscan.c zone_reclaimable_pages 5.9
 */
export function zone_reclaimable_pages(m: Mm, zone: number): number {
  const { lruPages } = m.zone;
  const anon = m.vm.swapFree[0]! > 0 ? lruPages[zone * LRU_KINDS + LRU.anon]! : 0;
  return lruPages[zone * LRU_KINDS + LRU.file]! + anon;
}

/**
 * Kind to reclaim next from a node: what there is, and where there is both, in the proportion of vm.swappiness.
 *
 * @kernel mm/vmscan.c get_scan_count 5.9
 */
export function kindToReclaim(m: Mm, nid: number): number {
  const { lruPages } = m.node;
  if (m.vm.swapFree[0] === 0 || lruPages[nid * LRU_KINDS + LRU.anon] === 0) return LRU.file;
  if (lruPages[nid * LRU_KINDS + LRU.file] === 0) return LRU.anon;
  const due = m.node.anonDue[nid]! + SWAPPINESS;
  m.node.anonDue[nid] = due % SWAPPINESS_MAX;
  return due >= SWAPPINESS_MAX ? LRU.anon : LRU.file;
}
