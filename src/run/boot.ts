/**
 * The state at the end of boot: free memory in the buddy lists, watermarks, list sizes, slabs, RCU, kvfree_rcu.
 */
import { LEVEL } from "../sim/task.ts";
import { MAX_NR_ZONES, MAX_ORDER, MIGRATE, MIGRATE_TYPES, ZONE } from "../mm/gfp.ts";
import { add_to_free_list } from "../mm/buddy.ts";
import { __rmqueue } from "../mm/fallback.ts";
import { initList } from "../mm/list.ts";
import { LRU_KINDS } from "../mm/lru.ts";
import { freeListHead, lruHead, type Mm, NO_PAGE, PAGE, pcpListHead, pcpOf, setPageState } from "../mm/mm.ts";
import { pageset_set_high_and_batch, zone_set_pageset_high_and_batch } from "../mm/pcp_size.ts";
import { calculate_normal_threshold, modFreePages } from "../mm/vmstat.ts";
import {
  defaultMinFreeKbytes,
  setup_per_zone_lowmem_reserve,
  setup_per_zone_wmarks,
} from "../mm/watermark.ts";
import { newBlock, put_cached_bnode } from "../rcu/bnode.ts";
import { LIMITS } from "../rcu/overload.ts";
import { INITIAL_GP_SEQ } from "../rcu/seq.ts";
import { partialHead } from "../slab/partial.ts";
import type { Slabs } from "../slab/slab.ts";
import type { Workloads } from "../workload/program.ts";
import type { MachineConfig } from "./machine_config.ts";
import type { RcuGeometry } from "./rcu_geometry.ts";

/** Brings a zeroed world to the end of boot. */
export function bootMemory(m: Workloads, config: MachineConfig, tree: RcuGeometry): void {
  for (let c = 0; c < m.nrCpus; c++) {
    m.cpu.online[c] = 1;
    m.cpu.node[c] = m.cpuNodes[c]!;
    m.cpu.nextTickNs[c] = m.tickNs;
    m.cpu.hrtimerDueNs[c] = Infinity;
  }
  initZones(m);
  initWatermarks(m);
  initPagesets(m, config.pcpFraction);
  initLists(m);
  initSlabs(m);
  initRcu(m, tree);
  initBlocks(m, config);
}

function initZones(m: Mm): void {
  m.geometry.zones.forEach((z, zone) => {
    m.zone.managed[zone] = z.managed;
    m.zone.startPfn[zone] = z.startPfn;
    m.zone.endPfn[zone] = z.startPfn + z.spanned;
    m.zone.nid[zone] = z.nid;
    m.zone.index[zone] = z.index;
    m.zone.stat_threshold[zone] = calculate_normal_threshold(m.nrCpus, z.managed);
    const first = Math.floor(z.startPfn / m.pageblockPages);
    const end = Math.ceil((z.startPfn + z.spanned) / m.pageblockPages);
    for (let b = first; b < end; b++) {
      m.pageblock.migratetype[b] = MIGRATE.MOVABLE;
      m.pageblock.zone[b] = zone;
    }
    const cmaBlocks = Math.floor((z.cmaPages ?? 0) / m.pageblockPages);
    const lastWhole = Math.floor((z.startPfn + z.spanned) / m.pageblockPages);
    m.pageblock.migratetype.fill(MIGRATE.CMA, lastWhole - cmaBlocks, lastWhole);
    m.zone.nr_free_cma[zone] = cmaBlocks * m.pageblockPages;
  });
}

