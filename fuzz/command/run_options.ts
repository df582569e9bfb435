/**
 * Options that several tasks share: the machine, the strategies, and what a run is.
 */
import { RCU_BOOT } from "../../src/run/options.ts";
import { type RunOptions, STRATEGIES, type WorkloadName, WORKLOADS } from "../../mod.ts";
import { UsageError } from "./exit.ts";
import { type Args, choice, numberOf, refuse, text } from "./option_values.ts";

/** Options with a value that {@link runOptions} and {@link machineOf} read. */
export const RUN_VALUES = [
  "seed",
  "workload",
  "calls",
  "rate",
  "threads",
  "kfree_alloc_num",
  "kfree_loops",
  "kfree_mult",
  "gap_us",
  "zoneinfo",
  "pcplists",
  "mem",
  "cpus",
  "nodes",
  "distance",
  "pcp",
  "fraction",
  "pressure",
  "profile",
  "bugs",
  "rcu",
  "hz",
  "preemption",
  "pageblock_order",
  "rcu_min_cached_objs",
  "block_entries",
  "slowdown",
  "poll_us",
  "swap",
  "depth",
] as const;

/** Where the machine comes from. */
export type MachineSource =
  & (
    | { readonly zoneinfo: string; readonly pcplists: string | null }
    | { readonly memoryBytes: number; readonly cpus: number; readonly nodes: number }
  )
  & {
    /** Distances of the nodes as firmware has them, row by row; without them all remote nodes are equally far. */
    readonly distance?: readonly (readonly number[])[];
  };

/** Options of a run that were given; what was not given keeps its default. */
export function runOptions(args: Args): Partial<RunOptions> {
  const number = numbersOf(args);
  const optional = (name: string, min: number, max: number) =>
    args[name] === undefined ? null : number(name, 0, min, max);
  const bugs = text(args, "bugs", "");
  return {
    seed: text(args, "seed", "1"),
    workload: choice(args, "workload", "random", WORKLOADS) as WorkloadName,
    ...(args.calls === undefined ? {} : { calls: number("calls", 1, 1, 1e6) }),
    rateHz: number("rate", 0, 0, 1e9, false),
    ...(args.threads === undefined ? {} : { threads: number("threads", 1, 1, 128) }),
    kfree_alloc_num: number("kfree_alloc_num", 8000, 1, 1e6),
    kfree_loops: number("kfree_loops", 10, 1, 1e5),
    kfree_mult: number("kfree_mult", 1, 1, 341),
    gapUs: number("gap_us", 100_000, 0, 1e6),
    ...(args.pcp === undefined ? {} : { pcp: pcpOption(args) }),
    ...(args.pressure === undefined ? {} : { pressure: number("pressure", 0, 0, 1, false) }),
    ...(args.fraction === undefined
      ? {}
      : { pcpFraction: number("fraction", 0, 0, 1e9), pcp: pcpOption(args) }),
    pctDepth: number("depth", 3, 1, 20),
    swapPages: args.swap === undefined ? 0 : Math.floor(sizeOf("swap", text(args, "swap", "")) / 4096),
    pollUs: number("poll_us", 0, 0, 1e7),
    traced: args.traced === true,
    profile: text(args, "profile", "v5_9"),
    bugs: bugs === "" || bugs === "none" ? [] : bugs.split(","),
    rcuBoot: rcuBootOf(args),
    HZ: number("hz", 250, 50, 10000),
    preemption: choice(args, "preemption", "full", ["voluntary", "full", "rt"]) as RunOptions["preemption"],
    pageblockOrder: number("pageblock_order", 9, 1, 10),
    cachedBlocks: optional("rcu_min_cached_objs", 0, 1000),
    blockEntries: optional("block_entries", 1, 510),
    slowdown: number("slowdown", 1, 0.01, 1000, false),
  };
}

function rcuBootOf(args: Args): readonly string[] {
  const given = text(args, "rcu", "none");
  if (given === "none") return [];
  const names = given.split(",");
  for (const name of names) {
    if (!(RCU_BOOT as readonly string[]).includes(name)) {
      refuse("rcu", `one of ${RCU_BOOT.join(", ")}, none`, name);
    }
  }
  return names;
}

