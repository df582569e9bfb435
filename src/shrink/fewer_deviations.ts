/**
 * The schedule with the fewest deviations from the order in turn that still fails: first by leaving out segments of the
 * one that was found, then by trying every schedule with fewer.
 */
import { type ChoiceWatch, type Deviation, InTurnScheduler, LenientScheduler } from "../scheduler/in_turn.ts";
import { SEGMENT_WORDS } from "../sim/schedule.ts";
import { ddmin } from "./ddmin.ts";
import type { SectionBudget, Trial, Trials } from "./trials.ts";

/** A failing schedule of one case. */
export interface DeviatingSchedule extends BoundedSearch {
  readonly deviations: readonly Deviation[];
}

/** Whether a trial shows the failure that is looked for. */
export type Fails = (trial: Trial) => boolean;

/** Leaves out segments of a failing schedule as long as it fails; null when it does not fail to begin with. */
export function fewerSegments(
  trials: Trials,
  segments: Uint32Array,
  fails: Fails,
  budget: SectionBudget,
  share: number,
): readonly Deviation[] | null {
  const all = Array.from({ length: segments.length / SEGMENT_WORDS }, (_, i) => i);
  let best: readonly Deviation[] | null = null;
  const isOver = () => budget.isSpent(share);
  const holds = (some: readonly number[]): boolean => {
    const words = new Uint32Array(some.length * SEGMENT_WORDS);
    some.forEach((i, at) => {
      words.set(segments.subarray(i * SEGMENT_WORDS, (i + 1) * SEGMENT_WORDS), at * SEGMENT_WORDS);
    });
    const scheduler = new LenientScheduler(words);
    if (!fails(trials.run(scheduler))) return false;
    if (best === null || scheduler.deviations.length <= best.length) best = scheduler.deviations;
    return true;
  };
  if (isOver() || !holds(all)) return null;
  ddmin(all, holds, isOver);
  return best;
}

/** Leaves out deviations as long as the schedule fails, and lets ticks of no definite number stand for many. */
export function fewerDeviations(
  trials: Trials,
  known: readonly Deviation[],
  fails: Fails,
  budget: SectionBudget,
  share: number,
): readonly Deviation[] {
  const isOver = () => budget.isSpent(share);
  const holds = (some: readonly Deviation[]) => fails(trials.run(new InTurnScheduler(some)));
  let kept = ddmin(known, holds, isOver);
  kept.forEach((deviation, i) => {
    if (deviation.times === 1) return;
    for (const times of [1, Infinity]) {
      const other = kept.with(i, { ...deviation, times });
      if (isOver() || !holds(other)) continue;
      kept = other;
      break;
    }
  });
  return ddmin(kept, holds, isOver);
}

/** What is known of the schedules of a case. */
export interface BoundedSearch {
  /** The fewest deviations that fail, or null. */
  readonly deviations: readonly Deviation[] | null;
  /** Every schedule with at most so many deviations has been run and does not fail; -1 for none. */
  readonly noneUpTo: number;
  /** How many schedules these were. */
  readonly schedules: number;
  /** Of the schedules with one deviation more, those that were run before the search was stopped. */
  readonly unfinished: number;
}

/** Tries all schedules with no deviation, with one and so on, up to `most`, until one fails or the budget is spent. */
export function boundedSearch(
  trials: Trials,
  most: number,
  fails: Fails,
  budget: SectionBudget,
): BoundedSearch {
  let schedules = 0;
  for (let depth = 0; depth <= most; depth++) {
    const search = new Search(trials, fails, budget);
    const deviations = search.extend([], depth);
    if (deviations !== null) return { deviations, noneUpTo: depth - 1, schedules, unfinished: 0 };
    if (search.wasStopped) {
      return { deviations, noneUpTo: depth - 1, schedules, unfinished: search.schedules };
    }
    schedules += search.schedules;
  }
  return { deviations: null, noneUpTo: most, schedules, unfinished: 0 };
}

/**
 * A failing schedule with fewer deviations than `known`, the fewest of all; `known` itself when there is none, or none
 * was found before the budget was spent.
 */
export function fewestDeviations(
  trials: Trials,
  known: readonly Deviation[],
  fails: Fails,
  budget: SectionBudget,
): DeviatingSchedule {
  const found = boundedSearch(trials, known.length - 1, fails, budget);
  return { ...found, deviations: found.deviations ?? known };
}

/** All schedules with exactly so many deviations, depth first. */
class Search {
  /** Schedules with all their deviations that were run. */
  schedules = 0;
  wasStopped = false;
  readonly #trials: Trials;
  readonly #fails: Fails;
  readonly #budget: SectionBudget;

  constructor(trials: Trials, fails: Fails, budget: SectionBudget) {
    this.#trials = trials;
    this.#fails = fails;
    this.#budget = budget;
  }

  /** The first failing schedule that has `more` deviations after those given. */
  extend(deviations: readonly Deviation[], more: number): readonly Deviation[] | null {
    if (this.#budget.isSpent()) {
      this.wasStopped = true;
      return null;
    }
    if (more === 0) {
      this.schedules++;
      return this.#fails(this.#trials.run(new InTurnScheduler(deviations))) ? deviations : null;
    }
    for (const deviation of this.#alternatives(deviations)) {
      const found = this.extend([...deviations, deviation], more - 1);
      if (found !== null || this.wasStopped) return found;
    }
    return null;
  }

  #alternatives(deviations: readonly Deviation[]): readonly Deviation[] {
    return alternatives(this.#trials, deviations).others;
  }
}

/** A run, and what else could have run after its last deviation, at each point. */
function alternatives(
  trials: Trials,
  deviations: readonly Deviation[],
  prefix: ArrayLike<number> = [],
): Trial & { readonly others: readonly Deviation[] } {
  const { nrTasks: tasks, ticks, interrupts } = trials;
  const others: Deviation[] = [];
  const watch: ChoiceWatch = (point, chosen, can) => {
    if (scheduler.passed.length < deviations.length || chosen !== point.inTurn) return;
    for (let task = 0; task < tasks; task++) {
      if (task === chosen || !can.has(task)) continue;
      others.push({ ...point, task, times: 1 });
      if (ticks.has(task) && !interrupts.has(point.inTurn)) others.push({ ...point, task, times: Infinity });
    }
  };
  const scheduler = new InTurnScheduler(deviations, { watch, prefix });
  return { ...trials.run(scheduler), others };
}

/** The step from which nothing that was tried could save a run. */
export interface PointOfNoReturn {
  /** Steps of the run after which every continuation fails; its length when there is no such point before its end. */
  readonly steps: number;
  /** Continuations that were run from there: in turn, and with every one deviation from that. */
  readonly continuations: number;
}

/** Goes back from the end of a failing run to the first point from which every continuation that is tried fails. */
export function pointOfNoReturn(
  trials: Trials,
  tasks: ArrayLike<number>,
  fails: Fails,
  budget: SectionBudget,
): PointOfNoReturn {
  let last: PointOfNoReturn = { steps: tasks.length, continuations: 0 };
  for (let steps = tasks.length - 1; steps >= 0; steps--) {
    const prefix = Array.from({ length: steps }, (_, i) => tasks[i]!);
    const { others, ...inTurn } = alternatives(trials, [], prefix);
    const saved = !fails(inTurn) ||
      others.some((other) =>
        budget.isSpent() || !fails(trials.run(new InTurnScheduler([other], { prefix })))
      );
    if (saved) break;
    last = { steps, continuations: 1 + others.length };
  }
  return last;
}
