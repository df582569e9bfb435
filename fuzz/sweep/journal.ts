/**
 * The journal of a sweep: a line a finished run, written before the run is reported, so that nothing reported is lost
 * or computed twice. Each line carries a check sum; what a killed process left of its last line is cut off.
 */
import type { CellRun } from "../../src/sweep/cell_run.ts";
import { UnreadableFile } from "../command/exit.ts";
import { inFolder, writeAll } from "../command/guarded.ts";

/** A check sum of text (FNV-1a, 32 bits): against torn lines, not against malice. */
export function checkSum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** One line: check sum, space, JSON. */
const lineOf = (value: unknown) => {
  const text = JSON.stringify(value);
  return `${checkSum(text)} ${text}\n`;
};

/** Text of the lines that are whole, and what they hold. */
function wholeLines(text: string): { values: unknown[]; length: number } {
  const values: unknown[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf("\n", at);
    if (end < 0) break;
    const line = text.slice(at, end);
    const json = line.slice(9);
    if (line.slice(0, 8) !== checkSum(json)) break;
    values.push(JSON.parse(json));
    at = end + 1;
  }
  return { values, length: at };
}

/** What a journal is of that is not this sweep's. */
function other(journal: unknown, sweep: unknown): string {
  const [was, is] = [journal, sweep].map((s) => ({
    ...(s as Record<string, unknown>),
    model: "",
    version: "",
  }));
  return JSON.stringify(was) === JSON.stringify(is)
    ? "the same sweep by another state of the model"
    : "another";
}

/** A sweep's journal in its folder. */
export class Journal {
  /** Runs that had been finished when the journal was opened. */
  readonly finished: readonly CellRun[];
  readonly #file: Deno.FsFile;
  readonly #folder: string;

  /**
   * Opens the journal, or starts it with the description of the sweep.
   *
   * @throws UnreadableFile when the folder holds the journal of another sweep; OutputError when it cannot be written.
   */
  constructor(folder: string, sweep: unknown) {
    this.#folder = folder;
    const path = `${folder}/journal.jsonl`;
    const first = lineOf(sweep);
    this.#file = inFolder(folder, () => {
      Deno.mkdirSync(folder, { recursive: true });
      return Deno.openSync(path, { read: true, write: true, create: true });
    });
    const text = inFolder(folder, () => Deno.readTextFileSync(path));
    const { values, length } = wholeLines(text);
    if (values.length > 0 && !text.startsWith(first)) {
      throw new UnreadableFile(
        `${path}: expected the journal of this sweep, got that of ${
          other(values[0], sweep)
        }: give --out another folder`,
      );
    }
    this.finished = values.slice(1) as CellRun[];
    inFolder(folder, () => {
      // the length in bytes: what the check sums cover is ASCII
      this.#file.truncateSync(new TextEncoder().encode(text.slice(0, length)).length);
      this.#file.seekSync(0, Deno.SeekMode.End);
    });
    if (values.length === 0) this.#append(first);
  }

  /** Adds a finished run. */
  add(run: CellRun): void {
    this.#append(lineOf(run));
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #append(line: string): void {
    inFolder(this.#folder, () => writeAll(this.#file, line));
  }
}

/**
 * Reads a journal that another process wrote: the sweep, and its runs.
 *
 * @throws UnreadableFile when there is none.
 */
export function readJournal(folder: string): { sweep: unknown; runs: CellRun[] } {
  const path = `${folder}/journal.jsonl`;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UnreadableFile(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  const { values } = wholeLines(text);
  if (values.length === 0) {
    throw new UnreadableFile(`${path}: expected the journal of a sweep, got no whole line`);
  }
  return { sweep: values[0], runs: values.slice(1) as CellRun[] };
}
