/**
 * Recent past of each CPU in columns of equally many sections: how full its lists were, and what happened. The page
 * draws a column as one bar, so a column keeps the extremes and not only the last value.
 */

/** Numbers of a CPU in a column. */
export const STRIP = {
  /** Fewest pages on the lists. */
  low: 0,
  /** Most pages on the lists. */
  high: 1,
  /** Pages at the end of the column. */
  count: 2,
  /** Blocks that got a page. */
  hits: 3,
  /** Requests that got none. */
  misses: 4,
  /** Refills. */
  refills: 5,
  /** Drains. */
  drains: 6,
} as const;

/** Numbers of one CPU in one column. */
export const STRIP_WORDS = 7;
/** Columns kept until they are taken. */
const COLUMNS_MAX = 512;

/** Columns that have been filled and not yet taken, and the one that is being filled. */
export class Strip {
  readonly #cpus: number;
  readonly #filled: Int32Array;
  readonly #open: Int32Array;
  #columns = 0;

  /** A strip for so many CPUs. */
  constructor(cpus: number) {
    this.#cpus = cpus;
    this.#open = new Int32Array(cpus * STRIP_WORDS);
    this.#filled = new Int32Array(COLUMNS_MAX * cpus * STRIP_WORDS);
  }

  /** Notes the lists of a CPU as they are now. */
  level(cpu: number, count: number): void {
    const at = cpu * STRIP_WORDS;
    const open = this.#open;
    if (count < open[at + STRIP.low]!) open[at + STRIP.low] = count;
    if (count > open[at + STRIP.high]!) open[at + STRIP.high] = count;
    open[at + STRIP.count] = count;
  }

  /** Counts something that happened: one of STRIP from hits on. */
  add(cpu: number, what: number): void {
    this.#open[cpu * STRIP_WORDS + what]!++;
  }

  /** Ends the open column; the next one starts at the lists' present levels. The oldest goes when nobody takes them. */
  close(): void {
    const words = this.#cpus * STRIP_WORDS;
    if (this.#columns === COLUMNS_MAX) {
      this.#filled.copyWithin(0, words);
      this.#columns--;
    }
    this.#filled.set(this.#open, this.#columns++ * words);
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      this.restart(cpu, this.#open[cpu * STRIP_WORDS + STRIP.count]!);
    }
  }

  /** Starts the open column of a CPU at a level. */
  restart(cpu: number, count: number): void {
    const at = cpu * STRIP_WORDS;
    this.#open.fill(0, at, at + STRIP_WORDS);
    this.#open.fill(count, at, at + 3);
  }

  /** The filled columns, oldest first, which are forgotten here. */
  take(): Int32Array {
    const taken = this.#filled.slice(0, this.#columns * this.#cpus * STRIP_WORDS);
    this.#columns = 0;
    return taken;
  }
}
