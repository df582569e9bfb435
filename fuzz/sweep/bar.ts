/**
 * The bar of a sweep on a terminal: cells done, runs a second, time left. Nothing elsewhere.
 */

const UPDATE_MS = 200;
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
  readonly #shown: boolean;
  readonly #cells: number;
  readonly #startedMs = performance.now();
  #drawnMs = -Infinity;

  /** A bar of so many cells. */
  constructor(cells: number, quiet: boolean) {
    this.#cells = cells;
    this.#shown = !quiet && Deno.stderr.isTerminal();
  }

  /** Shows how far the sweep is. */
  update(done: number, runs: number): void {
    const nowMs = performance.now();
    if (!this.#shown || nowMs - this.#drawnMs < UPDATE_MS) return;
    this.#drawnMs = nowMs;
    this.#draw(barText(done, this.#cells, runs, (nowMs - this.#startedMs) / 1000));
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#shown) this.#draw("");
  }

  #draw(line: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
  }
}
