/** `deno task report`: a page from a folder, and what it refuses. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { main as fuzz } from "../main.ts";
import { main } from "./main.ts";

/** Runs the task and takes down what it says. */
function run(...argv: string[]): { code: number; out: string; err: string } {
  const said = { out: "", err: "" };
  const { log, error } = console;
  console.log = (text: string) => void (said.out += text);
  console.error = (text: string) => void (said.err += text);
  try {
    return { code: main(argv), ...said };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** A folder with the results of a small fuzz session. */
function results(): { folder: string } & Disposable {
  const folder = Deno.makeTempDirSync();
  const sizes = ["--calls", "200", "--runs", "8", "--strategy", "lockless,nowait"];
  assertEquals(fuzz(["--scheduler", "virtual", ...sizes, "--out", folder, "--quiet"]), 0);
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("deno task report writes the same page every time", () => {
  using made = results();
  const { code, out } = run(`${made.folder}/`);
  assertEquals(code, 0);
  assertMatch(out, /report\.html: 16 runs, \d+ KiB$/);
  const { code: again, out: json } = run(made.folder, "--out", `${made.folder}/b.html`, "--json");
  assertEquals([again, JSON.parse(json).runs], [0, 16]);
  const page = Deno.readTextFileSync(`${made.folder}/report.html`);
  // the folder's name stands in the heading, and both are in the same folder
  assertEquals(page, Deno.readTextFileSync(`${made.folder}/b.html`));
  assert(page.replaceAll(/<.?span>/g, "").includes("deno task fuzz --scheduler virtual --calls 200"));
  assert(page.includes("Machine: 2 CPUs, 1 node, sizes in pages"));
});

Deno.test("deno task report refuses wrong calls with 2 and bad folders with 3, before it writes", () => {
  assertEquals(run().code, 2);
  assertEquals(run("a", "b").code, 2);
  assertMatch(run("--fidelty", "x").err, /did you mean --fidelity\?/);
  assertMatch(run("no/such/folder").err, /^Cannot read no\/such\/folder\/runs\.csv/);
  using made = results();
  const { folder } = made;
  const latency = Deno.readTextFileSync(`${folder}/latency.csv`);
  Deno.writeTextFileSync(`${folder}/latency.csv`, latency.replace(/,\d+\n/, ",many\n"));
  const { code, err } = run(folder);
  assertEquals(code, 3);
  assertMatch(err, /latency\.csv:2: expected a number as count, got "many"/);
  Deno.writeTextFileSync(`${folder}/latency.csv`, latency);
  Deno.writeTextFileSync(`${folder}/fidelity.json`, "{}");
  assertMatch(
    run(folder).err,
    /fidelity\.json:1: Cannot read fidelity\.json: the file must be a list of figures/,
  );
  assert(![...Deno.readDirSync(folder)].some((entry) => entry.name === "report.html"));
});

Deno.test("deno task report says what it wrote, or nothing, and takes predictions from where it is told", () => {
  using made = results();
  const { folder } = made;
  const { out } = run(folder, "--json");
  const page = `${folder}/report.html`;
  assertEquals(JSON.parse(out), { file: page, bytes: Deno.statSync(page).size, runs: 16 });
  const quiet = run(folder, "--quiet");
  assertEquals([quiet.code, quiet.out, quiet.err], [0, "", ""]);
  const hasPredictions = () => Deno.readTextFileSync(page).includes('<h2 id="fidelity">');
  assertEquals(hasPredictions(), false);
  const row = { name: "own", predicted: 1, recorded: 2, low: 1, high: 3, inBand: true };
  Deno.writeTextFileSync(`${folder}/other.json`, JSON.stringify([{ ...row, name: "told" }]));
  assertEquals([run(folder, "--fidelity", `${folder}/other.json`).code, hasPredictions()], [0, true]);
  Deno.writeTextFileSync(`${folder}/fidelity.json`, JSON.stringify([row]));
  assertEquals(run(folder).code, 0);
  assertMatch(Deno.readTextFileSync(page), />own</);
  assertEquals(run(folder, "--fidelity", `${folder}/other.json`).code, 0);
  assertMatch(Deno.readTextFileSync(page), />told</);
});

Deno.test("deno task report leaves the files alone that it reads, and those of which a sweep goes on", () => {
  using made = results();
  const { folder } = made;
  const names = ["runs.csv", "latency.csv", "kfree_bulk.csv", "miss_streaks.csv", "cells.csv"];
  const before = Deno.readTextFileSync(`${folder}/runs.csv`);
  for (const name of [...names, "meta.json", "fidelity.json", "journal.jsonl"]) {
    const { code, err } = run(folder, "--out", `${folder}/./${name}`);
    assertEquals(code, 2, name);
    assertMatch(err, /^Cannot use --out: expected another file than the results/);
  }
  assertEquals(Deno.readTextFileSync(`${folder}/runs.csv`), before);
  Deno.removeSync(`${folder}/miss_streaks.csv`); // older folders have none
  assertEquals(run(folder).code, 0);
});

Deno.test("deno task report needs the columns that it shows, with numbers in those of figures", () => {
  using made = results();
  const path = `${made.folder}/runs.csv`;
  const text = Deno.readTextFileSync(path);
  const [header, ...rows] = text.trimEnd().split("\n");
  const columns = header!.split(",");
  /** The file with a column called otherwise, or another text in it. */
  const refused = (name: string, change: string, isHeader: boolean) => {
    const at = columns.indexOf(name);
    const changed = (row: string) => row.split(",").with(at, change).join(",");
    const lines = isHeader ? [changed(header!), ...rows] : [header, ...rows.with(2, changed(rows[2]!))];
    Deno.writeTextFileSync(path, lines.join("\n") + "\n");
    const { code, err } = run(made.folder);
    return code === 0 ? "" : err;
  };
  for (
    const name of [
      "run",
      "seed",
      "strategy",
      "pcp_high",
      "pcp_batch",
      "pressure",
      "hit_rate_block",
      "objects",
    ]
  ) {
    assertMatch(refused(name, "other", true), new RegExp(`runs\\.csv:1: expected a column "${name}"`));
  }
  for (const name of ["objects", "block_hits", "zone_lock_wait_ns", "fell_back_share", "steps"]) {
    assertMatch(refused(name, "x", false), new RegExp(`runs\\.csv:4: expected a number as ${name}, got "x"`));
  }
  for (const name of ["violation", "seed", "profile"]) assertEquals(refused(name, "x", false), "", name);
});

Deno.test("no other task loads the chart library", async () => {
  for (
    const entry of [
      "mod.ts",
      "fuzz/main.ts",
      "fuzz/replay/main.ts",
      "fuzz/bench/main.ts",
      "fuzz/serve/main.ts",
    ]
  ) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: new URL("../../", import.meta.url),
    }).output();
    const modules = JSON.stringify(JSON.parse(new TextDecoder().decode(stdout)).modules);
    assert(modules.includes("npm:/deno-std") && !/observablehq|linkedom/.test(modules), entry);
  }
});
