/**
 * The comparison as a table for people.
 */
import { bold, dim, green, red } from "../../src/deps/fmt.ts";
import { textTable } from "../command/text_table.ts";
import { bandCoverage, type BenchRow, type BenchVerdict } from "../../src/report/bench_compare.ts";

const COLOURS: Readonly<Record<BenchVerdict, (text: string) => string>> = {
  slower: red,
  faster: green,
  noise: dim,
  new: bold,
  gone: bold,
};

function time(ns: number): string {
  if (Number.isNaN(ns)) return "-";
  if (ns < 1e3) return `${ns.toFixed(1)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} us` : `${(ns / 1e6).toFixed(2)} ms`;
}

/**
 * The table: a benchmark a line, and below it what the band means, if there is one.
 *
 * @param isColoured Whether a terminal shows it: a file or a pipe gets plain text.
 */
export function compareTable(rows: readonly BenchRow[], isColoured: boolean): string {
  const cells = rows.map((r) => [
    r.name,
    time(r.baseNs),
    time(r.nowNs),
    Number.isNaN(r.ratio) ? "-" : r.ratio.toFixed(3),
    Number.isNaN(r.ratio) ? "-" : `${r.ratioLow.toFixed(3)} to ${r.ratioHigh.toFixed(3)}`,
    r.verdict,
  ]);
  const head = ["benchmark", "base", "now", "ratio", "band", ""];
  const [title, ...lines] = textTable([head, ...cells], (column) => column === 0 || column === 5).split("\n");
  const rounds = Math.max(0, ...rows.map((r) => r.rounds));
  const coverage = (100 * bandCoverage(rounds)).toFixed(1);
  return [
    title,
    ...rows.map((r, i) => isColoured ? COLOURS[r.verdict](lines[i]!) : lines[i]!),
    ...(rounds === 0
      ? []
      : [`${rounds} rounds: a band holds the true ratio with a probability of ${coverage} %`]),
  ].join("\n");
}
