/**
 * Groups the rows of runs.csv into cells: runs that differ in nothing but seed and number. Each figure of a cell gets a
 * mean and a 95 % interval over its runs.
 */
import { SETUP_COLUMNS } from "../metrics/setup_columns.ts";
import { ResultFault, type ResultRow } from "./result_files.ts";

/** Columns that say what a run was, its number and seed left out. */
export const AXIS_COLUMNS: readonly string[] = SETUP_COLUMNS.map((c) => c.name)
  .filter((name) => name !== "run" && name !== "seed");

/** A mean with its interval; the interval has no width when there is one run only. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Runs that had a value. */
  readonly runs: number;
}

/** Runs of one set-up. */
export interface Cell {
  /** Value of each axis. */
  readonly axes: ResultRow;
  /** Its runs. */
  readonly rows: readonly ResultRow[];
}

/** Two-sided 95 % points of Student's t by degrees of freedom, from 1 on; 1.96 beyond. */
const T95 = [
  12.706,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
  2.16,
  2.145,
  2.131,
];
const T95_NEXT = [[20, 2.086], [30, 2.042], [60, 2], [120, 1.98]] as const;

/** The t point for so many degrees of freedom, never smaller than the true one. */
function t95(freedom: number): number {
  const exact = T95[freedom - 1];
  if (exact !== undefined) return exact;
  let point = T95.at(-1)!;
  for (const [from, value] of T95_NEXT) if (freedom >= from) point = value;
  return point;
}

/** Mean and 95 % interval of values. */
export function estimateOf(values: readonly number[]): Estimate {
  const runs = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / runs;
  if (runs < 2) return { mean, low: mean, high: mean, runs };
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const half = t95(runs - 1) * Math.sqrt(squares / (runs - 1) / runs);
  return { mean, low: mean - half, high: mean + half, runs };
}

/** The number in a field, or null for an empty one. */
export function numberIn(row: ResultRow, name: string): number | null {
  const text = row[name];
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new ResultFault(`runs.csv: expected a number as ${name}, got "${text}"`);
  return value;
}

/** The estimate of a column over a cell's runs, or null when none has a value. */
export function estimateIn(cell: Cell, name: string): Estimate | null {
  const values = cell.rows.flatMap((row) => numberIn(row, name) ?? []);
  return values.length === 0 ? null : estimateOf(values);
}

/** Share of a whole over all runs of cells: sums first, so that long runs weigh more. */
export function pooledShare(
  cells: readonly Cell[],
  part: (row: ResultRow) => number,
  whole: (row: ResultRow) => number,
) {
  let parts = 0, wholes = 0;
  for (const { rows } of cells) {
    for (const row of rows) [parts, wholes] = [parts + part(row), wholes + whole(row)];
  }
  return wholes === 0 ? null : parts / wholes;
}

/** Groups rows into cells, in the order in which the cells first come. */
export function cellsOf(rows: readonly ResultRow[]): Cell[] {
  const groups = Map.groupBy(rows, (row) => AXIS_COLUMNS.map((name) => row[name] ?? "").join("\n"));
  return [...groups.values()].map((group) => ({
    axes: Object.fromEntries(AXIS_COLUMNS.map((name) => [name, group[0]![name] ?? ""])),
    rows: group,
  }));
}

/** The different values of an axis: numbers by size, names in the order in which they come. */
export function valuesOf(cells: readonly Cell[], axis: string): string[] {
  const values = [...new Set(cells.map((c) => c.axes[axis]!))];
  return values.every((v) => v !== "" && Number.isFinite(Number(v)))
    ? values.sort((a, b) => Number(a) - Number(b))
    : values;
}

/** Axes in which cells differ. */
export function variedAxes(cells: readonly Cell[]): string[] {
  return AXIS_COLUMNS.filter((axis) => valuesOf(cells, axis).length > 1);
}

/** Cells of strategies that ask for pages and now and then get one: the others have no hit rate. */
export function askingCells(cells: readonly Cell[]): Cell[] {
  const got = new Set(
    cells.filter((c) => c.rows.some((r) => (numberIn(r, "block_hits") ?? 0) > 0)).map((c) => c.axes.strategy),
  );
  return cells.filter((c) => got.has(c.axes.strategy));
}
