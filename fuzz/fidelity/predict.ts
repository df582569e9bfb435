/**
 * Figures of a load's runs, in the units of the recordings.
 */
import { CHANNEL_NAMES, type Collector } from "../../src/metrics/collector.ts";

/** What a case measures, added up over the runs of several machine speeds. */
export interface Measured {
  /** Counters of each run. */
  readonly runs: readonly Collector[];
  /** When the load of each run was over, in ns. */
  readonly loadNs: readonly number[];
}

const sum = (runs: readonly Collector[], of: (run: Collector) => number) =>
  runs.reduce((total, run) => total + of(run), 0);
const percent = (part: number, whole: number) => whole === 0 ? 0 : 100 * part / whole;

/** Share of blocks that got a page, a storm of misses counted once, in percent. */
export const blockHits = ({ runs }: Measured) =>
  percent(sum(runs, (r) => r.hits), sum(runs, (r) => r.hits + r.missEpisodes));

/** Share of objects that fell back to the rcu_head list, in percent. */
export const fellBack = ({ runs }: Measured) =>
  percent(sum(runs, (r) => r.queued[2]!), sum(runs, (r) => r.queued[0]! + r.queued[1]! + r.queued[2]!));

/** Failed requests in a row: mean. */
export const streakMean = ({ runs }: Measured) =>
  sum(runs, (r) => r.attempts - r.hits) / Math.max(1, sum(runs, (r) => r.missEpisodes));

/** Failed requests in a row: the most of a run, in the median run, since a recording is one run. */
export const streakMax = ({ runs }: Measured) => median(runs.map((r) => r.missStreaks.max));

const slab = CHANNEL_NAMES.indexOf("slab");

/** Share of kfree_bulk() calls with a full block, in percent. */
export const fullBlocks = ({ runs }: Measured) =>
  percent(sum(runs, (r) => countAt(r, 510)), sum(runs, (r) => r.bulkSizes[slab]!.count));

function countAt(run: Collector, records: number): number {
  const bucket = run.bulkSizes[slab]!.buckets().find((b) => b.low <= records && records <= b.high);
  return bucket?.count ?? 0;
}

/** Objects a kfree_bulk() call: mean and median. */
export const bulkMean = ({ runs }: Measured) =>
  sum(runs, (r) => r.bulkSizes[slab]!.mean * r.bulkSizes[slab]!.count) /
  Math.max(1, sum(runs, (r) => r.bulkSizes[slab]!.count));
export const bulkMedian = ({ runs }: Measured) => median(runs.map((r) => r.bulkSizes[slab]!.quantile(0.5)));

/** Share of lockless pages that came from the MOVABLE and RECLAIMABLE lists, in percent. */
export const foreignHits = ({ runs }: Measured) =>
  percent(sum(runs, (r) => r.hitsByType[1]! + r.hitsByType[2]!), sum(runs, (r) => r.hits));

/** Length of a grace period in jiffies at HZ = 250: median. */
export const gracePeriodJiffies = ({ runs }: Measured) =>
  median(runs.map((r) => r.gracePeriodNs.quantile(0.5))) / 4e6;

/** Length of a grace period in ms: mean. */
export const gracePeriodMs = ({ runs }: Measured) =>
  sum(runs, (r) => r.gracePeriodNs.mean * r.gracePeriodNs.count) / sum(runs, (r) => r.gracePeriodNs.count) /
  1e6;

/** How long the load took, in ms: mean. */
export const loadMs = ({ loadNs }: Measured) => loadNs.reduce((sum, ns) => sum + ns, 0) / loadNs.length / 1e6;

/** Failed requests for a page. */
export const failures = ({ runs }: Measured) => sum(runs, (r) => r.attempts - r.hits) / runs.length;

/** Pages that blocks wait in, at most. */
export const blockPages = ({ runs }: Measured) => Math.max(...runs.map((r) => r.waitingPeak / 510));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
