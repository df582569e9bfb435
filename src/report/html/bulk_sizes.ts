/**
 * How many pointers a block held when it was freed: a histogram for each strategy and channel.
 */
import { rectY, ruleY } from "../../deps/plot.ts";
import { addUp, type BucketRow } from "../result_files.ts";
import { chartSvg } from "./chart.ts";
import { grouped, percent, type Section, trimmed } from "./markup.ts";
import { lookOf } from "./series.ts";

/** Pointers from which a block is nearly full: the least of the bucket in which those of full ones are counted. */
const NEARLY_FULL = 504;

interface Sizes {
  readonly strategy: string;
  readonly channel: string;
  readonly blocks: number;
  readonly mean: number;
  readonly bars: readonly { readonly from: number; readonly to: number; readonly share: number }[];
}

function sizesOf(rows: readonly BucketRow[]): Sizes[] {
  return [...Map.groupBy(rows, (r) => `${r.strategy}\n${r.what}`).values()].flatMap((group) => {
    const buckets = addUp(group);
    if (buckets.length === 0) return [];
    const blocks = buckets.reduce((sum, b) => sum + b.count, 0);
    const pointers = buckets.reduce((sum, b) => sum + b.count * (b.low + b.high) / 2, 0);
    return [{
      strategy: group[0]!.strategy,
      channel: group[0]!.what,
      blocks,
      mean: pointers / blocks,
      bars: buckets.map((b) => ({ from: b.low, to: b.high + 1, share: b.count / blocks })),
    }];
  });
}

function chartOf(sizes: Sizes, strategies: readonly string[], most: number): string {
  const { colour } = lookOf(strategies.indexOf(sizes.strategy));
  return chartSvg({
    title: `${sizes.strategy}, ${sizes.channel} blocks`,
    description: `${grouped(sizes.blocks)} blocks with ${trimmed(sizes.mean)} pointers in the mean.`,
    height: 220,
    x: { label: "pointers in the block", domain: [0, most] },
    y: { label: "share of blocks", grid: true, tickFormat: "~%", ticks: 5 },
    marks: [
      rectY(sizes.bars, {
        x1: "from",
        x2: "to",
        y: "share",
        fill: colour,
        stroke: colour,
        insetLeft: 0,
        insetRight: 0,
      }),
      ruleY([0]),
    ],
  });
}

/** The section, or null when no block was freed. */
export function bulkSizes(rows: readonly BucketRow[], strategies: readonly string[]): Section | null {
  const all = sizesOf(rows);
  if (all.length === 0) return null;
  const most = Math.max(...all.flatMap((s) => s.bars.map((b) => b.to)));
  return {
    id: "kfree-bulk",
    title: "How much kfree_bulk() frees at a time",
    text:
      "Pointers in a block when it was freed. Full blocks are why blocks were invented; a miss in the middle of a " +
      "storm makes the next ones small.",
    charts: all.map((sizes) => chartOf(sizes, strategies, most)),
    legend: "",
    table: {
      caption: "Pointers in a block",
      head: [
        "strategy",
        "channel",
        "blocks",
        "mean",
        `full, or nearly (${NEARLY_FULL} and more)`,
        "10 or fewer",
      ],
      rows: all.map((s) => {
        const share = (wanted: (bar: Sizes["bars"][number]) => boolean) =>
          percent(s.bars.filter(wanted).reduce((sum, b) => sum + b.share, 0));
        return [
          s.strategy,
          s.channel,
          grouped(s.blocks),
          trimmed(s.mean),
          share((b) => b.from >= NEARLY_FULL),
          share((b) => b.to <= 11),
        ];
      }),
    },
  };
}
