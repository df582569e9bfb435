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
/** Header of latency.csv. */
export const LATENCY_HEADER: string = lines([[
  "strategy",
  "run",
  "metric",
  "bucket_low_ns",
  "bucket_high_ns",
  "count",
]]);
/** Header of kfree_bulk.csv. */
export const BULK_HEADER: string = lines([[
  "strategy",
  "run",
  "channel",
  "batch_low",
  "batch_high",
  "count",
]]);

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
