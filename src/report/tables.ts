/**
 * Results as CSV text: one row a run in runs.csv, histogram rows in latency.csv and kfree_bulk.csv.
 */
import { stringify } from "../deps/csv.ts";
import { CHANNEL_NAMES, type Collector, FALLBACK_NAMES } from "../metrics/collector.ts";
import { COLUMNS } from "../metrics/columns.ts";
import type { RunFacts } from "../metrics/run_facts.ts";
import type { Histogram } from "../metrics/histogram.ts";

/** Rows as CSV lines that end in a plain newline. */
function lines(rows: readonly (readonly (string | number)[])[]): string {
  return stringify(rows, { headers: false }).replaceAll("\r\n", "\n");
}

/** Header of runs.csv. */
export const RUNS_HEADER: string = lines([COLUMNS.map((c) => c.name)]);

/** A column of a histogram file. */
export interface HistogramColumn {
  /** Name in the header. */
  readonly name: string;
  /** Unit, empty for counts and names. */
  readonly unit: string;
  /** What it says. */
  readonly meaning: string;
}

/** What a row of either file belongs to. */
const OF_RUN: readonly HistogramColumn[] = [
  { name: "strategy", unit: "", meaning: "strategy of the run, as in runs.csv" },
  { name: "run", unit: "", meaning: "number of the run, as in runs.csv" },
];

/** Columns of latency.csv. */
export const LATENCY_COLUMNS: readonly HistogramColumn[] = [
  ...OF_RUN,
  {
    name: "metric",
    unit: "",
    meaning: `what took the time: ${
      FALLBACK_NAMES.map((name) => `fallback_${name}`).join(" and ")
    } are what a caller paid that got no block, enqueue_to_free is from kvfree_rcu() to the object's freeing`,
  },
  { name: "bucket_low_ns", unit: "ns", meaning: "smallest time of the bucket" },
  { name: "bucket_high_ns", unit: "ns", meaning: "largest time of the bucket" },
  { name: "count", unit: "", meaning: "how many took so long" },
];

/** Columns of kfree_bulk.csv. */
export const BULK_COLUMNS: readonly HistogramColumn[] = [
  ...OF_RUN,
  {
    name: "channel",
    unit: "",
    meaning: `${CHANNEL_NAMES.join(" or ")}: blocks of slab objects go to kfree_bulk(), of areas to vfree()`,
  },
  { name: "batch_low", unit: "", meaning: "fewest pointers in a block of the bucket" },
  { name: "batch_high", unit: "", meaning: "most pointers in a block of the bucket" },
  { name: "count", unit: "", meaning: "how many blocks held so many" },
];

/** Columns of miss_streaks.csv. */
export const STREAK_COLUMNS: readonly HistogramColumn[] = [
  ...OF_RUN,
  { name: "streak_low", unit: "", meaning: "fewest failed requests in a row of the bucket" },
  { name: "streak_high", unit: "", meaning: "most failed requests in a row of the bucket" },
  { name: "count", unit: "", meaning: "how many times so many failed in a row on one CPU" },
];

/** Header of miss_streaks.csv. */
export const STREAK_HEADER: string = lines([STREAK_COLUMNS.map((c) => c.name)]);
/** Header of latency.csv. */
export const LATENCY_HEADER: string = lines([LATENCY_COLUMNS.map((c) => c.name)]);
/** Header of kfree_bulk.csv. */
export const BULK_HEADER: string = lines([BULK_COLUMNS.map((c) => c.name)]);

/** A run's row of runs.csv. */
export function runsRow(facts: RunFacts): string {
  return lines([COLUMNS.map((c) => c.value(facts))]);
}

function histogramRows(
  strategy: string,
  run: number,
  name: string,
  histogram: Histogram,
): (string | number)[][] {
  return histogram.buckets().map((b) => [strategy, run, name, b.low, b.high, b.count]);
}

/** A run's rows of latency.csv. */
export function latencyRows(strategy: string, run: number, c: Collector): string {
  return lines([
    ...FALLBACK_NAMES.flatMap((name, i) =>
      histogramRows(strategy, run, `fallback_${name}`, c.fallbackNs[i]!)
    ),
    ...histogramRows(strategy, run, "enqueue_to_free", c.enqueueToFreeNs),
  ]);
}

/** A run's rows of kfree_bulk.csv. */
export function bulkRows(strategy: string, run: number, c: Collector): string {
  return lines(CHANNEL_NAMES.flatMap((name, i) => histogramRows(strategy, run, name, c.bulkSizes[i]!)));
}

/** A run's rows of miss_streaks.csv. */
export function streakRows(strategy: string, run: number, c: Collector): string {
  return lines(c.missStreaks.buckets().map((b) => [strategy, run, b.low, b.high, b.count]));
}
