/**
 * How large a CPU's lists may get and how many pages move at a time: what changed most between kernel versions. A
 * policy is chosen by the profile and works on the pcp's own fields only, except where the kernel looks at the zone.
 */
import { MIGRATE_PCPTYPES, PAGE_ALLOC_COSTLY_ORDER } from "./gfp.ts";
import type { Mm } from "./mm.ts";

/** Zone flags that policies read, bits of `zone.flags`. */
export const ZONE_FLAG = {
  /** kswapd works on the zone: lists are kept short. */
  RECLAIM_ACTIVE: 1,
  /** The zone has been seen below its high watermark. */
  BELOW_HIGH: 2,
} as const;

/** Bit of `pcp.flags`: the last page freed was of order 1 to 3. PCPF_FREE_HIGH_BATCH no CPU of the model has. */
const PREV_FREE_HIGH_ORDER = 1;

/** What policies read and change. */
export type PcpSizes = Pick<Mm, "pcp" | "zone">;

/** The version-dependent part of the lists. */
export interface PcpPolicy {
  /** Name in profiles. */
  readonly name: "v5_9" | "v5_14" | "v6_1" | "v6_12" | "v6_18";
  /** Limits move between high_min and high_max, and the vmstat worker lowers those of idle lists (6.7 and later). */
  readonly tunes: boolean;
  /** Which lists a bulk free takes pages from: one page of each in turn (before 5.18), or list by list. */
  readonly bulkOrder: "inTurn" | "listByList";
  /** Called when a page is about to be taken. */
  onAlloc(m: PcpSizes, pcp: number): void;
  /** Blocks to bring for an empty list of an order. */
  refillCount(m: PcpSizes, zone: number, pcp: number, order: number): number;
  /**
   * Pages to drain after a page of `order` was freed and counted, 0 for none.
   *
   * @param order Order of the page that was freed.
   */
  drainCount(m: PcpSizes, zone: number, pcp: number, order: number): number;
}

/** Number of lists of a pcp whose highest order is `orderMax`. */
export function pcpListCount(orderMax: number): number {
  return MIGRATE_PCPTYPES * (orderMax + 1);
}

/**
 * List of a pcp for a type and order.
 *
 * @kernel mm/page_alloc.c order_to_pindex 6.1
 */
export function order_to_pindex(migratetype: number, order: number): number {
  return MIGRATE_PCPTYPES * order + migratetype;
}

/**
 * Order of the pages on a list.
 *
 * @kernel mm/page_alloc.c pindex_to_order 6.1
 */
export function pindex_to_order(pindex: number): number {
  return Math.floor(pindex / MIGRATE_PCPTYPES);
}

/** 5.9: one size, one batch. */
const v5_9: PcpPolicy = {
  name: "v5_9",
  tunes: false,
  bulkOrder: "inTurn",
  onAlloc() {},
  refillCount: (m, _zone, pcp) => m.pcp.batch[pcp]!,
  drainCount: (m, _zone, pcp) => m.pcp.count[pcp]! >= m.pcp.high[pcp]! ? m.pcp.batch[pcp]! : 0,
};

/** Doublings of the batch that a CPU which only frees, or only allocates, gets to. */
const PCP_BATCH_SCALE_MAX = 5;

/**
 * Limit of a list as 5.14 and 6.1 see it at this moment.
 *
 * @kernel mm/page_alloc.c nr_pcp_high 6.1
 */
function nr_pcp_high(m: PcpSizes, zone: number, pcp: number, freeHigh: boolean): number {
  const high = m.pcp.high[pcp]!;
  if (high === 0 || freeHigh) return 0;
  const reclaims = (m.zone.flags[zone]! & ZONE_FLAG.RECLAIM_ACTIVE) !== 0;
  return reclaims ? Math.min(m.pcp.batch[pcp]! * 4, high) : high;
}

/**
 * Pages to drain in 5.14 and 6.1: the batch doubles with every drain that no allocation interrupts.
 *
 * @param doublings Most of them; 5.14 has no bound but the limit of the list.
 * @kernel mm/page_alloc.c nr_pcp_free 5.14, 6.1
 */
