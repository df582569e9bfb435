/**
 * Schedules as data: the tasks in the order in which they ran, recorded compactly and printable as one line.
 */

/** Tasks that a schedule can name: a step is one byte. */
export const RECORDED_TASKS_MAX = 256;

/** Records task numbers, one a step, up to a limit; past it the schedule is only known by its seed. */
export class Recorder {
  #steps = new Uint8Array(1024);
  #length = 0;
  readonly #limit: number;

  /** Records at most `limit` steps. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Notes that task `t` (below 256) ran. */
  record(t: number): void {
    if (this.#length >= this.#limit) {
      this.#length++;
      return;
    }
    if (this.#length === this.#steps.length) {
      const wider = new Uint8Array(this.#steps.length * 2);
      wider.set(this.#steps);
      this.#steps = wider;
    }
    this.#steps[this.#length++] = t;
  }

  /** The steps, or null when there were more than the limit. */
  steps(): Uint8Array | null {
    return this.#length > this.#limit ? null : this.#steps.slice(0, this.#length);
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Steps as text: a letter (or `{n}` from task 52 on) for the task, then how often in a row if more than once.
 */
export function encodeSteps(steps: Uint8Array): string {
  let text = "";
  for (let i = 0; i < steps.length;) {
    let j = i + 1;
    while (j < steps.length && steps[j] === steps[i]) j++;
    text += LETTERS[steps[i]!] ?? `{${steps[i]}}`;
    if (j - i > 1) text += j - i;
    i = j;
  }
  return text;
}

/**
 * The steps of a text made by encodeSteps.
 *
 * @throws SyntaxError with the column of what cannot be read.
 */
export function decodeSteps(text: string): Uint8Array {
  const steps: number[] = [];
  const token = /([a-zA-Z])(\d*)|\{(\d+)\}(\d*)/y;
  while (token.lastIndex < text.length) {
    const column = token.lastIndex;
    const found = token.exec(text);
    const task = found === null ? NaN : found[1] ? LETTERS.indexOf(found[1]) : Number(found[3]);
    const times = Number((found?.[2] || found?.[4]) || 1);
    if (found === null || !(task < 256) || times > 1e7) {
      throw new SyntaxError(
        `Cannot read schedule: expected a task letter or {number} and a count at column ${column + 1}, got "${
          text.slice(column, column + 8)
        }"`,
      );
    }
    for (let i = 0; i < times; i++) steps.push(task);
  }
  return Uint8Array.from(steps);
}
