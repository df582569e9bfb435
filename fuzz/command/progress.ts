/**
 * One line on standard error that says how far a session has come; nothing when that is not a terminal.
 */

/** Milliseconds between two updates. */
const UPDATE_MS = 200;

/** What is counted. */
export interface ProgressWords {
  /** What the total counts, e.g. "runs". */
  readonly items: string;
  /** What the rate counts, e.g. "sections". */
  readonly steps: string;
}

/** A progress line. */
export class Progress {
  readonly #total: number;
  readonly #shown: boolean;
  readonly #startedMs = performance.now();
  readonly #words: ProgressWords;
  #drawnMs = -Infinity;

  /** Counts up to `total` runs, or other items. */
  constructor(total: number, quiet: boolean, words: ProgressWords = { items: "runs", steps: "sections" }) {
    this.#total = total;
    this.#words = words;
    this.#shown = !quiet && Deno.stderr.isTerminal();
  }

  /** Shows that `done` items and `steps` steps are over. */
  update(done: number, steps: number): void {
    const nowMs = performance.now();
    if (!this.#shown || nowMs - this.#drawnMs < UPDATE_MS) return;
    this.#drawnMs = nowMs;
    const seconds = (nowMs - this.#startedMs) / 1000;
    const left = done === 0 ? "" : `, ${Math.ceil(seconds * (this.#total - done) / done)} s left`;
    const rate = (steps / seconds / 1e6).toFixed(1);
    const { items, steps: unit } = this.#words;
    this.#draw(`${done} of ${this.#total} ${items}, ${rate} M ${unit} a second${left}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#draw("");
  }

  #draw(line: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
  }
}
