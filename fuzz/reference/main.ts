/**
 * `deno task reference`: makes results/reference again, which is committed; `--check` compares instead of writing.
 */
import { execute, VERSION } from "../../mod.ts";
import { reportHtml } from "../../src/report/html/page.ts";
import { EXIT, OutputError, reportError, UnreadableFile } from "../command/exit.ts";
import { text } from "../command/option_values.ts";
import { Progress } from "../command/progress.ts";
import { readOptions } from "../command/read_options.ts";
import { Output } from "../output.ts";
import { readResults } from "../report/main.ts";
import { type Experiment, EXPERIMENTS } from "./experiments.ts";
import { hitRatePicture } from "./picture.ts";

/** Help of the reference task. */
const HELP = `deno task reference [options]

Makes the committed reference run again: each experiment at small size with its report, and the picture of the README.
Times are virtual and seeds are fixed, so the bytes are the same on every machine.

  --check    write nothing, compare with what is there; exit with 1 when a byte differs
  --out DIR  folder (results/reference)
  --quiet    says nothing but what differs
  --help     this text

Exit code: 0 fine, 1 something differs, 2 wrong call, 3 bad input, 4 internal error.

Examples
  deno task reference
  deno task reference --check
`;

const FILES = [
  "runs.csv",
  "latency.csv",
  "kfree_bulk.csv",
  "miss_streaks.csv",
  "meta.json",
  "report.html",
] as const;
const PICTURE = "hit_rate.svg";
const DEFAULT_OUT = decodeURIComponent(new URL("../../results/reference", import.meta.url).pathname);

/** Runs an experiment into a folder and writes its report. The commit is left out: it changes with every commit. */
function make(
  { name, question, expected, refuted, runs }: Experiment,
  folder: string,
  progress: () => void,
): void {
  const meta = { version: VERSION, command: ["deno", "task", "reference"], question, expected, refuted };
  const output = new Output(`${folder}/${name}`, { ...meta, options: runs[0] });
  for (const [run, options] of runs.entries()) {
    const result = execute({ ...options, run });
    if (result.violation !== null) throw new Error(`${name}, run ${run}: ${result.violation.message}`);
    output.add(result);
    progress();
  }
  output.close();
  write(`${folder}/${name}/report.html`, reportHtml(readResults(`${folder}/${name}`, null)));
}

function write(path: string, content: string): void {
  try {
    Deno.writeTextFileSync(path, content);
  } catch (error) {
    throw new OutputError(`Cannot write ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function makeAll(folder: string, quiet: boolean): void {
  const total = EXPERIMENTS.reduce((sum, e) => sum + e.runs.length, 0);
  const progress = new Progress(total, quiet, { items: "runs", steps: "runs" });
  let done = 0;
  for (const experiment of EXPERIMENTS) make(experiment, folder, () => progress.update(++done, done));
  write(`${folder}/${PICTURE}`, hitRatePicture(readResults(`${folder}/${EXPERIMENTS[0]!.name}`, null).runs));
  progress.clear();
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Where two texts part: line and what stands there. */
function difference(was: string, is: string): string {
  const [before, after] = [was.split("\n"), is.split("\n")];
  const line = after.findIndex((text, i) => text !== before[i]);
  const at = line < 0 ? after.length : line;
  const short = (text: string | undefined) => text === undefined ? "nothing" : `"${text.slice(0, 100)}"`;
  return `line ${at + 1} was ${short(before[at])}, is ${short(after[at])}`;
}

/** Files that differ from the committed ones, and where. */
export function differences(folder: string, quiet: boolean): string[] {
  const made = Deno.makeTempDirSync();
  try {
    makeAll(made, quiet);
    const files = [...EXPERIMENTS.flatMap(({ name }) => FILES.map((file) => `${name}/${file}`)), PICTURE];
    return files.flatMap((file) => {
      const [was, is] = [read(`${folder}/${file}`), read(`${made}/${file}`)];
      return was === is ? [] : [`${file}: ${difference(was, is)}`];
    });
  } finally {
    Deno.removeSync(made, { recursive: true });
  }
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const args = readOptions(argv, ["out"], ["check", "quiet", "help"]);
    if (args.help === true) {
      console.log(HELP);
      return EXIT.fine;
    }
    const folder = text(args, "out", DEFAULT_OUT);
    const quiet = args.quiet === true;
    if (args.check !== true) {
      makeAll(folder, quiet);
      if (!quiet) console.log(`${EXPERIMENTS.length} experiments in ${folder}`);
      return EXIT.fine;
    }
    const found = differences(folder, quiet);
    for (const line of found) console.error(line);
    if (found.length > 0) console.error("When the change is meant: deno task reference");
    else if (!quiet) console.log("the reference run is what it was");
    return found.length > 0 ? EXIT.violation : EXIT.fine;
  } catch (error) {
    return reportError("reference", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
