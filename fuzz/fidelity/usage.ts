/** The text of `deno task fidelity --help`. */

/** Help of the fidelity task. */
export const FIDELITY_HELP = `deno task fidelity [options]

Predicts in virtual time what recordings of a real kernel show, from the machine and the load alone, and prints the
predictions beside the recorded figures, each with the band in which it counts as right. A prediction is made of
twelve runs on each of two hosts, a quiet and a busy one, each with the CPUs' ticks at other places in time; a recording
is one run.

  --json     the table as JSON: [{name, predicted, recorded, low, high, inBand, drawn}]
  --quiet    no progress, no table: the exit code tells
  --help     this text

Exit code: 0 all in their band, 1 one is out of its band, 2 wrong call, 4 internal error.

Example
  deno task fidelity --json > fidelity.json
`;
