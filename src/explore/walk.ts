/**
 * Whole random interleavings of a program: at each step a task that can go on and one of its choices, both uniform.
 */
import type { CellStore } from "./cells.ts";
import type { Program } from "./program.ts";

/** Draws a whole number from 0 to `last`, each as likely. */
export interface Draw {
  upTo(last: number): number;
}

/** What random walks came to. */
export interface Walks {
  readonly steps: number;
  /** Walks that ended in a violation. */
  readonly violations: number;
}

/** Walks from the program's present state to its end, `runs` times. A state is looked at when its walk has ended. */
export function walk(program: Program<CellStore>, runs: number, draw: Draw): Walks {
  const { cells, sections, nrTasks } = program;
  const start = cells.at.slice();
  const able = new Int32Array(nrTasks);
  let steps = 0;
  let violations = 0;
  for (let run = 0; run < runs; run++) {
    let running = nrTasks;
    while (running > 0) {
      let n = 0;
      running = 0;
      for (let t = 0; t < nrTasks; t++) {
        const section = program.section(t);
        if (section < 0) continue;
        running++;
        if (sections[section]!.choices(t) !== 0) able[n++] = t;
      }
      if (n === 0) break;
      const t = able[n === 1 ? 0 : draw.upTo(n - 1)]!;
      const section = sections[program.section(t)]!;
      const choices = section.choices(t);
      section.run(t, choices === 1 ? 0 : draw.upTo(choices - 1));
      steps++;
    }
    if (running > 0 || program.fault() !== "") violations++;
    cells.at.set(start);
  }
  return { steps, violations };
}
