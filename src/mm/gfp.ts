/**
 * GFP and ALLOC flags of 5.9, migratetypes, and what follows from them. The numbers are those of 5.9 and are not
 * stable across versions; importers map names.
 *
 * @kernel include/linux/gfp.h, include/linux/mmzone.h, mm/internal.h 5.9
 */

/** Number of orders: blocks of 1 to 1024 pages. */
export const MAX_ORDER = 11;

/** Migratetypes; the first three have pcp lists. */
export const MIGRATE = {
  UNMOVABLE: 0,
  MOVABLE: 1,
  RECLAIMABLE: 2,
  HIGHATOMIC: 3,
  CMA: 4,
  ISOLATE: 5,
} as const;
/** Number of migratetypes that have pcp lists. */
export const MIGRATE_PCPTYPES = 3;
/** Number of migratetypes. */
export const MIGRATE_TYPES = 6;

/** Zone indexes of a 64-bit machine. */
export const ZONE = { DMA: 0, DMA32: 1, NORMAL: 2, MOVABLE: 3 } as const;
/** Zone names by index, as /proc/zoneinfo prints them. */
export const ZONE_NAMES = ["DMA", "DMA32", "Normal", "Movable"] as const;
/** Number of zone indexes. */
export const MAX_NR_ZONES = 4;

/** Largest order that the allocator tries hard for. */
export const PAGE_ALLOC_COSTLY_ORDER = 3;
/** Pages reclaimed at a time. */
export const SWAP_CLUSTER_MAX = 32;
/** Loops of direct reclaim without progress before OOM. */
export const MAX_RECLAIM_RETRIES = 16;

/** Single GFP bits. */
export const GFP = {
  DMA: 0x01,
  HIGHMEM: 0x02,
  DMA32: 0x04,
  MOVABLE: 0x08,
  RECLAIMABLE: 0x10,
  HIGH: 0x20,
  IO: 0x40,
  FS: 0x80,
  ZERO: 0x100,
  ATOMIC: 0x200,
  DIRECT_RECLAIM: 0x400,
  KSWAPD_RECLAIM: 0x800,
  WRITE: 0x1000,
  NOWARN: 0x2000,
  RETRY_MAYFAIL: 0x4000,
  NOFAIL: 0x8000,
  NORETRY: 0x10000,
  MEMALLOC: 0x20000,
  COMP: 0x40000,
  NOMEMALLOC: 0x80000,
  HARDWALL: 0x100000,
  THISNODE: 0x200000,
} as const;

/** For requests that may not sleep and may use reserves. */
export const GFP_ATOMIC = GFP.HIGH | GFP.ATOMIC | GFP.KSWAPD_RECLAIM;
/** For ordinary kernel requests, which may sleep. */
export const GFP_KERNEL = GFP.DIRECT_RECLAIM | GFP.KSWAPD_RECLAIM | GFP.IO | GFP.FS;
/** For requests that may not sleep and use no reserves. */
export const GFP_NOWAIT: number = GFP.KSWAPD_RECLAIM;
/** For pages of user space. */
export const GFP_HIGHUSER_MOVABLE = GFP_KERNEL | GFP.HARDWALL | GFP.HIGHMEM | GFP.MOVABLE;

/** ALLOC_* bits: which watermark, and what may be ignored. */
export const ALLOC = {
  WMARK_MIN: 0,
  WMARK_LOW: 1,
  WMARK_HIGH: 2,
  WMARK_MASK: 3,
  NO_WATERMARKS: 0x04,
  OOM: 0x08,
  HARDER: 0x10,
  HIGH: 0x20,
  CPUSET: 0x40,
  CMA: 0x80,
  NOFRAGMENT: 0x100,
  KSWAPD: 0x800,
} as const;

// copies that are not exported: docs/decisions.md, 23
const { DMA, DMA32 } = GFP;
const MOVABLE_HIGHMEM = GFP.MOVABLE | GFP.HIGHMEM;
const { DMA: ZONE_DMA, DMA32: ZONE_DMA32, NORMAL: ZONE_NORMAL, MOVABLE: ZONE_MOVABLE } = ZONE;

/**
 * Highest zone index that a request may use.
 *
 * @kernel include/linux/gfp.h gfp_zone 5.9
 */
export function gfp_zone(gfp: number): number {
  if ((gfp & DMA) !== 0) return ZONE_DMA;
  if ((gfp & MOVABLE_HIGHMEM) === MOVABLE_HIGHMEM) return ZONE_MOVABLE;
  if ((gfp & DMA32) !== 0) return ZONE_DMA32;
  return ZONE_NORMAL;
}

/**
 * Whether the request may sleep.
 *
 * @kernel include/linux/gfp.h gfpflags_allow_blocking 5.9
 */
export function gfpflags_allow_blocking(gfp: number): boolean {
  return (gfp & GFP.DIRECT_RECLAIM) !== 0;
}

/**
 * Migratetype of a request.
 *
 * @kernel include/linux/gfp.h gfp_migratetype 5.9
 */
export function gfp_migratetype(gfp: number, page_group_by_mobility_disabled: boolean): number {
  return page_group_by_mobility_disabled ? MIGRATE.UNMOVABLE : (gfp >> 3) & 3;
}
