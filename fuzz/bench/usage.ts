/**
 * The text of `deno task bench --help`.
 */

/** Help of the bench task. */
export const BENCH_HELP = `deno task bench [options] [FILE...]

Measures the host's time of the benchmarks in bench/, or of the files that are named. Without --save and --compare it
is one round of deno bench, as a table.

  --save FILE         measure, and keep the rounds in FILE
  --compare BASE      measure, and compare with BASE: a file that --save has kept, or the folder of another checkout,
                      whose rounds are then measured in turn with ours, so that the machine's moods hit both alike
  --rounds N          rounds of each (5)
  --filter TEXT       only benchmarks whose names hold TEXT, or match /TEXT/
  --max-ratio RATIO   exit with 1 when a benchmark's whole band is above RATIO, e.g. 1.1
  --out DIR           folder of compare.csv (results/bench)
  --json              one JSON object on standard output
  --quiet             no progress, no table
  --help              this text

The band of N rounds encloses the true ratio with probability 1 - 2^(1-N): 94 % for 5 rounds, 98 % for 7.

Exit code: 0 fine, 1 above --max-ratio, 2 wrong call, 3 bad input, 4 internal error.

Examples
  deno task bench
  deno task bench --filter storm --save before.json
  deno task bench --filter storm --compare before.json
  deno task bench --compare ../main --rounds 7 --max-ratio 1.1
`;
