/**
 * How large a search will be, before it: random walks estimate the number of interleavings (Knuth, 1975) and bound the
 * number of states from below (Chao's estimator for incidences). Afterwards they tell what share of the states they
 * see.
 */
import type { Program } from "./program.ts";
import type { Draw } from "./walk.ts";

/** What random walks saw. */
export interface WalkedStates {
  /** Walks made. */
  readonly walks: number;
  /** Different states that they came through. */
  readonly seen: number;
  /** States that there are at least, by how many were in one walk only and in two. */
  readonly statesAtLeast: number;
  /** Interleavings, choices included: the mean over walks of the product of what could have been chosen. */
  readonly interleavings: number;
}

/** Walks from the program's present state to an end, so many times; leaves the program as it was. */
export function walkStates(program: Program, walks: number, draw: Draw): WalkedStates {
  const { cells, nrTasks } = program;
  const start = cells.top;
  const inWalks = new Map<string, number>();
  let interleavings = 0;
  for (let walk = 0; walk < walks; walk++) {
    const here = new Set<string>([`${cells.low}/${cells.high}`]);
    let ways = 1;
    for (;;) {
      const able: number[] = [];
      for (let t = 0; t < nrTasks; t++) {
        if (program.section(t) >= 0 && program.choices(t) > 0) able.push(t);
      }
      if (able.length === 0 || program.fault() !== "") break;
      const t = able[draw.index(able.length)]!;
      const choices = program.choices(t);
      ways *= able.length * choices;
      cells.reserve();
      program.run(t, draw.index(choices));
      here.add(`${cells.low}/${cells.high}`);
    }
    cells.rewind(start);
    interleavings += ways / walks;
    for (const state of here) inWalks.set(state, (inWalks.get(state) ?? 0) + 1);
  }
  let [once, twice] = [0, 0];
  for (const count of inWalks.values()) {
    if (count === 1) once++;
    if (count === 2) twice++;
  }
  const unseen = (walks - 1) / walks * once * (once - 1) / (2 * (twice + 1));
  return { walks, seen: inWalks.size, statesAtLeast: Math.round(inWalks.size + unseen), interleavings };
}
