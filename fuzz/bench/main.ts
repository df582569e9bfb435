/**
 * `deno task bench`: the host's time of the benchmarks, kept and compared.
 */
import { type BenchRow, compareBenches, compareCsv } from "../../src/report/bench_compare.ts";
import { type KeptBenches, parseKept } from "../../src/report/bench_rounds.ts";
import { EXIT, reportError, UnreadableFile } from "../command/exit.ts";
import { writeFile, writeFiles } from "../command/guarded.ts";
import { probeFile, probeFolder } from "../command/probe.ts";
import { readText } from "../command/read_text.ts";
import { reasonOf } from "../command/reason_of.ts";
import { type BenchRequest, readBenchArguments } from "./arguments.ts";
import { measure, showRound } from "./rounds.ts";
import { compareTable } from "./table.ts";
import { BENCH_HELP } from "./usage.ts";

/** Measurements that were kept, or null when `path` is the folder of a checkout. */
function readKept(path: string): KeptBenches | null {
  try {
    if (Deno.statSync(path).isDirectory) {
      Deno.statSync(`${path}/bench`);
      return null;
    }
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${reasonOf(error)}`);
  }
  return parseKept(readText(path), path);
}

function report(request: BenchRequest, rows: readonly BenchRow[]): number {
  writeFiles(request.out, { "compare.csv": compareCsv(rows) });
  if (request.json) console.log(JSON.stringify({ rows }, null, 2));
  else if (!request.quiet) console.log(compareTable(rows, Deno.stdout.isTerminal()));
  const worse = rows.filter((r) => r.ratioLow > request.maxRatio);
  if (worse.length === 0) return EXIT.fine;
  for (const { name, ratioLow } of worse) {
    console.error(`${name}: at least ${ratioLow.toFixed(3)} times slower, more than --max-ratio allows`);
  }
  return EXIT.violation;
}

async function bench(request: BenchRequest): Promise<number> {
  if (request.save === null && request.compare === null) return await showRound(request);
  const kept = request.compare === null ? null : readKept(request.compare);
  if (request.save !== null) probeFile(request.save);
  if (request.compare !== null) probeFolder(request.out);
  const { now, base } = await measure(request, kept === null ? request.compare : null);
  if (now.benches.length === 0) throw new UnreadableFile("Cannot measure: no benchmark has that name");
  if (request.save !== null) {
    writeFile(request.save, JSON.stringify(now, null, 2) + "\n");
    if (!request.quiet && !request.json) {
      console.error(`${request.rounds} rounds of ${now.benches.length} benchmarks in ${request.save}`);
    }
  }
  const before = kept ?? base;
  if (before === null) {
    if (request.json) console.log(JSON.stringify(now, null, 2));
    return EXIT.fine;
  }
  if (before.cpu !== now.cpu && !request.quiet) {
    console.error(`Warning: the base was measured on another CPU (${before.cpu}, now ${now.cpu})`);
  }
  return report(request, compareBenches(before.benches, now.benches));
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const request = readBenchArguments(argv);
    if (request.help) {
      console.log(BENCH_HELP);
      return EXIT.fine;
    }
    return await bench(request);
  } catch (error) {
    return reportError("bench", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
