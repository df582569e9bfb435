/**
 * The RFC's five claims for blocks over chains of rcu_head, each an experiment.
 */
import type { RunOptions } from "../../src/run/options.ts";
import { Prng } from "../../src/sim/prng.ts";
import { lineMisses } from "../../src/slab/cache_lines.ts";
import { type ClaimRow, type Comparison, judge } from "./claim.ts";
import { CACHE_MISS_NS, claimRun } from "./measure.ts";

/** Objects of an experiment; the smoke size is for tests. */
export interface ClaimSize {
  readonly objects: number;
}

const STORM = { workload: "kfree_storm", kfree_loops: 1 } as const;

/** (a): the reclaiming side alone, without the list's cache misses, which are claim (b). */
function bulkIsCheaper({ objects }: ClaimSize): ClaimRow {
  const perObject = (way: "blocks" | "list", blockEntries: number, kfree_mult: number) => {
    const num = Math.min(objects, Math.floor(objects * 20 / kfree_mult));
    const run = claimRun(way, { ...STORM, kfree_alloc_num: num, blockEntries, kfree_mult });
    return run.reclaimNs / run.collector.freed - (way === "list" ? CACHE_MISS_NS : 0);
  };
  const compare = (when: string, entries: number, mult = 1): Comparison => ({
    when,
    unit: "ns an object reclaimed, cache misses apart",
    blocks: perObject("blocks", entries, mult),
    list: perObject("list", entries, mult),
  });
  return judge(
    "a",
    "kfree_bulk() costs less an object than kfree() each",
    [
      ...[1, 2, 4, 16, 64, 510].map((n) => compare(`${n} objects of 32 bytes a block`, n)),
      compare("510 of 512 bytes, 8 a slab", 510, 21),
      compare("510 of 8 KiB, 4 a slab", 510, 341),
    ],
    "the saving is one __slab_free() for a group of one slab, so that it goes with the groups; a block's own page " +
      "has to be freed as well",
  );
}

/** (b): lines of memory that miss, counted by a cache of 1 MiB. */
function pointersAreLocal(): ClaimRow {
  const compare = (when: string, change: object, part: "pointer" | "all"): Comparison => {
    const misses = (way: "blocks" | "list") => {
      const shape = { objects: 8000, size: 64, spread: true, ageLines: 65_536, ...change };
      const { queue, pointer, kfree } = lineMisses(way, shape, new Prng("xor128:claims/b"));
      return part === "pointer" ? pointer : queue + pointer + kfree;
    };
    const unit = part === "pointer" ? "misses an object to find the next" : "misses an object in all";
    return { when, unit, blocks: misses("blocks"), list: misses("list") };
  };
  return judge(
    "b",
    "no pointer chasing between objects far apart",
    [
      compare("pointers, 64 bytes, old", {}, "pointer"),
      compare("pointers, 32 bytes side by side, old", { size: 32, spread: false }, "pointer"),
      compare("pointers, 64 bytes, waiting while 256 KiB are touched", { ageLines: 4096 }, "pointer"),
      compare("all misses, 64 bytes, old, far apart", {}, "all"),
      compare("all misses, 64 bytes, old, side by side", { spread: false }, "all"),
    ],
    "kfree_bulk() writes its free pointer into every object as kfree() does, and reads its struct page; what blocks " +
      "save is that each miss waits for the one before. The factor of 8 is 8 records a line, of the pointers alone",
  );
}

/** (c): what the caller of the one-argument form pays, its allocation included. */
function oneArgumentNeedsBlocks({ objects }: ClaimSize): ClaimRow {
  const calls = Math.max(20, Math.floor(objects / 400));
  const callerNs = (way: "blocks" | "list", change: object) =>
    claimRun(way, { workload: "one_argument", calls, ...change }).loadNs / calls;
  const waiting = callerNs("list", {});
  const compare = (when: string, change: object): Comparison => ({
    when,
    unit: "ns a call",
    blocks: callerNs("blocks", change),
    list: waiting,
  });
  return judge(
    "c",
    "objects without an rcu_head need not wait in their caller",
    [
      compare("a page for every block", {}),
      compare("one record a block", { blockEntries: 1 }),
      compare("no page ever", { strategy: "none" }),
    ],
    "a request that finds no page waits for a grace period like any caller without blocks",
  );
}

