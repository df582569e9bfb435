/**
 * What the exhaustive search needs to know of a program: its cells, its tasks, and the sections they run.
 */
import type { Cells, CellStore } from "./cells.ts";

/** What a section touches, as far as other tasks can tell. */
export const REACH = {
  /** Nothing that another task reads or writes: it commutes with every section of the others. */
  own: 0,
  /** Takes the lock. */
  lock: 1,
  /** What the lock protects, with the lock held; or gives the lock back. */
  locked: 2,
  /** What the lock protects, without it: only a faulty program has such sections. */
  unlocked: 3,
} as const;

/** One atomic piece of a task. */
export interface ExploredSection {
  /** Name in stories. */
  readonly name: string;
  /** One of REACH. */
  readonly reach: number;
  /** Whether it can leave more than one choice. */
  readonly hasChoices: boolean;
}

/** A program that can be run in any order; one over hashed cells can be explored. */
export interface Program<C extends CellStore = Cells> {
  /** All state; AUX cells at its beginning belong to the search. */
  readonly cells: C;
  /** Tasks. */
  readonly nrTasks: number;
  /** Sections by number. */
  readonly sections: readonly ExploredSection[];
  /** Section that the task runs next, -1 when it has ended. */
  readonly section: (t: number) => number;
  /**
   * Choices that a task has at its section, which is run once for each; 0 when it cannot run now. Other tasks have a
   * say only where the lock is taken, and there for all that wait alike.
   */
  readonly choices: (t: number) => number;
  /** Runs the section of a task; returns which one it runs next, as section() does. */
  readonly run: (t: number, choice: number) => number;
  /** Whether the task stands between two operations. */
  readonly isBetween: (t: number) => boolean;
  /** What is wrong with the present state, "" when nothing is. */
  readonly fault: () => string;
}

/** Cells that the search keeps for itself in the state, since what it will do next depends on them. */
export const AUX = {
  /** Tasks that sleep, a bit each. */
  sleep: 0,
  /** Task that ran last, plus one. */
  last: 1,
  /** Preemptions so far. */
  preemptions: 2,
  /** How many there are. */
  count: 3,
} as const;
