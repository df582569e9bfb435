/**
 * Names found by their bytes: a hash table from the bytes of a name to a small number, so that reading a trace makes
 * no text. The hash looks at the length and four bytes only; a hit is always checked byte by byte.
 *
 * @module
 */

/** A fixed number of names at most; each has the number under which it was added, from 0 up. */
export class NameTable {
  /** Names by hash, open addressing; -1 is free. */
  readonly #slots: Int32Array;
  readonly #names: Uint8Array[] = [];
  readonly #capacity: number;

  /**
   * @param names Names 0, 1, 2 and so on.
   * @param capacity Most names it can hold.
   */
  constructor(names: readonly string[], capacity: number = names.length) {
    this.#capacity = capacity;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(8 * capacity + 8))).fill(-1);
    for (const name of names) this.add(new TextEncoder().encode(name));
  }

  /** Number of the name in bytes[from, to), or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const slots = this.#slots;
    const names = this.#names;
    const length = to - from;
    const mask = slots.length - 1;
    for (let slot = hashOf(bytes, from, length) & mask;; slot = (slot + 1) & mask) {
      const id = slots[slot]!;
      if (id < 0) return -1;
      const name = names[id]!;
      if (name.length !== length) continue;
      let at = 0;
      while (at < length && name[at] === bytes[from + at]) at++;
      if (at === length) return id;
    }
  }

  /** Adds a name that is not there yet and returns its number, or -1 when the table is full. */
  add(name: Uint8Array): number {
    const id = this.#names.length;
    if (id === this.#capacity) return -1;
    const mask = this.#slots.length - 1;
    let slot = hashOf(name, 0, name.length) & mask;
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id;
    this.#names.push(name.slice());
    return id;
  }

  /** The names as text, by number. */
  get names(): readonly string[] {
    return this.#names.map((name) => new TextDecoder().decode(name));
  }
}

/** Mixes the length, both ends and two places between; names of one table rarely agree in all of them. */
function hashOf(bytes: Uint8Array, from: number, length: number): number {
  if (length === 0) return 0;
  const ends = bytes[from]! | (bytes[from + length - 1]! << 8);
  const middle = bytes[from + (length >> 1)]! | (bytes[from + (length >> 2) + (length >> 1)]! << 8);
  const mixed = Math.imul(ends ^ (middle << 16) ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