function nr_pcp_free(m: PcpSizes, pcp: number, high: number, doublings: number): number {
  const { batch, factor } = m.pcp;
  const one = batch[pcp]!;
  if (high < one) return 1;
  const most = high - one;
  const wanted = one << factor[pcp]!;
  if (wanted < most && factor[pcp]! < doublings) factor[pcp]!++;
  return Math.min(Math.max(wanted, one), Math.max(most, one));
}

/** Blocks that a batch of pages makes of an order. */
const scaled = (batch: number, order: number): number => batch > 1 ? Math.max(batch >> order, 2) : batch;

/** 5.14: orders up to 3, a limit from the low watermark, a batch that grows while only freeing. */
const v5_14: PcpPolicy = {
  name: "v5_14",
  tunes: false,
  bulkOrder: "inTurn",
  onAlloc(m, pcp) {
    m.pcp.factor[pcp]! >>= 1;
  },
  refillCount: (m, _zone, pcp, order) => scaled(m.pcp.batch[pcp]!, order),
  drainCount(m, zone, pcp) {
    const high = nr_pcp_high(m, zone, pcp, false);
    return m.pcp.count[pcp]! >= high ? nr_pcp_free(m, pcp, high, Infinity) : 0;
  },
};

/** 6.1: high orders go back at once when they are freed by a CPU that only frees, and with them all the rest. */
const v6_1: PcpPolicy = {
  ...v5_14,
  name: "v6_1",
  bulkOrder: "listByList",
  drainCount(m, zone, pcp, order) {
    const freeHigh = m.pcp.factor[pcp] !== 0 && order > 0 && order <= PAGE_ALLOC_COSTLY_ORDER;
    const count = m.pcp.count[pcp]!;
    const high = nr_pcp_high(m, zone, pcp, freeHigh);
    if (count < high) return 0;
    return freeHigh ? count : nr_pcp_free(m, pcp, high, PCP_BATCH_SCALE_MAX);
  },
};

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high));

/**
 * Pages to bring in 6.7 and later: the batch grows while only allocating, and the limit with it.
 *
 * @kernel mm/page_alloc.c nr_pcp_alloc 6.12
 */
function nr_pcp_alloc(m: PcpSizes, zone: number, pcp: number, order: number): number {
  const p = m.pcp;
  const batch = p.batch[pcp]!;
  const min = p.high_min[pcp]!;
  const max = p.high_max[pcp]!;
  const high = p.high[pcp] = clamp(p.high[pcp]!, min, max);
  if (high < batch) return 1;
  let count = order === 0 ? batch << p.factor[pcp]! : batch;
  const below = (m.zone.flags[zone]! & ZONE_FLAG.BELOW_HIGH) !== 0;
  if (min !== max && !below) p.high[pcp] = Math.min(high + count, max);
  if (order === 0) {
    const most = Math.max(p.high[pcp]! - p.count[pcp]! - batch, batch);
    if (count <= most && p.factor[pcp]! < PCP_BATCH_SCALE_MAX) p.factor[pcp]!++;
    count = Math.min(count, most);
  }
  return scaled(count, order);
}

/**
 * Limit of a list in 6.7 and later; lowers or raises the pcp's own limit as the zone needs memory or the CPU lists.
 *
 * @kernel mm/page_alloc.c nr_pcp_high 6.12
 */
