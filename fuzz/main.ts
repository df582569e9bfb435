/**
 * `deno task fuzz`: random programs on a modelled machine, with checkers listening.
 */
import { execute, Memory, type RunOptions, type RunResult, VERSION } from "../mod.ts";
import { type FuzzRequest, readArguments } from "./arguments.ts";
import { checkShare } from "./check_share.ts";
import { commitHere } from "./command/commit.ts";
import { EXIT, reportError } from "./command/exit.ts";
import { allOf, type Pieces, untilInterrupted } from "./command/interrupt.ts";
import { type MachineInput, readMachine } from "./command/machine_input.ts";
import { Progress } from "./command/progress.ts";
import { checked, outcomeOf, replay, reportViolation, shrinkFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { Reach } from "./reach.ts";
import { optionsOfRun, PlannedRuns } from "./runs.ts";
import { Summary, summaryJson, summaryTable } from "./summary.ts";
import { checkTimeline, drawTimeline } from "./timeline.ts";
import { FUZZ_HELP } from "./usage.ts";

/** What the runs of a session came to. */
interface Session {
  readonly done: number;
  readonly summary: Summary;
  readonly reach: Reach;
  /** The run that failed, and whether its options alone say how it went. */
  readonly failed: { readonly result: RunResult; readonly isFromSeed: boolean } | null;
  /** Whether somebody stopped it. */
  readonly stopped: boolean;
}

/** Makes the runs until one fails, time is over or somebody stops it. */
function* runAll(
  request: FuzzRequest,
  machine: MachineInput,
  output: Output,
  reach: Reach,
): Generator<"more" | "last", Session, boolean> {
  const runs = new PlannedRuns(request, machine);
  const summary = new Summary();
  const progress = new Progress(request.runs * request.strategies.length, request.quiet);
  const memory = new Memory(); // the machine of a run is looked at until the next one starts
  const startedMs = performance.now();
  let [done, steps] = [0, 0];
  let failed: Session["failed"] = null;
  let stopped = false;
  for (const strategy of request.strategies) {
    for (let i = 0; i < request.runs && failed === null && !stopped; i++) {
      if (performance.now() - startedMs > request.seconds * 1000) break;
      const planned = reach.plan(runs.at(strategy, i));
      const result = execute(planned.options, { ...checked(request), ...planned.how, memory });
      output.add(result);
      summary.add(result);
      reach.add(result);
      steps += result.steps;
      progress.update(++done, steps);
      if (result.violation !== null) failed = { result, isFromSeed: planned.how.start === undefined };
      stopped = yield "more";
    }
  }
  stopped = yield "last";
  progress.clear();
  return { done, summary, reach, failed, stopped };
}

/** Prints what a session came to. */
function printSession(request: FuzzRequest, first: RunOptions, session: Session): void {
  const { done, reach, failed } = session;
  const rows = session.summary.rows();
  if (request.json) console.log(JSON.stringify(summaryJson(rows), null, 2));
  if (request.json || request.quiet) return;
  console.log(`${summaryTable(rows)}\n${done} runs in ${request.out}`);
  console.log(request.coverage ? `${reach.never()}\n${reach.line()}` : reach.line());
  if (failed === null && Deno.stderr.isTerminal()) {
    const share = checkShare(first, checked(request).checkers);
    console.error(`checks take ${Math.round(100 * share)} % of a run's time`);
  }
}

function* fuzz(request: FuzzRequest): Pieces {
  const machine = readMachine(request.machine);
  const first = optionsOfRun(request, machine, request.strategies[0]!, 0);
  const meta = {
    version: VERSION,
    commit: commitHere(),
    command: ["deno", "task", "fuzz", ...request.argv],
    options: first,
  };
  execute({ ...first, calls: 1, kfree_alloc_num: 1, kfree_loops: 1 }); // refuses what cannot run before writing
  const reach = new Reach(request.corpus);
  if (request.timeline !== null) checkTimeline(request.timeline, request.out);
  const output = new Output(request.out, meta);
  const session = yield* runAll(request, machine, output, reach);
  const failed = session.failed?.result ?? null;
  const file = failed === null ? "" : output.fail(failed);
  if (request.coverage) output.coverage(reach.csv());
  output.close();
  if (request.timeline !== null) {
    const drawn = failed ?? execute(first);
    const how = drawn.schedule === null ? {} : { replay: drawn.schedule };
    drawTimeline(request.timeline, drawn.options, how, outcomeOf(drawn));
  }
  printSession(request, first, session);
  if (failed === null && session.stopped) {
    console.error(`Interrupted after ${session.done} runs: they are whole in ${request.out}`);
    return EXIT.interrupted;
  }
  if (failed === null) return EXIT.fine;
  reportViolation(failed, file, session.failed!.isFromSeed);
  if (request.shrink === null) return EXIT.violation;
  const { line, story } = shrinkFailure(failed, request); // last: it takes long, and may be ended by a signal
  output.smallest(line, story);
  console.error(`\n${story}\n  in ${request.out}/smallest.txt, for --replay`);
  return EXIT.violation;
}

function* pieces(argv: readonly string[]): Pieces {
  try {
    const request = readArguments(argv);
    if (request.help) {
      console.log(FUZZ_HELP);
      return EXIT.fine;
    }
    if (request.print !== null) {
      console.log(request.print);
      return EXIT.fine;
    }
    return request.replay === null ? yield* fuzz(request) : replay(request.replay, request);
  } catch (error) {
    return reportError("fuzz", error);
  }
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  return allOf(pieces(argv));
}

if (import.meta.main) Deno.exit(await untilInterrupted(pieces(Deno.args)));
