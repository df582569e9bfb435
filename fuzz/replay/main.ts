/**
 * `deno task replay`: a recorded trace through the model, predictions against what happened.
 */
import {
  profileNamed,
  readTrace,
  recordedProfile,
  Replay,
  replayError,
  type ReplayResult,
  type TraceSummary,
  VERSION,
  type WhatIf,
} from "../../mod.ts";
import { EXIT, reportError, UnreadableFile } from "../command/exit.ts";
import { Progress } from "../command/progress.ts";
import { readReplayArguments, type ReplayRequest } from "./arguments.ts";
import { readRecording, type RecordingFiles } from "./files.ts";
import { replayJson, replayTable, writeReplay } from "./output.ts";
import { REPLAY_HELP } from "./usage.ts";

const MIB = 1 << 20;
const CHUNK_BYTES = 1 << 16;

/** Outcome and speed. */
interface Outcome {
  readonly result: ReplayResult;
  readonly summary: TraceSummary;
  readonly eventsPerSecond: number;
}

/** What is to be imagined, or null. */
function whatIfOf(request: ReplayRequest, recorded: string): WhatIf | null {
  const { pcp, fraction, strategy, profile } = request;
  const isOther = profile !== null && profile !== recorded;
  if (pcp === null && fraction === null && strategy === null && !isOther) return null;
  return {
    size: pcp,
    // another version has sizes of its own
    fraction: fraction ?? (isOther && pcp === null ? 0 : null),
    profile: profileNamed(profile ?? recorded),
    blockSource: strategy ?? "recorded",
  };
}

async function replay(request: ReplayRequest, recording: RecordingFiles): Promise<Outcome> {
  const { trace, input } = recording;
  const recorded = recordedProfile(input.zoneinfo);
  const run = new Replay(input, {
    profile: profileNamed(recorded),
    file: trace,
    identity: request.identity,
    whatIf: whatIfOf(request, recorded),
  });
  let events = 0;
  const startedMs = performance.now();
  const progress = new Progress(Math.ceil(recording.bytes / MIB), request.quiet, {
    items: "MiB",
    steps: "events",
  });
  const sink = {
    event: (event: Parameters<Replay["event"]>[0]) => {
      events++;
      run.event(event);
    },
  };
  const summary = await readTrace(
    chunksOf(trace, (bytes) => progress.update(Math.floor(bytes / MIB), events)),
    sink,
    {
      file: trace,
    },
  ).finally(() => progress.clear());
  const result = run.finish();
  const eventsPerSecond = Math.round(events / (performance.now() - startedMs) * 1000);
  return { result, summary, eventsPerSecond };
}

/** The file in pieces; tells how far it is. */
async function* chunksOf(path: string, at: (bytes: number) => void): AsyncGenerator<Uint8Array, void> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  using open = file;
  let bytes = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = await open.read(chunk);
    if (length === null) return;
    at(bytes += length);
    yield chunk.subarray(0, length);
  }
}

/** What is odd about the trace, on standard error, so that it is never taken for an exact one. */
function warn({ result, summary }: Outcome): void {
  const lost = summary.lost.reduce((sum, { events }) => sum + events, 0);
  const warnings: readonly (readonly [number, string])[] = [
    [summary.lost.length, `CPUs lost events, ${lost} at least: predictions are off from there on`],
    [summary.overwritten, "events were overwritten before the trace was read"],
    [
      summary.malformed.count,
      `lines of known events could not be read, the first is line ${summary.malformed.firstLine}`,
    ],
    [
      summary.unrecognised.count,
      `lines are no trace lines, the first is line ${summary.unrecognised.firstLine}`,
    ],
    [summary.late, "events were too far out of order to be put into place"],
    [result.unmatchedBatched, "batched frees had no mm_page_free line before them"],
    [result.contradictions.count, `events contradict earlier ones (${result.contradictions.first})`],
    [
      result.sizesDiffer.count,
      `lines print another pcp size than zoneinfo, the first is line ${result.sizesDiffer.line}`,
    ],
  ];
  for (const [count, what] of warnings) if (count > 0) console.error(`Warning: ${count} ${what}`);
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const request = readReplayArguments(argv);
    if (request.help) {
      console.log(REPLAY_HELP);
      return EXIT.fine;
    }
    const recording = readRecording(request);
    const outcome = await replay(request, recording);
    const { result, eventsPerSecond } = outcome;
    const error = replayError(result);
    writeReplay(request.out, recording.name, result, {
      version: VERSION,
      command: ["deno", "task", "replay", ...argv],
      recording: recording.name,
    });
    if (!request.quiet) warn(outcome);
    if (request.json) {
      console.log(JSON.stringify(replayJson(recording.name, result, eventsPerSecond), null, 2));
    } else if (!request.quiet) console.log(replayTable(result));
    if (error <= request.maxError) return EXIT.fine;
    console.error(`Refills or drains are off by ${(100 * error).toFixed(3)}%, more than --max-error allows`);
    return EXIT.violation;
  } catch (error) {
    return reportError("replay", error, "badInput"); // a RangeError is a machine that the model does not have
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
