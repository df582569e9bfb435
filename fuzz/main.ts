/**
 * `deno task fuzz`: random programs on a modelled machine, with checkers listening.
 */
import {
  CHECKERS,
  defaultRunOptions,
  execute,
  formatScheduleLine,
  parseScheduleLine,
  type RunOptions,
  type RunResult,
  VERSION,
} from "../mod.ts";
import { type FuzzRequest, readArguments } from "./arguments.ts";
import { pctBound } from "../src/scheduler/pct.ts";
import { CONTEXT_CHECKERS } from "../src/checker/registry.ts";
import { checkShare } from "./check_share.ts";
import { commitHere } from "./command/commit.ts";
import { EXIT, reportError } from "./command/exit.ts";
import { type MachineInput, readMachine } from "./command/machine_input.ts";
import { Progress } from "./command/progress.ts";
import { Output } from "./output.ts";
import { Summary, summaryJson, summaryTable } from "./summary.ts";
import { drawTimeline } from "./timeline.ts";
import { FUZZ_HELP } from "./usage.ts";

/** Sizes of the per-CPU lists to try in turn when none is asked for; null is the machine's own. */
const PCP_TRIED = [null, { high: 62, batch: 15 }, { high: 20, batch: 5 }, { high: 8, batch: 2 }];
/** Block sizes that random scheduling tries in turn: small ones meet full blocks more often. */
const BLOCK_ENTRIES_TRIED = [null, 64, 16, 4];
/** Calls of a random program: fewer where every order is tried than where figures are made. */
const CALLS = { random: 2000, pct: 2000, virtual: 20000 };

/** Which checkers a run has. */
const checked = ({ contexts }: FuzzRequest) =>
  contexts ? { checkers: [...CHECKERS, ...CONTEXT_CHECKERS] } : {};

/** Options of run `i`: what is asked for, and what is tried in turn. */
function optionsOfRun(request: FuzzRequest, machine: MachineInput, strategy: string, i: number): RunOptions {
  const scheduler = request.schedulers[i % request.schedulers.length]!;
  const turn = Math.floor(i / request.schedulers.length);
  const storm = request.run.workload !== "random";
  const free = scheduler !== "virtual" && !storm;
  return {
    ...defaultRunOptions(machine.geometry),
    initialPcp: machine.initialPcp,
    calls: CALLS[scheduler],
    pcp: storm ? null : PCP_TRIED[turn % PCP_TRIED.length]!,
    pressure: free && turn % 8 >= 4 ? 1 : 0,
    ...request.run,
    blockEntries: request.run.blockEntries ?? (free ? BLOCK_ENTRIES_TRIED[(turn >> 2) % 4]! : null),
    run: i,
    scheduler,
    strategy,
  };
}

/**
 * How many sections a run has is measured by one in random order; says before the first run how likely one of them is
 * to find a bug.
 */
function withPct(request: FuzzRequest, machine: MachineInput, i: number, strategy: string): RunOptions {
  const options = optionsOfRun(request, machine, strategy, i);
  if (options.scheduler !== "pct" || request.run.pctSections !== undefined) return options;
  let sections = request.sections.get(strategy);
  if (sections === undefined) {
    const pilot = execute({ ...options, scheduler: "random" });
    request.sections.set(strategy, sections = pilot.steps);
    const bound = pctBound(pilot.m.nrTasks, { depth: options.pctDepth, sections });
    console.error(
      `pct, ${strategy}: ${pilot.m.nrTasks} tasks, about ${sections} sections: a run finds a bug of depth ` +
        `${options.pctDepth} with probability ${bound.toPrecision(3)} at least`,
    );
  }
  return { ...options, pctSections: sections };
}

/** Says what did not hold and how to see it again. */
function reportViolation(result: RunResult): void {
  const { checker, message } = result.violation!;
  const claim = [...CHECKERS, ...CONTEXT_CHECKERS].find((c) => c.name === checker)?.claim;
  console.error(`\nVIOLATED ${checker}: ${message}`);
  if (claim !== undefined) console.error(`  claim: ${claim}`);
  const { seed, run, scheduler, strategy, profile } = result.options;
  console.error(
    `  seed ${seed}, run ${run}, ${scheduler} scheduler, strategy ${strategy}, profile ${profile}`,
  );
  const line = formatScheduleLine({ options: result.options, steps: result.schedule });
  const contexts = CONTEXT_CHECKERS.some((c) => c.name === checker) ? "--contexts " : "";
  console.error(`  again: deno task fuzz ${contexts}--replay '${line}'`);
}

/** How long a run was and whether it failed. */
function outcomeOf({ steps, violation }: RunResult) {
  return { steps, failed: violation !== null };
}

function replay(line: string, request: FuzzRequest): number {
  const { timeline } = request;
  const { options, steps } = parseScheduleLine(line);
  const how = { ...checked(request), ...(steps === null ? {} : { replay: steps }) };
  const result = execute(options, how);
  if (timeline !== null) drawTimeline(timeline, options, how, outcomeOf(result));
  if (result.violation === null) {
    console.log(`no violation in ${result.steps} sections`);
    return EXIT.fine;
  }
  console.log(
    `VIOLATED ${result.violation.checker}: ${result.violation.message} after ${result.steps} sections`,
  );
  return EXIT.violation;
}

function fuzz(request: FuzzRequest, argv: readonly string[]): number {
  const machine = readMachine(request.machine);
  const first = optionsOfRun(request, machine, request.strategies[0]!, 0);
  const meta = {
    version: VERSION,
    commit: commitHere(),
    command: ["deno", "task", "fuzz", ...argv],
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
  for (const strategy of request.strategies) {
    for (let i = 0; i < request.runs && failed === null; i++) {
      if (performance.now() - startedMs > request.seconds * 1000) break;
      const result = execute(withPct(request, machine, i, strategy), checked(request));
      output.add(result);
      summary.add(result);
      steps += result.steps;
      progress.update(++done, steps);
      if (result.violation !== null) failed = result;
    }
  }
  output.close();
  progress.clear();
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
  if (failed === null) return EXIT.fine;
  reportViolation(failed);
  return EXIT.violation;
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const request = readArguments(argv);
    if (request.help) {
      console.log(FUZZ_HELP);
      return EXIT.fine;
    }
    return request.replay === null ? fuzz(request, argv) : replay(request.replay, request);
  } catch (error) {
    return reportError("fuzz", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
