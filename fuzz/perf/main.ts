/**
 * `deno task perf`: the model's speed beside what one would use instead, on the same work in the same run.
 */
import { EXIT, reportError, UsageError } from "../command/exit.ts";
import { Progress } from "../command/progress.ts";
import { readOptions } from "../command/read_options.ts";
import { CReference } from "./c_reference.ts";
import { exploreRows, hasSpin } from "./explore_rows.ts";
import { machineRows } from "./machine_rows.ts";
import { pageRows } from "./page_rows.ts";
import { lineOf, type PerfLine, type PerfRow, type Sample } from "./row.ts";
import { runRows } from "./run_rows.ts";
import { taskRows } from "./task_rows.ts";
import { PERF_HELP } from "./usage.ts";

/** Repetitions of every row. */
const ROUNDS = 5;

/** Measures all rows in turn, `rounds` times, so that a slow spell of the machine falls on all of them. */
async function measureAll(rows: readonly PerfRow[], rounds: number, quiet: boolean): Promise<PerfLine[]> {
  const samples: Sample[][] = rows.map(() => []);
  const progress = new Progress(rows.length * rounds, quiet, {
    items: "measurements",
    steps: "measurements",
  });
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [i, { measure }] of rows.entries()) {
      if (measure !== null) samples[i]!.push(await measure());
      done++;
      progress.update(done, done);
    }
  }
  progress.clear();
  return rows.map((row, i) => lineOf(row, samples[i]!));
}

/** The table for people, in Markdown since it stands in README. */
function perfTable(lines: readonly PerfLine[]): string {
  const cell = (value: number | null) => value === null ? "-" : String(value);
  const met = (line: PerfLine) => line.met === null ? "not measured" : line.met ? "yes" : "no";
  return [
    "| work | reference | ours | theirs | ratio | target | met |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...lines.map((l) =>
      `| ${l.work} | ${l.reference} | ${cell(l.ours)} | ${cell(l.theirs)} | ${
        cell(l.ratio)
      } | ${l.target} | ${met(l)} |`
    ),
  ].join("\n");
}

function roundsOf(text: unknown, quick: boolean): number {
  if (text === undefined) return quick ? 1 : ROUNDS;
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new UsageError(`Cannot read --rounds: expected a whole number from 1 to 1000, got "${text}"`);
}

async function perf(rounds: number, quick: boolean, json: boolean, quiet: boolean): Promise<number> {
  const folder = Deno.makeTempDirSync({ prefix: "pcplab_perf_" });
  try {
    const rows = [
      ...pageRows(quick, CReference.compile(folder)),
      ...machineRows(quick),
      ...runRows(quick),
      ...exploreRows(quick, folder, hasSpin()),
      ...taskRows(quick, folder),
    ];
    const lines = await measureAll(rows, rounds, quiet || json);
    for (const { work, measure, why } of rows) {
      if (measure === null) console.error(`Not measured: ${work}: ${why}`);
    }
    console.log(json ? JSON.stringify(lines, null, 2) : perfTable(lines));
    return EXIT.fine;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = readOptions(argv, ["rounds"], ["quick", "json", "quiet", "help"]);
    if (args.help === true) {
      console.log(PERF_HELP);
      return EXIT.fine;
    }
    const quick = args.quick === true;
    return await perf(roundsOf(args.rounds, quick), quick, args.json === true, args.quiet === true);
  } catch (error) {
    return reportError("perf", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
