/**
 * Hit rate over the call rate with its interval, a chart for each size of the lists, pressure and whatever else varies.
 */
import { areaY, dot, line, type Mark, ruleX } from "../../deps/plot.ts";
import { type Cell, estimateIn, otherAxes } from "../result_cells.ts";
import { chartSvg, logTicks } from "./chart.ts";
import { filledText, grouped, percent, type Section, trimmed } from "./markup.ts";
import { legendOf, lookOf } from "./series.ts";

interface Point {
  readonly strategy: string;
  readonly place: string;
  readonly rateHz: number;
  readonly hit: number;
  readonly low: number;
  readonly high: number;
}

const clamped = (share: number) => Math.min(1, Math.max(0, share));

function pointsOf(cells: readonly Cell[]): Point[] {
  const others = otherAxes(cells, ["strategy", "pcp_high", "pcp_batch", "pressure", "rate_hz"]);
  return cells.flatMap((cell) => {
    const { axes: a } = cell;
    const hit = estimateIn(cell, "hit_rate_block");
    if (hit === null || !(Number(a.rate_hz) > 0)) return [];
    return [{
      strategy: a.strategy!,
      place: `${a.pcp_high}/${a.pcp_batch}, ${filledText(a.pressure)} of memory filled${others(cell)}`,
      rateHz: Number(a.rate_hz),
      hit: hit.mean,
      low: clamped(hit.low),
      high: clamped(hit.high),
    }];
  }).sort((a, b) => a.rateHz - b.rateHz);
}

function curvesOf(points: readonly Point[], strategies: readonly string[], bottom: number): string {
  const marks = strategies.flatMap((strategy, i): Mark[] => {
    const own = points.filter((p) => p.strategy === strategy);
    if (own.length === 0) return [];
    const { colour, dash, symbol } = lookOf(i);
    return [
      areaY(own, { x: "rateHz", y1: "low", y2: "high", fill: colour, fillOpacity: 0.18 }),
      ruleX(own, { x: "rateHz", y1: "low", y2: "high", stroke: colour }),
      line(own, { x: "rateHz", y: "hit", stroke: colour, strokeWidth: 2, strokeDasharray: dash }),
      dot(own, { x: "rateHz", y: "hit", fill: colour, stroke: colour, symbol, r: 3.5 }),
    ];
  });
  const rates = points.map((p) => p.rateHz);
  const worst = points.reduce((a, b) => b.hit < a.hit ? b : a);
  return chartSvg({
    title: points[0]!.place,
    description: `Hit rate by block over the call rate. The lowest is ${
      percent(worst.hit)
    }, ${worst.strategy} at ${trimmed(worst.rateHz)} a second.`,
    x: {
      type: "log",
      label: "kvfree_rcu() calls a second and thread",
      ticks: logTicks(rates[0]!, rates.at(-1)!),
      tickFormat: "~s",
    },
    y: { label: "hit rate", grid: true, domain: [bottom, 1], tickFormat: "~%" },
    marks,
  });
}

/** The section, or null when there is one call rate only. */
export function rateCurves(cells: readonly Cell[], strategies: readonly string[]): Section | null {
  const points = pointsOf(cells);
  if (new Set(points.map((p) => p.rateHz)).size < 2) return null;
  const lowest = Math.min(...points.map((p) => p.low));
  const bottom = lowest > 0.9 ? 0.9 : lowest > 0.5 ? 0.5 : 0;
  return {
    id: "call-rate",
    title: "Hit rate over the call rate",
    text: "Share of blocks that got a page. Bands and bars are 95 % intervals over seeds.",
    charts: [...Map.groupBy(points, (p) => p.place).values()].map((group) =>
      curvesOf(group, strategies, bottom)
    ),
    legend: legendOf(strategies, points.map((p) => p.strategy)),
    table: {
      caption: "Hit rate by call rate, with 95 % interval over seeds",
      head: ["strategy", "lists", "calls a second", "hit rate", "from", "to"],
      rows: points.map((p) => [
        p.strategy,
        p.place,
        grouped(p.rateHz),
        percent(p.hit),
        percent(p.low),
        percent(p.high),
      ]),
    },
  };
}
