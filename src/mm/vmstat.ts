/**
 * Zone counters with per-CPU differences, and NUMA statistics.
 *
 * @kernel mm/vmstat.c 5.9
 */
import { MIGRATE } from "./gfp.ts";
import { type Mm, NUMA, pcpOf } from "./mm.ts";

// copies that are not imported: docs/decisions.md, 23
const { CMA } = MIGRATE;
const { hit: HIT, miss: MISS, foreign: FOREIGN, local: LOCAL, other: OTHER } = NUMA;

/**
 * Changes NR_FREE_PAGES (and the CMA counter) by `delta` pages through this CPU's difference, which is folded when it
 * passes the zone's threshold.
 *
 * @kernel mm/page_alloc.c __mod_zone_freepage_state, mm/vmstat.c __mod_zone_page_state 5.9
 */
export function modFreePages(m: Mm, cpu: number, zone: number, delta: number, migratetype: number): void {
  const { pcp, zone: z } = m;
  const p = pcpOf(m, zone, cpu);
  const difference = pcp.vm_stat_diff[p]! + delta;
  const threshold = z.stat_threshold[zone]!;
  if (difference > threshold || difference < -threshold) {
    z.nr_free_pages[zone] = z.nr_free_pages[zone]! + difference;
    pcp.vm_stat_diff[p] = 0;
  } else {
    pcp.vm_stat_diff[p] = difference;
  }
  if (migratetype === CMA) z.nr_free_cma[zone] = z.nr_free_cma[zone]! + delta;
}

/**
 * NR_FREE_PAGES with the differences of all CPUs, in pages.
 *
 * @kernel include/linux/vmstat.h zone_page_state_snapshot 5.9
 */
export function zone_page_state_snapshot(m: Mm, zone: number): number {
  let pages = m.zone.nr_free_pages[zone]!;
  for (let c = 0; c < m.nrCpus; c++) pages += m.pcp.vm_stat_diff[pcpOf(m, zone, c)]!;
  return pages;
}

/**
 * Counts a page taken from `zone` by `cpu` when `preferred` was the first choice.
 *
 * @kernel mm/page_alloc.c zone_statistics 5.9
 */
export function zone_statistics(m: Mm, cpu: number, preferred: number, zone: number): void {
  const { numa, nid } = m.zone;
  m.pcp.used[pcpOf(m, zone, cpu)] = 1;
  const local = nid[zone] === m.cpuNodes[cpu];
  if (nid[zone] === nid[preferred]) {
    numa[zone * 6 + HIT]!++;
  } else {
    numa[zone * 6 + MISS]!++;
    numa[preferred * 6 + FOREIGN]!++;
  }
  numa[zone * 6 + (local ? LOCAL : OTHER)]!++;
}

/**
 * Threshold of the per-CPU differences.
 *
 * @kernel mm/vmstat.c calculate_normal_threshold 5.9
 */
export function calculate_normal_threshold(onlineCpus: number, managed: number): number {
  const fls = (n: number) => 32 - Math.clz32(n);
  const memory = managed >> (27 - 12); // in units of 128 MiB
  return Math.min(125, 2 * fls(onlineCpus) * (1 + fls(memory)));
}

/**
 * The same while kswapd works: low enough that all CPUs' differences cannot hide that a zone is below its marks.
 *
 * @kernel mm/vmstat.c calculate_pressure_threshold 5.9
 */
export function calculate_pressure_threshold(onlineCpus: number, min: number, low: number): number {
  return Math.min(125, Math.max(1, Math.floor((low - min) / onlineCpus)));
}

/**
 * Changes the thresholds of a node's zones when kswapd begins to work and before it sleeps. Only those zones have
 * another one whose marks lie closer together than the differences of all CPUs.
 *
 * @kernel mm/vmstat.c set_pgdat_percpu_threshold 5.9
 */
export function set_pgdat_percpu_threshold(m: Mm, nid: number, pressure: boolean): void {
  const { watermark, managed, percpu_drift_mark, stat_threshold } = m.zone;
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || percpu_drift_mark[zone] === 0) continue;
    stat_threshold[zone] = pressure
      ? calculate_pressure_threshold(m.nrCpus, watermark[zone * 3]!, watermark[zone * 3 + 1]!)
      : calculate_normal_threshold(m.nrCpus, managed[zone]!);
  }
}
