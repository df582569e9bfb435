/**
 * Asking kswapd to work.
 *
 * @kernel mm/vmscan.c wakeup_kswapd, pgdat_balanced 5.9
 */
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { ALLOC, MAX_RECLAIM_RETRIES } from "./gfp.ts";
import type { Mm } from "./mm.ts";
import { __zone_watermark_ok, wmark_pages } from "./watermark.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";

/**
 * Whether any zone of the node up to `highest` is above its high watermark and has a block of the order; a node without
 * such zones needs nothing.
 *
 * @kernel mm/vmscan.c pgdat_balanced 5.9
 */
export function pgdat_balanced(m: Mm, nid: number, order: number, highest: number): boolean {
  let zones = 0;
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || m.zone.index[zone]! > highest || m.zone.managed[zone] === 0) continue;
    zones++;
    const mark = wmark_pages(m, zone, ALLOC.WMARK_HIGH);
    const read = m.zone.nr_free_pages[zone]!;
    // far down the per-CPU differences could hide an empty zone, so they are added up
    const free = read < m.zone.percpu_drift_mark[zone]! ? zone_page_state_snapshot(m, zone) : read;
    if (__zone_watermark_ok(m, zone, order, mark, highest, 0, free)) return true;
  }
  return zones === 0;
}

/**
 * Whether a zone of the node up to `highest` has its watermarks boosted.
 *
 * @kernel mm/vmscan.c pgdat_watermark_boosted 5.9
 */
export function pgdat_watermark_boosted(m: Mm, nid: number, highest: number): boolean {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || m.zone.index[zone]! > highest) continue;
    if (m.zone.watermark_boost[zone]! > 0) return true;
  }
  return false;
}

/**
 * Notes what is wanted of the node's kswapd and wakes it, unless it has given up or has nothing to do.
 *
 * @param order Order of the request.
 * @param highest Highest zone index the request may use.
 * @kernel mm/vmscan.c wakeup_kswapd 5.9
 */
export function wakeup_kswapd(m: Mm, t: number, zone: number, order: number, highest: number): void {
  const nid = m.zone.nid[zone]!;
  const { node } = m;
  if (node.kswapdWanted[nid]! < highest + 1) node.kswapdWanted[nid] = highest + 1;
  if (node.kswapd_order[nid]! < order) node.kswapd_order[nid] = order;
  if (node.kswapd_failures[nid]! >= MAX_RECLAIM_RETRIES) return;
  if (pgdat_balanced(m, nid, order, highest) && !pgdat_watermark_boosted(m, nid, highest)) return;
  wakeAll(m, CHANNEL.kswapd + nid, t);
}
