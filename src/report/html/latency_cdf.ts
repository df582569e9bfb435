/**
 * Distributions of times as cumulative shares on a log axis: what a fallback cost its caller, and how long an object
 * waited to be freed.
 */
import { line, type Mark, ruleY } from "../../deps/plot.ts";
import { addUp, type BucketRow } from "../result_files.ts";
import { chartSvg, logTicks } from "./chart.ts";
import { grouped, type Section, timeText } from "./markup.ts";
import { legendOf, lookOf } from "./series.ts";

/** Titles of the metrics of latency.csv; one that is not here is shown by its name. */
const TITLES: Readonly<Record<string, string>> = {
  fallback_rcu_head: "Caller's cost of the rcu_head fallback",
  fallback_synchronize_rcu: "Caller's wait in synchronize_rcu()",
  enqueue_to_free: "From kvfree_rcu() to the freeing",
};
const SHARES = [0.5, 0.9, 0.99, 0.999];

interface Distribution {
  readonly metric: string;
  readonly strategy: string;
  readonly total: number;
  /** Cumulative share at the upper end of each bucket. */
  readonly steps: readonly { readonly ns: number; readonly share: number }[];
}

function distributionsOf(rows: readonly BucketRow[]): Distribution[] {
  const groups = Map.groupBy(rows, (r) => `${r.what}\n${r.strategy}`);
  return [...groups.values()].flatMap((group) => {
    const buckets = addUp(group);
    if (buckets.length === 0) return [];
    const total = buckets.reduce((sum, b) => sum + b.count, 0);
    let below = 0;
    const first = { ns: Math.max(1, buckets[0]!.low), share: 0 };
    const steps = buckets.map((b) => ({ ns: Math.max(1, b.high), share: (below += b.count) / total }));
    return [{ metric: group[0]!.what, strategy: group[0]!.strategy, total, steps: [first, ...steps] }];
  });
}

/** Time within which a share of all was over. */
function quantile({ steps }: Distribution, share: number): number {
  return steps.find((s) => s.share >= share)!.ns;
}

function chartOf(group: readonly Distribution[], strategies: readonly string[]): string {
  const { metric } = group[0]!;
  const all = group.flatMap((d) => d.steps.map((s) => s.ns));
  const [low, high] = [Math.min(...all), Math.max(...all, 2 * Math.min(...all))];
  const marks = group.map((d): Mark => {
    const { colour, dash } = lookOf(strategies.indexOf(d.strategy));
    return line(d.steps, {
      x: "ns",
      y: "share",
      stroke: colour,
      strokeWidth: 2,
      strokeDasharray: dash,
      curve: "step-after",
    });
  });
  return chartSvg({
    title: TITLES[metric] ?? metric,
    description: group.map((d) =>
      `${d.strategy}: half within ${timeText(quantile(d, 0.5))}, 99 % within ${timeText(quantile(d, 0.99))}`
    ).join("; "),
    x: {
      type: "log",
      domain: [low, high],
      label: "time",
      ticks: logTicks(low, high),
      tickFormat: (ns: number) => timeText(ns),
    },
    y: {
      label: "share that took at most so long",
      domain: [0, 1],
      grid: true,
      tickFormat: "~%",
    },
    marks: [ruleY([0]), ...marks],
  });
}

/** The section, or null when nothing was measured. */
export function latencyCdfs(rows: readonly BucketRow[], strategies: readonly string[]): Section | null {
  const all = [...Map.groupBy(distributionsOf(rows), (d) => d.metric).values()].flat();
  if (all.length === 0) return null;
  return {
    id: "latency",
    title: "How long it takes",
    text:
      "Share of all that was over within the time on the log axis, all runs of a strategy together. Times are " +
      "virtual.",
    charts: [...Map.groupBy(all, (d) => d.metric).values()].map((group) => chartOf(group, strategies)),
    legend: legendOf(strategies),
    table: {
      caption: "Times by strategy",
      head: [
        "what",
        "strategy",
        "count",
        ...SHARES.map((s) => `${Number((100 * s).toFixed(1))} %`),
        "longest",
      ],
      rows: all.map((d) => [
        TITLES[d.metric] ?? d.metric,
        d.strategy,
        grouped(d.total),
        ...SHARES.map((s) => timeText(quantile(d, s))),
        timeText(d.steps.at(-1)!.ns),
      ]),
    },
  };
}
