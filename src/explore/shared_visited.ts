/**
 * The set of states seen by several workers at once: one table in shared memory, of fixed size. Who writes the low half
 * of a slot first owns it and writes the high half next; whoever comes in between waits for that.
 */
import type { StateSet } from "./visited.ts";

/** Share of the slots that may be used: a fuller table has long chains. */
const FULL = 0.85;

/** The shared table has no room left. */
export class TableFull extends RangeError {
  /** Class name. */
  override name = "TableFull";
}

/** Hashes in open addressing in shared memory. */
export class SharedVisited implements StateSet {
  /** The table, for the other workers: in front of its slots stands how many are used. */
  readonly memory: SharedArrayBuffer;
  readonly #used: Int32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #max: number;

  /** The table in `memory`; its bytes are 8, plus 8 for each of 2^n slots. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#used = new Int32Array(memory, 0, 1);
    this.#slots = new Int32Array(memory, 8);
    this.#mask = this.#slots.length / 2 - 1;
    this.#max = Math.floor(this.#mask * FULL);
  }

  /** An empty table of 2^`bits` slots. */
  static ofBits(bits: number): SharedVisited {
    return new SharedVisited(new SharedArrayBuffer(8 + 8 * 2 ** bits));
  }

  /** Bytes of the table. */
  get bytes(): number {
    return this.memory.byteLength;
  }

  /** States in the set. */
  get size(): number {
    return Atomics.load(this.#used, 0);
  }

  /**
   * Adds a hash; false when it was there.
   *
   * @throws TableFull when there is no room.
   */
  add(low: number, high: number): boolean {
    const slots = this.#slots;
    if (low === 0) low = 1; // a half of zero is not written yet
    if (high === 0) high = 1;
    for (let i = low & this.#mask;; i = i + 1 & this.#mask) {
      let there = Atomics.load(slots, 2 * i);
      if (there === 0) there = Atomics.compareExchange(slots, 2 * i, 0, low);
      if (there === 0) {
        Atomics.store(slots, 2 * i + 1, high);
        if (Atomics.add(this.#used, 0, 1) >= this.#max) {
          throw new TableFull(
            `Cannot keep more states: expected at most ${this.#max}, the size of the table`,
          );
        }
        return true;
      }
      if (there !== low) continue;
      let theirs = 0;
      while ((theirs = Atomics.load(slots, 2 * i + 1)) === 0);
      if (theirs === high) return false;
    }
  }
}
