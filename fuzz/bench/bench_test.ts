/** `deno task bench`: kept, compared, refused. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { compareBenches } from "../../src/report/bench_compare.ts";
import { UsageError } from "../command/exit.ts";
import { readBenchArguments } from "./arguments.ts";
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

Deno.test("compareTable() has times in the unit that suits them, and how far its bands can be trusted", () => {
  const bench = (name: string, ns: number[]) => ({ group: "", name, ns });
  const names = ["a", "b"];
  const times = [[999.94, 1000], [999_940, 1e6], [1, 3]];
  const [base, now] = names.map((_, side) =>
    times.map((pair, i) => bench(`t${i}`, [pair[side]!, pair[side]!]))
  );
  const table = compareTable(compareBenches([...base!, bench("old", [5, 5])], now!), false);
  assertEquals(table.split("\n").map((line) => line.trim().split(/ {2,}/).join(" | ")), [
    "benchmark | base | now | ratio | band",
    "t0 | 999.9 ns | 1.0 us | 1.000 | 1.000 to 1.000 | slower",
    "t1 | 999.9 us | 1.00 ms | 1.000 | 1.000 to 1.000 | slower",
    "t2 | 1.0 ns | 3.0 ns | 3.000 | 3.000 to 3.000 | slower",
    "old | 5.0 ns | - | - | - | gone",
    "2 rounds: a band holds the true ratio with a probability of 50.0 %",
  ]);
  const apart = compareTable(compareBenches([bench("old", [5])], [bench("new", [7])]), false);
  assertEquals(apart.split("\n").length, 3, "no band, and nothing is said of bands");
});

Deno.test("readBenchArguments() reads each option, and has what is asked for without any", () => {
  assertEquals(readBenchArguments([]), {
    ...{ save: null, compare: null, rounds: 5, files: ["bench/"], filter: null, maxRatio: Infinity },
    ...{ out: "results/bench", json: false, quiet: false, help: false },
  });
  const compared = ["--compare", "b", "--rounds", "2", "--filter", "f", "--max-ratio", "0", "--out", "o"];
  assertEquals(readBenchArguments([...compared, "--save", "s", "--json", "--quiet", "x.ts", "y.ts"]), {
    ...{ save: "s", compare: "b", rounds: 2, files: ["x.ts", "y.ts"], filter: "f", maxRatio: 0 },
    ...{ out: "o", json: true, quiet: true, help: false },
  });
  const wrong = [
    [["--rounds", "1", "--save", "s"], "rounds"],
    [["--rounds", "1001", "--save", "s"], "rounds"],
    [["--max-ratio=-1", "--compare", "b"], "max-ratio"],
    [["--out", "o", "--save", "s"], "--out goes with --compare"],
    [["--json"], "--json goes with --save or --compare"],
  ] as const;
  for (const [argv, message] of wrong) assertThrows(() => readBenchArguments(argv), UsageError, message);
});
