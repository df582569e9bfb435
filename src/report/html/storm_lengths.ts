/**
 * How many requests fail in a row: mean and longest by size of the lists, and the distribution where it was counted.
 */
import { dot, line, type Mark, ruleX, ruleY } from "../../deps/plot.ts";
import { type Cell, numberIn, otherAxes } from "../result_cells.ts";
import { addUp, type BucketRow } from "../result_files.ts";
import { chartSvg, logTicks } from "./chart.ts";
import { filledText, grouped, type Section, trimmed } from "./markup.ts";
import { legendOf, lookOf } from "./series.ts";

/** Sizes whose names stand beside each other; more are written upwards. */
const SIZES_ABREAST = 6;

interface Streak {
  readonly strategy: string;
  readonly size: string;
  readonly pressure: string;
  /** Other axes. */
  readonly others: string;
  readonly mean: number;
  readonly most: number;
  readonly episodes: number;
}

function streaksOf(cells: readonly Cell[]): Streak[] {
  const others = otherAxes(cells, ["strategy", "pcp_high", "pcp_batch", "pressure"]);
  return cells.flatMap((cell) => {
    const { axes: a, rows } = cell;
    let episodes = 0, failures = 0, most = 0;
    for (const row of rows) {
      episodes += numberIn(row, "miss_episodes") ?? 0;
      failures += (numberIn(row, "block_attempts") ?? 0) - (numberIn(row, "block_hits") ?? 0);
      most = Math.max(most, numberIn(row, "miss_streak_max") ?? 0);
    }
    if (episodes === 0) return [];
    const size = `${a.pcp_high}/${a.pcp_batch}`;
    return [{
      strategy: a.strategy!,
      size,
      pressure: a.pressure!,
      others: others(cell),
      mean: failures / episodes,
      most,
      episodes,
    }];
  });
}

function lengthsChart(
  streaks: readonly Streak[],
  sizes: readonly string[],
  strategies: readonly string[],
  top: number,
) {
  const marks = strategies.flatMap((strategy, i): Mark[] => {
    const own = streaks.filter((s) => s.strategy === strategy);
    if (own.length === 0) return [];
    const { colour, symbol } = lookOf(i);
    const dx = (i - (strategies.length - 1) / 2) * 9;
    return [
      ruleX(own, { x: "size", y1: "mean", y2: "most", stroke: colour, strokeWidth: 2, dx }),
      dot(own, { x: "size", y: "mean", fill: colour, stroke: colour, symbol, r: 4, dx }),
      dot(own, { x: "size", y: "most", stroke: colour, symbol, r: 4, strokeWidth: 2, dx }),
    ];
  });
  const crowded = sizes.length > SIZES_ABREAST;
  const worst = streaks.reduce((a, b) => b.most > a.most ? b : a);
  return chartSvg({
    title: `${filledText(streaks[0]!.pressure)} of memory filled${streaks[0]!.others}`,
    description: `Failed requests in a row, mean and most. The longest storm has ${
      grouped(worst.most)
    }, ${worst.strategy} at ${worst.size}.`,
    marginBottom: crowded ? 68 : 42,
    x: { type: "point", domain: sizes, label: "pcp high/batch", tickRotate: crowded ? -90 : 0 },
    y: {
      type: "log",
      domain: [1, top],
      label: "failed requests in a row",
      grid: true,
      ticks: logTicks(1, top),
      tickFormat: "~s",
    },
    marks,
  });
}

/** Share of storms that are at least so long, by strategy. */
function distributionChart(rows: readonly BucketRow[], strategies: readonly string[]): string | null {
  const marks = strategies.flatMap((strategy, i): Mark[] => {
    const buckets = addUp(rows.filter((r) => r.strategy === strategy));
    const total = buckets.reduce((sum, b) => sum + b.count, 0);
    if (total === 0) return [];
    let left = total;
    const steps = buckets.map((b) => {
      const share = left / total;
      left -= b.count;
      return { length: Math.max(1, b.low), share };
    });
    const { colour, dash } = lookOf(i);
    return [line(steps, { x: "length", y: "share", stroke: colour, strokeWidth: 2, strokeDasharray: dash })];
  });
  if (marks.length === 0) return null;
  return chartSvg({
    title: "Share of storms that are at least so long",
    description: "Both axes are logarithmic.",
    x: { type: "log", label: "failed requests in a row", ticks: 4, tickFormat: "~s" },
    y: { type: "log", label: "share", grid: true, ticks: 4, tickFormat: "~%" },
    marks: [ruleY([1]), ...marks],
  });
}

/** The section, or null when nothing missed. */
export function stormLengths(
  cells: readonly Cell[],
  lengths: readonly BucketRow[],
  strategies: readonly string[],
): Section | null {
  const streaks = streaksOf(cells);
  if (streaks.length === 0) return null;
  const bySize = (text: string) => Number(text.split("/")[0]) * 1e6 + Number(text.split("/")[1]);
  const sizes = [...new Set(streaks.map((s) => s.size))].sort((a, b) => bySize(a) - bySize(b));
  const top = Math.max(10, ...streaks.map((s) => s.most));
  const groups = [...Map.groupBy(streaks, (s) => s.pressure + s.others).values()];
  const distribution = distributionChart(lengths, strategies);
  return {
    id: "storms",
    title: "How long a miss storm lasts",
    text: "Requests that fail in a row on one CPU: the filled sign is the mean, the open sign the longest.",
    charts: [
      ...groups.map((group) => lengthsChart(group, sizes, strategies, top)),
      ...(distribution === null ? [] : [distribution]),
    ],
    legend: legendOf(strategies, streaks.map((s) => s.strategy)),
    table: {
      caption: "Failed requests in a row",
      head: ["strategy", "high/batch", "filled", "storms", "mean", "longest"],
      rows: streaks.map((s) => [
        s.strategy,
        s.size,
        filledText(s.pressure) + s.others,
        grouped(s.episodes),
        trimmed(s.mean),
        grouped(s.most),
      ]),
    },
  };
}