function tunedHigh(m: PcpSizes, zone: number, pcp: number, freeHigh: boolean): number {
  const p = m.pcp;
  const batch = p.batch[pcp]!;
  const min = p.high_min[pcp]!;
  const high = p.high[pcp] = clamp(p.high[pcp]!, min, p.high_max[pcp]!);
  if (high === 0) return 0;
  if (freeHigh) {
    p.high[pcp] = Math.max(high - (batch << PCP_BATCH_SCALE_MAX), min);
    return 0;
  }
  const flags = m.zone.flags[zone]!;
  const lowered = Math.max(high - Math.max(p.free_count[pcp]!, batch), min);
  if ((flags & ZONE_FLAG.RECLAIM_ACTIVE) !== 0) {
    p.high[pcp] = lowered;
    return Math.min(batch * 4, lowered);
  }
  if (min === p.high_max[pcp]) return high;
  if ((flags & ZONE_FLAG.BELOW_HIGH) !== 0) {
    p.high[pcp] = lowered;
    return Math.max(p.count[pcp]!, min);
  }
  if (p.count[pcp]! >= high) {
    const needed = p.free_count[pcp]! + batch;
    if (high < needed) p.high[pcp] = clamp(needed, min, p.high_max[pcp]!);
  }
  return high;
}

/**
 * Pages to drain in 6.7 and later.
 *
 * @kernel mm/page_alloc.c nr_pcp_free 6.12
 */
function tunedFree(m: PcpSizes, pcp: number, high: number, freeHigh: boolean): number {
  const p = m.pcp;
  const batch = p.batch[pcp]!;
  if (freeHigh) return Math.min(p.count[pcp]!, batch << PCP_BATCH_SCALE_MAX);
  if (high < batch) return 1;
  return clamp(p.free_count[pcp]!, batch, Math.max(high - batch, batch));
}

/** Whether high-order frees must go back at once, and the bookkeeping that decides it. */
function noteFree(m: PcpSizes, pcp: number, order: number, highOrderFrom: number): boolean {
  const p = m.pcp;
  const batch = p.batch[pcp]!;
  p.factor[pcp]! >>= 1;
  let freeHigh = false;
  if (order > 0 && order <= PAGE_ALLOC_COSTLY_ORDER) {
    freeHigh = p.free_count[pcp]! >= highOrderFrom && (p.flags[pcp]! & PREV_FREE_HIGH_ORDER) !== 0;
    p.flags[pcp]! |= PREV_FREE_HIGH_ORDER;
  } else {
    p.flags[pcp]! &= ~PREV_FREE_HIGH_ORDER;
  }
  if (p.free_count[pcp]! < batch << PCP_BATCH_SCALE_MAX) p.free_count[pcp]! += 1 << order;
  return freeHigh;
}

/** The self-tuning policies differ in the number of frees after which high orders go back. */
function tuned(name: "v6_12" | "v6_18", highOrderFrom: (m: PcpSizes, pcp: number) => number): PcpPolicy {
  return {
    name,
    tunes: true,
    bulkOrder: "listByList",
    onAlloc(m, pcp) {
      m.pcp.free_count[pcp]! >>= 1;
    },
    refillCount: nr_pcp_alloc,
    drainCount(m, zone, pcp, order) {
      const freeHigh = noteFree(m, pcp, order, highOrderFrom(m, pcp));
      const high = tunedHigh(m, zone, pcp, freeHigh);
      return m.pcp.count[pcp]! >= high ? tunedFree(m, pcp, high, freeHigh) : 0;
    },
  };
}

/** All policies by name. */
export const PCP_POLICIES: Readonly<Record<PcpPolicy["name"], PcpPolicy>> = {
  v5_9,
  v5_14,
  v6_1,
  v6_12: tuned("v6_12", (m, pcp) => m.pcp.batch[pcp]!),
  v6_18: tuned("v6_18", (m, pcp) => m.pcp.batch[pcp]! + (m.pcp.high_min[pcp]! >> 1)),
};

/**
 * Lets the limit of an idle list fall again; returns how many pages are above it now.
 *
 * @kernel mm/page_alloc.c decay_pcp_high 6.12
 */
export function decay_pcp_high(m: PcpSizes, pcp: number): number {
  const p = m.pcp;
  const min = p.high_min[pcp]!;
  const high = p.high[pcp]!;
  if (high > min) {
    const kept = p.count[pcp]! - (p.batch[pcp]! << PCP_BATCH_SCALE_MAX);
    p.high[pcp] = Math.max(kept, high - (high >> 3), min);
  }
  return Math.max(0, p.count[pcp]! - p.high[pcp]!);
}
