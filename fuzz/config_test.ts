/**
 * Calls as files: `--config`, `--print-config`, the committed schemas, and a run that is made again from its meta.json.
 */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ImportError } from "../mod.ts";
import { FUZZ_CONFIG, readArguments } from "./arguments.ts";
import { NOT_IN_FILES } from "./command/config.ts";
import { UsageError } from "./command/exit.ts";
import { meaningsIn } from "./command/schema.ts";
import { SCHEMAS } from "./dictionary.ts";
import { main as fuzz } from "./main.ts";
import { readReplayArguments, REPLAY_CONFIG } from "./replay/arguments.ts";
import { main as replay } from "./replay/main.ts";
import { REPLAY_HELP } from "./replay/usage.ts";
import { readSweepArguments, SWEEP_CONFIG } from "./sweep/arguments.ts";
import { main as sweep } from "./sweep/main.ts";
import { SWEEP_HELP } from "./sweep/usage.ts";
import { FUZZ_HELP } from "./usage.ts";
import { pathOf } from "./command/path_of.ts";

const ROOT = new URL("../", import.meta.url);
const MACHINE = pathOf("command/machine/", import.meta.url);

/** Runs a test with the path of a file of options, and of a folder around it. */
async function withFile(content: unknown, test: (file: string, folder: string) => unknown): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 1);
    Deno.writeTextFileSync(`${folder}/run.json`, text);
    await test(`${folder}/run.json`, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A request without the words that it came from. */
function plain<R extends { readonly argv: unknown; readonly print: unknown }>(request: R) {
  const { argv: _argv, print: _print, ...rest } = request;
  return rest;
}

async function quietly<T>(action: () => T | Promise<T>): Promise<{ value: T; out: string; said: string }> {
  const { log, error } = console;
  let [out, said] = ["", ""];
  console.log = (text: string) => void (out += `${text}\n`);
  console.error = (text: string) => void (said += `${text}\n`);
  try {
    return { value: await action(), out, said };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Names and contents of a folder's files. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(folder)].map(({ name }) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}

Deno.test("docs/schema is what `deno task dictionary` writes, and says of each option what the help says", () => {
  for (const [name, text] of Object.entries(SCHEMAS)) {
    const committed = Deno.readTextFileSync(new URL(`docs/schema/${name}.json`, ROOT));
    assert(committed === text, `docs/schema/${name}.json is out of date: run \`deno task dictionary\``);
    for (
      const [option, { description }] of Object.entries<{ description?: string }>(JSON.parse(text).properties)
    ) {
      if (option !== "$schema") {
        assert(description !== undefined && description.length > 5, `${name}: ${option}`);
      }
    }
  }
});

Deno.test("the help of fuzz, replay and sweep has every option of their tables, and no other", () => {
  for (
    const [{ table }, help] of [
      [FUZZ_CONFIG, FUZZ_HELP],
      [REPLAY_CONFIG, REPLAY_HELP],
      [SWEEP_CONFIG, SWEEP_HELP],
    ] as const
  ) {
    assertEquals([...meaningsIn(help).keys()].sort(), Object.keys(table).sort());
  }
});

/** Calls of both tasks. */
const FUZZ_CALLS: readonly (readonly string[])[] = [
  [],
  [
    "--seed",
    "it's 7",
    "--strategy",
    "lockless,none",
    "--pcp",
    "8/2",
    "--bugs",
    "B1",
    "--traced",
    "--rcu",
    "rcu_nocbs",
  ],
  [
    "--mem",
    "64M",
    "--cpus",
    "4",
    "--nodes",
    "2",
    "--distance",
    "10,21/21,10",
    "--strategy=all",
    "--contexts",
  ],
  [
    "--zoneinfo",
    "my.zoneinfo",
    "--fraction",
    "8",
    "--pressure",
    "0.95",
    "--seconds",
    "2",
    "--slowdown",
    "1.5",
  ],
];
const SWEEP_CALLS: readonly (readonly string[])[] = [
  ["pcp_sweep", "--seeds", "3", "--ci", "0.01", "--shard", "2/8"],
  ["--axis", "pcp_high=8,62", "--axis=strategy=lockless,nowait", "--sensitivity", "--out", "o"],
];

const REPLAY_CALLS: readonly (readonly string[])[] = [
  ["tests/fixtures", "other", "--identity", "--max-error", "0.002"],
  ["my.trace", "--zoneinfo", "z", "--fraction=8", "--strategy", "lockless", "--profile", "v6_1"],
];

Deno.test("what --print-config prints is the same call, given by --config", async () => {
  for (const argv of FUZZ_CALLS) {
    await withFile(readArguments([...argv, "--print-config"]).print!, (file) => {
      assertEquals(plain(readArguments(["--config", file])), plain(readArguments(argv)), argv.join(" "));
    });
  }
  for (const argv of REPLAY_CALLS) {
    await withFile(readReplayArguments([...argv, "--print-config"]).print!, (file) => {
      const again = readReplayArguments(["--config", file]);
      assertEquals(plain(again), plain(readReplayArguments(argv)), argv.join(" "));
    });
  }
  for (const argv of SWEEP_CALLS) {
    await withFile(readSweepArguments([...argv, "--print-config"]).print!, (file) => {
      const again = readSweepArguments([`--config=${file}`]);
      assertEquals(plain(again), plain(readSweepArguments(argv)), argv.join(" "));
    });
  }
});

Deno.test("--print-config prints and runs nothing; a wrong call is refused before", async () => {
  const { value, out } = await quietly(() => fuzz(["--print-config", "--runs", "3", "--out", "/nowhere"]));
  assertEquals([value, JSON.parse(out).runs], [0, 3]);
  assertEquals((await quietly(() => fuzz(["--print-config", "--runs", "0"]))).value, 2);
  const printed = await quietly(() => sweep(["pcp_sweep", "--print-config"]));
  assertEquals([printed.value, JSON.parse(printed.out).experiment], [0, "pcp_sweep"]);
});

Deno.test("options of the command line stand for those of the file, a machine for a whole machine", async () => {
  const content = {
    seed: "a",
    runs: 5,
    mem: "64M",
    cpus: 4,
    strategy: ["none", "sync"],
    traced: true,
    quiet: false,
  };
  await withFile(content, (file) => {
    const { run, runs, strategies, machine, quiet } = readArguments([
      "--config",
      file,
      "--runs",
      "7",
      "--strategy",
      "all",
    ]);
    assertEquals([run.seed, run.traced, runs, quiet], ["a", true, 7, false]);
    assert(strategies.length > 2);
    assertEquals(machine, { memoryBytes: 2 ** 26, cpus: 4, nodes: 1 });
    const other = readArguments(["--config", file, "--zoneinfo", "z"]).machine;
    assertEquals(other, { zoneinfo: "z", pcplists: null });
  });
  await withFile({ experiment: "pcp_sweep", axis: { pcp_high: [8, 9], pressure: [0] } }, (file) => {
    const { experiment } = readSweepArguments(["--config", file, "--axis", "pcp_high=7"]);
    assertEquals([experiment.name, experiment.axes.pcp_high, experiment.axes.pressure], ["pcp_sweep", ["7"], [
      "0",
    ]]);
  });
  await withFile({ axis: { strategy: ["none"], costs: ["low"] } }, (file) => {
    const { axes } = readSweepArguments(["--config", file, "--strategy", "sync", "--sensitivity"]).experiment;
    assertEquals(axes, { strategy: ["sync"], costs: ["low", "nominal", "high"] });
  });
});

Deno.test("a file is refused with its name, the line, the key, what was expected and the nearest key", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      '{\n "seed": "1",\n "sede": "2"\n}',
      /run\.json:3: .*"sede" must be an option of .* fuzz; did you mean seed\?/,
    ],
    ['{\n "runs": 0\n}', /run\.json:2: .*"runs" must be a whole number from 1 to 1000000, got "0"/],
    ['{\n "hz": "250"\n}', /run\.json:2: .*"hz" must be a whole number from 50 to 10000/],
    ['{"traced": 1}', /run\.json:1: .*"traced" must be true or false/],
    ['{"profile": "constructor"}', /"profile" must be one of v5_9, v5_12/],
    ['{"strategy": ["lockless", "lockles"]}', /"strategy" must be a list of lockless, /],
    ['{"pcp": "8"}', /"pcp" must be a text of the form /],
    ['{"help": true}', /"help" must be an option/],
    ['{"config": "x"}', /"config" must be an option/],
    ['{"__proto__": 1}', /"__proto__" must be an option/],
    ['{"seed": "1", "seed": "2"}', /each key once/],
    ["[]", /run\.json:1: .*the file must be an object/],
    ["{", /run\.json:1: .*the file must be JSON/],
    ['{"command": ["deno", "task", "sweep"]}', /"command" must be a command line of deno task fuzz/],
    [
      '{"command": ["deno", "task", "fuzz"], "options": {"geometry": {}}}',
      /"options" must be those of a run/,
    ],
  ];
  for (const [text, message] of wrong) {
    await withFile(text, (file) => {
      assertMatch(assertThrows(() => readArguments(["--config", file]), ImportError).message, message);
    });
  }
  assertThrows(() => readArguments(["--config"]), UsageError, "expected a file");
  assertThrows(() => readArguments(["--config", "a", "--config", "b"]), UsageError, "several");
  const missing = await quietly(() => fuzz(["--config", "/nowhere/run.json"]));
  assertEquals([missing.value, missing.said.split(":")[0]], [3, "Cannot read /nowhere/run.json"]);
  assert(NOT_IN_FILES.every((name) => Object.hasOwn(FUZZ_CONFIG.table, name)));
});

