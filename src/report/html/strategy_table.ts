/**
 * The strategies beside each other, all their runs together.
 */
import type { Cell } from "../result_cells.ts";
import { estimateOf, numberIn, pooledShare, valuesOf } from "../result_cells.ts";
import { addUp, type BucketRow, type ResultRow } from "../result_files.ts";
import { grouped, percent, type Section, timeText, trimmed } from "./markup.ts";

/** Time within which a share of all was over, null when there was nothing. */
function quantileOf(rows: readonly BucketRow[], share: number): number | null {
  const buckets = addUp(rows);
  const total = buckets.reduce((sum, b) => sum + b.count, 0);
  let below = 0;
  for (const b of buckets) if ((below += b.count) >= share * total) return b.high;
  return null;
}

const count = (name: string) => (row: ResultRow) => numberIn(row, name) ?? 0;

function rowOf(
  strategy: string,
  cells: readonly Cell[],
  latency: readonly BucketRow[],
  bulk: readonly BucketRow[],
) {
  const rows = cells.flatMap((c) => c.rows);
  const hits = count("block_hits");
  const times = (what: RegExp) => latency.filter((r) => r.strategy === strategy && what.test(r.what));
  const blocks = addUp(bulk.filter((r) => r.strategy === strategy));
  const freed = blocks.reduce((sum, b) => sum + b.count, 0);
  const pointers = blocks.reduce((sum, b) => sum + b.count * (b.low + b.high) / 2, 0);
  const fellBack = (row: ResultRow) => count("fell_back_rcu_head")(row) + count("fell_back_synchronize")(row);
  const byRun = rows.flatMap((row) => numberIn(row, "fell_back_share") ?? []);
  const spread = byRun.length > 1 ? estimateOf(byRun) : null;
  const interval = spread === null
    ? ""
    : `${percent(Math.max(0, spread.low))} to ${percent(Math.min(1, spread.high))}`;
  return [
    strategy,
    grouped(rows.length),
    grouped(rows.reduce((sum, row) => sum + count("objects")(row), 0)),
    percent(pooledShare(cells, hits, count("block_attempts"))),
    percent(pooledShare(cells, hits, (row) => hits(row) + count("miss_episodes")(row))),
    percent(pooledShare(cells, fellBack, count("objects"))),
    interval,
    timeText(quantileOf(times(/^fallback_/), 0.5)),
    timeText(quantileOf(times(/^fallback_/), 0.99)),
    timeText(quantileOf(times(/^enqueue_to_free$/), 0.5)),
    timeText(quantileOf(times(/^enqueue_to_free$/), 0.99)),
    freed === 0 ? "" : trimmed(pointers / freed),
  ];
}

/** The section. */
export function strategyTable(
  cells: readonly Cell[],
  latency: readonly BucketRow[],
  bulk: readonly BucketRow[],
): Section {
  const strategies = valuesOf(cells, "strategy");
  return {
    id: "strategies",
    title: "The strategies beside each other",
    text:
      "All runs of a strategy together. The rate by attempt counts every request for a page, that by block counts " +
      "a run of failures once; fell back is the share of objects that had to take the slow way.",
    charts: [],
    legend: "",
    table: {
      caption: "Strategies",
      head: [
        "strategy",
        "runs",
        "objects",
        "hit by attempt",
        "hit by block",
        "fell back",
        "mean over runs, 95 % interval",
        "fallback, half within",
        "99 % within",
        "queue to free, half within",
        "99 % within",
        "pointers a block",
      ],
      rows: strategies.map((s) => rowOf(s, cells.filter((c) => c.axes.strategy === s), latency, bulk)),
    },
  };
}
