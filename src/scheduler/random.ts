/**
 * Uniform among all tasks that may run: finds what breaks, says nothing about time.
 */
import type { Cpus } from "../cpu/cpu.ts";
import type { Prng } from "../sim/prng.ts";
import type { Recorder } from "../sim/schedule.ts";
import { CandidateTest } from "./candidates.ts";
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
    const t = this.#draw(candidates, m.nrTasks - 1);
    if (t === NOBODY) return NOBODY;
    candidates.dispatch(t);
    this.#recorder?.record(t, m.task.pc[t]!);
    return t;
  }

  /** A function of its own, short enough for V8 to make one loop of it and of what it calls. */
  #draw(candidates: CandidateTest, last: number): number {
    const prng = this.#prng;
    for (let i = 0; i < TRIES; i++) {
      const t = prng.index(last + 1);
      if (candidates.has(t)) return t;
    }
    const all: number[] = [];
    for (let t = 0; t <= last; t++) if (candidates.has(t)) all.push(t);
    return all.length === 0 ? NOBODY : all[prng.upTo(all.length - 1)]!;
  }
}
