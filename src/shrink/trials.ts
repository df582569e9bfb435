/**
 * Many short runs of one case under schedules of one's choice. The machine is built once and set back between two runs,
 * unless somebody prepares it: what a mutation keeps to itself cannot be set back.
 */
import type { Checker, Violation } from "../checker/checker.ts";
import { CHECKERS } from "../checker/registry.ts";
import { type ExecuteOptions, judge } from "../run/execution.ts";
import type { Machine } from "../run/machine.ts";
import { taskNames } from "../run/names.ts";
import type { RunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { type LabelledSchedule, Recorder } from "../sim/schedule.ts";
import { LEVEL } from "../sim/task.ts";
import type { Workloads } from "../workload/program.ts";

/** How cases are judged. */
export type TrialHow = Pick<ExecuteOptions, "checkers" | "prepare">;

/** Bytes of a machine that take as long to set up as a section takes to run, about. */
const BYTES_A_SECTION = 512;

/** Sections that all trials of a search may run, and have run. */
export class SectionBudget {
  /** Sections run so far. */
  sections = 0;
  /** Runs so far. */
  runs = 0;
  #setUp = 0;
  readonly #max: number;

  /** At most `max` sections. */
  constructor(max: number) {
    this.#max = max;
  }

  /** A machine of so many bytes was set up: on a large one the runs themselves are the smaller part of the work. */
  setUp(bytes: number): void {
    this.#setUp += Math.round(bytes / BYTES_A_SECTION);
  }

  /** Share of the sections that is used, machines that were set up among them; of none, not a number. */
  get share(): number {
    return this.#used / this.#max;
  }

  /** Whether nothing is left of that share. */
  isSpent(share = 1): boolean {
    return this.#used >= this.#max * share;
  }

  get #used(): number {
    return this.sections + this.#setUp;
  }
}

/** What one run came to. */
export interface Trial {
  /** Sections run. */
  readonly steps: number;
  /** First property that did not hold, or null. */
  readonly violation: Violation | null;
}

/** Runs of one case. */
export class Trials {
  readonly #options: RunOptions;
  readonly #checkers: readonly Checker[];
  readonly #prepare: ((machine: Machine) => void) | null;
  readonly #budget: SectionBudget;
  #machine: Machine;
  readonly #start: Uint8Array;
  readonly #mark: readonly number[];

  /** A run ends after `stepsMax` sections of the options, or sooner. */
  constructor(options: RunOptions, how: TrialHow, budget: SectionBudget) {
    this.#options = options;
    this.#checkers = how.checkers ?? CHECKERS;
    this.#prepare = how.prepare ?? null;
    this.#budget = budget;
    this.#machine = planMachine(options);
    budget.setUp(this.#machine.bytes.length);
    this.#start = this.#machine.bytes.slice();
    this.#mark = this.#machine.m.events.mark();
  }

  /** How many tasks the machine has. */
  get nrTasks(): number {
    return this.#machine.m.nrTasks;
  }

  /** The tasks that are a CPU's tick. */
  get ticks(): ReadonlySet<number> {
    return new Set(this.#machine.m.roles.tick);
  }

  /** The tasks that are interrupts, ticks and softirqs among them. */
  get interrupts(): ReadonlySet<number> {
    const { task, nrTasks } = this.#machine.m;
    return new Set(Array.from({ length: nrTasks }, (_, t) => t).filter((t) => task.level[t] !== LEVEL.task));
  }

  /** Runs from the start. */
  run(make: Scheduler | ((m: Workloads) => Scheduler)): Trial {
    if (this.#prepare !== null) {
      this.#machine = planMachine(this.#options);
      this.#budget.setUp(this.#machine.bytes.length);
      this.#prepare(this.#machine);
    } else {
      this.#machine.bytes.set(this.#start);
      this.#machine.m.events.forgetSince(this.#mark);
    }
    const scheduler = typeof make === "function" ? make(this.#machine.m) : make;
    const violation = judge(this.#machine, this.#options, scheduler, this.#checkers);
    const steps = this.#machine.m.clock.steps[0]!;
    this.#budget.sections += steps;
    this.#budget.runs++;
    return { steps, violation };
  }

  /** Runs from the start and tells the schedule, with its labels and as the tasks of its steps. */
  record(
    make: (recorder: Recorder, m: Workloads) => Scheduler,
  ): Trial & { readonly schedule: LabelledSchedule; readonly tasks: Uint16Array } {
    const recorder = new Recorder(Infinity);
    const trial = this.run((m) => make(recorder, m));
    const names = taskNames(this.#machine.m);
    return { ...trial, schedule: recorder.labelled((t) => names[t]!)!, tasks: recorder.tasks() };
  }
}
