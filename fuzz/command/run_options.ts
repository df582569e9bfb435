/**
 * Options that several tasks share: the machine, the strategies, and what a run is.
 */
import {
  KNOWN_BUGS,
  type MachineSize,
  profileNamed,
  type RunOptions,
  STRATEGIES,
  type WorkloadName,
} from "../../mod.ts";
import type { Geometry } from "../../src/mm/mm.ts";
import { hadBug } from "../../src/profile/known_bugs.ts";
import { PAGE_SIZE } from "../../src/profile/page_size.ts";
import { DISTANCE_MAX, LOCAL_DISTANCE } from "../../src/run/check_geometry.ts";
import { BYTES_MAX, BYTES_MIN } from "../../src/run/check_options.ts";
import type { InitialPcp } from "../../src/run/options.ts";
import { UsageError } from "./exit.ts";
import type { Options } from "./option_table.ts";
import { pcpSize, refuse } from "./option_values.ts";

/** Where the machine comes from. */
export type MachineSource =
  & (
    | { readonly zoneinfo: string; readonly pcplists: string | null }
    | { readonly memoryBytes: number; readonly cpus: number; readonly nodes: number }
    /** As a result folder tells it. */
    | { readonly geometry: Geometry; readonly initialPcp: readonly InitialPcp[] }
  )
  & {
    /** Distances of the nodes as firmware has them, row by row; without them all remote nodes are equally far. */
    readonly distance?: readonly (readonly number[])[];
  };

/** Options of a run that were given; what was not given keeps its default. */
export function runOptions(options: Options): Partial<RunOptions> {
  const number = (name: string) => options.number(name);
  const optional = (name: string) => options.has(name) ? number(name) : null;
  const named = (name: string) => options.names(name).filter((each) => each !== "none");
  return {
    seed: options.text("seed"),
    workload: options.choice("workload") as WorkloadName,
    ...(options.has("calls") ? { calls: number("calls") } : {}),
    rateHz: number("rate"),
    ...(options.has("threads") ? { threads: number("threads") } : {}),
    kfree_alloc_num: number("kfree_alloc_num"),
    kfree_loops: number("kfree_loops"),
    kfree_mult: number("kfree_mult"),
    gapUs: number("gap_us"),
    ...(options.has("pcp") ? { pcp: pcpOption(options) } : {}),
    ...(options.has("pressure") ? { pressure: number("pressure") } : {}),
    ...(options.has("fraction") ? { pcpFraction: number("fraction"), pcp: pcpOption(options) } : {}),
    pctDepth: number("depth"),
    swapPages: options.has("swap") ? Math.floor(sizeOf("swap", options.text("swap")) / PAGE_SIZE) : 0,
    pollUs: number("poll_us"),
    traced: options.on("traced"),
    profile: options.choice("profile"),
    bugs: bugsOf(options.choice("profile"), named("bugs")),
    rcuBoot: named("rcu"),
    HZ: number("hz"),
    preemption: options.choice("preemption") as RunOptions["preemption"],
    pageblockOrder: number("pageblock_order"),
    cachedBlocks: optional("rcu_min_cached_objs"),
    blockEntries: optional("block_entries"),
    slowdown: number("slowdown"),
    hostCores: number("host_cores"),
    stolen: number("stolen"),
  };
}

/** Bugs to leave in: one that the version never had would stand in every row, and be in no run. */
function bugsOf(profile: string, given: readonly string[]): readonly string[] {
  const had = KNOWN_BUGS.filter((bug) => hadBug(profileNamed(profile), bug)).map(({ name }) => name);
  const other = given.find((name) => !had.includes(name));
  if (other !== undefined) refuse("bugs", `a bug that ${profile} had: ${had.join(", ") || "none"}`, other);
  return given;
}

/**
 * The machine that was asked for, null for the one that comes with the tool.
 *
 * @param small What a task makes up where nothing is said, instead of that one.
 */
export function machineOf(options: Options, small: MachineSize | null = null): MachineSource | null {
  const given = (name: string, fallback: number) => options.has(name) ? options.number(name) : fallback;
  const isRecorded = options.has("zoneinfo") || options.has("pcplists");
  if (options.has("mem") || (small !== null && !isRecorded)) {
    if (isRecorded) {
      throw new UsageError(
        "Cannot read the call: --mem and --zoneinfo both name a machine, give one of them",
      );
    }
    return {
      memoryBytes: options.has("mem") ? sizeOf("mem", options.text("mem")) : small!.memoryBytes,
      cpus: given("cpus", small?.cpus ?? 2),
      nodes: given("nodes", small?.nodes ?? 1),
      ...distanceOf(options),
    };
  }
  for (const name of ["cpus", "nodes"]) {
    if (options.has(name)) throw new UsageError(`Cannot read the call: --${name} goes with --mem`);
  }
  if (!options.has("zoneinfo")) {
    if (options.has("distance")) {
      throw new UsageError("Cannot read the call: --distance goes with --mem or --zoneinfo");
    }
    if (options.has("pcplists")) {
      throw new UsageError("Cannot read the call: --pcplists goes with --zoneinfo");
    }
    return null;
  }
  return {
    zoneinfo: options.text("zoneinfo"),
    pcplists: options.has("pcplists") ? options.text("pcplists") : null,
    ...distanceOf(options),
  };
}

/** Rows parted by slashes, as `numactl -H` prints them below each other: 10,21/21,10. */
function distanceOf(options: Options): { distance?: number[][] } {
  if (!options.has("distance")) return {};
  const given = options.text("distance");
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
export function strategiesOf(options: Options): readonly string[] {
  return everyStrategy(options.names("strategy"));
}

/** The strategies that are named, or every one there is. */
export function everyStrategy(given: readonly string[]): readonly string[] {
  return given[0] === "all" ? STRATEGIES.map((s) => s.name) : given;
}

/** Size of the lists: HIGH/BATCH, null for the machine's own. */
function pcpOption(options: Options): RunOptions["pcp"] {
  const given = options.has("pcp") ? options.text("pcp") : "machine";
  return given === "machine" ? null : pcpSize(given, ", or machine");
}

/** Bytes of a size such as 512M or 16G. */
function sizeOf(option: string, given: string): number {
  const found = /^(\d{1,6})([KMGT])$/i.exec(given);
  if (found === null) refuse(option, "a size such as 512M or 16G", given);
  const bytes = Number(found[1]) * 1024 ** ("KMGT".indexOf(found[2]!.toUpperCase()) + 1);
  if (bytes < BYTES_MIN || bytes > BYTES_MAX) refuse(option, "16M to 1T", given);
  return bytes;
}
