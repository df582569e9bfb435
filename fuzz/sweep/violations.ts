/** Runs of a sweep in which a property did not hold. */
import { formatScheduleLine } from "../../mod.ts";
import type { CellRun } from "../../src/sweep/cell_run.ts";
import type { Cell } from "../../src/sweep/experiment.ts";
import { EXIT } from "../command/exit.ts";

/** Says of each such run how to see it again; returns the exit code. */
export function verdictOf(cells: readonly Cell[], runs: readonly CellRun[]): number {
  const violated = runs.filter(({ violation }) => violation !== null);
  for (const { cell, run, violation } of violated) {
    const options = { ...cells[cell]!.options, run };
    console.error(`VIOLATED ${violation} in run ${run} of cell ${cell}`);
    console.error(`  again: deno task fuzz --replay '${formatScheduleLine({ options, schedule: null })}'`);
  }
  return violated.length === 0 ? EXIT.fine : EXIT.violation;
}
