/**
 * The path of a search: for each state on it what has been tried there.
 */

/** A frame of the path as numbers: task, choice, choices, sleep, alone, section. */
export type SavedFrame = readonly [number, number, number, number, number, number];

/** A frame of the path: what has been tried in the state before its step. */
export interface Frame {
  task: number;
  choice: number;
  choices: number;
  mark: number;
  sleep: number;
  /** Only task that is tried, or -1. */
  alone: number;
  section: number;
}

/** A frame as numbers. */
export function savedFrame({ task, choice, choices, sleep, alone, section }: Frame): SavedFrame {
  return [task, choice, choices, sleep, alone, section];
}
