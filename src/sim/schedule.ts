/**
 * Schedules as data: who ran, and how far, recorded compactly and printable as one line. A schedule is a list of
 * segments: a task runs until a section of it has run so many times. Sections and tasks are named, not numbered, so
 * that a schedule outlives changes to code that it does not pass through.
 */
import { sectionFacts } from "./operation.ts";

/** Tasks and sections that a schedule can name: a recorded step is the task times this, plus the section. */
export const STEP_TASKS = 1 << 16;
/** Words of a segment. */
export const SEGMENT_WORDS = 3;

/** A schedule that says what it means. */
export interface LabelledSchedule {
  /** Names of the tasks that run. */
  readonly tasks: readonly string[];
  /** Names of the sections at which another task takes over. */
  readonly sections: readonly string[];
  /**
   * The segments in order, three words each: index of the task, index of the section that it runs last, and how many
   * times that section runs in the segment.
   */
  readonly segments: Uint32Array;
}

/** Records a task and its section, one a step, up to a limit; past it the schedule is only known by its seed. */
export class Recorder {
  #steps = new Uint32Array(1024);
  #length = 0;
  readonly #limit: number;

  /** Records at most `limit` steps. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Forgets all steps, for the next run; the room for them stays. */
  clear(): void {
    this.#length = 0;
  }

  /** Notes that task `t` runs the section at `pc` (both below 65,536). */
  record(t: number, pc: number): void {
    if (this.#length >= this.#limit) {
      this.#length++;
      return;
    }
    if (this.#length === this.#steps.length) {
      const wider = new Uint32Array(this.#steps.length * 2);
      wider.set(this.#steps);
      this.#steps = wider;
    }
    this.#steps[this.#length++] = t * STEP_TASKS + pc;
  }

  /** Steps recorded, or null when there were more than the limit. */
  get length(): number | null {
    return this.#length > this.#limit ? null : this.#length;
  }

  /** The steps up to the limit: task and section in one number, see STEP_TASKS. Valid until the next is recorded. */
  words(): Uint32Array {
    return this.#steps.subarray(0, Math.min(this.#length, this.#limit));
  }

  /** The tasks in the order of the steps. */
  tasks(): Uint16Array {
    return Uint16Array.from(this.words(), (step) => step / STEP_TASKS);
  }

  /** The schedule with names, or null when there were more steps than the limit. */
  labelled(nameOf: (t: number) => string): LabelledSchedule | null {
    if (this.length === null) return null;
    const tasks = new Names();
    const sections = new Names();
    const segments: number[] = [];
    const steps = this.#steps;
    for (let i = 0; i < this.#length;) {
      const t = Math.floor(steps[i]! / STEP_TASKS);
      let j = i + 1;
      while (j < this.#length && Math.floor(steps[j]! / STEP_TASKS) === t) j++;
      const last = steps[j - 1]!;
      let times = 0;
      for (; i < j; i++) if (steps[i] === last) times++;
      segments.push(tasks.indexOf(t), sections.indexOf(last % STEP_TASKS), times);
    }
    return {
      tasks: tasks.all.map(nameOf),
      sections: sections.all.map((pc) => sectionFacts(pc).name),
      segments: Uint32Array.from(segments),
    };
  }
}

/** Numbers in the order in which they were first met. */
class Names {
  readonly all: number[] = [];
  readonly #index = new Map<number, number>();

  indexOf(n: number): number {
    let index = this.#index.get(n);
    if (index === undefined) {
      index = this.all.push(n) - 1;
      this.#index.set(n, index);
    }
    return index;
  }
}

/** The first segments of a schedule. */
export function firstSegments(schedule: LabelledSchedule, count: number): LabelledSchedule {
  return { ...schedule, segments: schedule.segments.slice(0, count * SEGMENT_WORDS) };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Segments as text: a letter (or `{n}` from 52 on) for the task, the section's number, and `xN` when N is not 1. */
export function encodeSegments(segments: Uint32Array): string {
  let text = "";
  for (let i = 0; i < segments.length; i += SEGMENT_WORDS) {
    text += LETTERS[segments[i]!] ?? `{${segments[i]}}`;
    text += segments[i + 1];
    if (segments[i + 2] !== 1) text += `x${segments[i + 2]}`;
  }
  return text;
}

/**
 * The segments of a text made by encodeSegments, of a schedule with so many tasks and sections.
 *
 * @throws SyntaxError with the column of what cannot be read.
 */
export function decodeSegments(text: string, tasks: number, sections: number): Uint32Array {
  const segments: number[] = [];
  const token = /(?:([a-zA-Z])|\{(\d{1,5})\})(\d{1,5})(?:x(\d{1,9}))?/y;
  while (token.lastIndex < text.length) {
    const column = token.lastIndex;
    const found = token.exec(text);
    const task = found === null ? NaN : found[1] ? LETTERS.indexOf(found[1]) : Number(found[2]);
    const section = Number(found?.[3]);
    const times = Number(found?.[4] ?? 1);
    if (found === null || !(task < tasks) || !(section < sections) || times < 1) {
      const got = JSON.stringify(text.slice(column, column + 8).replaceAll(/[^ -~]/g, "?"));
      throw new SyntaxError(
        `Cannot read schedule: expected one of ${tasks} tasks (a letter or {number}), one of ${sections} sections ` +
          `(a number) and a count (xN) at column ${column + 1}, got ${got}`,
      );
    }
    segments.push(task, section, times);
  }
  return Uint32Array.from(segments);
}
