/**
 * `deno task explore --model`: every schedule of the whole model with few deviations from running tasks in turn.
 */
import {
  type Checker,
  CHECKERS,
  defaultRunOptions,
  execute,
  formatScheduleLine,
  type RunOptions,
} from "../../mod.ts";
import { InTurnScheduler } from "../../src/scheduler/in_turn.ts";
import { type BoundedSearch, boundedSearch } from "../../src/shrink/fewer_deviations.ts";
import { shrinkRun } from "../../src/shrink/shrink_run.ts";
import { runStory } from "../../src/shrink/story.ts";
import { SectionBudget, type Trial, Trials } from "../../src/shrink/trials.ts";
import { EXIT } from "../command/exit.ts";
import type { ModelRequest } from "./model_arguments.ts";

/** Calls of a program. */
const CALLS = 3;
/** Sections after which a run is cut: most are over after some hundred. */
const SECTIONS_MAX = 4000;

/** The search of one run's schedules. */
interface Searched extends BoundedSearch {
  readonly strategy: string;
  readonly run: number;
  readonly violation: string | null;
}

function optionsOf({ run, machine }: ModelRequest, strategy: string, number: number): RunOptions {
  return {
    ...defaultRunOptions(machine.geometry),
    initialPcp: machine.initialPcp,
    calls: CALLS,
    stepsMax: SECTIONS_MAX,
    ...run,
    blockEntries: run.blockEntries ?? 2,
    run: number,
    strategy,
  };
}

/** Whether a trial shows a violation: one that has not ended when its sections are up was cut here. */
const isFailure = ({ violation, steps }: Trial) =>
  violation !== null && !(violation.checker === "progress" && steps > SECTIONS_MAX);

function searchRun(request: ModelRequest, options: RunOptions, checkers: readonly Checker[]): {
  readonly searched: Searched;
  readonly story: string;
} {
  const budget = new SectionBudget(request.limit);
  const trials = new Trials(options, { checkers }, budget);
  const found = boundedSearch(
    trials,
    request.deviations,
    isFailure,
    budget,
  );
  const { strategy, run } = options;
  if (found.deviations === null) return { searched: { ...found, strategy, run, violation: null }, story: "" };
  const deviations = found.deviations;
  const { schedule, violation } = trials.record((recorder) => new InTurnScheduler(deviations, { recorder }));
  const failed = execute(options, { replay: schedule, checkers });
  const smallest = shrinkRun(failed, { checkers });
  const again = `again: deno task fuzz --replay '${formatScheduleLine(smallest)}'`;
  const text = `${violation!.checker}: ${violation!.message}`;
  return {
    searched: { ...found, strategy, run, violation: text },
    story: `\n${runStory(smallest, { checkers })}\n\n${again}`,
  };
}

function lineOf(searched: Searched, most: number): string {
  const { strategy, run, schedules, noneUpTo, unfinished, violation } = searched;
  const few = (count: number) => count === 1 ? "1 deviation" : `${count} deviations`;
  const who = `${strategy}, run ${run}: `;
  if (violation !== null) return `${who}VIOLATED ${violation}, with ${few(noneUpTo + 1)} and not with fewer`;
  if (noneUpTo === most) return `${who}all ${schedules} schedules with at most ${few(most)}, no violation`;
  const done = noneUpTo < 0 ? "" : `all ${schedules} schedules with at most ${few(noneUpTo)} and `;
  return `${who}${done}${unfinished} with ${few(noneUpTo + 1)}, no violation; the limit ended it`;
}

/** Searches run after run; returns the exit code. `checkers` are those that a violation is one of. */
export function exploreModel(request: ModelRequest, checkers: readonly Checker[] = CHECKERS): number {
  const all: Searched[] = [];
  for (const strategy of request.strategies) {
    for (let run = 0; run < request.runs; run++) {
      const { searched, story } = searchRun(request, optionsOf(request, strategy, run), checkers);
      all.push(searched);
      if (!request.json && !request.quiet) console.log(lineOf(searched, request.deviations) + story);
      if (searched.violation !== null) {
        if (request.json) console.log(JSON.stringify(all, null, 2));
        return EXIT.violation;
      }
    }
  }
  if (request.json) console.log(JSON.stringify(all, null, 2));
  return EXIT.fine;
}
