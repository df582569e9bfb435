/**
 * State of the page allocator: page descriptors, pageblocks, zones, per-CPU lists and counters, and the geometry they
 * are built from.
 */
import { struct, type StructPlan, type Views } from "../sim/layout.ts";
import type { Cpus } from "../cpu/cpu.ts";
import { MAX_NR_ZONES, MAX_ORDER, MIGRATE, MIGRATE_PCPTYPES, MIGRATE_TYPES } from "./gfp.ts";
import type { PcpPolicy } from "./pcp_policy.ts";

/** A zone as a machine has it. */
export interface ZoneGeometry {
  /** NUMA node. */
  readonly nid: number;
  /** Zone index: one of ZONE. */
  readonly index: number;
  /** First page frame. */
  readonly startPfn: number;
  /** Page frames from the first to the last, holes included. */
  readonly spanned: number;
  /** Pages the buddy allocator manages. */
  readonly managed: number;
  /** Pages of CMA areas, whole pageblocks at the end of the zone. @default 0 */
  readonly cmaPages?: number;
  /** Free pages at the start, or null for all managed ones. */
  readonly free: number | null;
  /** Watermarks min, low, high in pages, or null for the formula. */
  readonly watermarks: readonly [number, number, number] | null;
  /** pcp high and batch, or null for the formula. */
  readonly pcp: { readonly high: number; readonly batch: number } | null;
}

/** What a machine is made of. */
export interface Geometry {
  /** Node of each CPU. */
  readonly cpuNodes: readonly number[];
  /** Zones, by node and index. */
  readonly zones: readonly ZoneGeometry[];
  /** Distance from node to node: 10 for itself. */
  readonly distance: readonly (readonly number[])[];
}

/** States of a page descriptor, in the low bits of `page.flags`. */
export const PAGE = {
  /** Not the head of anything: a tail of a block, or never given to the allocator. */
  none: 0,
  /** Head of a free block in the buddy lists, unless it is of the largest order: free_block.ts. */
  buddy: 1,
  /** On a per-CPU list. */
  pcp: 2,
  /** Head of an allocated block. */
  allocated: 3,
  /** Dropped because it failed a check. */
  leaked: 4,
  /** Mask of the states. */
  stateMask: 7,
  /** Bad only by its mapcount: good again after bad_page() has reported it. */
  badMapcount: 8,
  /** Bad for ever: flags, mapping or reference count. */
  badForever: 16,
  /** On the LRU or movable, so compaction and stealing can count on it to move. */
  lru: 32,
  /** Hardware poison: never handed out again, and never reported. */
  hwpoison: 64,
  /** Anonymous memory, on the LRU. */
  anon: 128,
} as const;

/** Answer of every function that finds no page. */
export const NO_PAGE = -1;

/** Fields of a page descriptor; `link` below holds its list links. */
const pageFields = {
  /** State and badness: bits of PAGE. */
  flags: "u8",
  /** Order of the block it heads. */
  order: "u8",
  /** Migratetype kept in page->index while free. */
  migratetype: "u8",
} as const;

/** List links: one per page, then the list heads, then one per block of the largest order. */
const linkFields = {
  /** Next node. */
  next: "i32",
  /** Previous node. */
  prev: "i32",
} as const;

/** Fields of a block of the largest order, aligned to its size; it may reach over a zone's end. */
const largestFields = {
  /** 1 while it is free as one block. */
  free: "u8",
} as const;

/** Fields of a zone. */
const zoneFields = {
  /** PGALLOC_<zone>. */
  pgalloc: "f64",
  /** NUMA statistics: hit, miss, foreign, interleave, local, other. */
  numa: ["f64", 6],
  /** NR_FREE_PAGES without the per-CPU differences. */
  nr_free_pages: "i32",
  /** Free pages of CMA pageblocks. */
  nr_free_cma: "i32",
  /** Free blocks by order, over all types. */
  nr_free: ["i32", MAX_ORDER],
  /** min, low, high in pages, without the boost. */
  watermark: ["i32", 3],
  /** Boost added to each watermark, in pages. */
  watermark_boost: "i32",
  /** Pages protected from requests of higher zones, by requested zone index. */
  lowmem_reserve: ["i32", MAX_NR_ZONES],
  /** Its pages on the LRU lists by kind: file, anonymous. */
  lruPages: ["i32", 2],
  /** Pages in HIGHATOMIC pageblocks. */
  nr_reserved_highatomic: "i32",
  /** Pageblocks isolated. */
  nr_isolate_pageblock: "i32",
  /** Managed pages. */
  managed: "i32",
  /** First page frame. */
  startPfn: "i32",
  /** Page frame after the last. */
  endPfn: "i32",
  /** Below this many free pages kswapd reads exact counters. */
  percpu_drift_mark: "i32",
  /** Threshold of the per-CPU counter differences. */
  stat_threshold: "u8",
  /** NUMA node. */
  nid: "u8",
  /** Zone index: one of ZONE. */
  index: "u8",
  /** ZONE_BOOSTED_WATERMARK. */
  boosted: "u8",
  /** Bits of ZONE_FLAG. */
  flags: "u8",
} as const;