/** The machine that was asked for, null for the one that comes with the tool. */
export function machineOf(args: Args): MachineSource | null {
  const number = numbersOf(args);
  if (args.mem !== undefined) {
    if (args.zoneinfo !== undefined || args.pcplists !== undefined) {
      throw new UsageError(
        "Cannot read the call: --mem and --zoneinfo both name a machine, give one of them",
      );
    }
    return {
      memoryBytes: sizeOf("mem", text(args, "mem", "")),
      cpus: number("cpus", 2, 1, 256),
      nodes: number("nodes", 1, 1, 8),
      ...distanceOf(args),
    };
  }
  for (const name of ["cpus", "nodes"]) {
    if (args[name] !== undefined) throw new UsageError(`Cannot read the call: --${name} goes with --mem`);
  }
  if (args.zoneinfo === undefined) {
    if (args.distance !== undefined) {
      throw new UsageError("Cannot read the call: --distance goes with --mem or --zoneinfo");
    }
    if (args.pcplists !== undefined) {
      throw new UsageError("Cannot read the call: --pcplists goes with --zoneinfo");
    }
    return null;
  }
  return {
    zoneinfo: text(args, "zoneinfo", ""),
    pcplists: args.pcplists === undefined ? null : text(args, "pcplists", ""),
    ...distanceOf(args),
  };
}

/** LOCAL_DISTANCE of the firmware's tables, and the largest distance that is not "unreachable". */
const LOCAL_DISTANCE = 10;
const DISTANCE_MAX = 254;

/** Rows parted by slashes, as `numactl -H` prints them below each other: 10,21/21,10. */
function distanceOf(args: Args): { distance?: number[][] } {
  if (args.distance === undefined) return {};
  const given = text(args, "distance", "");
  const distance = given.split("/").map((row) =>
    row.split(",").map((d) => /^\d{1,3}$/.test(d) ? Number(d) : NaN)
  );
  const isSquare = distance.every((row) => row.length === distance.length);
  const isRight = distance.every((row, from) =>
    row.every((value, to) =>
      Number.isInteger(value) && value <= DISTANCE_MAX &&
      (from === to ? value === LOCAL_DISTANCE : value > LOCAL_DISTANCE)
    )
  );
  if (!isSquare || !isRight) {
    refuse(
      "distance",
      "a row of every node's distances for each node, 10 to itself, 11 to 254 to others",
      given,
    );
  }
  return { distance };
}

/** The strategies that were asked for: a comma list, or all. */
export function strategiesOf(args: Args): string[] {
  const known = STRATEGIES.map((s) => s.name);
  const given = text(args, "strategy", "lockless");
  if (given === "all") return known;
  const names = given.split(",");
  for (const name of names) {
    if (!known.includes(name)) refuse("strategy", `one of ${known.join(", ")}, all`, name);
  }
  if (new Set(names).size !== names.length) refuse("strategy", "each name once", given);
  return names;
}

/** Size of the lists: HIGH/BATCH, null for the machine's own. */
export function pcpOption(args: Args): RunOptions["pcp"] {
  if (args.pcp === undefined || args.pcp === "machine") return null;
  const found = /^(\d{1,7})\/(\d{1,7})$/.exec(String(args.pcp));
  const high = Number(found?.[1]);
  const batch = Number(found?.[2]);
  if (found === null || batch < 1) {
    refuse("pcp", "HIGH/BATCH in pages with a batch of at least 1, or machine", String(args.pcp));
  }
  return { high, batch };
}

/** Bytes of a size such as 512M or 16G. */
function sizeOf(option: string, given: string): number {
  const found = /^(\d{1,6})([KMGT])$/i.exec(given);
  if (found === null) refuse(option, "a size such as 512M or 16G", given);
  const bytes = Number(found[1]) * 1024 ** ("KMGT".indexOf(found[2]!.toUpperCase()) + 1);
  if (bytes < 16 * 1024 ** 2 || bytes > 1024 ** 4) refuse(option, "16M to 1T", given);
  return bytes;
}

/** Reader of numeric options with whole numbers as the default. */
function numbersOf(args: Args) {
  return (name: string, fallback: number, min: number, max: number, integer = true) =>
    numberOf(args, name, fallback, min, max, integer);
}
