/**
 * The order that nobody has to explain: whoever runs goes on as long as it can, then the next task in turn; ticks come
 * when nobody else can run; after an interrupt come its softirqs, then whom it interrupted. A schedule is then told by
 * where it deviates from this one, which is what shrinking counts.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { type Recorder, SEGMENT_WORDS } from "../sim/schedule.ts";
import { LEVEL, TASK } from "../sim/task.ts";
import { CandidateTest, dispatch } from "./candidates.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** A point of a run: the task that is in turn, its next section, and how often it has run that section before. */
export interface Point {
  /** Task in turn. */
  readonly inTurn: number;
  /** Program counter of its next section, -1 when it is idle and would begin. */
  readonly pc: number;
  /** How often it has run that section before. */
  readonly before: number;
}

/** At a point another task runs than that in turn. Points are those of the tasks, so one deviation can go alone. */
export interface Deviation extends Point {
  /** Task that runs instead. */
  readonly task: number;
  /** Sections that it runs, then the order in turn goes on; Infinity: until another task can run, a second at most. */
  readonly times: number;
}

/** Sections in a row after which a task that looks again and again gives way, as in PCT. */
const PATIENCE = 4096;

/** Task and section as one number. */
const pointKey = (t: number, pc: number) => t * 65_536 + pc + 1;

/** Whose turn it is, and at which point. */
class Turn {
  readonly can: CandidateTest;
  readonly #nrTasks: number;
  readonly #isTick: Uint8Array;
  readonly #level: Uint8Array;
  readonly #softirqOf: Int32Array;
  /** Task that ran last, and the one of no interrupt that did. */
  #last: number;
  #thread: number;
  #inRow = 0;
  readonly #m: Cpus;
  /** How often each task has run each section, by task and section. */
  readonly #counts = new Map<number, number>();

  constructor(m: Cpus) {
    this.#m = m;
    this.can = new CandidateTest(m);
    this.#nrTasks = m.nrTasks;
    // the last thread that can run begins: one of the load
    this.#last = this.#thread = m.task.state.lastIndexOf(TASK.ready);
    this.#level = m.task.level;
    this.#softirqOf = Int32Array.from({ length: m.nrTasks }, (_, t) => m.roles.softirq[m.task.cpu[t]!]!);
    this.#isTick = new Uint8Array(m.nrTasks);
    for (let c = 0; c < m.nrCpus; c++) this.#isTick[m.roles.tick[c]!] = 1;
  }

  /** Whether the task is a CPU's tick, which can come at any time. */
  isTick(t: number): boolean {
    return this.#isTick[t] === 1;
  }

