/**
 * Follows a recorded schedule step by step. When a recorded task cannot run, the schedule does not belong to this
 * version or machine, and the run stops saying where.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { sectionFacts } from "../sim/operation.ts";
import { dispatch, isCandidate } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** The recorded schedule cannot be followed. */
export class ScheduleDiverged extends Error {
  /** Class name. */
  override name = "ScheduleDiverged";
}

/** Replays task numbers, one a step. */
export class ReplayScheduler implements Scheduler {
  readonly name = "replay";
  readonly virtualTime = false;
  readonly #steps: ArrayLike<number>;
  #at = 0;

  /** Follows `steps` from the first. */
  constructor(steps: ArrayLike<number>) {
    this.#steps = steps;
  }

  /** The recorded task; NOBODY at the end of the recording. */
  next(m: Cpus): number {
    const t = this.#steps[this.#at];
    if (t === undefined) return NOBODY;
    if (t >= m.nrTasks || !isCandidate(m, t)) {
      const where = t < m.nrTasks
        ? sectionFacts(m.task.pc[t]!).name
        : "a task that this machine does not have";
      throw new ScheduleDiverged(`Cannot follow the schedule: step ${this.#at} wants task ${t} at ${where}`);
    }
    this.#at++;
    dispatch(m, t);
    return t;
  }
}
