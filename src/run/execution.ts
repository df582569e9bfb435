/**
 * One run from start to end, with checkers and metrics listening. The result is data: numbers, and a verdict when a
 * property did not hold.
 */
import type { Attached, Checker, Violation } from "../checker/checker.ts";
import { CHECKERS } from "../checker/registry.ts";
import { WAIT_EVENTS, WaitContexts } from "../checker/wait_context.ts";
import { Collector } from "../metrics/collector.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { runSteps } from "../scheduler/engine.ts";
import { SCHEDULER_KINDS } from "../scheduler/registry.ts";
import { ReplayScheduler } from "../scheduler/replay.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import { StartedScheduler } from "../scheduler/started.ts";
import type { Memory } from "../sim/memory.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { Prng } from "../sim/prng.ts";
import { type LabelledSchedule, Recorder } from "../sim/schedule.ts";
import type { Workloads } from "../workload/program.ts";
import { objectBytes } from "./facts.ts";
import { followerOf, segmentsOn } from "./follow.ts";
import { isQuiet, type Machine } from "./machine.ts";
import { taskNames } from "./names.ts";
import type { RunOptions } from "./options.ts";
import { planMachine, streamName } from "./plan.ts";

/** Sections between two looks at whether the run is over. */
const SLICE = 1024;
/** The same for runs that are short and many. */
const SHORT_SLICE = 32;
/** Sections between two costly looks at the whole world, unless a caller wants more of them. */
const EXAMINE_EVERY = 1 << 18;
/** Sections that are granted at the end to come out of atomic parts. */
const SETTLE_MAX = 10_000;
/** Steps that a printed schedule may have; a longer one is only known by its seed. */
export const RECORD_MAX = 4_000_000;

/** What a run came to. */
export interface RunResult {
  /** What it was. */
  readonly options: RunOptions;
  /** Counters and histograms. */
  readonly collector: Collector;
  /** The machine as the run left it. */
  readonly m: Workloads;
  /** Waits in invalid contexts, by who would complain. */
  readonly waits: { readonly lockdep: number; readonly rt: number };
  /** Sections run. */
  readonly steps: number;
  /** First property that did not hold, or null. */
  readonly violation: Violation | null;
  /** Who ran and how far, where the scheduler chose freely and the run was not too long. Made when it is asked for. */
  readonly schedule: LabelledSchedule | null;
}

/** Things a caller may change about how a run is executed, not about what it is. */
export interface ExecuteOptions {
  /** Records the steps, also those of virtual time. @default one that only keeps what a schedule needs */
  readonly recorder?: Recorder;
  /** Schedule to follow instead of the scheduler's choice. */
  readonly replay?: LabelledSchedule;
  /** Schedule to follow at first, as far as it can be followed; the run's own scheduler goes on. */
  readonly start?: LabelledSchedule;
  /** Sections between two costly looks at the whole world, a multiple of 1024. @default 262144 */
  readonly examineEvery?: number;
  /** Checkers to attach. @default all */
  readonly checkers?: readonly Checker[];
  /** Changes the machine before it starts; mutations come in here. */
  readonly prepare?: (machine: Machine) => void;
  /** Memory to use again: nobody may look at the machine of the run before any more. @default memory of its own */
  readonly memory?: Memory;
}

/** Stops the run from inside an event. */
class Violated extends Error {
  constructor(readonly violation: Violation) {
    super(violation.message);
  }
}

/**
 * Executes a run to its end, or to the first violation.
 *
 * @throws RangeError when an option is unknown or out of its range, or the machine cannot be built; ScheduleDiverged
 *   when the schedule to follow is not one of this machine and version.
 */
export function execute(options: RunOptions, how: ExecuteOptions = {}): RunResult {
  how.memory?.reset();
  const machine = planMachine(options, how.memory);
  how.prepare?.(machine);
  const { m } = machine;
  const collector = new Collector(m, objectBytes(m));
  m.events.subscribe(collector);
  const waits = countWaits(m);
  const attached = attachAll(m, how.checkers ?? CHECKERS);
  const recorder = how.recorder ?? recorderOf(options, how);
  const scheduler = schedulerOf(m, options, recorder, how);
  const violation = verdictOf(() =>
    runAll(machine, options, scheduler, attached, how.examineEvery ?? EXAMINE_EVERY)
  );
  collector.finish();
  const free = !scheduler.virtualTime && !(scheduler instanceof ReplayScheduler);
  return {
    options,
    collector,
    m,
    waits,
    steps: m.clock.steps[0]!,
    violation,
    get schedule() {
      return free ? recorder?.labelled((t) => taskNames(m)[t]!) ?? null : how.replay ?? null;
    },
  };
}

