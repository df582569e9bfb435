/**
 * Two sets of measured benchmarks beside each other: ratios, each with the band that noise explains. It measures
 * nothing itself.
 *
 * Rounds are paired in their order. Each pair's ratio is above or below the true ratio with equal chance, so the
 * smallest and the largest of n ratios enclose it with probability 1 - 2^(1-n), whatever the noise looks like.
 */
import { stringify } from "../deps/csv.ts";
import type { HistogramColumn } from "./tables.ts";

/** A benchmark's times, one a round. */
export interface BenchRounds {
  /** Cases that belong together, empty for none. */
  readonly group: string;
  /** Name of the case. */
  readonly name: string;
  /** Best time of each round, in ns. */
  readonly ns: readonly number[];
}

/** What the ratio says. */
export type BenchVerdict = "slower" | "faster" | "noise" | "new" | "gone";

/** One benchmark beside its base; numbers are NaN where there is nothing to compare with. */
export interface BenchRow {
  readonly group: string;
  readonly name: string;
  /** Pairs of rounds. */
  readonly rounds: number;
  /** Medians in ns. */
  readonly baseNs: number;
  readonly nowNs: number;
  /** Median, smallest and largest ratio of a pair, now / base. */
  readonly ratio: number;
  readonly ratioLow: number;
  readonly ratioHigh: number;
  readonly verdict: BenchVerdict;
}

/** Columns of compare.csv. */
export const COMPARE_COLUMNS: readonly HistogramColumn[] = [
  { name: "group", unit: "", meaning: "benchmarks that belong together" },
  { name: "name", unit: "", meaning: "name of the benchmark" },
  { name: "rounds", unit: "", meaning: "pairs of rounds, one of the base and one of now" },
  { name: "base_ns", unit: "ns", meaning: "best time of a round of the base, median over rounds" },
  { name: "now_ns", unit: "ns", meaning: "best time of a round now, median over rounds" },
  { name: "ratio", unit: "", meaning: "now / base of a pair, median over pairs" },
  { name: "ratio_low", unit: "", meaning: "smallest such ratio" },
  {
    name: "ratio_high",
    unit: "",
    meaning: "largest such ratio; the true one is between them with probability 1 - 2^(1-rounds)",
  },
  {
    name: "verdict",
    unit: "",
    meaning:
      "slower or faster when 1 is outside of the band, noise when inside; new or gone when only one side has it",
  },
];

/** The median of at least one number. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Probability that the band of so many pairs encloses the true ratio. */
export function bandCoverage(rounds: number): number {
  return 1 - 2 ** (1 - rounds);
}

const keyOf = ({ group, name }: BenchRounds) => `${group}\n${name}`;

function alone(bench: BenchRounds, verdict: "new" | "gone"): BenchRow {
  const ns = median(bench.ns);
  return {
    group: bench.group,
    name: bench.name,
    rounds: 0,
    baseNs: verdict === "gone" ? ns : NaN,
    nowNs: verdict === "new" ? ns : NaN,
    ratio: NaN,
    ratioLow: NaN,
    ratioHigh: NaN,
    verdict,
  };
}

/** Compares; rows in the order of `now`, then what only the base has. */
export function compareBenches(base: readonly BenchRounds[], now: readonly BenchRounds[]): BenchRow[] {
  const left = new Map(base.map((bench) => [keyOf(bench), bench]));
  const rows = now.map((bench): BenchRow => {
    const before = left.get(keyOf(bench));
    if (before === undefined) return alone(bench, "new");
    left.delete(keyOf(bench));
    const rounds = Math.min(before.ns.length, bench.ns.length);
    const ratios = bench.ns.slice(0, rounds).map((ns, i) => ns / before.ns[i]!);
    const [ratioLow, ratioHigh] = [Math.min(...ratios), Math.max(...ratios)];
    return {
      group: bench.group,
      name: bench.name,
      rounds,
      baseNs: median(before.ns.slice(0, rounds)),
      nowNs: median(bench.ns.slice(0, rounds)),
      ratio: median(ratios),
      ratioLow,
      ratioHigh,
      verdict: ratioLow > 1 ? "slower" : ratioHigh < 1 ? "faster" : "noise",
    };
  });
  return [...rows, ...[...left.values()].map((bench) => alone(bench, "gone"))];
}

/** The rows as CSV. */
export function compareCsv(rows: readonly BenchRow[]): string {
  const number = (value: number, digits: number) => Number.isNaN(value) ? "" : value.toFixed(digits);
  const cells = rows.map((r) => [
    r.group,
    r.name,
    r.rounds,
    number(r.baseNs, 1),
    number(r.nowNs, 1),
    number(r.ratio, 4),
    number(r.ratioLow, 4),
    number(r.ratioHigh, 4),
    r.verdict,
  ]);
  return stringify([COMPARE_COLUMNS.map((c) => c.name), ...cells], { headers: false }).replaceAll(
    "\r\n",
    "\n",
  );
}
