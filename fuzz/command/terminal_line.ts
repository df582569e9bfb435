/**
 * One line on standard error that is drawn over and over. Nothing is drawn where nobody looks: when it is no terminal,
 * or all should be quiet.
 */

/** Milliseconds between two drawings. */
const UPDATE_MS = 200;

/** The line. */
export class TerminalLine {
  readonly #shown: boolean;
  readonly #startedMs = performance.now();
  #drawnMs = -Infinity;

  /** A line that is empty yet. */
  constructor(quiet: boolean) {
    this.#shown = !quiet && Deno.stderr.isTerminal();
  }

  /** Draws the text, which is given the seconds since the line was made, unless the last drawing was a moment ago. */
  draw(text: (seconds: number) => string): void {
    const nowMs = performance.now();
    if (!this.#shown || nowMs - this.#drawnMs < UPDATE_MS) return;
    this.#drawnMs = nowMs;
    this.#write(text((nowMs - this.#startedMs) / 1000));
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#write("");
  }

  #write(line: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
  }
}
