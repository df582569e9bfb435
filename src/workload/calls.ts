/**
 * The calls of a program while it is drawn.
 */
import { CODE, SLOTS } from "./program.ts";

/** A growing list of calls. */
export class Calls {
  readonly #words: number[] = [];

  /** Adds a call with its two arguments. */
  add(code: number, a = 0, b = 0): void {
    this.#words.push(code, a, b);
  }

  /** Frees what the slots hold and ends the program. */
  end(): Int32Array {
    for (let slot = 0; slot < SLOTS; slot++) this.add(CODE.free, slot);
    this.add(CODE.end);
    return Int32Array.from(this.#words);
  }
}
