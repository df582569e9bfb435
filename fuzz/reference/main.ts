/**
 * `deno task reference`: makes results/reference again, which is committed; `--check` compares instead of writing.
 */
import { reportHtml } from "../../src/report/html/page.ts";
import { EXIT, OutputError, reportError } from "../command/exit.ts";
import { writeFile } from "../command/guarded.ts";
import { Interrupted } from "../command/interrupt.ts";
import { text } from "../command/option_values.ts";
import { pathOf } from "../command/path_of.ts";
import { readOptions } from "../command/read_options.ts";
import { readText } from "../command/read_text.ts";
import { readResults } from "../report/main.ts";
import { main as sweep } from "../sweep/main.ts";
import { commandOf, REFERENCE_SWEEPS, type ReferenceSweep } from "./experiments.ts";
import { hitRatePicture } from "./picture.ts";
import { checkReplaceable } from "./replaceable.ts";

/** Help of the reference task. */
const HELP = `deno task reference [options]

Makes the committed reference run again: each named experiment at small size with its report, and the picture of the
README. Times are virtual and seeds are fixed, so the bytes are the same on every machine.

  --check    write nothing, compare with what is there; exit with 1 when a byte differs
  --out DIR  folder (results/reference)
  --quiet    says nothing but what differs
  --help     this text

Exit code: 0 fine, 1 something differs, 2 wrong call, 3 bad input, 4 internal error, 130 interrupted.

Examples
  deno task reference
  deno task reference --check
`;

/** Files of each sweep of the reference run. */
export const REFERENCE_FILES = [
  "runs.csv",
  "latency.csv",
  "kfree_bulk.csv",
  "miss_streaks.csv",
  "cells.csv",
  "meta.json",
  "report.html",
] as const;
const PICTURE = "hit_rate.svg";
const DEFAULT_OUT = pathOf("../../results/reference", import.meta.url);

/** Runs a sweep into a folder and writes its report. */
async function make(reference: ReferenceSweep, folder: string): Promise<void> {
  const own = `${folder}/${reference.name}`;
  const code = await sweep([reference.name, ...reference.options, "--out", own, "--quiet"]);
  if (code === EXIT.interrupted) {
    removeFolder(own); // it was new: half an experiment is no reference run
    throw new Interrupted(`Interrupted in ${own}: the reference run is not whole`);
  }
  if (code !== EXIT.fine) throw new Error(`${reference.name}: the sweep ended with ${code}`);
  for (const entry of [...Deno.readDirSync(own)]) {
    if (!(REFERENCE_FILES as readonly string[]).includes(entry.name)) Deno.removeSync(`${own}/${entry.name}`);
  }
  // neither the folder nor the commit: the first differs when runs are compared, the second with every commit
  const { commit: _, ...meta } = JSON.parse(readText(`${own}/meta.json`));
  writeFile(`${own}/meta.json`, JSON.stringify({ ...meta, command: commandOf(reference) }, null, 2) + "\n");
  writeFile(`${own}/report.html`, reportHtml(readResults(own, null)));
}

async function makeAll(folder: string): Promise<void> {
  for (const reference of REFERENCE_SWEEPS) await make(reference, folder);
  writeFile(
    `${folder}/${PICTURE}`,
    hitRatePicture(readResults(`${folder}/${REFERENCE_SWEEPS[0]!.name}`, null).runs),
  );
}

/** Where two texts part: line and what stands there. */
export function difference(was: string, is: string): string {
  const [before, after] = [was.split("\n"), is.split("\n")];
  const line = after.findIndex((text, i) => text !== before[i]);
  const at = line < 0 ? after.length : line;
  const short = (text: string | undefined) => text === undefined ? "nothing" : `"${text.slice(0, 100)}"`;
  return `line ${at + 1} was ${short(before[at])}, is ${short(after[at])}`;
}

/** Files that differ from the committed ones, and where. */
export async function differences(folder: string): Promise<string[]> {
  const made = Deno.makeTempDirSync();
  try {
    await makeAll(made);
    const files = [
      ...REFERENCE_SWEEPS.flatMap(({ name }) => REFERENCE_FILES.map((file) => `${name}/${file}`)),
      PICTURE,
    ];
    return files.flatMap((file) => {
      const [was, is] = [readText(`${folder}/${file}`), readText(`${made}/${file}`)];
      return was === is ? [] : [`${file}: ${difference(was, is)}`];
    });
  } finally {
    Deno.removeSync(made, { recursive: true });
  }
}

function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw new OutputError(`Cannot write ${path}: ${error}`);
  }
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = readOptions(argv, ["out"], ["check", "quiet", "help"]);
    if (args.help === true) {
      console.log(HELP);
      return EXIT.fine;
    }
    const folder = text(args, "out", DEFAULT_OUT);
    const quiet = args.quiet === true;
    if (args.check !== true) {
      for (const { name } of REFERENCE_SWEEPS) checkReplaceable(`${folder}/${name}`, REFERENCE_FILES);
      for (const { name } of REFERENCE_SWEEPS) removeFolder(`${folder}/${name}`); // or the sweep would go on from there
      await makeAll(folder);
      if (!quiet) console.log(`${REFERENCE_SWEEPS.length} experiments in ${folder}`);
      return EXIT.fine;
    }
    const found = await differences(folder);
    for (const line of found) console.error(line);
    if (found.length > 0) console.error("When the change is meant: deno task reference");
    else if (!quiet) console.log("the reference run is what it was");
    return found.length > 0 ? EXIT.violation : EXIT.fine;
  } catch (error) {
    return reportError("reference", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
