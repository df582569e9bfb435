/**
 * Axes of a sweep: what each is called, what its values look like, and what they change of a run.
 */
import { type NumberRange, rangeWords, RUN_RANGES } from "../run/check_options.ts";
import type { RunOptions } from "../run/options.ts";

/** Machine and options of a cell while its axes are applied. */
export interface CellDraft {
  /** Size of a made-up machine; 0 bytes for the machine that the sweep is on. */
  memoryBytes: number;
  cpus: number;
  nodes: number;
  /** Size of the lists, null for the machine's own. */
  pcpHigh: number | null;
  pcpBatch: number | null;
  /** Everything else. */
  options: Partial<RunOptions>;
}

/** One axis. */
export interface Axis {
  /** What it varies, with its unit. */
  readonly meaning: string;
  /** Applies a value; the text of what was expected if it is none. */
  apply(draft: CellDraft, value: string): string | void;
}

/** An axis of whole numbers. */
function whole(
  meaning: string,
  min: number,
  max: number,
  set: (draft: CellDraft, value: number) => void,
): Axis {
  return ranged(meaning, { min, max, whole: true }, set);
}

function ranged(meaning: string, range: NumberRange, set: (draft: CellDraft, value: number) => void): Axis {
  return {
    meaning,
    apply(draft, given) {
      const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
      const { min, max } = range;
      if (!(value >= min && value <= max) || (range.whole && !Number.isInteger(value))) {
        return rangeWords(range);
      }
      set(draft, value);
    },
  };
}

/** An axis of names, which the run itself checks. */
const named = (meaning: string, set: (draft: CellDraft, value: string) => void): Axis => ({
  meaning,
  apply: (draft, value) => set(draft, value),
});

const option = (draft: CellDraft, change: Partial<RunOptions>) => {
  draft.options = { ...draft.options, ...change };
};

/** Axes by name, in the order in which cells are counted: the last changes fastest. */
export const AXES: Readonly<Record<string, Axis>> = {
  profile: named("kernel version", (d, profile) => option(d, { profile })),
  preemption: {
    meaning: "voluntary, full, or rt",
    apply(d, value) {
      if (value !== "voluntary" && value !== "full" && value !== "rt") return "voluntary, full or rt";
      option(d, { preemption: value });
    },
  },
  hz: ranged("ticks a second", RUN_RANGES.HZ, (d, HZ) => option(d, { HZ })),
  memory_mib: whole(
    "memory of a made-up machine, MiB",
    16,
    1 << 20,
    (d, mib) => d.memoryBytes = mib * 2 ** 20,
  ),
  nodes: whole("NUMA nodes of a made-up machine", 1, 8, (d, nodes) => d.nodes = nodes),
  cpus: whole("CPUs of a made-up machine", 1, 256, (d, cpus) => d.cpus = cpus),
  workload: named("the load", (d, workload) => option(d, { workload: workload as RunOptions["workload"] })),
  threads: ranged(
    "threads of the load (kfree_nthreads)",
    RUN_RANGES.threads,
    (d, threads) => option(d, { threads }),
  ),
  kfree_alloc_num: ranged(
    "kfree_*: objects a loop",
    RUN_RANGES.kfree_alloc_num,
    (d, kfree_alloc_num) => option(d, { kfree_alloc_num }),
  ),
  kfree_loops: ranged(
    "kfree_*: loops a thread",
    RUN_RANGES.kfree_loops,
    (d, kfree_loops) => option(d, { kfree_loops }),
  ),
  kfree_mult: ranged(
    "size of an object, in 24 bytes",
    RUN_RANGES.kfree_mult,
    (d, kfree_mult) => option(d, { kfree_mult }),
  ),
  calls: ranged("loads of programs: calls of each", RUN_RANGES.calls, (d, calls) => option(d, { calls })),
  poll_us: ranged(
    "pause of a script that polls the log, us, 0 for none",
    RUN_RANGES.pollUs,
    (d, pollUs) => option(d, { pollUs }),
  ),
  rate_hz: ranged(
    "random load: kvfree_rcu calls a second and thread",
    RUN_RANGES.rateHz,
    (d, rateHz) => option(d, { rateHz }),
  ),
  gap_us: ranged(
    "flood and trickle: sleep between rounds, us",
    RUN_RANGES.gapUs,
    (d, gapUs) => option(d, { gapUs }),
  ),
  pressure: ranged(
    "share of the free memory filled first",
    RUN_RANGES.pressure,
    (d, pressure) => option(d, { pressure }),
  ),
  fraction: ranged(
    "percpu_pagelist_fraction, or _high_fraction",
    RUN_RANGES.pcpFraction,
    (d, pcpFraction) => option(d, { pcpFraction }),
  ),
  pcp_high: whole("pcp high, pages", 0, 1e7, (d, high) => d.pcpHigh = high),
  pcp_batch: whole("pcp batch, pages", 1, 1e7, (d, batch) => d.pcpBatch = batch),
  rcu_min_cached_objs: ranged(
    "blocks a CPU keeps",
    RUN_RANGES.cachedBlocks,
    (d, cachedBlocks) => option(d, { cachedBlocks }),
  ),
  block_entries: ranged(
    "pointers a block holds",
    RUN_RANGES.blockEntries,
    (d, blockEntries) => option(d, { blockEntries }),
  ),
  swap_mib: whole("room in swap, MiB", 0, 1 << 20, (d, mib) => option(d, { swapPages: mib * 256 })),
  costs: {
    meaning: "end of the costs' uncertainty: nominal, low or high",
    apply(d, value) {
      if (value !== "nominal" && value !== "low" && value !== "high") return "nominal, low or high";
      option(d, { costEnd: value });
    },
  },
  slowdown: ranged(
    "how many times slower than the nominal machine",
    RUN_RANGES.slowdown,
    (d, slowdown) => option(d, { slowdown }),
  ),
  strategy: named("how a block's page is got", (d, strategy) => option(d, { strategy })),
};
