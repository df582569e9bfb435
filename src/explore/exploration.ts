/**
 * How a program is explored, and what is found.
 */

/** Reductions by name. */
export const REDUCTIONS = ["none", "sleep", "own", "own+sleep", "chains"] as const;
/**
 * `none`: all orders. `sleep`: sleep sets. `own`: sections on a CPU's own state go alone. `chains`: as `own`, and a
 * state from which only one step is tried is not kept, since the walk meets at the end of the chain again.
 */
export type Reduction = typeof REDUCTIONS[number];

/** How to search. */
export interface ExploreOptions {
  /** @default "none" */
  readonly reduction?: Reduction;
  /** Whether a state that was seen is left alone; without it every path is walked. @default true */
  readonly visited?: boolean;
  /** Most times that a task is left inside an operation though it could go on. @default Infinity */
  readonly preemptions?: number;
  /** Ends at the first violation. @default false */
  readonly stopAtFirst?: boolean;
  /** Most transitions; more end the search incomplete. @default Infinity */
  readonly limit?: number;
  /** Called now and then. */
  readonly progress?: (states: number, transitions: number) => void;
}

/** One step of a path. */
export interface Step {
  readonly task: number;
  readonly choice: number;
  /** Section that it ran. */
  readonly section: number;
}

/** What was found. */
export interface Exploration {
  /** States kept; without `visited`, states met. */
  readonly states: number;
  readonly transitions: number;
  /** Hashes of the states in which every task has ended. */
  readonly ends: ReadonlySet<string>;
  /** Times that an end was reached. */
  readonly endings: number;
  /** Steps into a faulty state, or to where nothing can go on. */
  readonly violations: number;
  /** The first violation and the steps to it. */
  readonly failure: { readonly what: string; readonly steps: readonly Step[] } | null;
  /** Steps of the longest path. */
  readonly depth: number;
  /** Bytes of the table of states. */
  readonly bytes: number;
  /** False when the limit ended the search. */
  readonly complete: boolean;
  /** Sections that never ran. */
  readonly unreached: readonly string[];
}