function initWatermarks(m: Mm): void {
  const { zones, distance } = m.geometry;
  const managed = zones.map((z) => z.managed);
  const lowmem = zones.filter((z) => z.index !== ZONE.MOVABLE);
  const lowmemKbytes = lowmem.reduce((sum, z) => sum + z.managed, 0) * 4;
  const minFree = m.profile.min_free_kbytes ?? defaultMinFreeKbytes(lowmemKbytes);
  const marks = setup_per_zone_wmarks(managed, minFree, m.profile.watermark_scale_factor);
  zones.forEach((z, zone) => m.zone.watermark.set(z.watermarks ?? marks[zone]!, zone * 3));
  distance.forEach((_, nid) => {
    const byIndex = new Array<number>(MAX_NR_ZONES).fill(0);
    for (const z of zones) if (z.nid === nid) byIndex[z.index] = z.managed;
    const reserve = setup_per_zone_lowmem_reserve(byIndex, m.profile.lowmem_reserve_ratio);
    zones.forEach((z, zone) => {
      if (z.nid === nid) m.zone.lowmem_reserve.set(reserve[z.index]!, zone * MAX_NR_ZONES);
    });
  });
  zones.forEach((_, zone) => {
    const [min, low, high] = m.zone.watermark.subarray(zone * 3, zone * 3 + 3);
    const drift = m.nrCpus * m.zone.stat_threshold[zone]!;
    m.zone.percpu_drift_mark[zone] = drift > low! - min! ? high! + drift : 0;
  });
}

/** Size of every CPU's lists: as given, or by the formula of the version. */
function initPagesets(m: Mm, fraction: number): void {
  const shared = m.profile.pcpHighByFraction === "shared";
  m.geometry.zones.forEach((z, zone) => {
    const input = {
      managed: z.managed,
      low: m.zone.watermark[zone * 3 + 1]!,
      localCpus: m.cpuNodes.filter((nid) => nid === z.nid).length,
      onlineCpus: m.nrCpus,
    };
    const fixed = z.pcp ?? (shared ? null : pageset_set_high_and_batch(z.managed, fraction));
    // a size that is given, by hand or by the older formula, is not tuned
    const { high, batch, high_max } = fixed === null
      ? zone_set_pageset_high_and_batch(input, fraction, m.pcpPolicy.tunes)
      : { ...fixed, high_max: fixed.high };
    for (let c = 0; c < m.nrCpus; c++) {
      const pcp = pcpOf(m, zone, c);
      m.pcp.high[pcp] = high;
      m.pcp.batch[pcp] = batch;
      m.pcp.high_min[pcp] = high;
      m.pcp.high_max[pcp] = high_max;
    }
  });
}

/** What boot has allocated lies at the bottom of each zone; the rest is free, in blocks as large as they go. */
function initLists(m: Mm): void {
  for (let zone = 0; zone < m.nrZones; zone++) {
    for (let order = 0; order < MAX_ORDER; order++) {
      for (let type = 0; type < MIGRATE_TYPES; type++) initList(m, freeListHead(m, zone, order, type));
    }
    for (let c = 0; c < m.nrCpus; c++) {
      for (let type = 0; type < m.pcpLists; type++) {
        initList(m, pcpListHead(m, pcpOf(m, zone, c), type));
      }
    }
    const { free, managed } = m.geometry.zones[zone]!;
    const end = m.zone.endPfn[zone]!;
    addFreeRange(m, zone, end - Math.min(free ?? managed, managed), end);
  }
  for (let nid = 0; nid < m.geometry.distance.length; nid++) {
    for (let kind = 0; kind < LRU_KINDS; kind++) initList(m, lruHead(m, nid, kind));
  }
}

/** Adds the pages from `start` up to `end` to a zone's free lists as the largest aligned blocks. */
function addFreeRange(m: Mm, zone: number, start: number, end: number): void {
  for (let pfn = start; pfn < end;) {
    let order = MAX_ORDER - 1;
    while ((pfn & ((1 << order) - 1)) !== 0 || pfn + (1 << order) > end || mixed(m, pfn, order)) order--;
    add_to_free_list(m, pfn, zone, order, m.pageblock.migratetype[Math.floor(pfn / m.pageblockPages)]!);
    m.zone.nr_free_pages[zone]! += 1 << order;
    pfn += 1 << order;
  }
}

/** Whether a block would reach over pageblocks of different types. */
function mixed(m: Mm, pfn: number, order: number): boolean {
  const first = m.pageblock.migratetype[Math.floor(pfn / m.pageblockPages)];
  for (let p = pfn; p < pfn + (1 << order); p += m.pageblockPages) {
    if (m.pageblock.migratetype[Math.floor(p / m.pageblockPages)] !== first) return true;
  }
  return false;
}

