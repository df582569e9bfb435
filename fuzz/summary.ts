/**
 * What a session came to: a row per strategy, scheduler and, in virtual time, pcp size.
 */
import { factsOf, type RunResult } from "../mod.ts";
import { Histogram } from "../src/metrics/histogram.ts";
import { textTable } from "./command/text_table.ts";

/** Sums of a group of runs. */
export interface SummaryRow {
  /** How blocks' pages are got. */
  readonly strategy: string;
  /** Who decided the order. */
  readonly scheduler: string;
  /** pcp high/batch of the largest zone in virtual time; "mixed" under other schedulers, whose rates say nothing. */
  readonly pcp: string;
  runs: number;
  objects: number;
  attempts: number;
  hits: number;
  episodes: number;
  fellBack: number;
  bulkCalls: number;
  bulkObjects: number;
  steps: number;
  violations: number;
  /** What callers that fell back paid, in ns. */
  readonly fallbackNs: Histogram;
  /** From kvfree_rcu() to freeing, in ns. */
  readonly enqueueToFreeNs: Histogram;
}

/** Groups runs by strategy, scheduler and pcp, in the order in which they come. */
export class Summary {
  readonly #rows = new Map<string, SummaryRow>();

  /** Adds a run. */
  add(result: RunResult): void {
    const { options, collector: c, steps, violation } = result;
    const { pcpHigh, pcpBatch } = factsOf(result);
    const pcp = options.scheduler === "virtual" ? `${pcpHigh}/${pcpBatch}` : "mixed";
    const row = this.#row(options.strategy, options.scheduler, pcp);
    const fellBack = c.queued[2]! + c.synchronized;
    row.runs++;
    row.objects += c.queued[0]! + c.queued[1]! + fellBack;
    row.attempts += c.attempts;
    row.hits += c.hits;
    row.episodes += c.missEpisodes;
    row.fellBack += fellBack;
    row.bulkCalls += c.bulkSizes[0]!.count;
    row.bulkObjects += c.bulkSizes[0]!.count * c.bulkSizes[0]!.mean;
    row.steps += steps;
    if (violation !== null) row.violations++;
    for (const histogram of c.fallbackNs) row.fallbackNs.add(histogram);
    row.enqueueToFreeNs.add(c.enqueueToFreeNs);
  }

  /** The rows. */
  rows(): SummaryRow[] {
    return [...this.#rows.values()];
  }

  #row(strategy: string, scheduler: string, pcp: string): SummaryRow {
    const key = `${strategy} ${scheduler} ${pcp}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = {
        strategy,
        scheduler,
        pcp,
        runs: 0,
        objects: 0,
        attempts: 0,
        hits: 0,
        episodes: 0,
        fellBack: 0,
        bulkCalls: 0,
        bulkObjects: 0,
        steps: 0,
        violations: 0,
        fallbackNs: new Histogram(),
        enqueueToFreeNs: new Histogram(),
      };
      this.#rows.set(key, row);
    }
    return row;
  }
}

const percent = (part: number, whole: number) => whole === 0 ? "-" : `${(100 * part / whole).toFixed(2)} %`;
const time = (ns: number) =>
  ns < 1e4 ? `${ns} ns` : ns < 1e7 ? `${(ns / 1e3).toFixed(0)} us` : `${(ns / 1e6).toFixed(0)} ms`;

/** A quantile, null when nothing was recorded. */
const quantile = (histogram: Histogram, q: number) => histogram.count === 0 ? null : histogram.quantile(q);

/** Median and 99 % for people. */
const times = (histogram: Histogram) =>
  histogram.count === 0 ? "-" : `${time(histogram.quantile(0.5))} / ${time(histogram.quantile(0.99))}`;

/** The rows as plain data, for --json. */
export function summaryJson(rows: readonly SummaryRow[]): Record<string, string | number | null>[] {
  const share = (part: number, whole: number) => whole === 0 ? null : part / whole;
  return rows.map((r) => ({
    strategy: r.strategy,
    scheduler: r.scheduler,
    pcp: r.pcp,
    runs: r.runs,
    objects: r.objects,
    hitRateAttempt: share(r.hits, r.attempts),
    hitRateBlock: share(r.hits, r.hits + r.episodes),
    fellBackShare: share(r.fellBack, r.objects),
    fallbackNsP50: quantile(r.fallbackNs, 0.5),
    fallbackNsP90: quantile(r.fallbackNs, 0.9),
    fallbackNsP99: quantile(r.fallbackNs, 0.99),
    fallbackNsMax: r.fallbackNs.count === 0 ? null : r.fallbackNs.max,
    enqueueToFreeNsP50: quantile(r.enqueueToFreeNs, 0.5),
    enqueueToFreeNsP99: quantile(r.enqueueToFreeNs, 0.99),
    bulkMean: share(r.bulkObjects, r.bulkCalls),
    steps: r.steps,
    violations: r.violations,
  }));
}

/** The rows as a table for people. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const header = [
    "strategy",
    "scheduler",
    "pcp",
    "runs",
    "objects",
    "hit/attempt",
    "hit/block",
    "fell back",
    "fallback p50/p99",
    "queue to free p50/p99",
    "bulk mean",
    "steps",
    "violations",
  ];
  const cells = rows.map((r) => [
    r.strategy,
    r.scheduler,
    r.pcp,
    String(r.runs),
    String(r.objects),
    percent(r.hits, r.attempts),
    percent(r.hits, r.hits + r.episodes),
    percent(r.fellBack, r.objects),
    times(r.fallbackNs),
    times(r.enqueueToFreeNs),
    r.bulkCalls === 0 ? "-" : (r.bulkObjects / r.bulkCalls).toFixed(1),
    String(r.steps),
    String(r.violations),
  ]);
  return textTable([header, ...cells], (column) => column < 3); // strategy, scheduler, pcp
}