Deno.test("fuzz --config meta.json makes the run again, byte for byte, from meta.json alone", async () => {
  await withFile(
    { calls: 60, runs: 3, scheduler: "all", strategy: ["lockless", "none"] },
    async (file, folder) => {
      const out = `${folder}/out`;
      for (const name of ["zoneinfo", "pcplists"]) {
        Deno.copyFileSync(
          `${MACHINE}${name}`,
          `${folder}/${name}`,
        );
      }
      const machine = ["--zoneinfo", `${folder}/zoneinfo`, "--pcplists", `${folder}/pcplists`];
      const first = await quietly(() =>
        fuzz(["--config", file, ...machine, "--out", out, "--quiet", "--pcp", "20/5"])
      );
      assertEquals(first.value, 0, first.said);
      const made = contents(out);
      assertEquals(Object.keys(made).length, 5);
      // nothing but meta.json is left of the call
      Deno.writeTextFileSync(`${folder}/meta.json`, made["meta.json"]!);
      Deno.removeSync(out, { recursive: true });
      for (const name of ["run.json", "zoneinfo", "pcplists"]) Deno.removeSync(`${folder}/${name}`);
      assertEquals((await quietly(() => fuzz(["--config", `${folder}/meta.json`]))).value, 0);
      assertEquals(contents(out), made);
      assertEquals(
        (await quietly(() => fuzz(["--config", `${folder}/meta.json`, "--out", `${folder}/b`]))).value,
        0,
      );
      assertEquals({ ...contents(`${folder}/b`), "meta.json": "" }, { ...made, "meta.json": "" });
      const other = await quietly(() =>
        fuzz(["--config", `${folder}/meta.json`, "--out", `${folder}/c`, "--seed", "2"])
      );
      assertEquals(other.value, 0);
      assert(contents(`${folder}/c`)["runs.csv"] !== made["runs.csv"]);
    },
  );
});

