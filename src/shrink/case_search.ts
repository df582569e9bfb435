/**
 * The search for a smaller case that fails in the same way: fewer CPUs, calls and pages, whatever its schedule.
 */
import type { Violation } from "../checker/checker.ts";
import type { RunResult } from "../run/execution.ts";
import { lenientFollowerOf } from "../run/follow.ts";
import { isKfreeLoad, type RunOptions } from "../run/options.ts";
import { streamName } from "../run/plan.ts";
import { SCHEDULER_KINDS } from "../scheduler/registry.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { Prng } from "../sim/prng.ts";
import type { LabelledSchedule, Recorder } from "../sim/schedule.ts";
import { programOfUnits, unitsOf } from "../workload/explicit_program.ts";
import { ddmin } from "./ddmin.ts";
import { fewerCpus, onSmallMachine, plainest } from "./smaller_cases.ts";
import { SectionBudget, type Trial, type TrialHow, Trials } from "./trials.ts";

/** How far to shrink. */
export interface ShrinkOptions extends TrialHow {
  /** Sections that the search may take; setting up 512 bytes of a machine counts as one. @default 30 million */
  readonly sectionsMax?: number;
  /** Told of each smaller case that fails. */
  readonly onProgress?: (what: string) => void;
}

/** Sections that a search may have. */
const SECTIONS_MAX = 3e7;
/** Schedules that a smaller case is given to show the failure: so many, or as many as come to that share. */
const SCHEDULES_A_CASE = 24, CASE_TRY_SHARE = 0.0005;
/** Of so many schedules one is of another kind than the run's: what one finds seldom the other may find often. */
const OTHER_KIND_IN = 4;
/** Calls of the smallest programs that are drawn anew, and how much larger the next ones are. */
const CALLS_MIN = 5, CALLS_FACTOR = 2;
/** Runs of each size: so many, or as many as come to that share of the sections, since small ones are cheap. */
const RUNS_A_SIZE = 48, SIZE_SHARE = 0.01;
/** Shares of the sections after which no programs are drawn, and the case is left. */
const DRAW_SHARE = 0.4, CASE_SHARE = 0.55;
/** A run may take so many times the sections of the one that failed before it is given up. */
const LONGER = 4;
/** So many at least while cases are made smaller. */
const CASE_STEPS_MIN = 2_000;

/** Digits differ between two failures of one kind. */
const shapeOf = ({ checker, message }: Violation) =>
  checker === "progress" || checker === "kernel_bug" ? `${checker} ${message.replace(/\d+/g, "#")}` : checker;

/** The smallest failing case so far, and the search for smaller ones. */
export class CaseSearch {
  /** What it is. */
  options: RunOptions;
  /** How it fails; null in virtual time. */
  schedule: LabelledSchedule | null;
  /** Its sections. */
  steps: number;
  /** What does not hold in it. */
  violation: Violation;
  /** What the search may still take. */
  readonly budget: SectionBudget;
  readonly #how: ShrinkOptions;
  readonly #isVirtual: boolean;

  /** Starts from a run that failed. */
  constructor(failed: RunResult, how: ShrinkOptions) {
    this.options = failed.options;
    this.schedule = failed.schedule;
    this.steps = failed.steps;
    this.violation = failed.violation!;
    this.budget = new SectionBudget(how.sectionsMax ?? SECTIONS_MAX);
    this.#how = how;
    this.#isVirtual = SCHEDULER_KINDS[failed.options.scheduler].virtualTime;
  }

  /** Whether a trial fails as the run did. */
  readonly fails = ({ violation }: Trial): boolean =>
    violation !== null && shapeOf(violation) === shapeOf(this.violation);

