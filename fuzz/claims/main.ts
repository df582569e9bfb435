/**
 * `deno task claims`: the RFC's five claims, each with a verdict, by how much, and where it stops being true.
 */
import { EXIT, reportError } from "../command/exit.ts";
import { readOptions } from "../command/read_options.ts";
import { type ClaimRow, factorOf } from "./claim.ts";
import { claimRows } from "./experiments.ts";

/** Help of the task. */
const CLAIMS_HELP = `deno task claims [options]

Five experiments, one for each claim that the RFC makes for blocks over chains of rcu_head: a verdict, by how much, and
where it stops being true.

  --json     all figures as JSON
  --quiet    no table: the exit code tells
  --help     this text

Exit code: 0 no claim is refuted, 1 one is not confirmed under any condition, 2 wrong call, 4 internal error.

Example
  deno task claims --json > claims.json
`;

/** Objects of an experiment at full size. */
const OBJECTS = 8000;

/** The verdicts for people. */
function claimText(row: ClaimRow): string {
  const figures = row.comparisons.map((c) => {
    const numbers = [c.blocks, c.list].map((n) => n.toPrecision(4)).join(" against ");
    return `    ${c.when}: ${numbers} ${c.unit}, factor ${factorOf(c).toPrecision(3)}`;
  });
  return [
    `(${row.claim}) ${row.title}: ${row.verdict}`,
    `    by how much: ${row.by}`,
    `    where it stops: ${row.stops}`,
    ...figures,
  ].join("\n");
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[], objects = OBJECTS): number {
  try {
    const args = readOptions(argv, [], ["json", "quiet", "help"]);
    if (args.help === true) {
      console.log(CLAIMS_HELP);
      return EXIT.fine;
    }
    const rows = claimRows({ objects });
    if (args.json === true) console.log(JSON.stringify(rows, null, 2));
    else if (args.quiet !== true) console.log(rows.map(claimText).join("\n\n"));
    return rows.some((r) => r.verdict === "not confirmed") ? EXIT.violation : EXIT.fine;
  } catch (error) {
    return reportError("claims", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
