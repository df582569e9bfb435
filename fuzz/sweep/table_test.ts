/** The table of a sweep for people, and which conclusions change with the costs. */
import { assertEquals } from "@std/assert";
import { type CellRun, HEADLINES } from "../../src/sweep/cell_run.ts";
import type { Cell } from "../../src/sweep/experiment.ts";
import { sensitivity, sweepTable } from "./table.ts";

type Figures = Partial<Record<(typeof HEADLINES)[number], number>>;

const cellOf = (index: number, values: Cell["values"]) => ({ index, values }) as Cell;
const runOf = (cell: number, figures: Figures): CellRun => ({
  ...{ cell, run: 0, runs: "", latency: "", bulk: "", streaks: "", violation: null },
  headlines: HEADLINES.map((name) => figures[name] ?? null),
});

/** The row of a cell, by the titles of its columns; what does not apply is left out. */
function rowOf(...figures: readonly Figures[]): Record<string, string> {
  const table = sweepTable([cellOf(7, { hz: "100" })], [
    ...figures.map((each) => runOf(7, each)),
    runOf(8, { load_ns: 1, oom_kills: 9 }),
  ]);
  const [titles, row] = table.trimEnd().split("\n").map((line) => line.trim().split(/ {2,}/));
  return Object.fromEntries(titles!.map((title, i) => [title, row![i]!]).filter(([, text]) => text !== "-"));
}

Deno.test("sweepTable() has each headline under its title, as the mean of the cell's own runs", () => {
  const one: Figures = Object.fromEntries(HEADLINES.map((name, i) => [name, i + 1]));
  const two: Figures = Object.fromEntries(HEADLINES.map((name, i) => [name, i + 3]));
  assertEquals(rowOf(one, two), {
    hz: "100",
    seeds: "2",
    "hit/request": "200.00 %",
    "hit/attempt": "300.00 %",
    "hit/block": "400.00 %",
    "fell back": "500.00 %",
    "fallback p50": "6 ns",
    "fallback p99": "7 ns",
    "fallback max": "8 ns",
    "sync p99": "10 ns",
    "to free p50": "12 ns",
    "to free p99": "13 ns",
    "to free max": "14 ns",
    "bulk mean": "15",
    group: "16",
    splats: "17",
    "RT sleeps": "18",
    "zone lock held": "19 ns",
    waited: "20 ns",
    "into movable": "21",
    "into CMA": "22",
    "memory peak": "25 B",
    GPs: "27",
    OOM: "28",
  });
});

Deno.test("sweepTable() shows numbers with three digits in the unit that suits them, never as powers of ten", () => {
  const times: readonly (readonly [ns: number, text: string])[] = [
    [0, "0 ns"],
    [999.4, "999 ns"],
    [1000, "1.00 us"],
    [45_678, "45.7 us"],
    [999_499, "999 us"],
    [999_600, "1000 us"],
    [1e6, "1.00 ms"],
    [2.5e9, "2.50 s"],
    [1234e9, "1234 s"],
  ];
  for (const [ns, text] of times) assertEquals(rowOf({ zone_lock_wait_ns: ns }).waited, text);
  const sizes: readonly (readonly [bytes: number, text: string])[] = [
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [1010 * 1024, "1010 KiB"],
    [4.6 * 2 ** 20, "4.60 MiB"],
    [2 ** 30, "1.00 GiB"],
  ];
  for (const [size, text] of sizes) assertEquals(rowOf({ memory_peak_bytes: size })["memory peak"], text);
  for (const [count, text] of [[99.94, "99.9"], [99.96, "100"], [100.4, "100"], [3.25, "3.3"]] as const) {
    assertEquals(rowOf({ bulk_mean: count })["bulk mean"], text);
  }
});

Deno.test("sweepTable() leaves out cells without runs, and needs none", () => {
  const cells = [cellOf(0, { hz: "100" }), cellOf(1, { hz: "250" })];
  const [header, ...rows] = sweepTable(cells, [runOf(1, {})]).trimEnd().split("\n");
  assertEquals([header!.trim().split(/ {2,}/)[0], rows.length, rows[0]!.trim().slice(0, 3)], [
    "hz",
    1,
    "250",
  ]);
  assertEquals(sweepTable([], []).trim().split(/ {2,}/)[0], "seeds");
});