function initSlabs(m: Slabs): void {
  const nodes = m.geometry.distance.length;
  m.caches.forEach((cache, i) => {
    for (let s = cache.firstSlab; s < cache.firstSlab + cache.slabsMax; s++) {
      m.slab.next[s] = s + 1 < cache.firstSlab + cache.slabsMax ? s + 2 : 0;
    }
    m.cache.unused[i] = cache.slabsMax > 0 ? cache.firstSlab + 1 : 0;
    for (let nid = 0; nid < nodes; nid++) initList({ link: m.slabLink }, partialHead(m, i * nodes + nid));
  });
  const objects = m.object.next.length;
  for (let o = m.firstVmalloc; o < objects; o++) m.object.next[o] = o + 1 < objects ? o + 2 : 0;
  m.vmalloc.unused[0] = objects > m.firstVmalloc ? m.firstVmalloc + 1 : 0;
}

function initRcu(m: Workloads, tree: RcuGeometry): void {
  m.rcu.gp_seq[0] = INITIAL_GP_SEQ;
  m.rcu.schedulerRunning[0] = 1;
  tree.parent.forEach((parent, node) => {
    m.rnp.parent[node] = parent + 1;
    m.rnp.grpnum[node] = tree.grpnum[node]!;
    m.rnp.gp_seq[node] = INITIAL_GP_SEQ;
    m.rnp.gp_seq_needed[node] = INITIAL_GP_SEQ;
    for (let i = 0; i < tree.children[node]!; i++) m.rnp.qsmaskinit[node * 2 + (i >> 5)]! |= 1 << (i & 31);
  });
  m.rnp.qsmaskinitnext.set(m.rnp.qsmaskinit);
  m.rnp.expmaskinit.set(m.rnp.qsmaskinit);
  for (let c = 0; c < m.nrCpus; c++) {
    m.rdp.leaf[c] = tree.firstLeaf + Math.floor(c / tree.cpusPerLeaf);
    m.rdp.grpnum[c] = c % tree.cpusPerLeaf;
    m.rdp.gp_seq[c] = INITIAL_GP_SEQ;
    m.rdp.blimit[c] = LIMITS.blimit;
    m.rdp.nocb_nobypass_last[c] = -1; // jiffies do not begin at 0: the first callback is in a new one
  }
}

/**
 * Makes the blocks' descriptors and, on kernels that do so at boot, fills each CPU's cache.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_batch_init 5.9
 */
function initBlocks(m: Workloads, config: MachineConfig): void {
  const blocks = m.bnode.next.length;
  for (let b = 0; b < blocks; b++) m.bnode.next[b] = b + 1 < blocks ? b + 2 : 0;
  m.bnodePool.unused[0] = blocks > 0 ? 1 : 0;
  for (let c = 0; c < m.nrCpus; c++) {
    m.krc.initialized[c] = 1;
    if (!config.profile.prefillCache) continue;
    for (let i = 0; i < config.cachedBlocks; i++) {
      const pfn = bootPage(m, c);
      if (pfn === NO_PAGE) return;
      put_cached_bnode(m, c, newBlock(m, pfn));
    }
  }
}

/**
 * An order-0 page for the cache of a CPU, from the first zone that has one as seen from the first CPU: the others are
 * not up yet.
 */
function bootPage(m: Workloads, cpu: number): number {
  const worker = m.roles.threads[cpu]!.find((t) => m.task.level[t] === LEVEL.task)!;
  for (const zone of m.zonelists[m.cpuNodes[0]!]!) {
    const pfn = __rmqueue(m, worker, zone, 0, MIGRATE.UNMOVABLE, 0);
    if (pfn === NO_PAGE) continue;
    modFreePages(m, cpu, zone, -1, MIGRATE.UNMOVABLE);
    setPageState(m, pfn, PAGE.allocated);
    m.page.order[pfn] = 0;
    return pfn;
  }
  return NO_PAGE;
}
