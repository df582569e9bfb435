/**
 * Axes of a sweep: what each is called, what its values look like, and what they change of a run.
 */
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
  return numeric(meaning, min, max, true, set);
}

function numeric(
  meaning: string,
  min: number,
  max: number,
  integer: boolean,
  set: (draft: CellDraft, value: number) => void,
): Axis {
  return {
    meaning,
    apply(draft, given) {
      const value = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
      if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
        return `a ${integer ? "whole " : ""}number from ${min} to ${max}`;
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
  hz: whole("ticks a second", 50, 10_000, (d, HZ) => option(d, { HZ })),
  memory_mib: whole(
    "memory of a made-up machine, MiB",
    16,
    1 << 20,
    (d, mib) => d.memoryBytes = mib * 2 ** 20,
  ),
  nodes: whole("NUMA nodes of a made-up machine", 1, 8, (d, nodes) => d.nodes = nodes),
  cpus: whole("CPUs of a made-up machine", 1, 256, (d, cpus) => d.cpus = cpus),
  workload: named("the load", (d, workload) => option(d, { workload: workload as RunOptions["workload"] })),
  threads: whole("threads of the load (kfree_nthreads)", 1, 128, (d, threads) => option(d, { threads })),
  kfree_alloc_num: whole(
    "kfree_*: objects a loop",
    1,
    1e6,
    (d, kfree_alloc_num) => option(d, { kfree_alloc_num }),
  ),
  kfree_loops: whole("kfree_*: loops a thread", 1, 1e5, (d, kfree_loops) => option(d, { kfree_loops })),
  kfree_mult: whole("size of an object, in 24 bytes", 1, 341, (d, kfree_mult) => option(d, { kfree_mult })),
  calls: whole("loads of programs: calls of each", 1, 1e6, (d, calls) => option(d, { calls })),
  poll_us: whole(
    "pause of a script that polls the log, us, 0 for none",
    0,
    1e7,
    (d, pollUs) => option(d, { pollUs }),
  ),
  rate_hz: numeric(
    "random load: kvfree_rcu calls a second and thread",
    0,
    1e9,
    false,
    (d, rateHz) => option(d, { rateHz }),
  ),
  gap_us: whole("flood and trickle: sleep between rounds, us", 0, 1e6, (d, gapUs) => option(d, { gapUs })),
  pressure: numeric(
    "share of the free memory filled first",
    0,
    1,
    false,
    (d, pressure) => option(d, { pressure }),
  ),
  fraction: whole(
    "percpu_pagelist_fraction, or _high_fraction",
    0,
    1e9,
    (d, pcpFraction) => option(d, { pcpFraction }),
  ),
  pcp_high: whole("pcp high, pages", 0, 1e7, (d, high) => d.pcpHigh = high),
  pcp_batch: whole("pcp batch, pages", 1, 1e7, (d, batch) => d.pcpBatch = batch),
  rcu_min_cached_objs: whole("blocks a CPU keeps", 0, 1000, (d, cachedBlocks) => option(d, { cachedBlocks })),
  block_entries: whole("pointers a block holds", 1, 510, (d, blockEntries) => option(d, { blockEntries })),
  swap_mib: whole("room in swap, MiB", 0, 1 << 20, (d, mib) => option(d, { swapPages: mib * 256 })),
  costs: {
    meaning: "end of the costs' uncertainty: nominal, low or high",
    apply(d, value) {
      if (value !== "nominal" && value !== "low" && value !== "high") return "nominal, low or high";
      option(d, { costEnd: value });
    },
  },
  slowdown: numeric(
    "how many times slower than the nominal machine",
    0.01,
    1000,
    false,
    (d, slowdown) => option(d, { slowdown }),
  ),
  strategy: named("how a block's page is got", (d, strategy) => option(d, { strategy })),
};
