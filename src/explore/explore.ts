/**
 * Every interleaving and every choice of a small program, depth first. A state is expanded once. Two reductions leave
 * out interleavings that end where others do: a task whose next section no other can notice goes alone, and sleep sets
 * skip the second order of two sections that commute.
 */
import type { Exploration, ExploreOptions } from "./exploration.ts";
import { AUX, type Program, REACH } from "./program.ts";
import { Visited } from "./visited.ts";

/** Explores all that the program can do from its present state. */
export function explore(program: Program, options: ExploreOptions = {}): Exploration {
  return new Search(program, options).run();
}

/** A frame of the path: what has been tried in the state before its step. */
interface Frame {
  task: number;
  choice: number;
  choices: number;
  mark: number;
  sleep: number;
  /** Only task that is tried, or -1. */
  alone: number;
  section: number;
}

class Search {
  readonly #p: Program;
  readonly #o: Required<Omit<ExploreOptions, "progress">>;
  readonly #progress: ExploreOptions["progress"];
  readonly #visited = new Visited();
  readonly #ends = new Set<string>();
  readonly #path: Frame[] = [];
  readonly #ran: Uint8Array;
  readonly #goesAlone: Uint8Array;
  readonly #sleeps: boolean;
  readonly #chains: boolean;
  #transitions = 0;
  #endings = 0;
  #violations = 0;
  #states = 0;
  #depth = 0;
  #failure: Exploration["failure"] = null;

  constructor(program: Program, options: ExploreOptions) {
    this.#p = program;
    this.#progress = options.progress;
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
    this.#ran = new Uint8Array(sections.length);
  }

  run(): Exploration {
    const { cells } = this.#p;
    const start = cells.top;
    let isComplete = true;
    let d = this.#arrive(0) ? 0 : -1;
    while (d >= 0) {
      if (!this.#advance(this.#path[d]!)) {
        if (--d >= 0) cells.rewind(this.#path[d]!.mark);
        continue;
      }
      if ((this.#transitions & 0xfffff) === 0) this.#progress?.(this.#states, this.#transitions);
      if (this.#transitions > this.#o.limit) {
        isComplete = false;
        break;
      }
      if (this.#arrive(d + 1)) d++;
      else if (this.#failure !== null && this.#o.stopAtFirst) break;
      else cells.rewind(this.#path[d]!.mark);
    }
    cells.rewind(start);
    return {
      states: this.#states,
      transitions: this.#transitions,
      ends: this.#ends,
      endings: this.#endings,
      violations: this.#violations,
      failure: this.#failure,
      depth: this.#depth,
      bytes: this.#visited.bytes,
      complete: isComplete,
      unreached: this.#p.sections.filter((_, i) => this.#ran[i] === 0).map(({ name }) => name),
    };
  }

  /** Runs the next untried step of the frame; false when there is none. */
  #advance(frame: Frame): boolean {
    const { cells, sections } = this.#p;
    if (++frame.choice >= frame.choices && !this.#nextTask(frame)) return false;
    frame.mark = cells.top;
    cells.reserve();
    const { task, section } = frame;
    if (this.#o.preemptions !== Infinity) this.#countPreemption(task);
    if (this.#sleeps) cells.put(AUX.sleep, this.#sleepAfter(frame));
    sections[section]!.run(task, frame.choice);
    this.#ran[section] = 1;
    this.#transitions++;
    return true;
  }

  #nextTask(frame: Frame): boolean {
    const p = this.#p;
    if (frame.task >= 0) frame.sleep |= 1 << frame.task;
    if (frame.alone >= 0 && frame.task >= 0) return false;
    for (let t = frame.alone >= 0 ? frame.alone : frame.task + 1; t < p.nrTasks; t++) {
      const section = (frame.sleep >> t & 1) !== 0 ? -1 : p.section(t);
      const choices = section < 0 ? 0 : p.sections[section]!.choices(t);
      if (choices === 0 || (this.#o.preemptions !== Infinity && !this.#mayPreempt(t))) {
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
      if (other < 0 || sections[other]!.choices(t) === 0) continue;
      if (reach === REACH.own || sections[other]!.reach === REACH.own) after |= 1 << t;
    }
    return after;
  }

  /** Whether leaving the task that ran last for `t` counts. */
  #isPreemption(t: number): boolean {
    const last = this.#p.cells.at[AUX.last]! - 1;
    if (last < 0 || last === t || this.#p.isBetween(last)) return false;
    const section = this.#p.section(last);
    return section >= 0 && this.#p.sections[section]!.choices(last) > 0;
  }

  #mayPreempt(t: number): boolean {
    return !this.#isPreemption(t) || this.#p.cells.at[AUX.preemptions]! < this.#o.preemptions;
  }

  #countPreemption(t: number): void {
    const { cells } = this.#p;
    if (this.#isPreemption(t)) cells.put(AUX.preemptions, cells.at[AUX.preemptions]! + 1);
    cells.put(AUX.last, t + 1);
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
      const choices = p.sections[section]!.choices(t);
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
    if (isKept) this.#states++;
    if (d > this.#depth) this.#depth = d;
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
    this.#endings++;
    const mark = cells.top;
    for (let i = 0; i < AUX.count; i++) cells.put(i, 0);
    this.#ends.add(`${cells.low}/${cells.high}`);
    cells.rewind(mark);
    return false;
  }

  #fail(what: string, d: number): false {
    this.#violations++;
    const steps = this.#path.slice(0, d).map(({ task, choice, section }) => ({ task, choice, section }));
    this.#failure ??= { what, steps };
    return false;
  }
}
