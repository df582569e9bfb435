/**
 * From a run that fails to the smallest case that can be found to fail in the same way: fewest CPUs, calls and pages,
 * then the schedule with the fewest deviations from running tasks in turn, and what is known of those with fewer.
 */
import type { Violation } from "../checker/checker.ts";
import type { RunResult } from "../run/execution.ts";
import { lenientFollowerOf } from "../run/follow.ts";
import { isKfreeLoad, type RunOptions } from "../run/options.ts";
import { planMachine, programsOf } from "../run/plan.ts";
import { InTurnScheduler } from "../scheduler/in_turn.ts";
import type { LabelledSchedule } from "../sim/schedule.ts";
import { CaseSearch, type ShrinkOptions } from "./case_search.ts";
import {
  type DeviatingSchedule,
  fewerDeviations,
  fewerSegments,
  fewestDeviations,
  type PointOfNoReturn,
  pointOfNoReturn,
} from "./fewer_deviations.ts";
import { fewerObjects, fewerPages, fewerProcessors, plainer } from "./smaller_cases.ts";
import { SectionBudget } from "./trials.ts";

/** The smallest case that was found. */
export interface SmallestRun {
  /** What it is. */
  readonly options: RunOptions;
  /** What does not hold. */
  readonly violation: Violation;
  /** Its sections. */
  readonly steps: number;
  /** Its schedule; null in virtual time, where the order follows from the case. */
  readonly schedule: LabelledSchedule | null;
  /** Deviations of the schedule from running tasks in turn, and what is known of schedules with fewer; or null. */
  readonly search:
    | (DeviatingSchedule & { /** Steps at which it deviates. */ readonly steps: readonly number[] })
    | null;
  /** From where nothing could save it, as far as was tried; or null. */
  readonly noReturn: PointOfNoReturn | null;
  /** Runs and sections that the search took. */
  readonly runs: number;
  readonly sections: number;
  /** Whether it ended because `sectionsMax` was reached. */
  readonly wasStopped: boolean;
}

/** Sections that the way back from the end to the point of no return may have. */
const RETURN_SECTIONS_MAX = 2e6;
/** Shares of the sections after which the segments and the deviations of the schedule are left. */
const SEGMENTS_SHARE = 0.65, DEVIATIONS_SHARE = 0.75;
/** Sections that a run may have, at least, when it is said of its schedule that it does not fail. */
const SCHEDULE_STEPS_MIN = 20_000;

/** The run with the programs that it drew, so that calls can be taken out of them. */
function withPrograms(options: RunOptions): RunOptions {
  if (options.programs !== null || isKfreeLoad(options.workload)) return options;
  return { ...options, programs: programsOf(planMachine(options).m, options) };
}

/**
 * Shrinks a run that failed. How it was judged must be given again.
 *
 * @throws RangeError when the run did not fail.
 */
export function shrinkRun(failed: RunResult, how: ShrinkOptions = {}): SmallestRun {
  if (failed.violation === null) {
    throw new RangeError("Cannot shrink: expected a run with a violation, got none");
  }
  const search = new CaseSearch(failed, how);
  const say = (what: string) => how.onProgress?.(what);
  search.again();
  say("smaller programs");
  search.drawSmaller();
  search.options = withPrograms(search.options);
  for (let before = ""; before !== JSON.stringify(search.options);) {
    before = JSON.stringify(search.options);
    say("CPUs");
    search.while(fewerProcessors);
    say("options");
    search.while(plainer);
    say("calls");
    search.fewerCalls();
    if (isKfreeLoad(search.options.workload)) search.while(fewerObjects);
    say("pages");
    search.while(fewerPages);
  }
  say("schedule");
  const fewest = fewestOf(search);
  return {
    options: search.options,
    violation: search.violation,
    steps: search.steps,
    schedule: search.schedule,
    ...fewest,
    runs: search.budget.runs,
    sections: search.budget.sections,
    wasStopped: search.budget.isSpent(),
  };
}

/** The schedule with the fewest deviations; null in virtual time, or when the schedule is not known. */
function fewestOf(search: CaseSearch): Pick<SmallestRun, "search" | "noReturn"> {
  const { schedule, budget, fails } = search;
  const trials = schedule === null ? null : search.trialsOf(search.options, SCHEDULE_STEPS_MIN);
  if (schedule === null || trials === null) return { search: null, noReturn: null };
  let segments = new Uint32Array();
  trials.run((m) => {
    const follower = lenientFollowerOf(m, schedule);
    segments = Uint32Array.from(follower.segments);
    return follower;
  });
  const some = fewerSegments(trials, segments, fails, budget, SEGMENTS_SHARE);
  if (some === null) return { search: null, noReturn: null };
  const known = fewerDeviations(trials, some, fails, budget, DEVIATIONS_SHARE);
  const fewest = fewestDeviations(trials, known, fails, budget);
  let steps: readonly number[] = [];
  const last = trials.record((recorder) => {
    const scheduler = new InTurnScheduler(fewest.deviations, { recorder });
    steps = scheduler.passed;
    return scheduler;
  });
  search.steps = last.steps;
  search.violation = last.violation!;
  search.schedule = last.schedule;
  const rest = new SectionBudget(RETURN_SECTIONS_MAX);
  const noReturn = pointOfNoReturn(
    search.trialsOf(search.options, SCHEDULE_STEPS_MIN, rest)!,
    last.tasks,
    fails,
    rest,
  );
  return { search: { ...fewest, steps }, noReturn };
}
