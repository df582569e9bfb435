/**
 * How large the per-CPU lists are.
 *
 * @kernel mm/page_alloc.c 5.9
 */
import { PAGE_SIZE } from "../profile/page_size.ts";

/** high and batch of a pcp, in pages. */
export interface PcpSize {
  /** A free that brings the count to this many drains a batch. */
  readonly high: number;
  /** Pages moved at a time. */
  readonly batch: number;
}

/** Largest power of two that is not above n. */
const rounddown_pow_of_two = (n: number): number => 1 << (31 - Math.clz32(n));

/**
 * Batch for a zone of the given size in 4 KiB pages; 0 for a zone under 32 MiB.
 *
 * @kernel mm/page_alloc.c zone_batchsize 5.9
 */
export function zone_batchsize(managed: number): number {
  let batch = Math.floor(managed / 1024);
  if (batch * PAGE_SIZE > 1024 * 1024) batch = (1024 * 1024) / PAGE_SIZE;
  batch = Math.max(1, Math.floor(batch / 4));
  return rounddown_pow_of_two(batch + (batch >> 1)) - 1;
}

/**
 * Size of a zone's lists by default, or with percpu_pagelist_fraction set.
 *
 * @param fraction percpu_pagelist_fraction: 0 for the default, else at least 8. It is per CPU and not divided by them.
 * @throws RangeError for the fractions 1 to 7, which the kernel refuses.
 * @kernel mm/page_alloc.c pageset_set_high_and_batch 5.9
 */
export function pageset_set_high_and_batch(managed: number, fraction = 0): PcpSize {
  if (!Number.isInteger(fraction) || fraction < 0 || (fraction > 0 && fraction < 8)) {
    throw new RangeError(`Cannot set percpu_pagelist_fraction: expected 0 or at least 8, got ${fraction}`);
  }
  if (fraction === 0) {
    const batch = zone_batchsize(managed);
    return { high: 6 * batch, batch: Math.max(1, batch) };
  }
  const high = Math.floor(managed / fraction);
  return { high, batch: Math.min(Math.max(1, high >> 2), 12 * 8) };
}

/** Pages of the smallest fraction that may be set. */
const MIN_PERCPU_PAGELIST_HIGH_FRACTION = 8;

/** What the size of a zone's lists is computed from in 5.14 and later. */
export interface HighsizeInput {
  /** Managed pages. */
  readonly managed: number;
  /** Low watermark in pages. */
  readonly low: number;
  /** Online CPUs of the zone's node. */
  readonly localCpus: number;
  /** Online CPUs of the machine: they share when the node has none. */
  readonly onlineCpus: number;
  /** Batch where it is known of the machine, whose pages may be larger than 4 KiB; no fraction changes it. */
  readonly batch?: number;
}

/**
 * Limit of each CPU's lists in pages: the zone's low watermark, or a fraction of its size, shared by the local CPUs,
 * and at least four batches.
 *
 * @param fraction percpu_pagelist_high_fraction: 0 for the default, else at least 8.
 * @kernel mm/page_alloc.c zone_highsize 6.1
 */
export function zone_highsize(zone: HighsizeInput, batch: number, fraction: number): number {
  const total = fraction === 0 ? zone.low : Math.floor(zone.managed / fraction);
  const split = zone.localCpus > 0 ? zone.localCpus : zone.onlineCpus;
  return Math.max(Math.floor(total / Math.max(1, split)), batch * 4);
}

/** Size of the lists, whose limit tuning may raise. */
export interface PcpLimits extends PcpSize {
  /** Largest limit that tuning may choose; the same as high where there is no tuning. */
  readonly high_max: number;
}

/**
 * Size of a zone's lists in 5.14 and later: fixed, or (`tunes`) between the default and that of fraction 8. A fraction
 * that was set by hand ends the tuning.
 *
 * @kernel mm/page_alloc.c zone_set_pageset_high_and_batch 6.1, 6.12
 */
export function zone_set_pageset_high_and_batch(
  zone: HighsizeInput,
  fraction: number,
  tunes: boolean,
): PcpLimits {
  const batch = zone.batch ?? Math.max(1, zone_batchsize(zone.managed));
  const high = zone_highsize(zone, batch, fraction);
  const high_max = tunes && fraction === 0
    ? zone_highsize(zone, batch, MIN_PERCPU_PAGELIST_HIGH_FRACTION)
    : high;
  return { high, batch, high_max };
}
