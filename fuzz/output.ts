/**
 * The files of a fuzz session. Rows are written as soon as a run has ended, so a session that is killed has lost
 * nothing that it had reported.
 */
import { factsOf, formatScheduleLine, type RunResult } from "../mod.ts";
import {
  BULK_HEADER,
  bulkRows,
  LATENCY_HEADER,
  latencyRows,
  RUNS_HEADER,
  runsRow,
  STREAK_HEADER,
  streakRows,
} from "../src/report/tables.ts";
import { inFolder, removeOld, writeAll, writeFiles } from "./command/guarded.ts";

type FileName = "runs" | "latency" | "kfree_bulk" | "miss_streaks";

/** Files of a session. */
const FILE_NAMES = ["runs.csv", "latency.csv", "kfree_bulk.csv", "miss_streaks.csv", "meta.json"];
/** The line that reproduces the run that failed, with its whole schedule. */
const FAILURE = "failure.txt";
/** The line of the smallest case of it that was found, and its story. */
const SMALLEST = "smallest.txt";
/** What was reached, by how many runs. */
const COVERAGE = "coverage.csv";
/** Every file that a session may write into its folder. */
export const SESSION_FILES: readonly string[] = [...FILE_NAMES, FAILURE, SMALLEST, COVERAGE];

/** Writes runs.csv, latency.csv, kfree_bulk.csv, miss_streaks.csv and meta.json into a folder. */
export class Output {
  readonly #files: Record<FileName, Deno.FsFile>;
  readonly #folder: string;

  /**
   * Makes the folder and the files with their headers, and describes the session in meta.json.
   *
   * @throws OutputError when that is not possible.
   */
  constructor(folder: string, meta: Readonly<Record<string, unknown>>) {
    this.#folder = folder;
    this.#files = inFolder(folder, () => {
      Deno.mkdirSync(folder, { recursive: true });
      for (const name of [FAILURE, SMALLEST, COVERAGE]) removeOld(`${folder}/${name}`);
      const open = (name: string) =>
        Deno.openSync(`${folder}/${name}`, { write: true, create: true, truncate: true });
      return {
        runs: open("runs.csv"),
        latency: open("latency.csv"),
        kfree_bulk: open("kfree_bulk.csv"),
        miss_streaks: open("miss_streaks.csv"),
      };
    });
    writeFiles(folder, { "meta.json": JSON.stringify(meta, null, 2) + "\n" });
    this.#write("runs", RUNS_HEADER);
    this.#write("latency", LATENCY_HEADER);
    this.#write("kfree_bulk", BULK_HEADER);
    this.#write("miss_streaks", STREAK_HEADER);
  }

  /** Writes the rows of a run. */
  add(result: RunResult): void {
    const { strategy, run } = result.options;
    this.#write("latency", latencyRows(strategy, run, result.collector));
    this.#write("kfree_bulk", bulkRows(strategy, run, result.collector));
    this.#write("miss_streaks", streakRows(strategy, run, result.collector));
    this.#write("runs", runsRow(factsOf(result)));
  }

  /** Writes the line of the run that failed, whatever its length; returns the file. */
  fail(result: RunResult): string {
    writeFiles(this.#folder, { [FAILURE]: `${formatScheduleLine(result, Infinity)}\n` });
    return `${this.#folder}/${FAILURE}`;
  }

  /** Writes the line of the smallest case, then its story. */
  smallest(line: string, story: string): void {
    writeFiles(this.#folder, { [SMALLEST]: `${line}\n\n${story}\n` });
  }

  /** Writes what was reached. */
  coverage(csv: string): void {
    writeFiles(this.#folder, { [COVERAGE]: csv });
  }

  /**
   * Closes the files.
   *
   * @throws OutputError when somebody has taken one of them away, since its rows are lost then.
   */
  close(): void {
    for (const file of Object.values(this.#files)) file.close();
    inFolder(this.#folder, () => {
      for (const name of FILE_NAMES) Deno.statSync(`${this.#folder}/${name}`);
    });
  }

  #write(name: FileName, text: string): void {
    inFolder(this.#folder, () => writeAll(this.#files[name], text));
  }
}