  /** The task in turn, NOBODY when none can run. */
  next(): number {
    const { can } = this;
    if (this.#inRow < PATIENCE) {
      // an interrupt that has begun ends first, a tick is one section; then come the softirqs that it has raised
      const last = this.#last;
      if (this.#isTick[last] === 0 && can.has(last)) return last;
      if (this.#level[last] !== LEVEL.task && can.has(this.#softirqOf[last]!)) return this.#softirqOf[last]!;
      if (can.has(this.#thread)) return this.#thread;
    }
    for (const tick of [0, 1]) {
      for (let i = 1; i <= this.#nrTasks; i++) {
        const t = (this.#thread + i) % this.#nrTasks;
        if (this.#isTick[t] === tick && can.has(t)) return t;
      }
    }
    return NOBODY;
  }

  /** The point at which the run stands, when `inTurn` is the task in turn. */
  point(inTurn: number): Point {
    const pc = this.#m.task.state[inTurn] === TASK.idle ? -1 : this.#m.task.pc[inTurn]!;
    return { inTurn, pc, before: this.#counts.get(pointKey(inTurn, pc)) ?? 0 };
  }

  /** Puts the task on its CPU. */
  run(t: number): void {
    const pc = this.#m.task.state[t] === TASK.idle ? -1 : this.#m.task.pc[t]!;
    const key = pointKey(t, pc);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    dispatch(this.#m, t);
    this.#inRow = t === this.#last ? this.#inRow + 1 : 0;
    this.#last = t;
    if (this.#level[t] === LEVEL.task) this.#thread = t;
  }

  /** Notes in `list` who can run; tells whether somebody can who could not by the list. */
  somebodyNew(list: Uint8Array): boolean {
    let isNew = false;
    for (let t = 0; t < this.#nrTasks; t++) {
      const now = this.#isTick[t] === 0 && this.can.has(t) ? 1 : 0;
      if (now > list[t]!) isNew = true;
      list[t] = now;
    }
    return isNew;
  }
}

/** Told of each choice before it runs: the point, the task chosen, who else could run. */
export type ChoiceWatch = (point: Point, chosen: number, can: CandidateTest) => void;

/** What else a run in turn may be given. */
export interface InTurnOptions {
  /** Records the schedule. */
  readonly recorder?: Recorder;
  /** Watches what is chosen, but for the prefix and what goes on of a deviation. */
  readonly watch?: ChoiceWatch;
  /** Tasks of the first steps, as another run had them: the order in turn begins after them. */
  readonly prefix?: ArrayLike<number>;
}

/** Runs tasks in turn but where it is told to deviate; a deviation to a task that cannot run is none. */
export class InTurnScheduler implements Scheduler {
  readonly name = "in turn";
  readonly virtualTime = false;
  /** Steps, from 0, at which a deviation came to pass. */
  readonly passed: number[] = [];
  readonly #options: InTurnOptions;
  readonly #pending: Deviation[];
  #turn: Turn | null = null;
  #could = new Uint8Array();
  #now: Deviation | null = null;
  #step = 0;
  #ranTimes = 0;

  /** Deviations at one point come in the order given. */
  constructor(deviations: readonly Deviation[], options: InTurnOptions = {}) {
    this.#pending = [...deviations];
    this.#options = options;
  }

  /** The task in turn, or the one that a deviation names. */
  next(m: Cpus): number {
    const turn = this.#turn ??= new Turn(m);
    const { prefix = [], recorder, watch } = this.#options;
    let t = this.#step < prefix.length ? prefix[this.#step]! : this.#goingOn(turn, m);
    this.#step++;
    if (t === NOBODY) {
      const inTurn = turn.next();
      if (inTurn === NOBODY) return NOBODY;
      t = this.#pending.length > 0 ? this.#deviating(turn, inTurn, m) : inTurn;
      watch?.(turn.point(inTurn), t, turn.can);
    }
    turn.run(t);
    recorder?.record(t, m.task.pc[t]!);
    return t;
  }

  /** The task of a deviation at this point, or the task in turn. */
  #deviating(turn: Turn, inTurn: number, m: Cpus): number {
    const { pc, before } = turn.point(inTurn);
    for (;;) {
      const i = this.#pending.findIndex((d) => d.inTurn === inTurn && d.pc === pc && d.before === before);
      if (i < 0) return inTurn;
      const [deviation] = this.#pending.splice(i, 1);
      if (!turn.can.has(deviation!.task)) continue;
      this.#now = deviation!;
      this.#ranTimes = 1;
      this.passed.push(this.#step - 1);
      if (deviation!.times === Infinity) {
        this.#could = new Uint8Array(m.nrTasks);
        turn.somebodyNew(this.#could);
      }
      return deviation!.task;
    }
  }

  /** The task of the deviation that is not over, NOBODY for none. */
  #goingOn(turn: Turn, m: Cpus): number {
    if (this.#now === null) return NOBODY;
    const { task, times } = this.#now;
    let goesOn = this.#ranTimes < Math.min(times, Math.ceil(1e9 / m.tickNs)) && turn.can.has(task);
    if (goesOn && times === Infinity) goesOn = !turn.somebodyNew(this.#could);
    if (goesOn) {
      this.#ranTimes++;
      return task;
    }
    this.#now = null;
    return NOBODY;
  }
}

/**
 * Follows the segments of a schedule as far as they can be followed, leaves out what cannot, and goes on in turn. It
 * notes where the run deviates from the order in turn: with these deviations InTurnScheduler runs the same.
 */
export class LenientScheduler implements Scheduler {
  readonly name = "lenient";
  readonly virtualTime = false;
  /** Deviations so far. */
  readonly deviations: Deviation[] = [];
  /** What it follows: task, program counter at which a segment ends, times that this section runs in it. */
  readonly segments: ArrayLike<number>;
  readonly #recorder: Recorder | null;
  #turn: Turn | null = null;
  #at = 0;
  #times = 0;
  #wasDeviating = false;

  /** Follows `segments`. */
  constructor(segments: ArrayLike<number>, recorder: Recorder | null = null) {
    this.segments = segments;
    this.#recorder = recorder;
  }

  /** The task of the first segment left that can go on, or the one in turn. */
  next(m: Cpus): number {
    const turn = this.#turn ??= new Turn(m);
    const inTurn = turn.next();
    if (inTurn === NOBODY) return NOBODY;
    while (this.#at < this.segments.length && !turn.can.has(this.segments[this.#at]!)) this.#nextSegment();
    const isOver = this.#at >= this.segments.length;
    const t = isOver ? inTurn : this.segments[this.#at]!;
    this.#note(turn, inTurn, t);
    turn.run(t);
    const pc = m.task.pc[t]!;
    this.#recorder?.record(t, pc);
    if (!isOver && pc === this.segments[this.#at + 1] && ++this.#times === this.segments[this.#at + 2]) {
      this.#nextSegment();
    }
    return t;
  }

  /** Notes a deviation; while its task goes on it is the same one, also where it has come to be its turn. */
  #note(turn: Turn, inTurn: number, t: number): void {
    const last = this.deviations.at(-1);
    if (this.#wasDeviating && last!.task === t && t !== inTurn) {
      this.deviations[this.deviations.length - 1] = { ...last!, times: last!.times + 1 };
      return;
    }
    this.#wasDeviating = t !== inTurn;
    if (t !== inTurn) this.deviations.push({ ...turn.point(inTurn), task: t, times: 1 });
  }

  #nextSegment(): void {
    this.#at += SEGMENT_WORDS;
    this.#times = 0;
  }
}
