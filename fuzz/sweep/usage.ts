/** The texts of `deno task sweep --help` and `deno task merge --help`. */
import { EXPERIMENTS } from "../../bench/experiments/experiments.ts";
import { AXES } from "../../src/sweep/axis.ts";

const list = (items: readonly (readonly [string, string])[]) =>
  items.map(([name, text]) => `  ${name.padEnd(16)} ${text}`).join("\n");

/** Help of the sweep task. */
export const SWEEP_HELP = `deno task sweep [EXPERIMENT] [options]

Runs every combination of an experiment's axes in virtual time, each with several seeds; writes cells.csv (means with
95 % intervals), runs.csv, latency.csv, kfree_bulk.csv, miss_streaks.csv and meta.json. A sweep that is killed or
interrupted goes on where it was when the same command is given again, and ends with the same bytes, whatever the number
of workers. It does not go on with another state of the model's sources.

Experiments
${list(EXPERIMENTS.map((e) => [e.name, e.question]))}

  --axis NAME=V,V,...  an axis of its own, or other values for one of the experiment's; may be given several times
  --strategy NAMES     short for --axis strategy=NAMES; all for every strategy
  --sensitivity        also with all costs at both ends of their uncertainty, and which conclusions change
  --seeds N            most runs of a cell (5)
  --ci X               a cell stops early when the 95 % intervals of its hit rate and of the share of objects that
                       fell back are no wider than X to either side, after at least 3 runs (0: never)
  --seed TEXT          seed of everything random (1)
  --workers N          Web Workers (one a core)
  --shard I/N          only every N-th cell, beginning with the I-th: merge the folders with deno task merge
  --out DIR            folder of the files (results/NAME)
  --json               the cells as JSON
  --quiet              no progress, no table
  --config FILE        options from a JSON file, or from a meta.json: options beside it stand for the file's
  --print-config       print the call as such a file, and run nothing
  --help               this text

Axes
${list(Object.entries(AXES).map(([name, axis]) => [name, axis.meaning]))}

Exit code: 0 fine, 1 a property did not hold in a run, 2 wrong call, 3 bad input, 4 internal error, 130 interrupted.

Examples
  deno task sweep strategies --strategy all
  deno task sweep --axis pcp_high=8,32,378 --axis workload=kfree_storm --axis strategy=lockless,nowait --ci 0.01
  deno task sweep pcp_sweep --shard 2/8 --out results/shard2
`;

/** Help of the merge task. */
export const MERGE_HELP = `deno task merge DIR... --out DIR

Puts the shards of one sweep together into the files that one machine would have written.

  --out DIR   folder of the files
  --quiet     say nothing
  --help      this text

Exit code: 0 fine, 1 a property did not hold in a run, 2 wrong call, 3 a folder is no shard of the same sweep, or a run
is missing, 4 internal error.

Example
  deno task merge results/shard1 results/shard2 --out results/pcp_sweep
`;
