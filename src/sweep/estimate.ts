/**
 * Means over seeds and how far they may be off: 95 % intervals by Student's t, for a run is a draw from the seeds.
 */

/** 97.5 % quantile of Student's t by degrees of freedom, from 1 on; beyond the table that of the normal. */
const T_975 = [
  12.706,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
  2.16,
  2.145,
  2.131,
  2.12,
  2.11,
  2.101,
  2.093,
  2.086,
  2.08,
  2.074,
  2.069,
  2.064,
  2.06,
  2.056,
  2.052,
  2.048,
  2.045,
  2.042,
];
const NORMAL_975 = 1.96;

/** A mean and half the width of its interval; Infinity with fewer than two values. */
export interface Estimate {
  readonly mean: number;
  readonly halfWidth: number;
}

/** The estimate from some values. */
export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  if (n === 0) return { mean: NaN, halfWidth: Infinity };
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  if (n === 1) return { mean, halfWidth: Infinity };
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1);
  return { mean, halfWidth: (T_975[n - 2] ?? NORMAL_975) * Math.sqrt(variance / n) };
}
