/**
 * The depth-first search of explore(): a path of frames that can be saved, shared and taken up again.
 */
import { type Exploration, type ExploreOptions } from "./exploration.ts";
import { type Frame, isOfProgram, type SavedFrame, savedFrame } from "./frame.ts";
import { Preemptions } from "./preemptions.ts";
import { AUX, type Program, REACH } from "./program.ts";
import { Tally } from "./tally.ts";
import type { StateSet } from "./visited.ts";

/** Steps between two questions whether to pause, a power of two, minus 1. */
const PAUSE_MASK = 0xffff;

/** Asked now and then, before the next state is looked at; true pauses the search. */
export type SearchPause = (search: Search) => boolean;

/** A search that can be left and gone on with. */
export class Search {
  readonly #p: Program;
  readonly #o: Required<Omit<ExploreOptions, "progress">>;
  readonly #pause: SearchPause | undefined;
  readonly #visited: StateSet;
  readonly #path: Frame[] = [];
  readonly #tally: Tally;
  readonly #preemptions: Preemptions;
  readonly #goesAlone: Uint8Array;
  readonly #sleeps: boolean;
  readonly #chains: boolean;
  /** Depth of the frame that is looked at, -1 when nothing is left; frames above `base` belong to others. */
  #d = -1;

  /** Searches from the program's present state, keeping what it has seen in `visited`; `pause` may end it early. */
  constructor(program: Program, options: ExploreOptions, visited: StateSet, pause?: SearchPause) {
    this.#p = program;
    this.#visited = visited;
    this.#pause = pause;
    this.#o = {
      reduction: options.reduction ?? "none",
      visited: options.visited ?? true,
      preemptions: options.preemptions ?? Infinity,
      stopAtFirst: options.stopAtFirst ?? false,
      limit: options.limit ?? Infinity,
    };
    if (this.#o.preemptions !== Infinity && this.#o.reduction !== "none") {
      // a commuting order may cost more preemptions than the one that stands for it
      throw new RangeError('Cannot bound preemptions: expected the reduction "none" with it');
    }
    const { sections } = program;
    const { reduction } = this.#o;
    this.#sleeps = reduction.endsWith("sleep");
    this.#chains = reduction === "chains";
    const ownAlone = reduction !== "none" && reduction !== "sleep";
    this.#goesAlone = Uint8Array.from(sections, ({ reach }) => Number(ownAlone && reach === REACH.own));
    this.#tally = new Tally(sections.length);
    this.#preemptions = new Preemptions(program, this.#o.preemptions);
  }

  /** Looks at the first state. */
  begin(): void {
    this.#d = this.#arrive(0) ? 0 : -1;
  }

  /** Goes on until everything is explored, the limit is reached, or `pause` says so. True when nothing is left. */
  run(): boolean {
    const { cells } = this.#p;
    while (this.#d >= 0) {
      const d = this.#d;
      if (!this.#advance(this.#path[d]!)) {
        if (--this.#d >= 0) cells.rewind(this.#path[this.#d]!.mark);
        continue;
      }
      const isPaused = (this.#tally.transitions & PAUSE_MASK) === 0 && this.#pause?.(this) === true;
      if (this.#arrive(d + 1)) this.#d++;
      else if (this.#tally.failure !== null && this.#o.stopAtFirst) return false;
      else cells.rewind(this.#path[d]!.mark);
      if (isPaused || this.#tally.transitions > this.#o.limit) return false;
    }
    return true;
  }

  /** States kept and steps made so far. */
  get progress(): { readonly states: number; readonly transitions: number } {
    return { states: this.#tally.states, transitions: this.#tally.transitions };
  }

  /** The path to where the search stands, with what has been tried on the way. Call it between two runs. */
  frames(): SavedFrame[] {
    return this.#path.slice(0, this.#d + 1).map(savedFrame);
  }

  /**
   * Gives half of what is left away: the first frame with untried steps goes, and is done with here. Null when only the
   * last frame has any.
   */
  donate(): SavedFrame[] | null {
    for (let d = 0; d < this.#d; d++) {
      const frame = this.#path[d]!;
      const { task, choice } = frame;
      if (!this.#hasUntried(d)) continue;
      const given = this.frames().slice(0, d + 1);
      // done with here: no choice and no task is left to try
      frame.choices = choice + 1;
      frame.alone = task;
      return given;
    }
    return null;
  }

  /** Whether the frame at depth `d`, above the last one, may have steps that were not tried. */
  #hasUntried(d: number): boolean {
    const { task, choice, choices, alone } = this.#path[d]!;
    return choice + 1 < choices || (alone < 0 && task < this.#p.nrTasks - 1);
  }

  /**
   * Takes what donate() gave, or the frames of a search that was left: steps on the way are made again.
   *
   * @throws SyntaxError when they are no path of the program.
   */
  take(frames: readonly SavedFrame[], isWhole: boolean): void {
    const { cells } = this.#p;
    frames.forEach(([task, choice, choices, sleep, alone, section], d) => {
      const frame: Frame = { task, choice, choices, sleep, alone, section, mark: cells.top };
      const isLast = d === frames.length - 1;
      if (!isOfProgram(frame, this.#p, isLast)) {
        throw new SyntaxError(`Cannot go on with a search: frame ${d} is no step of its program`);
      }
      this.#path[d] = frame;
      if (isLast) return;
      this.#step(frame);
      if (!isWhole) {
        frame.choices = choice + 1;
        frame.alone = task;
      }
    });
    this.#d = frames.length - 1;
  }

  /** What was found so far. */
  found(): Exploration {
    return this.#tally.found(this.#p.sections, this.#visited.bytes, this.#d < 0);
  }

  /** Adds what was found before it was left. */
  addFound(before: Exploration): void {
    this.#tally.add(before, this.#p.sections);
  }

  /** Runs the next untried step of the frame; false when there is none. */
  #advance(frame: Frame): boolean {
    if (++frame.choice >= frame.choices && !this.#nextTask(frame)) return false;
    frame.mark = this.#p.cells.top;
    this.#step(frame);
    this.#tally.ran[frame.section] = 1;
    this.#tally.transitions++;
    return true;
  }

  #step(frame: Frame): void {
    const { cells } = this.#p;
    cells.reserve();
    const { task } = frame;
    this.#preemptions.count(task);
    if (this.#sleeps) cells.put(AUX.sleep, this.#sleepAfter(frame));
    this.#p.run(task, frame.choice);
  }

  #nextTask(frame: Frame): boolean {
    const p = this.#p;
    if (frame.task >= 0) frame.sleep |= 1 << frame.task;
    if (frame.alone >= 0 && frame.task >= 0) return false;
    for (let t = frame.alone >= 0 ? frame.alone : frame.task + 1; t < p.nrTasks; t++) {
      const section = (frame.sleep >> t & 1) !== 0 ? -1 : p.section(t);
      const choices = section < 0 ? 0 : p.choices(t);
      if (choices === 0 || !this.#preemptions.allow(t)) {
        if (frame.alone >= 0) return false;
        continue;
      }
      frame.task = t;
      frame.choice = 0;
      frame.choices = choices;
      frame.section = section;
      return true;
    }
    return false;
  }

  /** Tasks that need not be tried after the frame's step: they were tried before it, or slept, and commute with it. */
  #sleepAfter({ task, sleep, section }: Frame): number {
    const { nrTasks, sections } = this.#p;
    const { reach } = sections[section]!;
    let after = 0;
    for (let t = 0; t < nrTasks; t++) {
      if (t === task || (sleep >> t & 1) === 0) continue;
      const other = this.#p.section(t);
      // of a task that cannot run now there is nothing to skip
      if (other < 0 || this.#p.choices(t) === 0) continue;
      if (reach === REACH.own || sections[other]!.reach === REACH.own) after |= 1 << t;
    }
    return after;
  }

  /** Looks at the state just reached; true when it is to be expanded, with a frame at depth `d`. */
  #arrive(d: number): boolean {
    const p = this.#p;
    const { cells } = p;
    let alone = -1;
    let running = 0;
    let able = 0;
    let steps = 0;
    for (let t = 0; t < p.nrTasks; t++) {
      const section = p.section(t);
      if (section < 0) continue;
      running++;
      const choices = p.choices(t);
      if (choices === 0) continue;
      able++;
      steps += choices;
      if (alone >= 0 || this.#goesAlone[section] === 0) continue;
      alone = t;
      if (choices === 1 && this.#chains) {
        steps = 1;
        break;
      }
    }
    const isKept = !this.#chains || steps !== 1;
    const what = p.fault(); // first, since a faulty step may lead to a state that was reached rightly before
    if (what !== "") return this.#fail(what, d);
    if (this.#o.visited && isKept && !this.#visited.add(cells.low, cells.high)) return false;
    if (isKept) this.#tally.states++;
    if (d > this.#tally.depth) this.#tally.depth = d;
    if (able === 0) return running === 0 ? this.#end() : this.#fail("no CPU can go on", d);
    const frame = this.#path[d] ??= {
      task: 0,
      choice: 0,
      choices: 0,
      mark: 0,
      sleep: 0,
      alone: 0,
      section: 0,
    };
    frame.task = -1;
    frame.choice = frame.choices = 0;
    frame.sleep = cells.at[AUX.sleep]!;
    frame.alone = alone;
    return true;
  }

  #end(): false {
    const { cells } = this.#p;
    this.#tally.endings++;
    const mark = cells.top;
    for (let i = 0; i < AUX.count; i++) cells.put(i, 0);
    this.#tally.ends.add(`${cells.low}/${cells.high}`);
    cells.rewind(mark);
    return false;
  }

  #fail(what: string, d: number): false {
    this.#tally.violations++;
    const steps = this.#path.slice(0, d).map(({ task, choice, section }) => ({ task, choice, section }));
    this.#tally.failure ??= { what, steps };
    return false;
  }
}