Deno.test("sweep --config meta.json makes the sweep again, byte for byte", async () => {
  const content = {
    axis: { memory_mib: [32], pcp_high: [8, 62], kfree_alloc_num: [40], kfree_loops: [1] },
    seeds: 2,
  };
  await withFile(content, async (file, folder) => {
    const out = `${folder}/out`;
    const call = ["--config", file, "--workers", "1", "--quiet", "--out", out];
    const first = await quietly(() => sweep(call));
    assertEquals(first.value, 0, first.said);
    const made = contents(out);
    Deno.writeTextFileSync(file, made["meta.json"]!);
    Deno.removeSync(out, { recursive: true });
    assertEquals((await quietly(() => sweep(["--config", file]))).value, 0);
    assertEquals(contents(out), made);
  });
});

Deno.test("replay --config meta.json replays the same again", async () => {
  const recording = new URL("tests/fixtures/low_s2_ll_f0", ROOT).pathname;
  await withFile({ traces: recording, pcp: "62/15" }, async (file, folder) => {
    const out = `${folder}/out`;
    const first = await quietly(() => replay(["--config", file, "--quiet", "--out", out]));
    assertEquals(first.value, 0, first.said);
    const made = contents(out);
    Deno.writeTextFileSync(file, made["meta.json"]!);
    Deno.removeSync(out, { recursive: true });
    assertEquals((await quietly(() => replay(["--config", file]))).value, 0);
    assertEquals(contents(out), made);
  });
});