/** Pages of a machine that take as long to look at as a section to run, about. */
const PAGES_A_SECTION = 32;

/**
 * Runs a machine of the options to its end or first violation with nothing but checkers listening. The whole world is
 * looked at as often as this takes no longer than the sections do: what is wrong shows the sooner.
 */
export function judge(
  machine: Machine,
  options: RunOptions,
  scheduler: Scheduler,
  checkers: readonly Checker[],
): Violation | null {
  const { m } = machine;
  const examineEvery = Math.min(EXAMINE_EVERY, Math.max(SLICE, m.nrPages / PAGES_A_SECTION));
  return verdictOf(() =>
    runAll(machine, options, scheduler, attachAll(m, checkers), examineEvery, SHORT_SLICE)
  );
}

/** Virtual time follows from the options alone: nobody asks what it chose unless it began as another schedule. */
function recorderOf({ scheduler }: RunOptions, { start }: ExecuteOptions): Recorder | null {
  return SCHEDULER_KINDS[scheduler].virtualTime && start === undefined ? null : new Recorder(RECORD_MAX);
}

function schedulerOf(
  m: Workloads,
  options: RunOptions,
  recorder: Recorder | null,
  { replay, start }: ExecuteOptions,
): Scheduler {
  if (replay !== undefined) return followerOf(m, replay);
  const prng = new Prng(streamName(options, "schedule"));
  const scheduler = SCHEDULER_KINDS[options.scheduler].make(prng, recorder, {
    pct: { depth: options.pctDepth, sections: options.pctSections },
    host: options,
  });
  return start === undefined ? scheduler : new StartedScheduler(segmentsOn(m, start), scheduler, recorder);
}

/** Counts waits in invalid contexts from here on. */
function countWaits(m: Workloads): { lockdep: number; rt: number } {
  const counts = { lockdep: 0, rt: 0 };
  const contexts = new WaitContexts(m, (rule) => void counts[rule]++);
  m.events.subscribe({
    kinds: WAIT_EVENTS,
    onEvent: (kind, t, a, _b, c) => contexts.onEvent(kind, t, a, c),
  });
  return counts;
}

type Named = Attached & { readonly name: string };

function attachAll(m: Workloads, checkers: readonly Checker[]): Named[] {
  return checkers.map((checker) => {
    const report = (message: string) => {
      throw new Violated({ checker: checker.name, message });
    };
    const attached = checker.attach(m, report);
    if (attached.listener !== undefined) m.events.subscribe(attached.listener);
    return { ...attached, name: checker.name };
  });
}

function runAll(
  { m, table }: Machine,
  options: RunOptions,
  scheduler: Scheduler,
  attached: Named[],
  examineEvery: number,
  slice = SLICE,
): void {
  let nextLook = examineEvery;
  while (!isQuiet(m)) {
    const ran = runSteps(m, table, scheduler, slice);
    const steps = m.clock.steps[0]!;
    if (steps >= nextLook) {
      nextLook += examineEvery;
      examine(attached, false);
    }
    if (ran < slice && !isQuiet(m)) {
      if (scheduler instanceof ReplayScheduler && anyCandidate(m)) return examine(attached, false);
      throw new Violated({
        checker: "progress",
        message: `nothing can run any more after ${steps} sections`,
      });
    }
    if (steps > options.stepsMax) {
      const what = m.workload.live[0] === 0 ? "objects still wait to be freed" : "the load is not over";
      throw new Violated({ checker: "progress", message: `${what} after ${steps} sections` });
    }
  }
  settle(m, table, scheduler);
  examine(attached, true);
}

/** Lets kswapd and others come out of what they are in, so that the end is one between two pieces of work. */
function settle(m: Workloads, table: Machine["table"], scheduler: Scheduler): void {
  const busy = () =>
    m.cpu.irqOff.some((depth) => depth !== 0) || m.cpu.preemptOff.some((depth) => depth !== 0);
  for (let i = 0; i < SETTLE_MAX && busy(); i++) runSteps(m, table, scheduler, 1);
}

/** Whether a task could go on where a recorded schedule ends. */
function anyCandidate(m: Workloads): boolean {
  for (let t = 0; t < m.nrTasks; t++) if (isCandidate(m, t)) return true;
  return false;
}

function examine(attached: readonly Named[], end: boolean): void {
  for (const checker of attached) {
    const message = checker.examine?.() ?? (end ? checker.examineEnd?.() ?? null : null);
    if (message !== null) throw new Violated({ checker: checker.name, message });
  }
}

/** What a run says about the modelled code; errors of the model itself go on. */
function verdictOf(run: () => void): Violation | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof Violated) return error.violation;
    if (error instanceof KernelBug) return { checker: "kernel_bug", message: error.message };
    throw error;
  }
}
