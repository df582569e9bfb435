/**
 * The table of the options that say what a run is and on what machine: `deno task fuzz` and whoever runs one run.
 */
import { STRATEGIES, WORKLOADS } from "../../mod.ts";
import { KNOWN_BUGS } from "../../src/profile/known_bugs.ts";
import { PROFILES } from "../../src/profile/profile.ts";
import { CPUS_MAX, NODES_MAX, RUN_RANGES } from "../../src/run/check_options.ts";
import { RCU_BOOT } from "../../src/run/options.ts";
import { numberOption, type OptionTable, wholeOption } from "./option_table.ts";

const { HZ, kfree_alloc_num, kfree_loops, kfree_mult, ...RANGES } = RUN_RANGES;
const SIZE = "^\\d{1,6}[KMGTkmgt]$";

/** Options that {@link runOptions} and {@link machineOf} read. */
export const RUN_TABLE = {
  seed: { kind: "text", fallback: "1" },
  workload: { kind: "choice", names: WORKLOADS, fallback: "random" },
  calls: numberOption(RANGES.calls),
  rate: numberOption(RANGES.rateHz, 0),
  threads: numberOption(RANGES.threads),
  kfree_alloc_num: numberOption(kfree_alloc_num, 8000),
  kfree_loops: numberOption(kfree_loops, 10),
  kfree_mult: numberOption(kfree_mult, 1),
  gap_us: numberOption(RANGES.gapUs, 100_000),
  zoneinfo: { kind: "text" },
  pcplists: { kind: "text" },
  mem: { kind: "text", pattern: SIZE },
  cpus: wholeOption(1, CPUS_MAX),
  nodes: wholeOption(1, NODES_MAX),
  distance: { kind: "text", pattern: "^[0-9,/]+$" },
  pcp: { kind: "text", pattern: "^(machine|\\d{1,7}/\\d{1,7})$" },
  fraction: numberOption(RANGES.pcpFraction),
  pressure: numberOption(RANGES.pressure),
  profile: { kind: "choice", names: Object.keys(PROFILES), fallback: "v5_9" },
  bugs: { kind: "names", names: KNOWN_BUGS.map((bug) => bug.name), others: ["none"], fallback: "none" },
  rcu: { kind: "names", names: RCU_BOOT, others: ["none"], fallback: "none" },
  hz: numberOption(HZ, 250),
  preemption: { kind: "choice", names: ["voluntary", "full", "rt"], fallback: "full" },
  pageblock_order: numberOption(RANGES.pageblockOrder, 9),
  rcu_min_cached_objs: numberOption(RANGES.cachedBlocks),
  block_entries: numberOption(RANGES.blockEntries),
  slowdown: numberOption(RANGES.slowdown, 1),
  host_cores: numberOption(RANGES.hostCores, 0),
  stolen: numberOption(RANGES.stolen, 0),
  poll_us: numberOption(RANGES.pollUs, 0),
  swap: { kind: "text", pattern: SIZE },
  depth: numberOption(RANGES.pctDepth, 3),
  traced: { kind: "switch" },
} as const satisfies OptionTable;

/** Options that name the machine: those of a command line stand for all of a file's. */
export const MACHINE_OPTIONS: readonly string[] = [
  "zoneinfo",
  "pcplists",
  "mem",
  "cpus",
  "nodes",
  "distance",
];

/** The strategies: one, several, or all. */
export const STRATEGY_OPTION = {
  kind: "names",
  names: STRATEGIES.map((s) => s.name),
  others: ["all"],
  fallback: "lockless",
} as const;
