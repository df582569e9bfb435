/**
 * The machine that a run is on, read from files or made up.
 */
import {
  type Geometry,
  geometryFromSize,
  geometryFromZoneinfo,
  type InitialPcp,
  initialPcpOf,
  parsePcplists,
  parseZoneinfo,
  type PcplistsRow,
  type Zoneinfo,
} from "../../mod.ts";
import { CPUS_MAX } from "../../src/run/check_options.ts";
import { ofFile, UnreadableFile, UsageError } from "./exit.ts";
import { pathOf } from "./path_of.ts";
import type { MachineSource } from "./run_options.ts";
import { readText } from "./read_text.ts";
import { checkLists } from "./same_machine.ts";

/** A machine and what lies on its lists at the start. */
export interface MachineInput {
  /** CPUs, zones, distances. */
  readonly geometry: Geometry;
  /** Pages on the per-CPU lists. */
  readonly initialPcp: readonly InitialPcp[];
}

/** The machine that comes with the tool. */
const DEFAULT_MACHINE: MachineSource = {
  zoneinfo: pathOf("./machine/zoneinfo", import.meta.url),
  pcplists: pathOf("./machine/pcplists", import.meta.url),
};

/**
 * Reads or makes up the machine.
 *
 * @throws UnreadableFile, ImportError for files that cannot be read or understood; UsageError for distances of another
 * number of nodes.
 */
export function readMachine(source: MachineSource | null): MachineInput {
  const from = source ?? DEFAULT_MACHINE;
  const { geometry, initialPcp } = machineFrom(from);
  const { distance } = from;
  if (distance === undefined) return { geometry, initialPcp };
  const nodes = geometry.distance.length;
  if (distance.length === nodes) return { geometry: { ...geometry, distance }, initialPcp };
  throw new UsageError(
    `Cannot use --distance: expected ${nodes} rows for ${nodes} nodes, got ${distance.length}`,
  );
}

/** Lengths of the lists of that machine. */
function readLists(path: string, info: Zoneinfo): readonly PcplistsRow[] {
  const rows = parsePcplists(readText(path), path);
  checkLists(info, rows, path);
  return rows;
}

function machineFrom(from: MachineSource): MachineInput {
  if ("geometry" in from) return from;
  if ("memoryBytes" in from) return { geometry: geometryFromSize(from), initialPcp: [] };
  const info = parseZoneinfo(readText(from.zoneinfo), from.zoneinfo);
  const lists = from.pcplists === null ? null : readLists(from.pcplists, info);
  const geometry = ofFile(from.zoneinfo, RangeError, () => geometryFromZoneinfo(info));
  if (geometry.cpuNodes.length > CPUS_MAX) {
    throw new UnreadableFile(
      `${from.zoneinfo}: expected at most ${CPUS_MAX} CPUs, got ${geometry.cpuNodes.length}`,
    );
  }
  return { geometry, initialPcp: initialPcpOf(info, geometry, lists) };
}
