/**
 * Groups the rows of runs.csv into cells: runs that differ in nothing but seed and number. Each figure of a cell gets a
 * mean and a 95 % interval over its runs.
 */
import { SETUP_COLUMNS } from "../metrics/setup_columns.ts";
import { meanWithin } from "../metrics/student_t.ts";
import type { ResultRow } from "./result_files.ts";

/** Columns that say what a run was, its number and seed left out. */
const AXIS_COLUMNS: readonly string[] = SETUP_COLUMNS.map((c) => c.name)
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

/** Mean and 95 % interval of values. */
export function estimateOf(values: readonly number[]): Estimate {
  const { mean, halfWidth } = meanWithin(values);
  const half = values.length < 2 ? 0 : halfWidth;
  return { mean, low: mean - half, high: mean + half, runs: values.length };
}

/** The number in a field, or null for an empty one; whether it is one, readRows() has looked at. */
export function numberIn(row: ResultRow, name: string): number | null {
  const text = row[name] ?? "";
  return text === "" ? null : Number(text);
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

/**
 * Where a cell is besides the axes that `elsewhere` names, such as `, costs low`: what a chart must not take together
 * with another value.
 */
export function otherAxes(cells: readonly Cell[], elsewhere: readonly string[]): (cell: Cell) => string {
  const others = variedAxes(cells).filter((axis) => !elsewhere.includes(axis));
  return ({ axes }) => others.flatMap((axis) => axes[axis] === "" ? [] : `, ${axis} ${axes[axis]}`).join("");
}

/** Cells of strategies that ask for pages and now and then get one: the others have no hit rate. */
export function askingCells(cells: readonly Cell[]): Cell[] {
  const got = new Set(
    cells.filter((c) => c.rows.some((r) => (numberIn(r, "block_hits") ?? 0) > 0)).map((c) => c.axes.strategy),
  );
  return cells.filter((c) => got.has(c.axes.strategy));
}
