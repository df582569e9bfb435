/**
 * `deno task fuzz`: random programs on a modelled machine, with checkers listening.
 */
import { execute, type RunResult, VERSION } from "../mod.ts";
import { type FuzzRequest, readArguments } from "./arguments.ts";
import { checkShare } from "./check_share.ts";
import { commitHere } from "./command/commit.ts";
import { EXIT, reportError } from "./command/exit.ts";
import { allOf, type Pieces, untilInterrupted } from "./command/interrupt.ts";
import { readMachine } from "./command/machine_input.ts";
import { Progress } from "./command/progress.ts";
import { checked, outcomeOf, replay, reportViolation, shrinkFailure } from "./failure.ts";
import { Output } from "./output.ts";
import { optionsOfRun, withPct } from "./runs.ts";
import { Summary, summaryJson, summaryTable } from "./summary.ts";
import { drawTimeline } from "./timeline.ts";
import { FUZZ_HELP } from "./usage.ts";

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
  const output = new Output(request.out, meta);
  const summary = new Summary();
  const progress = new Progress(request.runs * request.strategies.length, request.quiet);
  const startedMs = performance.now();
  let done = 0;
  let steps = 0;
  let failed: RunResult | null = null;
  let stopped = false;
  for (const strategy of request.strategies) {
    for (let i = 0; i < request.runs && failed === null && !stopped; i++) {
      if (performance.now() - startedMs > request.seconds * 1000) break;
      const result = execute(withPct(request, machine, i, strategy), checked(request));
      output.add(result);
      summary.add(result);
      steps += result.steps;
      progress.update(++done, steps);
      if (result.violation !== null) failed = result;
      stopped = yield "more";
    }
  }
  stopped = yield "last";
  progress.clear();
  const file = failed === null ? "" : output.fail(failed);
  const smallest = failed === null || request.shrink === null ? null : shrinkFailure(failed, request);
  if (smallest !== null) output.smallest(smallest.line, smallest.story);
  output.close();
  if (request.timeline !== null) {
    const drawn = failed ?? execute(first);
    drawTimeline(request.timeline, drawn.options, {}, outcomeOf(drawn));
  }
  const rows = summary.rows();
  if (request.json) console.log(JSON.stringify(summaryJson(rows), null, 2));
  else if (!request.quiet) {
    console.log(`${summaryTable(rows)}\n${done} runs in ${request.out}`);
    if (failed === null && Deno.stderr.isTerminal()) {
      console.error(
        `checks take ${Math.round(100 * checkShare(first, checked(request).checkers))} % of a run's time`,
      );
    }
  }
  if (failed === null && stopped) {
    console.error(`Interrupted after ${done} runs: they are whole in ${request.out}`);
    return EXIT.interrupted;
  }
  if (failed === null) return EXIT.fine;
  reportViolation(failed, file);
  if (smallest !== null) console.error(`\n${smallest.story}\n  in ${request.out}/smallest.txt, for --replay`);
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
