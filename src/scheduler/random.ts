/**
 * Uniform among all tasks that may run: finds what breaks, says nothing about time.
 */
import type { Cpus } from "../cpu/cpu.ts";
import type { Prng } from "../sim/prng.ts";
import type { Recorder } from "../sim/schedule.ts";
import { CandidateTest, isCandidate } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** Draws before the candidates are counted: with one candidate in sixteen, one step in 16 million gets there. */
const TRIES = 256;

/** The random scheduler; `recorder` keeps the schedule for a replay. */
export class RandomScheduler implements Scheduler {
  readonly name = "random";
  readonly virtualTime = false;
  readonly #prng: Prng;
  readonly #recorder: Recorder | null;
  #candidates: CandidateTest | null = null;

  /** Draws from `prng`. */
  constructor(prng: Prng, recorder: Recorder | null = null) {
    this.#prng = prng;
    this.#recorder = recorder;
  }

  /** Rejection keeps the choice uniform without listing the candidates. */
  next(m: Cpus): number {
    let candidates = this.#candidates;
    if (candidates === null || !candidates.isOf(m)) candidates = this.#candidates = new CandidateTest(m);
    const last = m.nrTasks - 1;
    for (let i = 0; i < TRIES; i++) {
      const t = this.#prng.upTo(last);
      if (candidates.has(t)) return this.#run(m, candidates, t);
    }
    const all: number[] = [];
    for (let t = 0; t <= last; t++) if (isCandidate(m, t)) all.push(t);
    if (all.length === 0) return NOBODY;
    return this.#run(m, candidates, all[this.#prng.upTo(all.length - 1)]!);
  }

  #run(m: Cpus, candidates: CandidateTest, t: number): number {
    candidates.dispatch(t);
    this.#recorder?.record(t, m.task.pc[t]!);
    return t;
  }
}
