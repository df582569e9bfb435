/**
 * One line on standard error that says how far a session has come; nothing when that is not a terminal.
 */

/** Milliseconds between two updates. */
const UPDATE_MS = 200;

/** A progress line. */
export class Progress {
  readonly #total: number;
  readonly #shown: boolean;
  readonly #startedMs = performance.now();
  #drawnMs = -Infinity;

  /** Counts up to `total` runs. */
  constructor(total: number, quiet: boolean) {
    this.#total = total;
    this.#shown = !quiet && Deno.stderr.isTerminal();
  }

  /** Shows that `done` runs and `steps` sections are over. */
  update(done: number, steps: number): void {
    const nowMs = performance.now();
    if (!this.#shown || nowMs - this.#drawnMs < UPDATE_MS) return;
    this.#drawnMs = nowMs;
    const seconds = (nowMs - this.#startedMs) / 1000;
    const left = done === 0 ? "" : `, ${Math.ceil(seconds * (this.#total - done) / done)} s left`;
    const rate = (steps / seconds / 1e6).toFixed(1);
    this.#draw(`${done} of ${this.#total} runs, ${rate} M sections a second${left}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#draw("");
  }

  #draw(line: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
  }
}
