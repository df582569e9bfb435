/**
 * How large the per-CPU lists are.
 *
 * @kernel mm/page_alloc.c 5.9
 */

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
  if (batch * 4096 > 1024 * 1024) batch = (1024 * 1024) / 4096;
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
