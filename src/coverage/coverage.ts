/**
 * What the runs of a session have reached: sections, the branches between them, and pairs of sections of different
 * tasks that ran one right after the other. How much is left unseen is estimated from what was seen in one run only.
 */
import { type Section, sectionFacts } from "../sim/operation.ts";
import { type Recorder, STEP_TASKS } from "../sim/schedule.ts";
import { type BranchMap, branchMap, ENDINGS } from "./branches.ts";

/** One thing that can be reached, with how many runs did. */
export interface Reached {
  /** What it is. */
  readonly what: "section" | "branch" | "pair";
  /** Section; of a pair the one that ran first, of another task. */
  readonly from: string;
  /** Where the branch goes, or the second section of the pair; "" for a section. */
  readonly to: string;
  /** Runs that reached it. */
  readonly runs: number;
}

/** How far a session came. */
export interface CoverageSummary {
  /** Runs looked at. */
  readonly runs: number;
  /** Reached, and how many there are. */
  readonly sections: readonly [number, number];
  /** Branches that the text of the sections names. */
  readonly branches: readonly [number, number];
  /** Pairs of reached sections that touch a struct in common. */
  readonly pairs: readonly [number, number];
  /** Pairs, of whatever sections, that another run would be the first to reach (Good and Turing, by runs). */
  readonly newPairsARun: number;
  /** Pairs, of whatever sections, that there are at least (Chao 2). */
  readonly pairsAtLeast: number;
}

/** Runs that reached each of `size` things. */
class Counts {
  readonly runs: Uint32Array;
  readonly #lastRun: Uint32Array;

  constructor(size: number) {
    this.runs = new Uint32Array(size);
    this.#lastRun = new Uint32Array(size);
  }

  /** Notes that run number `run`, from 1, reached the thing; true when no run before did. */
  reach(thing: number, run: number): boolean {
    if (this.#lastRun[thing] === run) return false;
    this.#lastRun[thing] = run;
    return this.runs[thing]!++ === 0;
  }

  /** How many things exactly `n` runs reached. */
  inRuns(n: number): number {
    return this.runs.reduce((sum, runs) => sum + Number(runs === n), 0);
  }
}

/** Adds up what runs reach. */
export class Coverage {
  readonly #map: BranchMap;
  readonly #size: number;
  readonly #sections: Counts;
  readonly #branches: Counts;
  readonly #pairs: Counts;
  #runs = 0;

  /** `table`: the sections, as nothing has replaced them. */
  // deno-lint-ignore no-explicit-any -- sections of every layer's machine type
  constructor(table: readonly Section<any>[]) {
    this.#map = branchMap(table);
    this.#size = table.length;
    this.#sections = new Counts(this.#size);
    this.#branches = new Counts(this.#size * (this.#size + ENDINGS.length));
    this.#pairs = new Counts(this.#size * this.#size);
  }

  /** Adds a run; returns how many pairs no run before has reached. */
  add(recorder: Recorder): number {
    const run = ++this.#runs;
    const { operationOf, isStart, branches } = this.#map;
    const operations = Math.max(...operationOf) + 1;
    // by task: the section that it ran last, and the last one of each operation, plus 1
    const last: number[] = [];
    const lastIn: Int32Array[] = [];
    let [beforeTask, beforePc] = [-1, -1];
    let isNew = 0;
    for (const step of recorder.words()) {
      const t = Math.floor(step / STEP_TASKS);
      const pc = step % STEP_TASKS;
      if (pc >= this.#size) continue; // a mutation's own section
      this.#sections.reach(pc, run);
      if (beforeTask !== t && beforeTask >= 0 && this.#pairs.reach(beforePc * this.#size + pc, run)) isNew++;
      const mine = lastIn[t] ??= new Int32Array(operations);
      const inOperation = mine[operationOf[pc]!]!;
      // the start of an operation is a branch of it only where a section says so: it may be another call of it
      if (inOperation > 0 && (isStart[pc] === 0 || branches[inOperation - 1]!.includes(pc))) {
        this.#branch(inOperation - 1, pc, run);
      }
      const previous = last[t];
      if (previous !== undefined) this.#ending(previous, pc, run);
      mine[operationOf[pc]!] = pc + 1;
      last[t] = pc;
      [beforeTask, beforePc] = [t, pc];
    }
    return isNew;
  }

  #branch(from: number, to: number, run: number): void {
    this.#branches.reach(from * (this.#size + ENDINGS.length) + to, run);
  }

  /** What the next section of its task tells of how a section ended. */
  #ending(from: number, to: number, run: number): void {
    const { operationOf, isStart, calls } = this.#map;
    const [returns, ends, waits] = [this.#size, this.#size + 1, this.#size + 2];
    if (from === to) this.#branch(from, waits, run);
    if (isStart[to] === 0) {
      if (operationOf[from] !== operationOf[to]) this.#branch(from, returns, run);
    } else if (calls[from] === 0) {
      // who returns from the outermost operation ends it
      this.#branch(from, returns, run);
      this.#branch(from, ends, run);
    }
  }

  /** Everything that can be reached by name, pairs only of sections that touch a struct in common. */
  *all(): Generator<Reached> {
    const name = (pc: number) => sectionFacts(pc).name;
    const width = this.#size + ENDINGS.length;
    for (let pc = 0; pc < this.#size; pc++) {
      yield { what: "section", from: name(pc), to: "", runs: this.#sections.runs[pc]! };
    }
    for (let pc = 0; pc < this.#size; pc++) {
      for (const to of this.#map.branches[pc]!) {
        const runs = this.#branches.runs[pc * width + (to < 0 ? this.#size - 1 - to : to)]!;
        yield { what: "branch", from: name(pc), to: to < 0 ? ENDINGS[-1 - to]! : name(to), runs };
      }
    }
    for (const [from, to] of this.#conflicts()) {
      yield { what: "pair", from: name(from), to: name(to), runs: this.#pairs.runs[from * this.#size + to]! };
    }
  }

  *#conflicts(): Generator<readonly [number, number]> {
    for (let from = 0; from < this.#size; from++) {
      if (this.#sections.runs[from] === 0) continue;
      for (let to = 0; to < this.#size; to++) {
        const common = sectionFacts(from).footprint & sectionFacts(to).footprint;
        if (this.#sections.runs[to] !== 0 && common !== 0) yield [from, to];
      }
    }
  }

  /** How far it came. */
  summary(): CoverageSummary {
    const shares = { section: [0, 0], branch: [0, 0], pair: [0, 0] };
    for (const { what, runs } of this.all()) {
      shares[what][0]! += Number(runs > 0);
      shares[what][1]!++;
    }
    const [once, twice] = [this.#pairs.inRuns(1), this.#pairs.inRuns(2)];
    const seen = this.#pairs.runs.length - this.#pairs.inRuns(0);
    const runs = Math.max(1, this.#runs);
    return {
      runs: this.#runs,
      sections: shares.section as [number, number],
      branches: shares.branch as [number, number],
      pairs: shares.pair as [number, number],
      newPairsARun: once / runs,
      pairsAtLeast: Math.round(seen + (runs - 1) / runs * once * (once - 1) / (2 * (twice + 1))),
    };
  }
}
