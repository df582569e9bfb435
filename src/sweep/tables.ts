/**
 * Files of a sweep: runs.csv, latency.csv, kfree_bulk.csv and miss_streaks.csv with their cell in front, and cells.csv,
 * a row a cell.
 */
import { stringify } from "../deps/csv.ts";
import { meanWithin } from "../metrics/student_t.ts";
import { BULK_HEADER, LATENCY_HEADER, RUNS_HEADER, STREAK_HEADER } from "../report/tables.ts";
import { type CellRun, HEADLINES } from "./cell_run.ts";
import type { Cell } from "./experiment.ts";

/** Texts of a sweep's files by name. */
export type SweepFiles = Readonly<
  Record<"runs.csv" | "latency.csv" | "kfree_bulk.csv" | "miss_streaks.csv" | "cells.csv", string>
>;

/** The files; runs may come in any order. */
export function sweepFiles(cells: readonly Cell[], runs: readonly CellRun[]): SweepFiles {
  const sorted = [...runs].sort((a, b) => a.cell - b.cell || a.run - b.run);
  const with_ = (header: string, of: (run: CellRun) => string) =>
    `cell,${header}` + sorted.map((run) => prefixed(of(run), run.cell)).join("");
  return {
    "runs.csv": with_(RUNS_HEADER, (run) => run.runs),
    "latency.csv": with_(LATENCY_HEADER, (run) => run.latency),
    "kfree_bulk.csv": with_(BULK_HEADER, (run) => run.bulk),
    "miss_streaks.csv": with_(STREAK_HEADER, (run) => run.streaks),
    "cells.csv": cellsCsv(cells, sorted),
  };
}

function prefixed(rows: string, cell: number): string {
  return rows.replaceAll(/^(?=.)/gm, `${cell},`);
}

/** Mean and interval of a headline over the runs of a cell; empty where it applies to none. */
export function headlineOf(runs: readonly CellRun[], name: string) {
  const i = (HEADLINES as readonly string[]).indexOf(name);
  const values = runs.map((run) => run.headlines[i]).filter((v): v is number => v != null);
  return values.length === 0 ? null : meanWithin(values);
}

/** Columns of cells.csv, besides the axes of the sweep. */
export const CELL_COLUMNS: readonly string[] = [
  "cell",
  "seeds",
  ...HEADLINES.flatMap((name) => [name, `${name}_ci`]),
];

function cellsCsv(cells: readonly Cell[], runs: readonly CellRun[]): string {
  const axes = Object.keys(cells[0]?.values ?? {});
  const rows = cells.flatMap((cell) => {
    const own = runs.filter((run) => run.cell === cell.index);
    if (own.length === 0) return [];
    const figures = HEADLINES.flatMap((name) => {
      const found = headlineOf(own, name);
      return found === null ? ["", ""] : [figure(found.mean), figure(found.halfWidth)];
    });
    return [[cell.index, ...axes.map((axis) => cell.values[axis]!), own.length, ...figures]];
  });
  const [first, ...rest] = CELL_COLUMNS;
  return stringify([[first!, ...axes, ...rest], ...rows], { headers: false }).replaceAll("\r\n", "\n");
}

/** A number as it stands in the file: six digits are more than a simulation knows. */
const figure = (value: number) => Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "";
