/**
 * A run that begins as another one did: it follows a schedule as far as that can be followed, and leaves the rest to a
 * scheduler that chooses by itself.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { type Recorder, SEGMENT_WORDS } from "../sim/schedule.ts";
import { CandidateTest, dispatch } from "./candidates.ts";
import type { Scheduler } from "./scheduler.ts";

/** Follows segments, then another scheduler; a segment whose task cannot go on is left out. */
export class StartedScheduler implements Scheduler {
  readonly name: string;
  readonly virtualTime = false;
  readonly #segments: ArrayLike<number>;
  readonly #then: Scheduler;
  readonly #recorder: Recorder | null;
  #can: CandidateTest | null = null;
  #at = 0;
  #times = 0;

  /** `segments`: task, program counter at which it ends, times that this section runs in it. */
  constructor(segments: ArrayLike<number>, then: Scheduler, recorder: Recorder | null) {
    this.name = then.name;
    this.#segments = segments;
    this.#then = then;
    this.#recorder = recorder;
  }

  /** The task of the first segment that can go on; when there is none left, whom the scheduler chooses. */
  next(m: Cpus): number {
    const segments = this.#segments;
    const can = this.#can ??= new CandidateTest(m);
    while (this.#at < segments.length && !can.has(segments[this.#at]!)) this.#nextSegment();
    if (this.#at >= segments.length) return this.#then.next(m);
    const t = segments[this.#at]!;
    dispatch(m, t);
    const pc = m.task.pc[t]!;
    this.#recorder?.record(t, pc);
    if (pc === segments[this.#at + 1] && ++this.#times === segments[this.#at + 2]) this.#nextSegment();
    return t;
  }

  #nextSegment(): void {
    this.#at += SEGMENT_WORDS;
    this.#times = 0;
  }
}
