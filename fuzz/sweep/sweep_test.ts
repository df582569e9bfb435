/**
 * `deno task sweep`: the same bytes for any number of workers and shards, and after any number of kills.
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { EXPERIMENTS } from "../../bench/experiments/experiments.ts";
import { cellsOf } from "../../src/sweep/experiment.ts";
import { readMachine } from "../command/machine_input.ts";
import { Prng } from "../../src/sim/prng.ts";
import { readSweepArguments } from "./arguments.ts";
import { Journal } from "./journal.ts";
import { main, sweepOf } from "./main.ts";
import { main as merge } from "./merge.ts";
import { pathOf } from "../command/path_of.ts";
import { runPool } from "./pool.ts";

const SWEEP = pathOf("./main.ts", import.meta.url);
const FILES = ["runs.csv", "latency.csv", "kfree_bulk.csv", "miss_streaks.csv", "cells.csv"];
/** A sweep of a second or so. */
const SMALL = [
  ...["--axis", "workload=kfree_storm", "--axis", "pcp_high=8,62"],
  ...["--strategy", "lockless,page_cache_work"],
];

/** Runs with console output kept. */
async function quietly<T>(action: () => T | Promise<T>): Promise<{ value: T; said: string }> {
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (text: string) => void said.push(text);
  try {
    return { value: await action(), said: said.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

async function withFolder(action: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const contents = (folder: string) => FILES.map((name) => Deno.readTextFileSync(`${folder}/${name}`));

/** Two seeds a cell, unless others are asked for. */
const seeded = (more: readonly string[]) => more.includes("--seeds") ? more : ["--seeds", "2", ...more];

/** The sweep as a process of its own. */
function start(...more: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--frozen", "--no-prompt", "--allow-read", "--allow-write", SWEEP],
      ...[...SMALL, ...seeded(more)],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** Kills a process that may have ended. */
function killed(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function journalRuns(folder: string): number {
  try {
    return Deno.readTextFileSync(`${folder}/journal.jsonl`).split("\n").length - 2;
  } catch {
    return 0;
  }
}

async function sweep(out: string, ...more: string[]): Promise<number> {
  const { value } = await quietly(() => main([...SMALL, ...seeded(more), "--out", out]));
  return value;
}

Deno.test("sweep writes the same bytes with one worker and with two, and as shards that are merged", async () => {
  await withFolder(async (folder) => {
    assertEquals(await sweep(`${folder}/one`, "--workers", "1"), 0);
    assertEquals(await sweep(`${folder}/two`, "--workers", "2"), 0);
    assertEquals(contents(`${folder}/two`), contents(`${folder}/one`));
    for (const i of [1, 2, 3]) {
      assertEquals(await sweep(`${folder}/s${i}`, "--workers", "1", "--shard", `${i}/3`), 0);
    }
    const shards = [1, 2, 3].map((i) => `${folder}/s${i}`);
    const whole = await quietly(() => merge([...shards, "--out", `${folder}/merged`]));
    assertEquals(whole.value, 0, whole.said);
    assertEquals(contents(`${folder}/merged`), contents(`${folder}/one`));
    const part = await quietly(() => merge([shards[0]!, shards[2]!, "--out", `${folder}/part`]));
    assertEquals(part.value, 3);
    assertStringIncludes(part.said, "a shard is missing or not over");
  });
});

Deno.test("sweep that is killed at any time goes on where it was, and ends with the same bytes", async () => {
  await withFolder(async (folder) => {
    assertEquals(await sweep(`${folder}/whole`, "--workers", "1"), 0);
    const lines = () => {
      try {
        return Deno.readTextFileSync(`${folder}/killed/journal.jsonl`).split("\n").slice(0, -1);
      } catch {
        return [];
      }
    };
    let before: string[] = [];
    const prng = new Prng("xor128:kills"); // times differ with the machine anyway: their spread is what counts
    for (let kill = 0; kill < 6; kill++) {
      const child = start("--quiet", "--workers", "2", "--out", `${folder}/killed`);
      const timer = setTimeout(() => killed(child), 150 + prng.upTo(450));
      await child.output();
      clearTimeout(timer);
      assertEquals(lines().slice(0, before.length), before, "what was reported stays");
      before = lines();
    }
    assertEquals(await sweep(`${folder}/killed`, "--workers", "2"), 0);
    assertEquals(contents(`${folder}/killed`), contents(`${folder}/whole`));
    const runs = lines().slice(1).map((line) => JSON.parse(line.slice(9)) as { cell: number; run: number });
    assertEquals(
      new Set(runs.map(({ cell, run }) => `${cell}/${run}`)).size,
      runs.length,
      "nothing is computed twice",
    );
  });
});

for (const [signal, workers] of [["SIGINT", "1"], ["SIGTERM", "2"]] as const) {
  Deno.test(`sweep that gets ${signal} writes what is done, says so, and goes on from there`, async () => {
    await withFolder(async (folder) => {
      const out = `${folder}/stopped`;
      const child = start("--workers", workers, "--seeds", "16", "--out", out);
      for (let i = 0; i < 400; i++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        if (journalRuns(out) >= 3) break;
      }
      child.kill(signal);
      const { code, stderr } = await child.output();
      assertEquals(code, 130);
      assertMatch(
        new TextDecoder().decode(stderr),
        /Interrupted with \d+ of 4 cells done: the same command goes on/,
      );
      const rows = Deno.readTextFileSync(`${out}/runs.csv`).trim().split("\n").length - 1;
      assertEquals(rows, journalRuns(out), "every run that was reported is in the files");
      assert(rows >= 3 && rows < 64, `${rows} runs`);
      assertEquals(await sweep(`${folder}/whole`, "--seeds", "16"), 0);
      assertEquals(await sweep(out, "--seeds", "16"), 0);
      assertEquals(contents(out), contents(`${folder}/whole`));
    });
  });
}

Deno.test("sweep with --ci gives the same bytes with one worker as with three, which run ahead", async () => {
  await withFolder(async (folder) => {
    const rule = ["--seeds", "12", "--ci", "0.05"];
    assertEquals(await sweep(`${folder}/one`, ...rule, "--workers", "1"), 0);
    assertEquals(await sweep(`${folder}/three`, ...rule, "--workers", "3"), 0);
    assertEquals(contents(`${folder}/three`), contents(`${folder}/one`));
    assertEquals(journalRuns(`${folder}/three`), journalRuns(`${folder}/one`));
  });
});

Deno.test("sweep exits with 1 when a property did not hold, goes on from such a run, and so does merge", async () => {
  await withFolder(async (folder) => {
    const call = [...SMALL, "--seeds", "1", "--quiet", "--out", `${folder}/a`];
    const broken: typeof runPool = (jobs, workers, listener) =>
      runPool(jobs, workers, {
        ...listener,
        run: (run) => listener.run(run.cell === 1 ? { ...run, violation: "progress: none" } : run),
      });
    for (const pool of [broken, runPool]) {
      const { value, said } = await quietly(() => main(call, pool));
      assertEquals(value, 1);
      assertMatch(
        said,
        /^VIOLATED progress: none in run 0 of cell 1\n {2}again: deno task fuzz --replay 'pcplab2 \{/,
      );
    }
    const merged = await quietly(() => merge([`${folder}/a`, "--out", `${folder}/b`, "--quiet"]));
    assertEquals(merged.value, 1);
  });
});

Deno.test({
  name:
    "sweep that is interrupted exits with 130 whatever it has found, and with 1 when the last cell was done" +
    (Deno.build.os === "windows" ? " (ignored: a process cannot signal itself there)" : ""),
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      for (const [cells, code] of [[2, 130], [4, 1]] as const) {
        const interrupted: typeof runPool = async (jobs, workers, listener) => {
          await runPool(jobs.slice(0, cells), workers, {
            ...listener,
            run: (run) => listener.run({ ...run, violation: "progress: none" }),
          });
          Deno.kill(Deno.pid, "SIGTERM");
          while (!listener.stopped()) await new Promise((resolve) => setTimeout(resolve, 5));
        };
        const call = [...SMALL, "--seeds", "1", "--quiet", "--out", `${folder}/${cells}`];
        const { value, said } = await quietly(() => main(call, interrupted));
        assertEquals(value, code, said);
        assertEquals(said.includes(`Interrupted with ${cells} of 4 cells done`), code === 130);
      }
    });
  },
});

Deno.test("runPool() rejects with the same error whether one worker cannot make a run or several cannot", async () => {
  const jobs = cellsOf(readSweepArguments(SMALL).experiment, readMachine(null)).map(({ index, options }) => ({
    cell: index,
    options: { ...options, kfree_mult: 4000 }, // no cache has objects so large
    finished: [],
    rule: { runsMax: 2, ci: 0 },
  }));
  const listener = { run() {}, cell() {}, stopped: () => false };
  for (const workers of [1, 2]) {
    const error = await assertRejects(() => runPool(jobs, workers, listener), RangeError);
    assertStringIncludes(error.message, 'option "kfree_mult" must be');
  }
});

Deno.test("sweep refuses to go on with the runs of another state of the model, and says that this is why", async () => {
  await withFolder(async (folder) => {
    const request = readSweepArguments([...SMALL, "--seeds", "2", "--out", folder]);
    new Journal(folder, sweepOf(request, "0123456789abcdef")).close();
    const { value, said } = await quietly(() => main([...SMALL, "--seeds", "2", "--out", folder]));
    assertEquals(value, 3);
    assertStringIncludes(said, "the same sweep by another state of the model: give --out another folder");
  });
});

Deno.test("sweep cuts off a line that a kill has torn, and refuses the folder of another sweep", async () => {
  await withFolder(async (folder) => {
    assertEquals(await sweep(`${folder}/a`, "--workers", "1"), 0);
    const whole = contents(`${folder}/a`);
    const journal = Deno.readTextFileSync(`${folder}/a/journal.jsonl`);
    Deno.writeTextFileSync(`${folder}/a/journal.jsonl`, journal.slice(0, Math.floor(journal.length * 0.6)));
    assertEquals(await sweep(`${folder}/a`, "--workers", "1"), 0);
    assertEquals(contents(`${folder}/a`), whole);
    const other = await quietly(() =>
      main([...SMALL, "--seeds", "2", "--seed", "2", "--out", `${folder}/a`])
    );
    assertEquals(other.value, 3);
    assertStringIncludes(other.said, "expected the journal of this sweep, got that of another");
    assertEquals(contents(`${folder}/a`), whole);
  });
});

Deno.test("sweep stops a cell early when its interval is narrow enough, and says how many seeds it took", async () => {
  await withFolder(async (folder) => {
    const { said } = await quietly(() =>
      main([...SMALL, "--seeds", "20", "--ci", "0.5", "--json", "--workers", "1", "--out", folder])
    );
    const rows = JSON.parse(said) as { seeds: number; hit_rate_block: { halfWidth: number } }[];
    assertEquals(rows.length, 4);
    for (const { seeds, hit_rate_block } of rows) assert(seeds < 20 && hit_rate_block.halfWidth <= 0.5);
  });
});

Deno.test("sweep --sensitivity runs the costs' ends and says what changes", async () => {
  await withFolder(async (folder) => {
    const { value, said } = await quietly(() =>
      main([
        "--axis",
        "workload=kfree_storm",
        "--strategy",
        "lockless,none",
        "--sensitivity",
        "--seeds",
        "1",
        "--out",
        folder,
      ])
    );
    assertEquals(value, 0);
    assertMatch(said, /low .*\n.*high|No conclusion changes|Conclusions that change/);
  });
});

Deno.test("sweep refuses a wrong call with exit code 2 and the nearest name, before it writes", async () => {
  await withFolder(async (folder) => {
    const out = `${folder}/none`;
    const wrong: [string[], string][] = [
      [["pcp_swep"], 'got "pcp_swep"; did you mean pcp_sweep?'],
      [[], "expected the name of an experiment or an --axis"],
      [["--axis", "pcp_hihg=8"], "NAME=VALUES with a name of"],
      [["--axis", "constructor=8"], "NAME=VALUES with a name of"],
      [
        ["pcp_high", "kfree_loops", "kfree_alloc_num"].flatMap((
          axis,
        ) => ["--axis", `${axis}=${Array.from({ length: 99 }, (_, i) => i + 1)}`]),
        "at most 100000 cells",
      ],
      [["--axis", "pcp_high=8,8"], "different values"],
      [["--axis", "strategy=none", "--strategy", "sync"], "each axis once"],
      [["--axis", "costs=low", "--sensitivity"], "each axis once"],
      [["--axis", "nodes=1,2"], "Cannot sweep axis nodes: expected an axis memory_mib or cpus beside it"],
      [["--axis", "profile=v5_9,v9"], 'option "profile" must be one of v5_9, v5_12'],
      [["--axis", "fraction=0,3"], "Cannot sweep axis fraction: expected 0 or a whole number from 8"],
      [["--axis", "strategy=none,all"], "--strategy: expected one of lockless"],
      [["--axis", "pcp_high=x"], "Cannot sweep axis pcp_high: expected a whole number from 0"],
      [["strategies", "--strategy", "lockles"], "--strategy: expected one of"],
      [["strategies", "--shard", "3/2"], "I/N with I from 1 to N"],
    ];
    for (const [argv, message] of wrong) {
      const { value, said } = await quietly(() => main([...argv, "--out", out]));
      assertEquals(value, 2, said);
      assertStringIncludes(said, message);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("EXPERIMENTS have a question, an answer, what would refute it, and cells that exist", () => {
  const machine = readMachine(null);
  for (const experiment of EXPERIMENTS) {
    const { question, expected, refutedBy } = experiment;
    assert(question.endsWith("?") && expected !== "" && refutedBy !== "", experiment.name);
    const cells = cellsOf(experiment, machine);
    assertEquals(cells.length, Object.values(experiment.axes).reduce((n, values) => n * values.length, 1));
    assertEquals(cells.map((cell) => cell.index), cells.map((_, i) => i));
  }
});