/** Index into `zone.numa`. */
export const NUMA = { hit: 0, miss: 1, foreign: 2, interleave: 3, local: 4, other: 5 } as const;

/** Fields of per_cpu_pages and its pageset: entry `zone * nrCpus + cpu`. */
const pcpFields = {
  /** Pages on the lists. */
  count: "i32",
  /** Bulk free starts at this count. */
  high: "i32",
  /** Pages moved at a time. */
  batch: "i32",
  /** Smallest and largest limit that self-tuning may choose (6.7 and later). */
  high_min: "i32",
  /** See high_min. */
  high_max: "i32",
  /** Pages freed of late (6.7 and later). */
  free_count: "i32",
  /** Difference to NR_FREE_PAGES not folded yet. */
  vm_stat_diff: "i16",
  /** free_factor (6.1) or alloc_factor (6.7 and later): doublings of the batch. */
  factor: "u8",
  /** 1 when the last page freed was of order 1 to 3 (6.7 and later). */
  flags: "u8",
  /** Seconds until the list is drained if it belongs to a remote zone. */
  expire: "i8",
  /** The list was used since the vmstat worker looked last. */
  used: "u8",
} as const;

/** Fields of a pageblock. */
const pageblockFields = {
  /** Migratetype. */
  migratetype: "u8",
  /** Zone it belongs to. */
  zone: "u8",
} as const;

/** System-wide counters. */
const vmFields = {
  /** PGFREE. */
  pgfree: "f64",
  /** Direct reclaim entries. */
  allocstall: "f64",
  /** kswapd wake-ups that found it asleep. */
  pageoutrun: "f64",
  /** Pages reclaimed by kswapd and directly. */
  pgsteal: ["f64", 2],
  /** OOM kills. */
  oomKill: "f64",
  /** Pages of swap that are free, and that have been written. */
  swapFree: "f64",
  pswpout: "f64",
  /** drain_all_pages calls that did something. */
  drainAll: "f64",
  /** Task + 1 that holds pcpu_drain_mutex. */
  drainOwner: "i32",
  /** Zone + 1 that it drains, 0 for all. */
  drainZone: "i32",
  /** Drain works not finished yet. */
  drainsPending: "i32",
  /** Unmovable pages put into pageblocks of another type by the lockless function, by the block's type. */
  pollution: ["f64", MIGRATE_TYPES],
  /** CMA allocations that failed and that worked. */
  cmaAllocs: ["f64", 2],
  /** Pages dropped because they were bad. */
  leaked: "i32",
  /** Calls of bad_page(). */
  badReports: "i32",
  /** Reports printed since the last pause of them, and the time until which no more are once there are 60. */
  badShown: "i32",
  badResumeNs: "f64",
} as const;

/** Fields of a node's LRU and reclaim. */
const nodeFields = {
  /** Pages on the LRU lists by kind: file, anonymous. */
  lruPages: ["i32", 2],
  /** Weight of anonymous pages that reclaim has not made good yet. */
  anonDue: "i32",
  /** Runs of kswapd in a row that reclaimed nothing. */
  kswapd_failures: "i32",
  /** Highest zone index asked of kswapd, + 1; 0 when nothing is asked. */
  kswapdWanted: "i32",
  /** Largest order asked of kswapd. */
  kswapd_order: "u8",
} as const;

/** Fields of the stack depot. */
const depotFields = {
  /** Stacks that still fit into the depot's blocks. */
  room: "i32",
} as const;

/** What the stack depot knows of a task. */
const depotTaskFields = {
  /** 1 once the depot knows the task's call stack. */
  known: "u8",
} as const;

/** Structs of the page allocator. */
export type MmPlan = {
  readonly link: StructPlan<typeof linkFields>;
  readonly page: StructPlan<typeof pageFields>;
  readonly largest: StructPlan<typeof largestFields>;
  readonly pageblock: StructPlan<typeof pageblockFields>;
  readonly zone: StructPlan<typeof zoneFields>;
  readonly pcp: StructPlan<typeof pcpFields>;
  readonly vm: StructPlan<typeof vmFields>;
  readonly node: StructPlan<typeof nodeFields>;
  readonly depot: StructPlan<typeof depotFields>;
  readonly depotTask: StructPlan<typeof depotTaskFields>;
};

/** Plan of the allocator's structs. */
export function mmStructs(
  geometry: Geometry,
  pageblockOrder: number,
  pcpLists: number,
  tasks: number,
): MmPlan {
  const pages = spannedEnd(geometry);
  const blocks = Math.ceil(pages / (1 << (MAX_ORDER - 1)));
  const cpus = geometry.cpuNodes.length;
  const zones = geometry.zones.length;
  const nodes = geometry.distance.length;
  return {
    link: struct(firstLargestNode(geometry, pcpLists) + blocks, linkFields),
    page: struct(pages, pageFields),
    largest: struct(blocks, largestFields),
    pageblock: struct(Math.ceil(pages / (1 << pageblockOrder)), pageblockFields),
    zone: struct(zones, zoneFields),
    pcp: struct(zones * cpus, pcpFields),
    vm: struct(1, vmFields),
    node: struct(nodes, nodeFields),
    depot: struct(1, depotFields),
    depotTask: struct(tasks, depotTaskFields),
  };
}

