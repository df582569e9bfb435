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
