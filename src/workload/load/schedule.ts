/**
 * Open-loop schedules: the times of calls are drawn before the run and do not move when a call takes long, so that a
 * slow allocator meets the calls that piled up behind it, as it would with requests of a network.
 */
import type { Prng } from "../../sim/prng.ts";
import type { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { LoadOptions } from "./load.ts";

/** The latest time a call may have, in microseconds: what a program's word holds. */
const UNTIL_MAX_US = 2 ** 31 - 1;

/** Calls that come one by one, with exponential gaps between them: a Poisson process. */
export class PoissonSchedule {
  #us = 0;

  /** Calls come at the rate of `options`, 0 for at once. */
  constructor(readonly prng: Prng, readonly options: LoadOptions) {}

  /** Lets a program wait for the time of its next call. */
  next(calls: Calls): void {
    if (this.options.rateHz === 0) return;
    this.#us += this.prng.exponential(1e6 / this.options.rateHz);
    calls.add(CODE.until, Math.min(UNTIL_MAX_US, Math.round(this.#us)));
  }

  /** The time of the last call, in microseconds. */
  get us(): number {
    return this.#us;
  }

  /** Leaves a pause before the next call. */
  pause(us: number): void {
    this.#us += us;
  }
}
