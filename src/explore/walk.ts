/**
 * Whole random interleavings of a program: at each step a task that can go on and one of its choices, both uniform.
 */
import type { CellStore } from "./cells.ts";
import { type Program, REACH } from "./program.ts";

/** Draws a whole number below `count`, each as likely. */
export interface Draw {
  index(count: number): number;
}

/** What random walks came to. */
export interface Walks {
  readonly steps: number;
  /** Walks that ended in a violation. */
  readonly violations: number;
}

/** Most tasks of a program that is walked: sets of them are bits, and index tables. */
const TASKS_MAX = 8;
/** How many tasks a set has. */
const COUNT = new Uint8Array(1 << TASKS_MAX);
/** The tasks of a set, TASKS_MAX entries for each. */
const MEMBER = new Uint8Array(TASKS_MAX << TASKS_MAX);
for (let set = 0; set < 1 << TASKS_MAX; set++) {
  for (let t = 0; t < TASKS_MAX; t++) if ((set >> t & 1) !== 0) MEMBER[set * TASKS_MAX + COUNT[set]!++] = t;
}

/**
 * Walks from the program's present state to its end, `runs` times. A state is looked at when its walk has ended. Only
 * the task that ran and those that wait for the lock are asked anew after a step; the test has a twin that asks all.
 *
 * @throws RangeError when there are too many tasks.
 */
export function walk(program: Program<CellStore>, runs: number, draw: Draw): Walks {
  const { cells, nrTasks } = program;
  if (nrTasks > TASKS_MAX) {
    throw new RangeError(`Cannot walk: expected at most ${TASKS_MAX} tasks, got ${nrTasks}`);
  }
  const start = cells.at.slice();
  const isLock = Uint8Array.from(program.sections, ({ reach }) => Number(reach === REACH.lock));
  const mayChoose = Uint8Array.from(program.sections, ({ hasChoices }) => Number(hasChoices));
  const at = new Uint8Array(nrTasks); // section of each task
  let steps = 0;
  let violations = 0;
  for (let run = 0; run < runs; run++) {
    let running = 0; // tasks that have not ended
    let waiting = 0; // those of them that stand where the lock is taken
    for (let t = 0; t < nrTasks; t++) {
      const section = program.section(t);
      if (section < 0) continue;
      at[t] = section;
      running |= 1 << t;
      waiting |= isLock[section]! << t;
    }
    for (;;) {
      // they wait for one lock: all of them can go on, or none
      const isFree = waiting === 0 || program.choices(MEMBER[waiting * TASKS_MAX]!) !== 0;
      const able = isFree ? running : running & ~waiting;
      if (able === 0) break;
      const n = COUNT[able]!;
      const t = MEMBER[able * TASKS_MAX + (n === 1 ? 0 : draw.index(n))]!;
      const choices = mayChoose[at[t]!] !== 0 ? program.choices(t) : 1;
      const section = program.run(t, choices === 1 ? 0 : draw.index(choices));
      steps++;
      if (section < 0) {
        running &= ~(1 << t);
        waiting &= running;
        continue;
      }
      at[t] = section;
      waiting = waiting & ~(1 << t) | isLock[section]! << t;
    }
    if (running !== 0 || program.fault() !== "") violations++;
    cells.at.set(start);
  }
  return { steps, violations };
}
