/**
 * The state of a small machine as bytes that know their own hash and can be taken back. A depth-first search needs
 * both after every step, and computing either from the whole state would cost more than the step.
 */

/** Most writes that one section makes; the log is grown between sections only. */
const WRITES_PER_SECTION = 256;

/** What a program writes its state through. */
export interface CellStore {
  /** The state. Read it freely; write it with put(). */
  readonly at: Uint8Array;
  /** Writes a cell. */
  put(cell: number, value: number): void;
}

/** Bytes without hash or log, for walks that neither compare states nor go back. */
export class PlainCells implements CellStore {
  readonly at: Uint8Array;

  /** `count` cells of zero. */
  constructor(count: number) {
    this.at = new Uint8Array(count);
  }

  /** Writes a cell. */
  put(cell: number, value: number): void {
    this.at[cell] = value;
  }
}

/** Bytes with an incremental 64-bit hash (Zobrist's: one random word for each value of each cell) and an undo log. */
export class Cells implements CellStore {
  /** The state. Read it freely; write it with put(). */
  readonly at: Uint8Array;
  /** Low and high half of the hash. */
  low = 0;
  high = 0;
  /** Writes so far that can be taken back. */
  top = 0;
  readonly #bits: number;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  #log = new Int32Array(1 << 12);

  /** `count` cells of zero, each for values below 2 to the power of `bits`. */
  constructor(count: number, bits: number) {
    this.at = new Uint8Array(count);
    this.#bits = bits;
    this.#lows = new Int32Array(count << bits);
    this.#highs = new Int32Array(count << bits);
    for (let i = 0; i < this.#lows.length; i++) {
      this.#lows[i] = mix(2 * i + 1);
      this.#highs[i] = mix(2 * i + 2);
    }
  }

  /** Writes a cell. */
  put(cell: number, value: number): void {
    const old = this.at[cell]!;
    if (old === value) return;
    const base = cell << this.#bits;
    this.low ^= this.#lows[base + old]! ^ this.#lows[base + value]!;
    this.high ^= this.#highs[base + old]! ^ this.#highs[base + value]!;
    this.#log[this.top++] = cell << 8 | old;
    this.at[cell] = value;
  }

  /** Makes room in the log for the next section. */
  reserve(): void {
    if (this.top + WRITES_PER_SECTION <= this.#log.length) return;
    const log = new Int32Array(this.#log.length * 2);
    log.set(this.#log);
    this.#log = log;
  }

  /** Takes back all writes after the first `top`. */
  rewind(top: number): void {
    for (let i = this.top - 1; i >= top; i--) this.put(this.#log[i]! >> 8, this.#log[i]! & 255);
    this.top = top;
  }
}

/** A random-looking 32-bit word for each number: the finaliser of MurmurHash3 over a Weyl sequence, twice. */
function mix(n: number): number {
  let h = Math.imul(n, 0x9e3779b9);
  for (let round = 0; round < 2; round++) {
    h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35) + n | 0;
  }
  return h ^ h >>> 16;
}
