/**
 * Follows a recorded schedule segment by segment. When a recorded task cannot go on as far as it went, the schedule
 * does not belong to this version or machine, and the run stops saying where.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { sectionFacts } from "../sim/operation.ts";
import { SEGMENT_WORDS } from "../sim/schedule.ts";
import { TASK } from "../sim/task.ts";
import { dispatch, isCandidate } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** Sections that a task may run without coming to where its segment ends. */
const SEGMENT_MAX = 1 << 20;
/** TASK as words. */
const STATES = Object.keys(TASK);

/** The recorded schedule cannot be followed. */
export class ScheduleDiverged extends Error {
  /** Class name. */
  override name = "ScheduleDiverged";
}

/** Replays segments: task, program counter at which it ends, times that this section runs in it. */
export class ReplayScheduler implements Scheduler {
  readonly name = "replay";
  readonly virtualTime = false;
  readonly #segments: ArrayLike<number>;
  readonly #nameOf: (t: number) => string;
  #at = 0;
  #times = 0;
  #sections = 0;

  /** Follows `segments` from the first; `nameOf` is for messages. */
  constructor(segments: ArrayLike<number>, nameOf: (t: number) => string = (t) => `task ${t}`) {
    this.#segments = segments;
    this.#nameOf = nameOf;
  }

  /** The task of the segment; NOBODY at the end of the recording. */
  next(m: Cpus): number {
    const segments = this.#segments;
    const at = this.#at;
    if (at >= segments.length) return NOBODY;
    const t = segments[at]!;
    if (!isCandidate(m, t) || this.#sections === SEGMENT_MAX) throw this.#diverged(m);
    dispatch(m, t);
    this.#sections++;
    if (m.task.pc[t] === segments[at + 1] && ++this.#times === segments[at + 2]) {
      this.#at = at + SEGMENT_WORDS;
      this.#times = this.#sections = 0;
    }
    return t;
  }

  #diverged(m: Cpus): ScheduleDiverged {
    const [t, pc, times] = [0, 1, 2].map((word) => this.#segments[this.#at + word]!) as [
      number,
      number,
      number,
    ];
    const goal = `${sectionFacts(pc).name}${times === 1 ? "" : ` for the ${times}th time`}`;
    const stands = this.#sections === SEGMENT_MAX
      ? `does not come there in ${SEGMENT_MAX} sections`
      : `stands at ${sectionFacts(m.task.pc[t]!).name}, ${STATES[m.task.state[t]!]}, and cannot run`;
    return new ScheduleDiverged(
      `Cannot follow the schedule: segment ${this.#at / SEGMENT_WORDS + 1} of ` +
        `${this.#segments.length / SEGMENT_WORDS} runs ${this.#nameOf(t)} to ${goal}, but it ${stands} ` +
        `after ${this.#sections} sections of the segment`,
    );
  }
}
