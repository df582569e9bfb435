/**
 * Axes of a sweep: what each is called, what its values look like, and what they change of a run.
 */
import { PAGE_SIZE } from "../profile/page_size.ts";
import {
  BYTES_MAX,
  BYTES_MIN,
  CPUS_MAX,
  NODES_MAX,
  numberIn,
  type NumberRange,
  rangeWords,
  RUN_RANGES,
  whole,
} from "../run/check_options.ts";
import type { RunOptions } from "../run/options.ts";

/** A MiB in bytes and in pages. */
const MIB = 2 ** 20, MIB_PAGES = MIB / PAGE_SIZE;

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

/** An axis of numbers. */
function ranged(meaning: string, range: NumberRange, set: (draft: CellDraft, value: number) => void): Axis {
  return {
    meaning,
    apply(draft, given) {
      const value = numberIn(range, given);
      if (Number.isNaN(value)) return rangeWords(range);
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
  memory_mib: ranged(
    "memory of a made-up machine, MiB",
    whole(BYTES_MIN / MIB, BYTES_MAX / MIB),
    (d, mib) => d.memoryBytes = mib * MIB,
  ),
  nodes: ranged(
    "NUMA nodes of a made-up machine, beside memory_mib or cpus",
    whole(1, NODES_MAX),
    (d, nodes) => d.nodes = nodes,
  ),
  cpus: ranged("CPUs of a made-up machine", whole(1, CPUS_MAX), (d, cpus) => d.cpus = cpus),
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
    "all but random: size of an object, in 24 bytes",
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
    "loads of programs: kvfree_rcu calls a second and thread",
    RUN_RANGES.rateHz,
    (d, rateHz) => option(d, { rateHz }),
  ),
  gap_us: ranged(
    "flood and trickle: sleep between rounds; on_off: mean period, us",
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
  pcp_high: ranged("pcp high, pages", whole(0, 1e7), (d, high) => d.pcpHigh = high),
  pcp_batch: ranged("pcp batch, pages", whole(1, 1e7), (d, batch) => d.pcpBatch = batch),
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
  swap_mib: ranged(
    "room in swap, MiB",
    whole(0, RUN_RANGES.swapPages.max / MIB_PAGES),
    (d, mib) => option(d, { swapPages: mib * MIB_PAGES }),
  ),
  costs: {
    meaning:
      "nominal costs, an end of their uncertainty (low, high), or those of code under an emulator (emulated)",
    apply(d, value) {
      if (value !== "nominal" && value !== "low" && value !== "high" && value !== "emulated") {
        return "nominal, low, high or emulated";
      }
      option(d, { costEnd: value });
    },
  },
  slowdown: ranged(
    "how many times slower than the nominal machine",
    RUN_RANGES.slowdown,
    (d, slowdown) => option(d, { slowdown }),
  ),
  host_cores: ranged(
    "cores of the host that the machine's CPUs share, 0 for one each",
    RUN_RANGES.hostCores,
    (d, hostCores) => option(d, { hostCores }),
  ),
  stolen: ranged(
    "share of the busy time that the host gives to others",
    RUN_RANGES.stolen,
    (d, stolen) => option(d, { stolen }),
  ),
  strategy: named("how a block's page is got", (d, strategy) => option(d, { strategy })),
};
