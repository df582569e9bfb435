/**
 * Reads the files of a result folder back: rows by column name, numbers checked, and where a fault is.
 */
import { parse } from "../deps/csv.ts";

/** A file that is not what it should be. */
export class ResultFault extends Error {
  override name = "ResultFault";
}

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
 * @throws ResultFault when one is missing or a row is cut.
 */
export function readRows(text: string, file: string, columns: readonly string[]): ResultRow[] {
  let cells: string[][];
  try {
    cells = parse(text) as string[][];
  } catch (error) {
    throw new ResultFault(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  const [header, ...lines] = cells;
  for (const name of columns) {
    if (header?.includes(name)) continue;
    throw new ResultFault(
      `${file}:1: expected a column "${name}", got ${header?.join(",") ?? "an empty file"}`,
    );
  }
  return lines.map((line, i) => {
    if (line.length !== header!.length) {
      throw new ResultFault(`${file}:${i + 2}: expected ${header!.length} fields, got ${line.length}`);
    }
    return Object.fromEntries(header!.map((name, k) => [name, line[k]!]));
  });
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
  const rows = readRows(text, file, ["strategy", "run", ...counted, names.low, names.high, "count"]);
  return rows.map((row, i) => {
    const number = (name: string) => {
      const value = Number(row[name]);
      if (row[name] !== "" && Number.isFinite(value) && value >= 0) return value;
      throw new ResultFault(`${file}:${i + 2}: expected a number as ${name}, got "${row[name]}"`);
    };
    return {
      strategy: row.strategy!,
      run: row.run!,
      what: names.what === null ? "" : row[names.what]!,
      low: number(names.low),
      high: number(names.high),
      count: number("count"),
    };
  });
}

/** Buckets of one kind added up over runs, lowest first. */
export function addUp(rows: readonly BucketRow[]): { low: number; high: number; count: number }[] {
  const sums = new Map<number, { low: number; high: number; count: number }>();
  for (const { low, high, count } of rows) {
    const sum = sums.get(low);
    if (sum === undefined) sums.set(low, { low, high, count });
    else sum.count += count;
  }
  return [...sums.values()].sort((a, b) => a.low - b.low);
}
