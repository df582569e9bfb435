/**
 * The journal of a sweep: a line a finished run, written before the run is reported, so that nothing reported is lost
 * or computed twice. Each line carries a check sum; what a killed process left of its last line is cut off.
 */
import { quote } from "../../src/import/import_error.ts";
import type { CellRun } from "../../src/sweep/cell_run.ts";
import { UnreadableFile } from "../command/exit.ts";
import { inFolder, writeAll } from "../command/guarded.ts";
import { linesOf } from "../command/read_text.ts";
import { type JournalSweep, readRunLine, readSweepLine } from "./journal_lines.ts";

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

/** What the whole lines of a journal hold. */
interface Whole {
  /** The first line, empty when there is no whole one. */
  readonly first: string;
  /** The sweep, null when there is no whole line. */
  readonly sweep: JournalSweep | null;
  readonly runs: readonly CellRun[];
  /** Length of the whole lines in bytes. */
  readonly length: number;
}

function wholeLines(path: string): Whole {
  const whole = { first: "", sweep: null as JournalSweep | null, runs: [] as CellRun[], length: 0 };
  let line = 0;
  for (const text of linesOf(path)) {
    line++;
    const json = text.slice(9);
    if (text.slice(0, 8) !== checkSum(json)) {
      if (line > 1) break;
      throw new UnreadableFile(`${path}:1: expected the journal of a sweep, got ${quote(text.slice(0, 20))}`);
    }
    if (line > 1) whole.runs.push(readRunLine(json, { path, line }));
    else [whole.first, whole.sweep] = [text, readSweepLine(json, { path, line })];
    whole.length += new TextEncoder().encode(text).length + 1;
  }
  return whole;
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
    const whole = wholeLines(path);
    if (whole.sweep !== null && `${whole.first}\n` !== first) {
      throw new UnreadableFile(
        `${path}: expected the journal of this sweep, got that of ${
          other(whole.sweep, sweep)
        }: give --out another folder`,
      );
    }
    this.finished = whole.runs;
    inFolder(folder, () => {
      this.#file.truncateSync(whole.length);
      this.#file.seekSync(0, Deno.SeekMode.End);
    });
    if (whole.sweep === null) this.#append(first);
  }

  /** Adds a finished run. */
  add(run: CellRun): void {
    this.#append(lineOf(run));
  }

  /**
   * Closes the file.
   *
   * @throws OutputError when somebody has taken it away: the sweep could not go on from it.
   */
  close(): void {
    this.#file.close();
    inFolder(this.#folder, () => Deno.statSync(`${this.#folder}/journal.jsonl`));
  }

  #append(line: string): void {
    inFolder(this.#folder, () => writeAll(this.#file, line));
  }
}

/**
 * Reads a journal that another process wrote: the sweep, and its runs.
 *
 * @throws UnreadableFile when there is none, or what it holds is something else.
 */
export function readJournal(folder: string): { sweep: JournalSweep; runs: readonly CellRun[] } {
  const path = `${folder}/journal.jsonl`;
  const { sweep, runs } = wholeLines(path);
  if (sweep === null) throw new UnreadableFile(`${path}: expected the journal of a sweep, got no whole line`);
  return { sweep, runs };
}
