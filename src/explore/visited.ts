/**
 * The set of states seen, by 64-bit hash. Two states with one hash would be taken as one: among n states the chance is
 * about n * n / 2^65, one in 300,000 for ten million.
 */

/** Share of slots in use at which the table doubles. */
const FULL = 0.7;

/** A set of states. */
export interface StateSet {
  /** Bytes that it takes. */
  readonly bytes: number;
  /** Adds a hash; false when it was there. */
  add(low: number, high: number): boolean;
}

/** Hashes in open addressing, both halves side by side so that a look-up misses the cache once. */
export class Visited implements StateSet {
  /** Hashes in the set. */
  size = 0;
  #slots = new Int32Array(1 << 13);
  #mask = (1 << 12) - 1;

  /** Bytes that the table takes. */
  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** The table, as {@link restore} takes it. */
  get slots(): Int32Array<ArrayBuffer> {
    return this.#slots;
  }

  /** The set of a table; null when it is none, or one that is too full. */
  static restore(slots: Int32Array<ArrayBuffer>): Visited | null {
    if (slots.length < 2 || (slots.length & slots.length - 1) !== 0) return null;
    const visited = new Visited();
    visited.#slots = slots;
    visited.#mask = slots.length / 2 - 1;
    for (let i = 0; i < slots.length; i += 2) if (slots[i] !== 0 || slots[i + 1] !== 0) visited.size++;
    return visited.size > FULL * visited.#mask ? null : visited;
  }

  /** Adds a hash; false when it was there. */
  add(low: number, high: number): boolean {
    if (low === 0 && high === 0) low = 1; // an empty slot is two zeros
    const slots = this.#slots;
    let i = low & this.#mask;
    while (slots[2 * i] !== 0 || slots[2 * i + 1] !== 0) {
      if (slots[2 * i] === low && slots[2 * i + 1] === high) return false;
      i = i + 1 & this.#mask;
    }
    slots[2 * i] = low;
    slots[2 * i + 1] = high;
    if (++this.size > FULL * this.#mask) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    this.size = 0;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.add(old[i]!, old[i + 1]!);
    }
  }
}
