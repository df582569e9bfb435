/**
 * Probabilistic concurrency testing (Burckhardt and others, 2010): every task has a priority, the highest that may run
 * does, and at d - 1 points of the run whoever runs falls below all others. A bug of depth d, which needs d orders of
 * sections, is found in a run with probability at least 1 / (n k^(d-1)), for n tasks and k sections.
 *
 * Two departures, without which a kernel would stand still: ticks are time and come by chance, not by priority; and
 * whoever has gone on for very long falls behind, as one that waits for another by looking again and again.
 */
import type { Cpus } from "../cpu/cpu.ts";
import type { Prng } from "../sim/prng.ts";
import type { Recorder } from "../sim/schedule.ts";
import { LEVEL } from "../sim/task.ts";
import { CandidateTest, dispatch } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** What a PCT run is made with. */
export interface PctOptions {
  /** Depth of the bugs that are looked for: orderings that one of them needs, at least 1. */
  readonly depth: number;
  /** Sections that a run is expected to have: priorities change within so many. */
  readonly sections: number;
}

/** One step in so many is a tick, where one may come. */
const TICK_EVERY = 64;
/** Sections in a row, interrupts between them aside, after which a task falls behind all others: it may poll. */
const PATIENCE = 4096;

/** Least probability that a run finds a bug of the given depth, among so many tasks and sections. */
export function pctBound(tasks: number, { depth, sections }: PctOptions): number {
  return 1 / (tasks * sections ** (depth - 1));
}

/** The scheduler; `recorder` keeps the schedule for a replay. */
export class PctScheduler implements Scheduler {
  readonly name = "pct";
  readonly virtualTime = false;
  readonly #prng: Prng;
  readonly #recorder: Recorder | null;
  readonly #options: PctOptions;
  #candidates: CandidateTest | null = null;
  #priority = new Int32Array();
  #changes = new Float64Array();
  #isTick = new Uint8Array();
  #step = 0;
  #nextChange = 0;
  #last = NOBODY;
  #lastTask = NOBODY;
  #inRow = 0;
  #lowest = 0;

  /** Draws from `prng`. */
  constructor(prng: Prng, recorder: Recorder | null, options: PctOptions) {
    this.#prng = prng;
    this.#recorder = recorder;
    this.#options = options;
  }

  /** The candidate of the highest priority, or a tick when its time has come. */
  next(m: Cpus): number {
    if (this.#candidates === null || !this.#candidates.isOf(m)) this.#start(m);
    this.#step++;
    while (this.#nextChange < this.#changes.length && this.#changes[this.#nextChange]! <= this.#step) {
      this.#nextChange++;
      if (this.#last !== NOBODY) this.#priority[this.#last] = this.#lowest--;
    }
    let t = this.#prng.upTo(TICK_EVERY - 1) === 0 ? this.#tick(m) : NOBODY;
    if (t === NOBODY) t = this.#highest();
    if (t === NOBODY) t = this.#tick(m);
    if (t === NOBODY) return NOBODY;
    if (this.#isTick[t] === 0) this.#last = t; // a tick has no priority that could change
    if (m.task.level[t] === LEVEL.task) this.#beImpatient(t);
    dispatch(m, t);
    this.#recorder?.record(t, m.task.pc[t]!);
    return t;
  }

  #beImpatient(t: number): void {
    this.#inRow = t === this.#lastTask ? this.#inRow + 1 : 0;
    this.#lastTask = t;
    if (this.#inRow < PATIENCE) return;
    this.#priority[t] = this.#lowest--;
    this.#inRow = 0;
  }

  /** Draws priorities and the points at which they change. */
  #start(m: Cpus): void {
    const { depth, sections } = this.#options;
    this.#candidates = new CandidateTest(m);
    this.#priority = new Int32Array(m.nrTasks);
    this.#isTick = new Uint8Array(m.nrTasks);
    for (let c = 0; c < m.nrCpus; c++) this.#isTick[m.roles.tick[c]!] = 1;
    for (let t = 0; t < m.nrTasks; t++) {
      const at = this.#prng.upTo(t); // a shuffle from the inside out: every order is as likely
      this.#priority[t] = this.#priority[at]!;
      this.#priority[at] = t + 1;
    }
    this.#changes = Float64Array.from({ length: depth - 1 }, () => this.#prng.between(1, sections)).sort();
  }

  #highest(): number {
    let best = NOBODY;
    for (let t = 0; t < this.#priority.length; t++) {
      if (this.#isTick[t] === 1 || (best !== NOBODY && this.#priority[t]! < this.#priority[best]!)) continue;
      if (this.#candidates!.has(t)) best = t;
    }
    return best;
  }

  #tick(m: Cpus): number {
    const first = this.#prng.upTo(m.nrCpus - 1);
    for (let i = 0; i < m.nrCpus; i++) {
      const t = m.roles.tick[(first + i) % m.nrCpus]!;
      if (this.#candidates!.has(t)) return t;
    }
    return NOBODY;
  }
}
