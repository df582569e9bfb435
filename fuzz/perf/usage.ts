/** The text of `deno task perf --help`. */

/** Help of the perf task. */
export const PERF_HELP = `deno task perf [options]

Runs the model and what it is measured against on the same work, in turn, several times, and prints the medians. Only
ratios mean something on a busy machine. What is not installed (gcc, spin) is left out with a message, and so is what
cannot be measured yet; such rows have no figures.

  --quick      small inputs and one round: shows that every row works, its figures mean nothing
  --rounds N   repetitions (5; 1 with --quick)
  --json       the table as JSON: [{work, reference, ours, theirs, ratio, target, met}]
  --quiet      no progress
  --help       this text

Exit code: 0 the table is printed, whether or not the targets are met; 2 wrong call, 4 internal error.

Example
  deno task perf --json > perf.json
`;
