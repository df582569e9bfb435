/**
 * `deno task explore`: every interleaving of a small machine.
 */
import { type Exploration, REDUCTIONS } from "../../src/explore/exploration.ts";
import { explore } from "../../src/explore/explore.ts";
import { ReferenceProgram } from "../../src/explore/reference.ts";
import { shrink } from "../../src/explore/shrink.ts";
import { story } from "../../src/explore/story.ts";
import { EXIT, reportError } from "../command/exit.ts";
import { type ExploreRequest, readExploreArguments } from "./arguments.ts";
import { EXPLORE_HELP } from "./usage.ts";

/** Counts of one search. */
interface Counts {
  readonly states: number;
  readonly transitions: number;
  readonly endStates: number;
  readonly violations: number;
  readonly seconds: number;
  /** Bytes of the process. */
  readonly memory: number;
  readonly complete: boolean;
}

type Searched = Exploration & { readonly seconds: number };

function search(request: ExploreRequest, reduction = request.reduction): Searched {
  const { size, bug, preemptions, limit, quiet } = request;
  const isShown = !quiet && Deno.stderr.isTerminal();
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1000;
  const show = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
  const progress = (states: number, transitions: number) => {
    if (!isShown) return;
    const rate = (transitions / seconds() / 1e6).toFixed(2);
    show(`${states} states, ${transitions} steps, ${rate} M steps a second`);
  };
  const found = explore(new ReferenceProgram(size, bug), {
    reduction,
    preemptions,
    limit,
    progress,
    stopAtFirst: request.shrink,
  });
  if (isShown) show("");
  return { ...found, seconds: seconds() };
}

function countsOf(found: Searched): Counts {
  const { states, transitions, violations, seconds, complete } = found;
  return {
    states,
    transitions,
    endStates: found.ends.size,
    violations,
    seconds,
    memory: found.bytes,
    complete,
  };
}

function line({ states, transitions, endStates, violations, seconds, memory, complete }: Counts): string {
  return `${states} states kept, ${transitions} steps, ${endStates} end states, ${violations} violations, ` +
    `${seconds.toFixed(2)} s, ${(memory / 1e6).toFixed(1)} MB${
      complete ? "" : "; ended early, not all was explored"
    }`;
}

/** The smallest case as text. */
function shrunk({ size, bug }: ExploreRequest): string {
  const smallest = shrink(size, bug);
  if (smallest === null) return "";
  const { operations, pages } = smallest.size;
  const { cases, states } = smallest.smaller;
  return `Smallest: ${operations.length} CPUs with ${operations.join(" + ")} operations, ${pages} pages, ` +
    `${smallest.preemptions} preemptions\nNo failing case with fewer: ${cases} smaller cases explored whole, ` +
    `${states} states\n\n${story(smallest.size, bug, smallest.steps, smallest.what)}`;
}

function exploreOnce(request: ExploreRequest): number {
  const found = search(request);
  const { failure } = found;
  if (request.json) {
    const smallest = request.shrink ? shrink(request.size, request.bug) : null;
    console.log(
      JSON.stringify({ ...countsOf(found), unreached: found.unreached, failure, smallest }, null, 2),
    );
  } else if (!request.quiet) {
    console.log(line(countsOf(found)));
    if (found.unreached.length > 0) console.log(`Never ran: ${found.unreached.join(", ")}`);
    if (failure !== null) {
      console.log(`\nViolation: ${failure.what}\n`);
      console.log(
        request.shrink ? shrunk(request) : story(request.size, request.bug, failure.steps, failure.what),
      );
    }
  }
  return failure === null ? EXIT.fine : EXIT.violation;
}

function audit(request: ExploreRequest): number {
  const runs = REDUCTIONS.map((reduction) => ({ reduction, found: search(request, reduction) }));
  const [whole] = runs;
  const agrees = ({ found }: typeof runs[number]) =>
    (found.failure === null) === (whole!.found.failure === null) &&
    found.ends.size === whole!.found.ends.size && [...found.ends].every((end) => whole!.found.ends.has(end));
  if (request.json) {
    console.log(JSON.stringify(
      runs.map((run) => ({ reduction: run.reduction, ...countsOf(run.found), agrees: agrees(run) })),
      null,
      2,
    ));
  } else if (!request.quiet) {
    for (const run of runs) {
      const verdict = agrees(run) ? "agrees" : "DISAGREES";
      console.log(`${run.reduction.padEnd(10)} ${verdict}: ${line(countsOf(run.found))}`);
    }
  }
  return runs.every(agrees) && whole!.found.failure === null ? EXIT.fine : EXIT.violation;
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const request = readExploreArguments(argv);
    if (request.help) {
      console.log(EXPLORE_HELP);
      return EXIT.fine;
    }
    return request.audit ? audit(request) : exploreOnce(request);
  } catch (error) {
    return reportError("explore", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
