/** `deno task perf`: its table, its medians, its refusals; the C reference loses no page. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CReference } from "./c_reference.ts";
import { hasSpin } from "./explore_rows.ts";
import { main } from "./main.ts";
import { lineOf, median, type PerfRow } from "./row.ts";
import { bytesPerStep } from "./run_rows.ts";

/** Runs the task and takes down what it says. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const { log, error } = console;
  console.log = (text: string) => void (said.out += text);
  console.error = (text: string) => void (said.err += `${text}\n`);
  try {
    return { code: await main(argv), ...said };
  } finally {
    Object.assign(console, { log, error });
  }
}

function hasGcc(): boolean {
  try {
    return new Deno.Command("gcc", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("deno task perf --quick --json measures every row, and leaves out what has no reference here", async () => {
  const { code, out, err } = await run("--quick", "--json");
  assertEquals(code, 0, err);
  const lines = JSON.parse(out);
  assertEquals(lines.length, 20);
  for (const line of lines) {
    assertEquals(Object.keys(line), ["work", "reference", "ours", "theirs", "ratio", "target", "met"]);
    const isMissing = (line.reference === "C" && !hasGcc()) ||
      (line.reference.startsWith("SPIN") && !hasSpin());
    if (isMissing) assertEquals(line.met, null);
    else assert(line.ours >= 0 && typeof line.met === "boolean", line.work);
  }
  assertEquals(err.includes("Not measured: lockless"), !hasGcc());
  assertEquals(err.includes("Not measured: states stored"), !hasSpin());
});

Deno.test("lineOf takes the median of each and the median of the pairs' ratios", () => {
  const row: PerfRow = {
    work: "w",
    reference: "r",
    target: "at most 2 times",
    meets: (ours, ratio) => ours === 4 && ratio <= 2,
    measure: null,
  };
  const samples = [{ ours: 4, theirs: 1 }, { ours: 2, theirs: 2 }, { ours: 9, theirs: 6 }];
  const line = lineOf(row, samples);
  assertEquals([line.ours, line.theirs, line.ratio, line.met], [4, 2, 1.5, true]);
  assertEquals(lineOf(row, [{ ours: 5, theirs: null }]).met, false);
  assertEquals(lineOf(row, []).met, null);
  assertEquals(median([3, 1, 2, 9]), 2);
});

Deno.test("a step of the random scheduler leaves nothing on the heap, with all checkers listening", () => {
  // what V8 notes of types, and numbers handed to code that is not hot yet, are below a byte a step
  const bytes = bytesPerStep(400_000);
  assert(bytes < 2, `${bytes} bytes a step`);
});

Deno.test("deno task perf refuses rounds that are no number and options it does not know", async () => {
  const wrong = await run("--rounds", "some");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.err, /expected a whole number from 1 to 1000, got "some"/);
  assertEquals((await run("--round", "2")).code, 2);
  assertMatch((await run("--help")).out, /--quick/);
});

Deno.test({
  name: `pcp.c loses no page and refuses a wrong call${hasGcc() ? "" : " (ignored: gcc is not installed)"}`,
  ignore: !hasGcc(),
  fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const c = CReference.compile(folder)!;
      assert(c.ns("random", 12, 50_000) > 0);
      assert(c.ns("pair", 12, 1000) > 0);
      assertEquals(
        new Deno.Command(`${folder}/pcp`, { args: ["pair"], stderr: "null" }).outputSync().code,
        2,
      );
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
