/**
 * Reads the files of a result folder back: rows by column name, numbers checked, and where a fault is.
 */
import { parse } from "../deps/csv.ts";
import { cut, printable, quote } from "../import/import_error.ts";

/** A file that is not what it should be. */
export class ResultFault extends Error {
  override name = "ResultFault";

  /** What was expected at a line of a file. */
  constructor(file: string, line: number, expected: string, got: string) {
    super(printable(`${file}:${line}: expected ${expected}, got ${cut(printable(got), GOT_CHARACTERS_MAX)}`));
  }
}

const GOT_CHARACTERS_MAX = 200;

/** A row by column name. */
export type ResultRow = Readonly<Record<string, string>>;

/** Histogram rows: of what, from where to where, how many. */
export interface BucketRow {
  readonly strategy: string;
  readonly run: string;
  /** Metric of latency.csv, channel of kfree_bulk.csv, empty in miss_streaks.csv. */
  readonly what: string;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The rows of a CSV text.
 *
 * @param columns Columns that must be there.
 * @param numbers Columns that hold numbers or nothing, where they are there.
 * @param counts Columns that must be there and hold numbers from 0 on.
 * @throws ResultFault when one is missing or a row is cut.
 */
export function readRows(
  text: string,
  file: string,
  columns: readonly string[],
  numbers: readonly string[] = [],
  counts: readonly string[] = [],
): ResultRow[] {
  const [header, ...lines] = cellsIn(text, file);
  for (const name of [...columns, ...counts]) {
    if (header?.includes(name)) continue;
    throw new ResultFault(file, 1, `a column "${name}"`, header?.join(",") ?? "an empty file");
  }
  const names = header ?? [];
  const rows: ResultRow[] = [];
  let line = 2;
  for (const fields of lines) {
    if (fields.length !== names.length) {
      throw new ResultFault(file, line, `${names.length} fields`, `${fields.length}`);
    }
    const row = Object.fromEntries(names.map((name, k) => [name, fields[k]!]));
    const wrong = numbers.find((name) => !isFigure(row[name])) ?? counts.find((name) => !isCount(row[name]));
    if (wrong !== undefined) throw new ResultFault(file, line, `a number as ${wrong}`, quote(row[wrong]!));
    rows.push(row);
    line += linesOf(fields);
  }
  return rows;
}

const isFigure = (text = "") => Number.isFinite(Number(text));
const isCount = (text = "") => text !== "" && isFigure(text) && Number(text) >= 0;

/** The fields of all rows. */
function cellsIn(text: string, file: string): string[][] {
  try {
    return parse(text) as string[][];
  } catch (error) {
    const { message } = error as Error;
    const [, line, column, what] = /parse error on line (\d+), column (\d+): ([^]*)$/.exec(message) ?? [];
    throw new ResultFault(
      file,
      Number(line ?? 1),
      "rows of comma-separated values",
      `${what ?? message}, column ${column}`,
    );
  }
}

/** Lines that a row takes: a field in quotes may go over several. */
function linesOf(fields: readonly string[]): number {
  return fields.reduce((sum, field) => field.includes("\n") ? sum + field.split("\n").length - 1 : sum, 1);
}

/**
 * The histogram rows of a CSV text.
 *
 * @param names Columns of what is counted, null where that goes without saying, and of the bucket's ends.
 */
export function readBuckets(
  text: string,
  file: string,
  names: { readonly what: string | null; readonly low: string; readonly high: string },
): BucketRow[] {
  const counted = names.what === null ? [] : [names.what];
  const rows = readRows(text, file, ["strategy", "run", ...counted], [], [names.low, names.high, "count"]);
  return rows.map((row) => ({
    strategy: row.strategy!,
    run: row.run!,
    what: names.what === null ? "" : row[names.what]!,
    low: Number(row[names.low]),
    high: Number(row[names.high]),
    count: Number(row.count),
  }));
}

/** Buckets of one kind added up over runs, lowest first, those left out in which nothing is. */
export function addUp(rows: readonly BucketRow[]): { low: number; high: number; count: number }[] {
  const sums = new Map<number, { low: number; high: number; count: number }>();
  for (const { low, high, count } of rows) {
    if (count === 0) continue;
    const sum = sums.get(low);
    if (sum === undefined) sums.set(low, { low, high, count });
    else sum.count += count;
  }
  return [...sums.values()].sort((a, b) => a.low - b.low);
}
