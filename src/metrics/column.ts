/**
 * What a column of runs.csv is.
 */
import type { RunFacts } from "./run_facts.ts";

/** One column. */
export interface Column {
  /** Name in the header. */
  readonly name: string;
  /** Unit, empty for counts and names. */
  readonly unit: string;
  /** What it says. */
  readonly meaning: string;
  /** Value for a run. */
  readonly value: (r: RunFacts) => string | number;
}

/** Makes a column. */
export const column = (name: string, unit: string, meaning: string, value: Column["value"]): Column => ({
  name,
  unit,
  meaning,
  value,
});
