/**
 * `deno task merge`: what it writes beside the tables, so that the folder can be used like any other.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type CellRun, HEADLINES } from "../../src/sweep/cell_run.ts";
import { main as report } from "../report/main.ts";
import { readSweepArguments } from "./arguments.ts";
import { Journal } from "./journal.ts";
import { main as sweep } from "./main.ts";
import { main as merge } from "./merge.ts";

/** An experiment with axes that are short. */
const CALL = [
  ...["rt", "--axis", "preemption=full,rt", "--axis", "kfree_loops=1", "--strategy", "lockless,nowait"],
  ...["--axis", "kfree_alloc_num=500", "--seeds", "2", "--ci", "0.25", "--seed", "a seed"],
  ...["--workers", "1", "--quiet"],
];

const metaOf = (folder: string) => JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));

Deno.test("merge writes the meta.json of the whole sweep, of which report and --config make use", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const at = (name: string) => ["--out", `${folder}/${name}`];
    assertEquals(await sweep([...CALL, ...at("one")]), 0);
    for (const i of [1, 2]) assertEquals(await sweep([...CALL, "--shard", `${i}/2`, ...at(`${i}`)]), 0);
    assertEquals(await merge([`${folder}/1`, `${folder}/2`, "--quiet", ...at("merged")]), 0);
    const [{ command: _, ...one }, { command, ...merged }] = ["one", "merged"].map((name) =>
      metaOf(`${folder}/${name}`)
    );
    assertEquals(merged, one);
    assertEquals(report([`${folder}/merged`, "--quiet"]), 0);
    const page = Deno.readTextFileSync(`${folder}/merged/report.html`);
    assertStringIncludes(page, "Refuted by: ");
    assertStringIncludes(page.replaceAll(/<.?span>/g, ""), "deno task sweep rt ");

    assertEquals(command.slice(0, 4), ["deno", "task", "sweep", "rt"]);
    assertEquals(await sweep(["--config", `${folder}/merged/meta.json`, "--quiet", ...at("again")]), 0);
    for (const name of ["runs.csv", "cells.csv", "latency.csv"]) {
      const [again, whole] = ["again", "one"].map((each) =>
        Deno.readTextFileSync(`${folder}/${each}/${name}`)
      );
      assertEquals(again, whole);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** Merges journals with these runs of a sweep of two cells; returns the exit code, the files, and what was said. */
async function merging(...journals: readonly (readonly CellRun[])[]) {
  const folder = Deno.makeTempDirSync();
  const { error } = console;
  let said = "";
  console.error = (text: string) => void (said += `${text}\n`);
  try {
    const { experiment, rule } = readSweepArguments(["--axis", "hz=100,250", "--seeds", "2"]);
    const { name, axes, options } = experiment;
    const folders = journals.map((runs, i) => {
      const journal = new Journal(`${folder}/${i}`, {
        version: "1",
        model: "other",
        name,
        axes,
        options,
        rule,
      });
      for (const run of runs) journal.add(run);
      journal.close();
      return `${folder}/${i}`;
    });
    const code = await merge([...folders, "--quiet", "--out", `${folder}/out`]);
    const read = (file: string) => code === 3 ? "" : Deno.readTextFileSync(`${folder}/out/${file}`);
    return { code, said: said.replaceAll(folder, ""), runs: read("runs.csv"), meta: read("meta.json") };
  } finally {
    console.error = error;
    Deno.removeSync(folder, { recursive: true });
  }
}

const runOf = (cell: number, run: number, violation: string | null = null): CellRun => ({
  ...{ cell, run, runs: `${cell}/${run}\n`, latency: "", bulk: "", streaks: "", violation },
  headlines: HEADLINES.map(() => 1),
});
const ALL = [runOf(0, 0), runOf(0, 1), runOf(1, 0), runOf(1, 1)];

Deno.test("merge has each run once, in order, in whatever folders and how often it is", async () => {
  const [a, b, c, d] = ALL as [CellRun, CellRun, CellRun, CellRun];
  for (const journals of [[ALL], [[d, c], [b, a]], [[a, b, c], [c, d]], [[], ALL, ALL]]) {
    const { code, runs, meta } = await merging(...journals);
    assertEquals([code, runs.split("\n").slice(1)], [0, ["0,0/0", "0,0/1", "1,1/0", "1,1/1", ""]]);
    assertEquals(JSON.parse(meta).commit, "unknown", "of a model that is not the one here");
  }
});

Deno.test("merge refuses what is not whole, is of no cell, or came out in two ways, and tells violations", async () => {
  const [a, b, c] = ALL as [CellRun, CellRun, CellRun];
  const refused: readonly (readonly [journals: CellRun[][], message: string])[] = [
    [[[a, b], [c]], "/0, /1: expected all runs of cell 1, got 1: a shard is missing or not over"],
    [[ALL, [runOf(2, 0)]], "/0, /1: expected runs of 2 cells, got one of cell 2"],
    [[ALL, [{ ...b, bulk: "x" }]], "/1: expected run 1 of cell 0 as in a folder before, got another result"],
  ];
  for (const [journals, message] of refused) {
    const { code, said } = await merging(...journals);
    assertEquals([code, said.includes(message)], [3, true], said);
  }
  const { code, said } = await merging(ALL.with(2, runOf(1, 0, "progress: none")));
  assertEquals(code, 1);
  assertStringIncludes(
    said,
    "VIOLATED progress: none in run 0 of cell 1\n  again: deno task fuzz --replay 'pcplab2 {",
  );
});