/** (d): how full the blocks of each channel are, beside a load of one kind. */
function channelsAreApart({ objects }: ClaimSize): ClaimRow {
  const calls = Math.floor(objects / 4);
  const compare = (rateHz: number): Comparison => {
    const blocksPer1000 = (workload: string) => {
      const { collector: c } = claimRun("blocks", { workload, calls, rateHz });
      const inBlocks = c.bulkSizes[0]!.mean * c.bulkSizes[0]!.count +
        c.bulkSizes[1]!.mean * c.bulkSizes[1]!.count;
      return 1000 * (c.bulkSizes[0]!.count + c.bulkSizes[1]!.count) / inBlocks;
    };
    return {
      when: `${rateHz} calls a second, a quarter of them vmalloc() areas`,
      unit: "blocks for 1000 objects, one kind of object for two kinds",
      blocks: blocksPer1000("mixed_channels"),
      list: blocksPer1000("poisson"),
    };
  };
  const comparisons = [500, 5000, 50_000].map(compare);
  const { collector } = claimRun("blocks", { workload: "mixed_channels", calls, rateHz: 5000 });
  const apart = [0, 1].every((i) =>
    Math.round(collector.bulkSizes[i]!.mean * collector.bulkSizes[i]!.count) === collector.queued[i]
  );
  const worst = Math.max(...comparisons.map((c) => c.blocks / c.list));
  return {
    claim: "d",
    title: "slab and vmalloc pointers are kept apart, each gets its own bulk free",
    verdict: apart ? "confirmed" : "not confirmed",
    by: `mean batch ${collector.bulkSizes[0]!.mean.toFixed(1)} slab, ${
      collector.bulkSizes[1]!.mean.toFixed(1)
    } vmalloc at 5000 a second; no block holds both`,
    stops:
      `two channels take up to ${
        worst.toFixed(2)
      } times the blocks of one, where batches do not fill them; ` +
      "vmalloc() areas are freed one by one all the same",
    comparisons,
  };
}

/** (e): a flood as fast as the CPU can make it, until it is over or memory is. */
function floodsEndSooner({ objects }: ClaimSize): ClaimRow {
  const storm = (kfree_loops: number) => ({ ...STORM, kfree_loops, kfree_alloc_num: objects });
  const open = (rateHz: number) => ({ workload: "poisson", rateHz, calls: objects * 50 });
  const compare = (when: string, load: Partial<RunOptions>, unit: "afterNs" | "peak"): Comparison => {
    const of = (way: "blocks" | "list") => {
      const run = claimRun(way, load);
      return unit === "afterNs"
        ? run.reclaimNs / run.collector.freed
        : run.collector.waitingPeak / run.collector.freed;
    };
    return {
      when,
      unit: unit === "afterNs" ? "ns an object from the first freed to the last" : "most waiting / all",
      blocks: of("blocks"),
      list: of("list"),
    };
  };
  return judge(
    "e",
    "faster freeing after a grace period lowers the danger that a flood ends in OOM",
    [
      compare("reclaim, flood within a grace period", storm(1), "afterNs"),
      compare("peak, flood within a grace period", storm(1), "peak"),
      compare("peak, 1 million calls a second", open(1e6), "peak"),
      compare("peak, 3 million calls a second", open(3e6), "peak"),
      compare("peak, as fast as each way can", storm(50), "peak"),
      timeToOom(objects),
    ],
    "until the first grace period ends nothing can be freed either way; a caller who is not held to a rate floods " +
      "faster with blocks, which cost him less, so that more waits",
  );
}

/** A flood of more than the memory, as fast as each way can: how soon it is killed, as kills a second. */
function timeToOom(objects: number): Comparison {
  const killsPerSecond = (way: "blocks" | "list") => {
    const load = {
      ...STORM,
      kfree_loops: Math.ceil(600_000 / objects),
      kfree_alloc_num: objects,
      kfree_mult: 21,
    };
    const run = claimRun(way, load);
    return run.oomKills / (run.loadNs / 1e9);
  };
  return {
    when: "OOM, objects of 512 bytes, as fast as each way can",
    unit: "kills a second of flooding",
    blocks: killsPerSecond("blocks"),
    list: killsPerSecond("list"),
  };
}

/** All five. */
export function claimRows(size: ClaimSize): ClaimRow[] {
  return [bulkIsCheaper, pointersAreLocal, oneArgumentNeedsBlocks, channelsAreApart, floodsEndSooner].map((
    run,
  ) => run(size));
}
