/**
 * The text of `deno task report --help`.
 */

/** Help of the report task. */
export const REPORT_HELP = `deno task report DIR [options]

Writes DIR/report.html: one page with charts and tables of a result folder (runs.csv, latency.csv, kfree_bulk.csv,
meta.json), as fuzz and sweep write it. The page needs no network and no script. The same results give the same bytes.

  --fidelity FILE  what deno task fidelity --json printed: predicted beside recorded (DIR/fidelity.json)
  --out FILE       the page (DIR/report.html)
  --json           one JSON object on standard output: file, bytes, runs
  --quiet          says nothing
  --help           this text

Exit code: 0 fine, 2 wrong call, 3 bad input, 4 internal error.

Examples
  deno task report results/fuzz
  deno task report results/pcp_sweep --out pcp_sweep.html
`;
