/**
 * Uniform among all tasks that may run: finds what breaks, says nothing about time.
 */
import type { Cpus } from "../cpu/cpu.ts";
import type { Prng } from "../sim/prng.ts";
import type { Recorder } from "../sim/schedule.ts";
import { dispatch, isCandidate } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** Draws before the candidates are counted: with one candidate in sixteen, one step in 16 million gets there. */
const TRIES = 256;

/** The random scheduler; `recorder` keeps the schedule for a replay. */
export class RandomScheduler implements Scheduler {
  readonly name = "random";
  readonly virtualTime = false;
  readonly #prng: Prng;
  readonly #recorder: Recorder | null;

  /** Draws from `prng`. */
  constructor(prng: Prng, recorder: Recorder | null = null) {
    this.#prng = prng;
    this.#recorder = recorder;
  }

  /** Rejection keeps the choice uniform without listing the candidates. */
  next(m: Cpus): number {
    const last = m.nrTasks - 1;
    for (let i = 0; i < TRIES; i++) {
      const t = this.#prng.upTo(last);
      if (isCandidate(m, t)) return this.#run(m, t);
    }
    const candidates: number[] = [];
    for (let t = 0; t <= last; t++) if (isCandidate(m, t)) candidates.push(t);
    if (candidates.length === 0) return NOBODY;
    return this.#run(m, candidates[this.#prng.upTo(candidates.length - 1)]!);
  }

  #run(m: Cpus, t: number): number {
    this.#recorder?.record(t);
    dispatch(m, t);
    return t;
  }
}
