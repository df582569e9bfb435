/**
 * A row of the table: work, what it is compared with, and how it is measured once.
 */

/** One measurement. */
export interface Sample {
  /** The model's figure. */
  readonly ours: number;
  /** The reference's, or null where the target is a number. */
  readonly theirs: number | null;
}

/** A row that can be measured. */
export interface PerfRow {
  /** What is done, and the unit of the figures. */
  readonly work: string;
  /** What it is compared with. */
  readonly reference: string;
  /** The target in words. */
  readonly target: string;
  /** Whether the median meets it. */
  readonly meets: (ours: number, ratio: number) => boolean;
  /** Measures once; null when the row cannot be measured here, and then `why` says why not. */
  readonly measure: (() => Sample | Promise<Sample>) | null;
  /** Why it is not measured. */
  readonly why?: string;
}

/** A line of the table, as --json prints it. */
export interface PerfLine {
  /** What is done. */
  readonly work: string;
  /** What it is compared with. */
  readonly reference: string;
  /** Median of the model's figures. */
  readonly ours: number | null;
  /** Median of the reference's. */
  readonly theirs: number | null;
  /** Median of ours / theirs, each pair from one round. */
  readonly ratio: number | null;
  /** The target in words. */
  readonly target: string;
  /** Whether it is met; null when not measured. */
  readonly met: boolean | null;
}

/** The middle value, of an even number the lower one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!;
}

/** Three significant digits. */
function short(value: number): number {
  return Number(value.toPrecision(3));
}

/** The medians of a row's samples. */
export function lineOf(row: PerfRow, samples: readonly Sample[]): PerfLine {
  const { work, reference, target } = row;
  if (samples.length === 0) {
    return { work, reference, ours: null, theirs: null, ratio: null, target, met: null };
  }
  const ours = median(samples.map((s) => s.ours));
  const pairs = samples.filter((s) => s.theirs !== null);
  const theirs = pairs.length === 0 ? null : median(pairs.map((s) => s.theirs!));
  const ratio = pairs.length === 0 ? null : median(pairs.map((s) => s.ours / s.theirs!));
  return {
    work,
    reference,
    ours: short(ours),
    theirs: theirs === null ? null : short(theirs),
    ratio: ratio === null ? null : short(ratio),
    target,
    met: row.meets(ours, ratio ?? NaN),
  };
}
