/**
 * `deno task replay A B... --cross-check`: each recording replayed with the lists of each other one, beside what that
 * other machine really did. It says how far an answer to "what would this machine have done" can be trusted.
 */
import {
  profileNamed,
  recordedProfile,
  type ReplayResult,
  VERSION,
  type WhatIf,
  type Zoneinfo,
} from "../../mod.ts";
import { stringify } from "../../src/deps/csv.ts";
import { recordedLimits } from "../../src/replay/recorded_limits.ts";
import { sumOf } from "../../src/replay/replay_tables.ts";
import { geometryFromZoneinfo } from "../../src/run/geometry.ts";
import { UsageError } from "../command/exit.ts";
import { probeFolder } from "../command/probe.ts";
import { textTable } from "../command/text_table.ts";
import type { ReplayRequest } from "./arguments.ts";
import { findRecordings, readRecording, type RecordingFiles } from "./files.ts";
import { writeReplay } from "./output.ts";
import { replay } from "./run.ts";
import { warn } from "./warnings.ts";

/** A recording and what it recorded. */
interface Known {
  readonly files: RecordingFiles;
  readonly size: string;
  readonly refills: number;
  readonly drains: number;
  readonly allocs: number;
}

/** Cells in the order of the columns; null where there is nothing to say. */
type Row = readonly (string | null)[];

/** Columns of cross_check.csv. */
export const CROSS_CHECK_COLUMNS = [
  "from",
  "from_size",
  "to",
  "to_size",
  "refills_imagined",
  "refills_recorded",
  "refills_off_percent",
  "drains_imagined",
  "drains_recorded",
  "drains_off_percent",
  "refills_per_1000_imagined",
  "refills_per_1000_recorded",
] as const;

/**
 * Replays every pair, prints the table and writes cross_check.csv.
 *
 * @throws UsageError when there are not two recordings, or their machines differ.
 */
export async function crossCheck(request: ReplayRequest, command: readonly string[]): Promise<void> {
  const given = findRecordings(request);
  if (given.length < 2) {
    throw new UsageError(`Cannot cross-check: expected two recordings or more, got ${given.length}`);
  }
  probeFolder(request.out);
  const known: Known[] = [];
  for (const each of given) known.push(await recordedBy(request, readRecording(each, request)));
  const rows: Row[] = [];
  for (const from of known) {
    for (const to of known) if (from.size !== to.size) rows.push(await imagine(request, from, to));
  }
  const table = stringify([[...CROSS_CHECK_COLUMNS], ...rows], { headers: false }).replaceAll("\r\n", "\n");
  const meta = { version: VERSION, command, recordings: known.map(({ files }) => files.name) };
  writeReplay(request.out, { "cross_check.csv": table }, meta);
  if (request.json) {
    console.log(JSON.stringify(rows.map(asObject), null, 2));
  } else if (!request.quiet) {
    console.log(
      textTable([[...CROSS_CHECK_COLUMNS], ...rows.map((row) => row.map((cell) => cell ?? "-"))]),
    );
  }
}

/** A row with numbers for numbers, as JSON has it. */
function asObject(row: Row) {
  return Object.fromEntries(CROSS_CHECK_COLUMNS.map((name, at) => {
    const cell = row[at]!;
    return [name, cell === null || /^(from|to)/.test(name) ? cell : Number(cell)];
  }));
}

async function recordedBy(request: ReplayRequest, files: RecordingFiles): Promise<Known> {
  const outcome = await replay(request, files, null);
  const { result } = outcome;
  if (!request.quiet) warn(`${files.name}: `, outcome);
  return {
    files,
    size: sizesOf(files.input.zoneinfo).map((size) => size === null ? "-" : `${size.high}/${size.batch}`)
      .join(" "),
    refills: sumOf(result, "refills", "recorded"),
    drains: sumOf(result, "drains", "recorded"),
    allocs: allocsOf(result),
  };
}

async function imagine(request: ReplayRequest, from: Known, to: Known): Promise<Row> {
  checkSameZones(from.files, to.files);
  const profile = profileNamed(recordedProfile(from.files.input.zoneinfo));
  const { zoneinfo } = to.files.input;
  const limits = recordedLimits(zoneinfo, geometryFromZoneinfo(zoneinfo), profile);
  const whatIf: WhatIf = { size: null, fraction: null, limits, profile, blockSource: "recorded" };
  const { result } = await replay(request, from.files, whatIf);
  const imagined = (move: "refills" | "drains") =>
    result.whatIf!.perZone.reduce((all, row) => all + row[move].imagined, 0);
  const [refills, drains] = [imagined("refills"), imagined("drains")];
  return [
    from.files.name,
    from.size,
    to.files.name,
    to.size,
    `${refills}`,
    `${to.refills}`,
    share(100 * (refills - to.refills), to.refills),
    `${drains}`,
    `${to.drains}`,
    share(100 * (drains - to.drains), to.drains),
    share(1000 * refills, from.allocs),
    share(1000 * to.refills, to.allocs),
  ];
}

/** Sizes of the lists by zone. */
function sizesOf({ nodes }: Zoneinfo) {
  const zones = nodes.flatMap((node) => node.zones).filter(({ present }) => present > 0);
  return zones.map(({ pagesets: [first] }) =>
    first === undefined ? null : { high: first.high, batch: first.batch }
  );
}

function checkSameZones(from: RecordingFiles, to: RecordingFiles): void {
  const zones = ({ input: { zoneinfo } }: RecordingFiles) =>
    zoneinfo.nodes.flatMap((node) => node.zones).filter(({ present }) => present > 0)
      .map(({ nid, name, startPfn, spanned }) => `node ${nid} ${name} ${startPfn}+${spanned}`).join(", ");
  const cpus = ({ input }: RecordingFiles) => input.zoneinfo.onlineCpus.join(",");
  if (zones(from) === zones(to) && cpus(from) === cpus(to)) return;
  throw new UsageError(
    `Cannot cross-check ${from.name} and ${to.name}: expected machines that differ in the sizes of the lists only, ` +
      `got ${zones(from)}, CPUs ${cpus(from)} and ${zones(to)}, CPUs ${cpus(to)}`,
  );
}

function allocsOf({ perZone }: ReplayResult): number {
  return perZone.reduce((all, { served, refills }) => all + served.recorded + refills.recorded, 0);
}

/** A share with one decimal, null of nothing. */
function share(part: number, whole: number): string | null {
  return whole === 0 ? null : (part / whole).toFixed(1);
}
