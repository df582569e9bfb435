/**
 * The path of a search: for each state on it what has been tried there.
 */

import type { Program } from "./program.ts";

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

/** Whether the frame's step can be made in the program's present state; the last frame may have none yet. */
export function isOfProgram(
  { task, choice, choices, sleep, alone, section }: Frame,
  program: Program,
  isLast: boolean,
): boolean {
  const isTask = (t: number) => Number.isInteger(t) && t >= -1 && t < program.nrTasks;
  if (!isTask(task) || !isTask(alone) || !Number.isInteger(sleep)) return false;
  if (isLast && task < 0) return choice === 0 && choices === 0;
  return task >= 0 && section === program.section(task) && Number.isInteger(choice) && choice >= 0 &&
    choice < choices && choices <= program.choices(task);
}
