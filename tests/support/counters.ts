/**
 * A program for searches whose counts are known in closed form.
 */
import { Cells } from "../../src/explore/cells.ts";
import { AUX, type Program, REACH } from "../../src/explore/program.ts";

/** Tasks that make a number of steps each, all of which matter to the others. */
export function counters(tasks: number, steps: number): Program {
  const cells = new Cells(AUX.count + tasks, 6);
  const section = (t: number) => cells.at[AUX.count + t]! < steps ? 0 : -1;
  return {
    cells,
    nrTasks: tasks,
    sections: [{ name: "step", reach: REACH.locked, hasChoices: false }],
    choices: () => 1,
    run: (t) => {
      cells.put(AUX.count + t, cells.at[AUX.count + t]! + 1);
      return section(t);
    },
    section,
    isBetween: () => false,
    fault: () => "",
  };
}
