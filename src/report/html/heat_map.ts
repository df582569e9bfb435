/**
 * Hit rate over pcp high and batch, a map for each strategy, pressure and whatever else varies.
 */
import { cell, text } from "../../deps/plot.ts";
import { type Cell, estimateIn, otherAxes, valuesOf } from "../result_cells.ts";
import { chartSvg } from "./chart.ts";
import { filledText, percent, type Section } from "./markup.ts";

/** Cividis in seven steps: one hue from dark blue to yellow, the same for every kind of colour vision. */
const CIVIDIS = ["#00224e", "#27406e", "#575c6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"];
/** Shades from which black text is easier to read than white. */
const DARK_TEXT_FROM = 3;

/** Step of a rate between the lowest and the highest on the map. */
function shadeOf(rate: number, lowest: number, highest: number): number {
  const share = highest === lowest ? 1 : (rate - lowest) / (highest - lowest);
  return Math.min(CIVIDIS.length - 1, Math.floor(share * CIVIDIS.length));
}

/** What a map may show: a column of runs.csv, and what a share of it says. */
const KINDS = [
  { name: "blocks", column: "hit_rate_block", of: (value: number) => value },
  { name: "objects", column: "fell_back_share", of: (value: number) => 1 - value },
] as const;

interface Square {
  /** Blocks that got a page at once, or objects that needed no fallback. */
  readonly kind: string;
  readonly strategy: string;
  readonly pressure: string;
  /** Other axes. */
  readonly others: string;
  readonly high: string;
  readonly batch: string;
  readonly rate: number;
  readonly low: number;
  readonly top: number;
}

function squaresOf(cells: readonly Cell[]): Square[] {
  const others = otherAxes(cells, ["strategy", "pressure", "pcp_high", "pcp_batch"]);
  const [low, top] = [(share: number) => Math.max(0, share), (share: number) => Math.min(1, share)];
  return cells.flatMap((cell) =>
    KINDS.flatMap(({ name, column, of }) => {
      const share = estimateIn(cell, column);
      if (share === null) return [];
      const { strategy, pressure, pcp_high, pcp_batch } = cell.axes;
      const ends = [of(share.low), of(share.high)];
      return [{
        kind: name,
        strategy: strategy!,
        pressure: pressure!,
        others: others(cell),
        high: pcp_high!,
        batch: pcp_batch!,
        rate: of(share.mean),
        low: low(Math.min(...ends)),
        top: top(Math.max(...ends)),
      }];
    })
  );
}

function mapOf(
  squares: readonly Square[],
  highs: readonly string[],
  batches: readonly string[],
  range: [number, number],
) {
  const { kind, strategy, pressure, others } = squares[0]!;
  const shown = squares.map((s) => {
    const shade = shadeOf(s.rate, ...range);
    return {
      ...s,
      colour: CIVIDIS[shade]!,
      ink: shade >= DARK_TEXT_FROM ? "#111" : "#fff",
      label: (100 * s.rate).toFixed(s.rate > 0.9995 || s.rate < 0.0005 ? 0 : 1),
    };
  });
  const worst = squares.reduce((a, b) => b.rate < a.rate ? b : a);
  return chartSvg({
    title: `${strategy}, ${filledText(pressure)} of memory filled${others}: ${kind}`,
    description: `Hit rate by ${kind}, in per cent. The lowest is ${
      percent(worst.rate)
    } at ${worst.high}/${worst.batch}.`,
    height: 84 + 34 * batches.length,
    x: { type: "band", domain: highs, label: "pcp high, in pages", tickSize: 0 },
    y: { type: "band", domain: [...batches].reverse(), label: "pcp batch", tickSize: 0 },
    marks: [
      cell(shown, { x: "high", y: "batch", fill: (s: typeof shown[number]) => s.colour, inset: 1 }),
      text(shown, {
        x: "high",
        y: "batch",
        text: "label",
        fill: (s: typeof shown[number]) => s.ink,
        fontSize: 12,
      }),
    ],
  });
}

/** The section, or null when the lists have one size only. */
export function heatMaps(cells: readonly Cell[]): Section | null {
  const highs = valuesOf(cells, "pcp_high");
  const batches = valuesOf(cells, "pcp_batch");
  const squares = squaresOf(cells);
  if (highs.length * batches.length < 2 || squares.length < 2) return null;
  const rates = squares.map((s) => s.rate);
  const range: [number, number] = [Math.min(...rates), Math.max(...rates)];
  const maps = [
    ...Map.groupBy(squares, (s) => [s.strategy, s.pressure, s.others, s.kind].join("\n")).values(),
  ];
  return {
    id: "hit-rate",
    title: "Hit rate over the size of the lists",
    text:
      "Blocks: share of needed blocks that got a page, where a run of failures counts once, however long. Objects: " +
      "share that did not have to fall back, where it counts in full. In per cent; dark is low, yellow is high, the " +
      "same shades on every map. Strategies that never get a page are left out.",
    charts: maps.map((map) => mapOf(map, highs, batches, range)),
    legend: "",
    table: {
      caption: "Hit rates, with 95 % interval over seeds",
      head: ["strategy", "filled", "high/batch", "of", "hit rate", "from", "to"],
      rows: squares.map((s) => [
        s.strategy,
        filledText(s.pressure) + s.others,
        `${s.high}/${s.batch}`,
        s.kind,
        percent(s.rate),
        percent(s.low),
        percent(s.top),
      ]),
    },
  };
}
