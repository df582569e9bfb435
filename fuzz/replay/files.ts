/**
 * The files of a replay: found in the folder of a recording or named one by one, read, and held against each other.
 */
import {
  geometryFromZoneinfo,
  parseBuddyinfo,
  parsePagetypeinfo,
  parsePcplists,
  parseZoneinfo,
  type ReplayInput,
} from "../../mod.ts";
import { ofFile, UnreadableFile, UsageError } from "../command/exit.ts";
import type { MachineFile, ReplayRequest } from "./arguments.ts";
import { readText } from "../command/read_text.ts";
import { reasonOf } from "../command/reason_of.ts";
import { checkLists, checkZones } from "../command/same_machine.ts";

/** What is known of a recording. */
export interface RecordingFiles {
  /** Name of the recording: of its folder, or of the trace. */
  readonly name: string;
  /** Path of the trace. */
  readonly trace: string;
  /** Length of the trace in bytes, as it lies on the disk. */
  readonly bytes: number;
  readonly input: ReplayInput;
}

const TRACES = ["trace.txt.gz", "trace.txt"] as const;

/**
 * Traces and folders of recordings; a folder without a trace stands for the recordings in it.
 *
 * @throws UnreadableFile when there is none; UsageError when files are named for more than one.
 */
export function findRecordings({ traces, files }: Pick<ReplayRequest, "traces" | "files">): string[] {
  const found = traces.flatMap((given) => {
    if (!statOf(given).isDirectory || hasTrace(given)) return [given];
    const recordings = namesIn(given).map((name) => `${given.replace(/\/+$/, "")}/${name}`).filter(hasTrace)
      .sort();
    // a plain folder: let the message say which file is missing
    return recordings.length === 0 ? [given] : recordings;
  });
  const [named] = Object.keys(files);
  if (found.length > 1 && named !== undefined) {
    throw new UsageError(
      `Cannot read the call: --${named} is of one machine, but ${found.length} recordings are given; ` +
        `expected ${named}.before beside each trace`,
    );
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${folder}: ${reasonOf(error)}`);
  }
}

function hasTrace(folder: string): boolean {
  return TRACES.some((name) => exists(`${folder}/${name}`));
}

/**
 * Finds and reads the files that describe the machine.
 *
 * @throws UsageError when there is no zoneinfo; UnreadableFile, ImportError for files that cannot be used.
 */
export function readRecording(given: string, request: Pick<ReplayRequest, "files">): RecordingFiles {
  const isFolder = statOf(given).isDirectory;
  const folder = isFolder ? given.replace(/\/+$/, "") : given.replace(/[^/]*$/, ".");
  const trace = isFolder ? traceIn(folder) : given;
  const pathOf = (file: MachineFile): string | undefined => {
    const beside = `${folder}/${file}.before`;
    return request.files[file] ?? (exists(beside) ? beside : undefined);
  };
  const zoneinfoPath = pathOf("zoneinfo");
  if (zoneinfoPath === undefined) {
    throw new UsageError(
      `Cannot replay ${trace}: expected --zoneinfo FILE, or zoneinfo.before beside the trace: ` +
        "it tells which page is in which zone, and the size of the lists",
    );
  }
  const zoneinfo = parseZoneinfo(readText(zoneinfoPath), zoneinfoPath);
  // a machine that the model does not have is found out before a trace is read
  ofFile(zoneinfoPath, RangeError, () => geometryFromZoneinfo(zoneinfo));
  const read = <T>(file: MachineFile, parse: (text: string, path: string) => T): T | null => {
    const path = pathOf(file);
    return path === undefined ? null : parse(readText(path), path);
  };
  const pagetypeinfo = read("pagetypeinfo", (text, path) => {
    const info = parsePagetypeinfo(text, path);
    checkZones(zoneinfo, info.zones, path, "pagetypeinfo");
    return info;
  });
  read("buddyinfo", (text, path) => checkZones(zoneinfo, parseBuddyinfo(text, path), path, "buddyinfo"));
  const pcplists = read("pcplists", (text, path) => {
    const rows = parsePcplists(text, path);
    checkLists(zoneinfo, rows, path);
    return rows;
  });
  const name = folder.split("/").at(-1)!;
  return {
    name: isFolder ? name : trace.split("/").at(-1)!,
    trace,
    bytes: statOf(trace).size,
    input: { zoneinfo, pcplists, pageBlockOrder: pagetypeinfo?.pageBlockOrder ?? null },
  };
}

function traceIn(folder: string): string {
  const found = TRACES.map((name) => `${folder}/${name}`).find(exists);
  if (found === undefined) {
    throw new UnreadableFile(`Cannot read ${folder}: expected ${TRACES.join(" or ")} in it`);
  }
  return found;
}

function statOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${reasonOf(error)}`);
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
