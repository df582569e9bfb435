/**
 * `deno task replay`: recorded traces through the model, predictions against what happened.
 */
import { replayError, VERSION } from "../../mod.ts";
import { EXIT, reportError } from "../command/exit.ts";
import { probeFolder } from "../command/probe.ts";
import { readReplayArguments, type ReplayRequest } from "./arguments.ts";
import { crossCheck } from "./cross_check.ts";
import { findRecordings, readRecording } from "./files.ts";
import { replayCsv, replayJson, replayTable, writeReplay } from "./output.ts";
import { replay, whatIfOf } from "./run.ts";
import { type Named, summaryTable } from "./summary.ts";
import { REPLAY_HELP } from "./usage.ts";
import { warn } from "./warnings.ts";

/** A recording, what came of it, and how fast. */
interface Replayed extends Named {
  readonly eventsPerSecond: number;
}

async function replayAll(request: ReplayRequest, command: readonly string[]): Promise<Replayed[]> {
  const recordings = findRecordings(request).map((given) => readRecording(given, request));
  probeFolder(request.out);
  const isSingle = recordings.length === 1;
  const done: Replayed[] = [];
  for (const recording of recordings) {
    const { name } = recording;
    const outcome = await replay(request, recording, whatIfOf(request, recording));
    const { result, eventsPerSecond } = outcome;
    if (!request.quiet) warn(isSingle ? "" : `${name}: `, outcome);
    done.push({ name, result, eventsPerSecond });
  }
  const meta = { version: VERSION, command, recordings: recordings.map(({ name }) => name) };
  writeReplay(request.out, replayCsv(done), meta);
  return done;
}

function show(request: ReplayRequest, done: readonly Replayed[]): void {
  const [first] = done;
  const isSingle = done.length === 1;
  if (request.json) {
    const objects = done.map((each) => replayJson(each.name, each.result, each.eventsPerSecond));
    console.log(JSON.stringify(isSingle ? objects[0] : objects, null, 2));
  } else if (!request.quiet) console.log(isSingle ? replayTable(first!.result) : summaryTable(done));
}

/** Exit code by --max-error. */
function verdict({ maxError }: ReplayRequest, done: readonly Replayed[]): number {
  const over = done.filter(({ result }) => replayError(result) > maxError);
  for (const { name, result } of over) {
    const percent = (100 * replayError(result)).toFixed(3);
    console.error(`${name}: refills or drains are off by ${percent}%, more than --max-error allows`);
  }
  return over.length === 0 ? EXIT.fine : EXIT.violation;
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const request = readReplayArguments(argv);
    if (request.help) {
      console.log(REPLAY_HELP);
      return EXIT.fine;
    }
    if (request.print !== null) {
      console.log(request.print);
      return EXIT.fine;
    }
    const command = ["deno", "task", "replay", ...request.argv];
    if (request.crossCheck) {
      await crossCheck(request, command);
      return EXIT.fine;
    }
    const done = await replayAll(request, command);
    show(request, done);
    return verdict(request, done);
  } catch (error) {
    return reportError("replay", error, "badInput"); // a RangeError is a machine that the model does not have
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
