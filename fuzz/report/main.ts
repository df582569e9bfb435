/**
 * `deno task report`: one page from a result folder.
 */
import { JsonText } from "../../src/import/json_text.ts";
import { COLUMNS } from "../../src/metrics/columns.ts";
import { SETUP_COLUMNS } from "../../src/metrics/setup_columns.ts";
import { readFidelity } from "../../src/report/html/fidelity.ts";
import { NothingToReport, reportHtml, type Results } from "../../src/report/html/page.ts";
import { readBuckets, readRows, ResultFault } from "../../src/report/result_files.ts";
import { EXIT, reportError, UnreadableFile, UsageError } from "../command/exit.ts";
import { writeFile } from "../command/guarded.ts";
import { text } from "../command/option_values.ts";
import { nameIn } from "../command/probe.ts";
import { readOptions } from "../command/read_options.ts";
import { REPORT_HELP } from "./usage.ts";
import { readText } from "../command/read_text.ts";

/** Columns that no report can do without. */
const RUN_COLUMNS = [
  "run",
  "seed",
  "strategy",
  "pcp_high",
  "pcp_batch",
  "pressure",
  "hit_rate_block",
  "objects",
];

/** What a report is made of, or stands beside it, and must outlast it. */
const RESULT_FILES: readonly string[] = [
  ...["runs.csv", "latency.csv", "kfree_bulk.csv", "miss_streaks.csv", "cells.csv"],
  ...["meta.json", "fidelity.json", "journal.jsonl"],
];

/** Columns of figures: each field is a number or empty. */
const FIGURES = COLUMNS.map((column) => column.name)
  .filter((name) => name !== "violation" && !SETUP_COLUMNS.some((setup) => setup.name === name));

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Text of a JSON file as an object. */
function readMeta(path: string): Readonly<Record<string, unknown>> {
  return new JsonText("meta.json", readText(path), path).fields();
}

/**
 * Reads a result folder.
 *
 * @param fidelity File with predictions and recordings, null for the folder's own if it has one.
 * @throws UnreadableFile, ResultFault, ImportError for files that are missing or not what they should be.
 */
export function readResults(folder: string, fidelity: string | null): Results {
  const path = (name: string) => `${folder}/${name}`;
  const own = path("fidelity.json");
  const predictions = fidelity ?? (isFile(own) ? own : null);
  const bucket = (name: string, names: { what: string | null; low: string; high: string }) =>
    readBuckets(readText(path(name)), path(name), names);
  return {
    name: folder.replace(/\/+$/, "").split("/").at(-1)!,
    runs: readRows(readText(path("runs.csv")), path("runs.csv"), RUN_COLUMNS, FIGURES),
    latency: bucket("latency.csv", { what: "metric", low: "bucket_low_ns", high: "bucket_high_ns" }),
    bulk: bucket("kfree_bulk.csv", { what: "channel", low: "batch_low", high: "batch_high" }),
    streaks: isFile(path("miss_streaks.csv"))
      ? bucket("miss_streaks.csv", { what: null, low: "streak_low", high: "streak_high" })
      : [],
    meta: readMeta(path("meta.json")),
    fidelity: predictions === null ? null : readFidelity(readText(predictions), predictions),
  };
}

function report(argv: readonly string[]): number {
  const args = readOptions(argv, ["fidelity", "out"], ["json", "quiet", "help"], true);
  if (args.help === true) {
    console.log(REPORT_HELP);
    return EXIT.fine;
  }
  const given = args._ as readonly unknown[];
  if (given.length !== 1) throw new UsageError(`Cannot read the call: expected one DIR, got ${given.length}`);
  const folder = String(given[0]);
  const results = readResults(folder, args.fidelity === undefined ? null : text(args, "fidelity", ""));
  const page = reportHtml(results);
  const out = text(args, "out", `${folder.replace(/\/+$/, "")}/report.html`);
  if (RESULT_FILES.includes(nameIn(folder, out) ?? "")) {
    throw new UsageError(`Cannot use --out: expected another file than the results, got "${out}"`);
  }
  writeFile(out, page);
  const bytes = new TextEncoder().encode(page).length;
  if (args.json === true) console.log(JSON.stringify({ file: out, bytes, runs: results.runs.length }));
  else if (args.quiet !== true) {
    console.log(`${out}: ${results.runs.length} runs, ${Math.ceil(bytes / 1024)} KiB`);
  }
  return EXIT.fine;
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    return report(argv);
  } catch (error) {
    const fault = error instanceof ResultFault || error instanceof NothingToReport;
    return reportError("report", fault ? new UnreadableFile(error.message) : error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
