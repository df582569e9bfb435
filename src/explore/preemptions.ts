/**
 * Preemptions of a path, counted in the state: leaving a task inside an operation although it could go on.
 */
import { AUX, type Program } from "./program.ts";

/** Counts preemptions up to a bound; without a bound it keeps nothing in the state. */
export class Preemptions {
  readonly #p: Program;
  readonly #most: number;

  /** At most `most`, Infinity for as many as may be. */
  constructor(program: Program, most: number) {
    this.#p = program;
    this.#most = most;
  }

  /** Whether task `t` may go on from here. */
  allow(t: number): boolean {
    return this.#most === Infinity || !this.#is(t) || this.#p.cells.at[AUX.preemptions]! < this.#most;
  }

  /** Notes that task `t` goes on. */
  count(t: number): void {
    if (this.#most === Infinity) return;
    const { cells } = this.#p;
    if (this.#is(t)) cells.put(AUX.preemptions, cells.at[AUX.preemptions]! + 1);
    cells.put(AUX.last, t + 1);
  }

  /** Whether leaving the task that ran last for `t` counts. */
  #is(t: number): boolean {
    const last = this.#p.cells.at[AUX.last]! - 1;
    if (last < 0 || last === t || this.#p.isBetween(last)) return false;
    return this.#p.section(last) >= 0 && this.#p.choices(last) > 0;
  }
}
