/** The text of `deno task mutants --help`. */

/** Help of the mutants task. */
export const MUTANTS_HELP = `deno task mutants [options]

Seeds each known kind of bug into the model, looks for it under each scheduler, and says whether it was found, by which
checker, after how many runs and seconds (medians over the seeds), and with how few calls a program still shows it. A
checker that catches nothing, or a scheduler that misses what others find, shows here.

  --mutation IDS     only these, a comma list such as M1,M13 (all)
  --scheduler NAMES  random, pct, virtual, a comma list, or all (all)
  --seeds N          hunts for each mutation and scheduler (20)
  --runs N           most runs of a hunt (40)
  --seconds N        most seconds of all hunts for a mutation under a scheduler (60)
  --seed TEXT        beginning of the seeds (1)
  --json             [{id, found, checker, scheduler, executions, seconds, minimal}]
  --quiet            no progress, no table: the exit code tells
  --help             this text

Exit code: 0 each mutation was found under some scheduler, 1 one was not, 2 wrong call, 4 internal error.

Examples
  deno task mutants --seeds 3
  deno task mutants --mutation M13 --scheduler pct --json
`;
