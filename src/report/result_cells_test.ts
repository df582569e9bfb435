/** Cells of a report: which runs belong together, and what is made of their figures. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  askingCells,
  type Cell,
  cellsOf,
  estimateIn,
  numberIn,
  otherAxes,
  pooledShare,
  valuesOf,
} from "./result_cells.ts";
import type { ResultRow } from "./result_files.ts";

/** Cells of one strategy each. */
const cells = (...groups: readonly (readonly ResultRow[])[]): Cell[] =>
  groups.map((rows, i) => ({ axes: { strategy: `s${i}` }, rows }));
const count = (name: string) => (row: ResultRow) => Number(row[name]);

Deno.test("numberIn() and estimateIn() pass over fields that are empty or not there", () => {
  const row: ResultRow = { zero: "0", some: "2.5", empty: "" };
  assertEquals(["zero", "some", "empty", "none"].map((name) => numberIn(row, name)), [0, 2.5, null, null]);
  const [cell] = cells([{ x: "3" }, { x: "" }, {}, { x: "0" }, { x: "3" }]);
  const { mean, runs } = estimateIn(cell!, "x")!;
  assertEquals([mean, runs, estimateIn(cell!, "y")], [2, 3, null]);
});

Deno.test("pooledShare() is the sum of the parts over the sum of the wholes", () => {
  const rows = fc.array(fc.record({ part: fc.nat(1000), whole: fc.integer({ min: 1, max: 1000 }) }));
  fc.assert(
    fc.property(fc.array(rows), (groups) => {
      const texts = groups.map((group) =>
        group.map(({ part, whole }): ResultRow => ({ part: String(part), whole: String(whole) }))
      );
      const share = pooledShare(cells(...texts), count("part"), count("whole"));
      const all = groups.flat();
      if (all.length === 0) return assertEquals(share, null);
      const sum = (name: "part" | "whole") => all.map((row) => row[name]).reduce((a, b) => a + b);
      assertAlmostEquals(share!, sum("part") / sum("whole"), 1e-12);
    }),
    { seed: 5 },
  );
  assertEquals(pooledShare(cells([{ part: "0", whole: "0" }]), count("part"), count("whole")), null);
});

Deno.test("cellsOf() keeps rows apart that differ in any axis, one that is missing counts as empty", () => {
  const found = cellsOf([
    { run: "0", seed: "a", strategy: "s", hz: "100", steps: "1" },
    { run: "1", seed: "b", strategy: "s", hz: "250" },
    { run: "2", seed: "c", strategy: "s", hz: "100", steps: "2", pressure: "" },
    { run: "3", seed: "a", strategy: "t", hz: "100" },
  ]);
  assertEquals(found.map((cell) => cell.rows.map((row) => row.run)), [["0", "2"], ["1"], ["3"]]);
  assertEquals(found.map(({ axes }) => [axes.strategy, axes.hz, axes.pressure, axes.run, axes.seed]), [
    ["s", "100", "", undefined, undefined],
    ["s", "250", "", undefined, undefined],
    ["t", "100", "", undefined, undefined],
  ]);
});

Deno.test("valuesOf() sorts numbers by size, and leaves names and axes with an empty value as they come", () => {
  const of = (...values: string[]) => valuesOf(values.map((x) => ({ axes: { x }, rows: [] })), "x");
  assertEquals(of("62", "8", "378", "8"), ["8", "62", "378"]);
  assertEquals(of("v6_1", "v5_9"), ["v6_1", "v5_9"]);
  assertEquals(of("9", "", "1"), ["9", "", "1"]);
  assertEquals(of("1000", "none", "9"), ["1000", "none", "9"]);
});

Deno.test("askingCells() keeps all cells of a strategy that got a page in any run", () => {
  const asked: Cell[] = [
    { axes: { strategy: "once", hz: "100" }, rows: [{ block_hits: "0" }, { block_hits: "1" }] },
    { axes: { strategy: "never", hz: "100" }, rows: [{ block_hits: "0" }, {}, { block_hits: "" }] },
    { axes: { strategy: "once", hz: "250" }, rows: [{ block_hits: "0" }] },
  ];
  assertEquals(askingCells(asked), [asked[0]!, asked[2]!]);
});

Deno.test("otherAxes() names the axes in which cells differ, but those that stand elsewhere and empty ones", () => {
  const found = cellsOf([
    { strategy: "s", hz: "100", costs: "low", calls: "", seed: "a" },
    { strategy: "t", hz: "100", costs: "high", calls: "5", seed: "b" },
  ]);
  assertEquals(found.map(otherAxes(found, ["strategy"])), [", costs low", ", calls 5, costs high"]);
  assertEquals(found.map(otherAxes(found, ["strategy", "costs", "calls"])), ["", ""]);
  assertEquals(found.slice(1).map(otherAxes(found.slice(1), [])), [""]);
});