/** Node of the first block of the largest order: it follows those of the pages and the list heads. */
export function firstLargestNode(geometry: Geometry, pcpLists: number): number {
  const { zones, cpuNodes, distance } = geometry;
  const lists = zones.length * (MAX_ORDER * MIGRATE_TYPES + cpuNodes.length * pcpLists);
  return spannedEnd(geometry) + lists + distance.length * 2;
}

/** Page frame after the last one of the machine. */
export function spannedEnd(geometry: Geometry): number {
  return geometry.zones.reduce((end, z) => Math.max(end, z.startPfn + z.spanned), 0);
}

/**
 * A machine as the page allocator sees it.
 *
 * @internal
 */
export interface Mm extends Cpus, Views<MmPlan> {
  /** What the machine is made of. */
  readonly geometry: Geometry;
  /** Number of zones. */
  readonly nrZones: number;
  /** Number of pages: the first list head's node. */
  readonly nrPages: number;
  /** Node of the first block of the largest order. */
  readonly firstLargest: number;
  /** FALLBACK zonelist of each node: zone numbers, nearest node first, highest zone first. */
  readonly zonelists: readonly Int32Array[];
  /** Pages per pageblock. */
  readonly pageblockPages: number;
  /** The same as a power of two: a page is looked up by a shift, since a division takes as long as ten loads. */
  readonly pageblockOrder: number;
  /** page_group_by_mobility_disabled. */
  readonly mobilityDisabled: boolean;
  /** Node of each CPU. */
  readonly cpuNodes: readonly number[];
  /** First of the drain works, one per CPU. */
  readonly drainWork: number;
  /** First of the vmstat works, one per CPU. */
  readonly vmstatWork: number;
  /** First of the vmstat timers, one per CPU. */
  readonly vmstatTimer: number;
  /** depot_lock of page_owner. */
  readonly depotLock: number;
  /** Lists of a pcp: one per type, and from 5.14 on per type and order. */
  readonly pcpLists: number;
  /** Operation that asks the shrinkers for objects at a priority, or -1 when there are none. */
  readonly shrinkSlab: number;
  /** How the lists' sizes behave in this version. */
  readonly pcpPolicy: PcpPolicy;
  /** First pcp->lock, one per pcp; -1 where turning interrupts off is all the protection. */
  readonly pcpLock: number;
}

/** List head of a zone's free area. */
export function freeListHead(m: Mm, zone: number, order: number, migratetype: number): number {
  return m.nrPages + (zone * MAX_ORDER + order) * MIGRATE_TYPES + migratetype;
}

/** List head of a pcp list; for order 0 its index is the migratetype. */
export function pcpListHead(
  m: Pick<Mm, "nrPages" | "nrZones" | "pcpLists">,
  pcp: number,
  pindex: number,
): number {
  return m.nrPages + m.nrZones * MAX_ORDER * MIGRATE_TYPES + pcp * m.pcpLists + pindex;
}

/** List head of a node's LRU of one kind: the youngest page first. */
export function lruHead(m: Mm, nid: number, kind: number): number {
  return m.nrPages + m.nrZones * (MAX_ORDER * MIGRATE_TYPES + m.nrCpus * m.pcpLists) + nid * 2 + kind;
}

/** Number of the pageset of a zone and CPU. */
export function pcpOf(m: Pick<Mm, "nrCpus">, zone: number, cpu: number): number {
  return zone * m.nrCpus + cpu;
}

/**
 * Zone of a page frame.
 *
 * @kernel include/linux/mm.h page_zone 5.9
 */
export function page_zone(m: Mm, pfn: number): number {
  return m.pageblock.zone[pfn >> m.pageblockOrder]!;
}

/**
 * Migratetype of the pageblock of a page frame.
 *
 * @kernel include/linux/mmzone.h get_pageblock_migratetype 5.9
 */
export function get_pageblock_migratetype(m: Mm, pfn: number): number {
  return m.pageblock.migratetype[pfn >> m.pageblockOrder]!;
}

/**
 * Changes the migratetype of the pageblock of a page frame; without mobility grouping every ordinary pageblock is
 * UNMOVABLE.
 *
 * @kernel mm/page_alloc.c set_pageblock_migratetype 5.9
 */
export function set_pageblock_migratetype(m: Mm, pfn: number, migratetype: number): void {
  const type = m.mobilityDisabled && migratetype < MIGRATE_PCPTYPES ? MIGRATE.UNMOVABLE : migratetype;
  m.pageblock.migratetype[pfn >> m.pageblockOrder] = type;
}

/** State of a page descriptor: one of the first entries of PAGE. */
export function pageState(m: Mm, pfn: number): number {
  return m.page.flags[pfn]! & PAGE.stateMask;
}

/** Changes the state of a page descriptor and keeps its other bits. */
export function setPageState(m: Mm, pfn: number, state: number): void {
  m.page.flags[pfn] = (m.page.flags[pfn]! & ~PAGE.stateMask) | state;
}
