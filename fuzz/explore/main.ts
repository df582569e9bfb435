/**
 * `deno task explore`: every interleaving of a small machine.
 */
import { type WalkedStates, walkStates } from "../../src/explore/estimate.ts";
import { type Reduction, REDUCTIONS } from "../../src/explore/exploration.ts";
import { ReferenceProgram } from "../../src/explore/reference.ts";
import { shrink } from "../../src/explore/shrink.ts";
import { story } from "../../src/explore/story.ts";
import { Prng } from "../../src/sim/prng.ts";
import { EXIT, reportError } from "../command/exit.ts";
import type { ExploreRequest } from "./arguments.ts";
import { exploreModel } from "./model.ts";
import { readExploreCall } from "./model_arguments.ts";
import { search, type Searched } from "./searches.ts";
import { EXPLORE_HELP } from "./usage.ts";

/** Random walks that estimate the size of a search before it. */
const ESTIMATE_WALKS = 200;

/** Counts of one search. */
interface Counts {
  readonly states: number;
  readonly transitions: number;
  readonly endStates: number;
  readonly violations: number;
  readonly seconds: number;
  /** Bytes of the table of states. */
  readonly memory: number;
  readonly complete: boolean;
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

/** What share of the states random walks see. */
function shareText({ walks, seen }: WalkedStates, { states }: Searched): string {
  return `${walks} random walks see ${seen} of ${states} states: ${(100 * seen / states).toFixed(1)} %`;
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

/** Random walks from the first state. */
function walks(request: ExploreRequest, count: number, stream: string): WalkedStates {
  return walkStates(new ReferenceProgram(request.size, request.bug), count, new Prng(`explore/${stream}`));
}

/** What a search is about to meet. */
function estimateText({ interleavings, statesAtLeast, walks }: WalkedStates): string {
  return `About ${
    interleavings.toExponential(1)
  } interleavings and at least ${statesAtLeast} states without reduction, by ` +
    `${walks} random walks`;
}

async function exploreOnce(request: ExploreRequest): Promise<number> {
  const estimate = walks(request, ESTIMATE_WALKS, "estimate");
  if (!request.json && !request.quiet) console.log(estimateText(estimate));
  const found = await search(request);
  const { failure } = found;
  const walked = request.walks === 0 ? null : walks(request, request.walks, "walks");
  if (request.json) {
    const smallest = request.shrink ? shrink(request.size, request.bug) : null;
    console.log(
      JSON.stringify(
        {
          ...countsOf(found),
          residentBytes: Deno.memoryUsage().rss,
          unreached: found.unreached,
          failure,
          smallest,
          estimate,
          walked,
        },
        null,
        2,
      ),
    );
  } else if (!request.quiet) {
    console.log(line(countsOf(found)));
    if (walked !== null) console.log(shareText(walked, found));
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

async function audit(request: ExploreRequest): Promise<number> {
  const runs: { readonly reduction: Reduction; readonly found: Searched }[] = [];
  for (const reduction of REDUCTIONS) runs.push({ reduction, found: await search(request, reduction) });
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
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const call = readExploreCall(argv);
    if (("model" in call ? call.model : call.scenario).help) {
      console.log(EXPLORE_HELP);
      return EXIT.fine;
    }
    if ("model" in call) return exploreModel(call.model);
    const request = call.scenario;
    return await (request.audit ? audit(request) : exploreOnce(request));
  } catch (error) {
    return reportError("explore", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
