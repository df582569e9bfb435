/**
 * The bar of a sweep on a terminal: cells done, runs a second, time left. Nothing elsewhere.
 */

import { TerminalLine } from "../command/terminal_line.ts";

/** Characters between the brackets. */
const WIDTH = 24;

/** The text of the bar. */
export function barText(done: number, cells: number, runs: number, seconds: number): string {
  const filled = Math.floor(WIDTH * done / cells);
  const left = done === 0 ? "" : `, ${Math.ceil(seconds * (cells - done) / done)} s left`;
  const bar = "#".repeat(filled) + "-".repeat(WIDTH - filled);
  return `[${bar}] ${done} of ${cells} cells, ${(runs / seconds).toFixed(1)} runs a second${left}`;
}

/** A bar. */
export class Bar {
  readonly #cells: number;
  readonly #line: TerminalLine;

  /** A bar of so many cells. */
  constructor(cells: number, quiet: boolean) {
    this.#cells = cells;
    this.#line = new TerminalLine(quiet);
  }

  /** Shows how far the sweep is. */
  update(done: number, runs: number): void {
    this.#line.draw((seconds) => barText(done, this.#cells, runs, seconds));
  }

  /** Takes the bar away. */
  clear(): void {
    this.#line.clear();
  }
}
