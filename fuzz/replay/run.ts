/**
 * Replays one recording.
 */
import {
  profileNamed,
  readTrace,
  recordedProfile,
  Replay,
  type ReplayResult,
  type TraceSummary,
  type WhatIf,
} from "../../mod.ts";
import { UnreadableFile } from "../command/exit.ts";
import { Interrupt, Interrupted } from "../command/interrupt.ts";
import { Progress } from "../command/progress.ts";
import { reasonOf } from "../command/reason_of.ts";
import type { ReplayRequest } from "./arguments.ts";
import type { RecordingFiles } from "./files.ts";

const MIB = 1 << 20;
const CHUNK_BYTES = 1 << 16;

/** Outcome and speed. */
export interface Outcome {
  readonly result: ReplayResult;
  readonly summary: TraceSummary;
  readonly eventsPerSecond: number;
}

/** What is to be imagined, or null. */
export function whatIfOf(request: ReplayRequest, { input }: RecordingFiles): WhatIf | null {
  const recorded = recordedProfile(input.zoneinfo);
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

/**
 * Replays a recording.
 *
 * @param whatIf Another machine to imagine, or null.
 */
export async function replay(
  request: Pick<ReplayRequest, "identity" | "quiet">,
  recording: RecordingFiles,
  whatIf: WhatIf | null,
): Promise<Outcome> {
  const { trace, input } = recording;
  const run = new Replay(input, {
    profile: profileNamed(recordedProfile(input.zoneinfo)),
    file: trace,
    identity: request.identity,
    whatIf,
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
    lost: () => run.lost(),
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
  using interrupt = new Interrupt();
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${reasonOf(error)}`);
  }
  using open = file;
  let bytes = 0;
  for (;;) {
    if (await interrupt.heard()) throw new Interrupted(`Interrupted in ${path}: nothing is written`);
    const chunk = new Uint8Array(CHUNK_BYTES);
    // a thread that would read ahead is not worth its switches: the next piece is in the page cache, or soon there
    const length = open.readSync(chunk);
    if (length === null) return;
    at(bytes += length);
    yield chunk.subarray(0, length);
  }
}
