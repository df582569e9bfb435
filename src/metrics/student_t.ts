/**
 * How far a mean over seeds may be off: 95 % intervals by Student's t, for a run is a draw from the seeds.
 */

/** Two-sided 95 % points of Student's t by degrees of freedom, from 1 on. */
const T95 = [
  ...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  ...[2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
];
/** The same from the given degrees of freedom on, where the table has none for each. */
const T95_FROM = [[120, 1.98], [60, 2], [40, 2.021]] as const;

/** The t point for so many degrees of freedom, at least 1; never smaller than the true one. */
export function t95(freedom: number): number {
  return T95[freedom - 1] ?? T95_FROM.find(([from]) => freedom >= from)?.[1] ?? T95.at(-1)!;
}

/** Mean of values and half the width of its interval; Infinity with fewer than two values, NaN for no mean. */
export function meanWithin(values: readonly number[]): { readonly mean: number; readonly halfWidth: number } {
  const n = values.length;
  if (n === 0) return { mean: NaN, halfWidth: Infinity };
  // from the first one on, so that the mean of equal values is that value to the last bit and their width 0
  const mean = values[0]! + values.reduce((sum, v) => sum + (v - values[0]!), 0) / n;
  if (n === 1) return { mean, halfWidth: Infinity };
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, halfWidth: t95(n - 1) * Math.sqrt(squares / (n - 1) / n) };
}
