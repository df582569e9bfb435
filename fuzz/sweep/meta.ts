/**
 * What meta.json says of a sweep, made here or put together from shards: the same fields, and a command line that makes
 * the same files.
 */
import type { StopRule } from "../../src/sweep/cell_run.ts";
import type { Cell, Experiment } from "../../src/sweep/experiment.ts";

/** Where the runs of a sweep come from. */
export interface SweepOrigin {
  /** Version of the tool that made the runs. */
  readonly version: string;
  /** Its commit, or "unknown". */
  readonly commit: string;
  /** The call, `deno task` included. */
  readonly command: readonly string[];
  readonly experiment: Experiment;
  readonly rule: StopRule;
}

/** The text of meta.json. */
export function sweepMeta(
  { version, commit, command, experiment, rule }: SweepOrigin,
  cells: readonly Cell[],
) {
  const { question, expected, refutedBy, axes } = experiment;
  const options = cells[0]?.options;
  const meta = { version, commit, command, question, expected, refutedBy, axes, rule, options };
  return JSON.stringify(meta, null, 2) + "\n";
}