/** Cells of two or three strategies at both ends of the costs and between, on each workload. */
function costCells(workloads: readonly string[], strategies: readonly string[]): Cell[] {
  let index = 0;
  return workloads.flatMap((workload) =>
    ["nominal", "low", "high"].flatMap((costs) =>
      strategies.map((strategy) => cellOf(index++, { workload, costs, strategy }))
    )
  );
}

const UNCHANGED =
  "No conclusion changes: at both ends of the costs' uncertainty the order of the strategies is the same.";

/** What is said when `figures` gives the values of a cell's runs. */
function changes(cells: readonly Cell[], figures: (values: Cell["values"]) => readonly Figures[]): string[] {
  const runs = cells.flatMap((cell) => figures(cell.values).map((each) => runOf(cell.index, each)));
  const [first, ...rest] = sensitivity(cells, runs).split("\n");
  assertEquals(first, rest.length === 0 ? UNCHANGED : "Conclusions that change with the costs:");
  return rest;
}

Deno.test("sensitivity() names each pair of strategies whose order at one end is the reverse of another", () => {
  const cells = costCells(["a", "b"], ["x", "y", "z"]);
  const said = changes(cells, ({ workload, costs, strategy }) => {
    const flips = workload === "b" && costs === "high" ? -1 : 1;
    const rank = strategy === "x" ? 2 : strategy === "y" ? 3 : 100;
    return [{ hit_rate_block: flips * rank, load_ns: 5 + (strategy === "z" ? 0 : flips * rank) }];
  });
  const of = (headline: string, better: string) =>
    `  ${headline} (workload b): better is ${better} high costs`;
  assertEquals(said, [
    of("hit_rate_block", "y at low, y at nominal, x at"), // more is better
    of("hit_rate_block", "z at low, z at nominal, x at"),
    of("hit_rate_block", "z at low, z at nominal, y at"),
    of("load_ns", "x at low, x at nominal, y at"), // less is
    of("load_ns", "z at low, z at nominal, x at"),
    of("load_ns", "z at low, z at nominal, y at"),
  ]);
});

Deno.test("sensitivity() takes no order from strategies that are equal, overlap or have no figure", () => {
  const cells = costCells(["a"], ["x", "y"]);
  const flipped = (spread: number) =>
    changes(cells, ({ costs, strategy }) => {
      const better = (costs === "high") === (strategy === "x");
      const middle = better ? 10 : 20;
      return [{ load_ns: middle - spread }, { load_ns: middle + spread }];
    });
  // an interval of two runs is 12.706 times half their difference to either side: 0.35 leaves 1.1 between
  assertEquals(flipped(0.35), ["  load_ns (workload a): better is y at low, y at nominal, x at high costs"]);
  assertEquals(flipped(0.4), []);
  const one = (high: Figures) =>
    changes(
      cells,
      ({ costs, strategy }) =>
        costs === "high"
          ? [strategy === "x" ? high : { load_ns: 2 }]
          : [{ load_ns: strategy === "x" ? 1 : 2 }],
    );
  assertEquals(one({ load_ns: 2 }), [], "equal at one end");
  assertEquals(one({}), [], "no figure at one end");
  assertEquals(one({ load_ns: 2.001 }).length, 1, "one seed each: the means decide");
  const neither = changes(cells, ({ costs, strategy }) => {
    const sign = costs === "low" ? 1 : costs === "high" ? -1 : 0;
    return [{ load_ns: strategy === "x" ? 5 : 5 + sign }];
  });
  assertEquals(neither, ["  load_ns (workload a): better is x at low, neither at nominal, y at high costs"]);
});

Deno.test("sensitivity() leaves out where, when nothing but costs and strategies varies", () => {
  const cells = costCells(["a"], ["x", "y"]).map(({ index, values: { workload: _, ...values } }) =>
    cellOf(index, values)
  );
  const said = changes(cells, ({ costs, strategy }) => [{
    fell_back_share: (costs === "low") === (strategy === "x") ? 1 : 2,
  }]);
  assertEquals(said, ["  fell_back_share: better is x at low, y at nominal, y at high costs"]);
});
