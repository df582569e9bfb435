/** Files of a sweep: whose runs a cell sums up, in which order runs stand, and when a cell has enough of them. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  BULK_HEADER,
  bulkRows,
  LATENCY_HEADER,
  latencyRows,
  RUNS_HEADER,
  runsRow,
  STREAK_HEADER,
  streakRows,
} from "../report/tables.ts";
import { execute } from "../run/execution.ts";
import { factsOf } from "../run/facts.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { type CellRun, HEADLINES, isDone, runCell } from "./cell_run.ts";
import type { Cell } from "./experiment.ts";
import { headlineOf, sweepFiles } from "./tables.ts";

const OPTIONS = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 })),
  calls: 30,
};
const cell = (index: number, values: Record<string, string>): Cell => ({ index, values, options: OPTIONS });

/** A run with the figures given and no others. */
function runOf(
  of: number,
  run: number,
  figures: Partial<Record<(typeof HEADLINES)[number], number>>,
): CellRun {
  const row = (name: string) => `${name} ${of}/${run}\n`;
  return {
    cell: of,
    run,
    runs: row("runs"),
    latency: row("latency") + row("latency"),
    bulk: "",
    streaks: row("streaks"),
    violation: null,
    headlines: HEADLINES.map((name) => figures[name] ?? null),
  };
}

Deno.test("sweepFiles() sums up each cell's own runs, in six digits, and leaves out what applies to none", () => {
  const cells = [cell(0, { hz: "100", fraction: "0" }), cell(1, { hz: "250", fraction: "0" }), cell(2, {})];
  const runs = [
    runOf(1, 0, { load_ns: 1_234_567.89, bulk_mean: 5 }),
    runOf(0, 1, { load_ns: 30, bulk_mean: 2 }),
    runOf(0, 0, { load_ns: 10 }),
  ];
  const [header, ...rows] = sweepFiles(cells, runs)["cells.csv"].trimEnd().split("\n");
  const names = header!.split(",");
  assertEquals(names.slice(0, 4), ["cell", "hz", "fraction", "seeds"]);
  const figures = rows.map((row) =>
    Object.fromEntries(row.split(",").map((text, i) => [names[i], text] as const).filter(([, text]) => text))
  );
  assertEquals(figures, [
    { cell: "0", hz: "100", fraction: "0", seeds: "2", load_ns: "20", load_ns_ci: "127.06", bulk_mean: "2" },
    { cell: "1", hz: "250", fraction: "0", seeds: "1", load_ns: "1234570", bulk_mean: "5" },
  ]);
});

Deno.test("sweepFiles() has runs in the order of their cells and numbers, each row with its cell in front", () => {
  const files = sweepFiles([cell(0, {})], [runOf(2, 1, {}), runOf(0, 3, {}), runOf(2, 0, {})]);
  assertEquals(files["runs.csv"], `cell,${RUNS_HEADER}0,runs 0/3\n2,runs 2/0\n2,runs 2/1\n`);
  assertEquals(
    files["latency.csv"],
    `cell,${LATENCY_HEADER}` +
      ["0/3", "2/0", "2/1"].map((id) => `${id[0]},latency ${id}\n`.repeat(2)).join(""),
  );
  assertEquals(files["kfree_bulk.csv"], `cell,${BULK_HEADER}`);
  assertEquals(
    files["miss_streaks.csv"],
    `cell,${STREAK_HEADER}0,streaks 0/3\n2,streaks 2/0\n2,streaks 2/1\n`,
  );
});

Deno.test("headlineOf() is that of the runs which have the figure, null when none has", () => {
  const runs = [runOf(0, 0, { bulk_mean: 3 }), runOf(0, 1, {}), runOf(0, 2, { bulk_mean: 3 })];
  assertEquals(headlineOf(runs, "bulk_mean"), { mean: 3, halfWidth: 0 });
  assertEquals(headlineOf(runs, "load_ns"), null);
});

Deno.test("runCell() keeps a run's row and the headlines of that row", () => {
  const { cell: of, run, runs, headlines, violation } = runCell(7, OPTIONS, 3);
  assertEquals([of, run, violation], [7, 3, null]);
  const values = runs.trimEnd().split(",");
  const columns = RUNS_HEADER.trimEnd().split(",");
  assertEquals(values[columns.indexOf("run")], "3");
  const inRow = HEADLINES.map((name) => values[columns.indexOf(name)]!);
  assertEquals(headlines, inRow.map((text) => text === "" ? null : Number(text)));
});

Deno.test("runCell() keeps the rows of the run that execute() makes, whichever runs came before", () => {
  const geometry = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 });
  const small = { calls: 300, blockEntries: 4, pcp: { high: 4, batch: 1 } };
  const options: RunOptions = { ...defaultRunOptions(geometry), ...small };
  for (const run of [1, 0]) {
    const { latency, bulk, streaks, runs } = runCell(7, options, run);
    const result = execute({ ...options, run });
    const { strategy } = options;
    assertEquals(runs, runsRow(factsOf(result)));
    assertEquals(latency, latencyRows(strategy, run, result.collector));
    assertEquals(bulk, bulkRows(strategy, run, result.collector));
    assertEquals(streaks, streakRows(strategy, run, result.collector));
    for (const rows of [latency, bulk, streaks]) assertMatch(rows, new RegExp(`^lockless,${run},`));
  }
});

Deno.test("runCell() says by which checker and why a run is wrong", () => {
  const { violation } = runCell(0, { ...OPTIONS, stepsMax: 100 }, 0);
  assertMatch(violation!, /^progress: the load is not over after \d+ sections$/);
});

Deno.test("isDone() stops a cell at its most runs, or when both shares are within the interval asked for", () => {
  const runs = (shares: number[], rates: number[] = shares) =>
    shares.map((share, i) => runOf(0, i, { fell_back_share: share, hit_rate_block: rates[i]! }));
  const close = [0.5, 0.5001, 0.4999];
  assertEquals(isDone(runs(close), { runsMax: 10, ci: 0.01 }), true);
  assertEquals(isDone(runs(close), { runsMax: 10, ci: 0 }), false);
  assertEquals(isDone(runs(close), { runsMax: 3, ci: 0 }), true);
  assertEquals(isDone(runs(close.slice(1)), { runsMax: 10, ci: 0.01 }), false, "two runs are too few");
  assertEquals(isDone(runs(close, [0.1, 0.5, 0.9]), { runsMax: 10, ci: 0.01 }), false);
  assertEquals(isDone(runs([0.1, 0.5, 0.9], close), { runsMax: 10, ci: 0.01 }), false);
  assertEquals(
    isDone(close.map((_, i) => runOf(0, i, {})), { runsMax: 10, ci: 0.01 }),
    true,
    "nothing applies",
  );
});
