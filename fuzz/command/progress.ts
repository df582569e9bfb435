/**
 * How far a session has come, as a line on a terminal.
 */
import { TerminalLine } from "./terminal_line.ts";

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
  readonly #line: TerminalLine;
  readonly #words: ProgressWords;

  /** Counts up to `total` runs, or other items. */
  constructor(total: number, quiet: boolean, words: ProgressWords = { items: "runs", steps: "sections" }) {
    this.#total = total;
    this.#words = words;
    this.#line = new TerminalLine(quiet);
  }

  /** Shows that `done` items and `steps` steps are over. */
  update(done: number, steps: number): void {
    this.#line.draw((seconds) => {
      const left = done === 0 ? "" : `, ${Math.ceil(seconds * (this.#total - done) / done)} s left`;
      const rate = (steps / seconds / 1e6).toFixed(1);
      const { items, steps: unit } = this.#words;
      return `${done} of ${this.#total} ${items}, ${rate} M ${unit} a second${left}`;
    });
  }

  /** Takes the line away. */
  clear(): void {
    this.#line.clear();
  }
}