  /** Runs of a case; null where no machine of that kind can be built. */
  trialsOf(options: RunOptions, stepsMin: number, budget: SectionBudget = this.budget): Trials | null {
    // a run that hangs is known by the sections that it had
    const hangs = this.violation.checker === "progress";
    const stepsMax = hangs
      ? options.stepsMax
      : Math.min(options.stepsMax, Math.max(stepsMin, LONGER * this.steps));
    try {
      return new Trials({ ...options, stepsMax }, this.#how, budget);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** Whether the case fails under one of a few schedules; it is the smallest one then. */
  shows(options: RunOptions): boolean {
    return this.#tries(options, this.schedule, !this.#isVirtual, CASE_SHARE);
  }

  /** Follows a schedule as far as it goes, if there is one, else draws one; then tries others when it may. */
  #tries(options: RunOptions, schedule: LabelledSchedule | null, others: boolean, share: number): boolean {
    const trials = this.budget.isSpent(share) ? null : this.trialsOf(options, CASE_STEPS_MIN);
    if (trials === null) return false;
    const from = this.budget.share;
    const goesOn = (i: number) => i < SCHEDULES_A_CASE || this.budget.share - from < CASE_TRY_SHARE;
    for (let i = 0; i === 0 || (others && goesOn(i)); i++) {
      const trial = trials.record((recorder, m) =>
        i === 0 && schedule !== null
          ? lenientFollowerOf(m, schedule, recorder)
          : this.#schedulerOf(options, i + options.run, recorder)
      );
      if (!this.fails(trial)) continue;
      this.options = options;
      this.steps = trial.steps;
      this.violation = trial.violation!;
      this.schedule = this.#isVirtual ? null : trial.schedule;
      return true;
    }
    return false;
  }

  /** Runs the case again, looked at more often: it may be seen to fail sooner. */
  again(): void {
    this.#tries(this.options, this.schedule, false, CASE_SHARE);
  }

  /** Looks for the failure in runs of the same kind with fewer CPUs and calls; when it is in none the run stands. */
  drawSmaller(): void {
    const { options } = this;
    if (options.programs !== null || isKfreeLoad(options.workload)) return;
    const small = onSmallMachine(options);
    for (const kind of [plainest(small), small, options]) {
      // two CPUs show most of what more of them do, and more than one does
      const [one, two, ...more] = fewerCpus(kind);
      const cases = [two, one, ...more].filter((some) => some !== undefined);
      for (let calls = CALLS_MIN; calls < options.calls; calls *= CALLS_FACTOR) {
        for (const fewer of cases) if (this.#drawn({ ...fewer, calls })) return;
      }
    }
  }

  /** Runs programs of that size until one fails or the size has had its share of the sections. */
  #drawn(options: RunOptions): boolean {
    const blocks = [...new Set([this.options.blockEntries, 4, 1])];
    const from = this.budget.share;
    for (let run = 0; run < RUNS_A_SIZE || this.budget.share - from < SIZE_SHARE; run++) {
      if (this.budget.isSpent(DRAW_SHARE)) return false;
      const blockEntries = blocks[run % blocks.length]!;
      if (this.#tries({ ...options, blockEntries, run }, null, false, DRAW_SHARE)) return true;
    }
    return false;
  }

  /** Takes smaller cases as long as one shows the failure. */
  while(smaller: (options: RunOptions) => readonly RunOptions[]): void {
    while (smaller(this.options).some((options) => this.shows(options)));
  }

  /** Leaves out calls. */
  fewerCalls(): void {
    const { programs } = this.options;
    if (programs === null) return;
    const all = [...programs.threads, ...programs.devices];
    const units = all.flatMap((words, program) => unitsOf(words ?? []).map((calls) => ({ program, calls })));
    ddmin(units, (some) => {
      const kept = all.map((words, program) =>
        words === null
          ? null
          : programOfUnits(words, some.filter((unit) => unit.program === program).map((unit) => unit.calls))
      );
      const threads = kept.slice(0, programs.threads.length).map((words) => words ?? []);
      return this.shows({
        ...this.options,
        programs: { threads, devices: kept.slice(programs.threads.length) },
      });
    }, () => this.budget.isSpent(CASE_SHARE));
  }

  #schedulerOf(options: RunOptions, i: number, recorder: Recorder): Scheduler {
    const prng = new Prng(streamName(options, `shrink/${i}`));
    const { scheduler, pctDepth: depth } = options;
    const other = scheduler === "pct" ? "random" : "pct";
    const name = this.#isVirtual || (i + 1) % OTHER_KIND_IN > 0 ? scheduler : other;
    return SCHEDULER_KINDS[name].make(prng, recorder, {
      pct: { depth, sections: this.steps },
      host: options,
    });
  }
}
