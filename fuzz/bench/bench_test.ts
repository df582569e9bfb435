/** `deno task bench`: kept, compared, refused. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "./main.ts";
import { compareTable } from "./table.ts";

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

Deno.test("deno task bench --save keeps rounds, and --compare finds slower code slower", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const file = `${folder}/quick.bench.ts`;
    const slow = (rounds: number) =>
      `let x = 0;
       const spin = () => { for (let i = 0; i < ${rounds}; i++) x = (x * 31 + i) | 0; };
       Deno.bench({ name: "spin", n: 50, warmup: 5 }, spin);`;
    Deno.writeTextFileSync(file, slow(20_000));
    const saved = await run("--save", `${folder}/base.json`, "--rounds", "2", "--quiet", file);
    assertEquals([saved.code, saved.err], [0, ""]);
    Deno.writeTextFileSync(file, slow(100_000));
    const argv = ["--compare", `${folder}/base.json`, "--rounds", "2", "--out", `${folder}/out`];
    const compared = await run(...argv, "--max-ratio", "1.5", file);
    assertEquals(compared.code, 1);
    assertMatch(compared.out, /spin .* slower/);
    assertMatch(compared.err, /spin: at least \d+\.\d+ times slower, more than --max-ratio allows/);
    const csv = Deno.readTextFileSync(`${folder}/out/compare.csv`).split("\n");
    assertMatch(csv[1]!, /^,spin,2,[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,slower$/);
    assert(Number(csv[1]!.split(",")[5]) > 2, csv[1]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("deno task bench refuses wrong calls and bad files before it measures", async () => {
  assertEquals((await run("--round", "3")).err.includes("did you mean --rounds?"), true);
  assertEquals((await run("--rounds", "3")).code, 2);
  assertEquals((await run("--max-ratio", "2")).code, 2);
  assertEquals((await run("--compare", "no/such/file")).code, 3);
  assertEquals((await run("--compare", "src")).code, 3);
  const none = await run("no/such_bench.ts"); // 1 would say that something is slower
  assertEquals([none.code, none.err], [3, "Cannot measure no/such_bench.ts: deno bench ended with 1\n"]);
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(file, "{}");
    const { code, err } = await run("--compare", file);
    assertEquals(code, 3);
    assertMatch(
      err,
      /:1: Cannot read rounds: the file must be measurements that deno task bench --save has kept/,
    );
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("compareTable() colours verdicts on a terminal, and nothing for a file or a pipe", () => {
  const times = { rounds: 5, baseNs: 100, nowNs: 2e6, ratio: 1.5, ratioLow: 1.4, ratioHigh: 1.6 };
  const rows = [{ group: "", name: "take", ...times, verdict: "slower" as const }];
  const plain = compareTable(rows, false);
  assertEquals(plain.split("\n").slice(0, 2), [
    "benchmark      base      now  ratio            band",
    "take       100.0 ns  2.00 ms  1.500  1.400 to 1.600  slower",
  ]);
  const coloured = compareTable(rows, true);
  assertEquals(coloured === plain, Deno.noColor);
  assert(coloured.includes("slower"));
});
