/**
 * Tasks whose surroundings fail: folders that cannot be written or vanish, readers that close the pipe, signals. What a
 * task has reported is whole then, its message says what was wrong, and its exit code is one that its help names.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const tasks: Readonly<Record<string, { readonly command: string }>> =
  JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).tasks;
const SMALL = ["--mem", "32M", "--calls", "100"];
const SWEEP = ["--axis", "memory_mib=32", "--axis", "kfree_loops=1", "--axis", "kfree_alloc_num=50"];
const RECORDING = "tests/fixtures/low_s2_ll_f0";

/** The words of a task's command, its permissions included. */
function words(task: string, ...argv: readonly string[]): string[] {
  return [Deno.execPath(), ...tasks[task]!.command.split(" ").slice(1), ...argv];
}

function spawn([program, ...args]: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program!, { args, cwd: ROOT, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
}

async function ended(child: Deno.ChildProcess) {
  const { code, signal, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, signal, out: text(stdout), said: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function rowsOf(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").slice(1, -1);
  } catch {
    return [];
  }
}

/** Waits until a condition holds, at most 20 s. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 800 && !holds(); i++) await wait(25);
  assert(holds(), "it came to that");
}

/** Calls that write, each given the folder to write to. */
const WRITERS: Readonly<Record<string, (out: string, shard: string) => readonly string[]>> = {
  fuzz: (out) => words("fuzz", ...SMALL, "--runs", "1", "--out", out),
  "fuzz --timeline": (out) =>
    words("fuzz", ...SMALL, "--runs", "1", "--out", `${out}/../fine`, "--timeline", `${out}/timeline.json`),
  sweep: (out) => words("sweep", ...SWEEP, "--seeds", "1", "--workers", "1", "--out", out),
  merge: (out, shard) => words("merge", shard, "--out", out),
  replay: (out) => words("replay", RECORDING, "--out", out),
  report: (out, shard) => words("report", shard, "--out", `${out}/page.html`),
  reference: (out) => words("reference", "--out", out),
  npm: (out) => words("npm", "--out", out),
};

/** A shard, which is a result folder as well. */
async function makeShard(folder: string): Promise<string> {
  const shard = `${folder}/shard`;
  const { code, said } = await ended(
    spawn(words("sweep", ...SWEEP, "--seeds", "1", "--workers", "1", "--out", shard)),
  );
  assertEquals(code, 0, said);
  return shard;
}

Deno.test("every task that writes exits with 3 when its folder is a file, or may not be written", async () => {
  await inFolder(async (folder) => {
    const shard = await makeShard(folder);
    Deno.writeTextFileSync(`${folder}/file`, "not a folder");
    Deno.mkdirSync(`${folder}/closed`);
    for (const [name, call] of Object.entries(WRITERS)) {
      const inFile = await ended(spawn(call(`${folder}/file/out`, shard)));
      assertEquals(
        [inFile.code, inFile.said.startsWith("Cannot write")],
        [3, true],
        `${name}: ${inFile.said}`,
      );
      // a folder that the process may not write to: without the rights of its owner, whoever runs this test
      const closed = call(`${folder}/closed`, shard)
        .map((word) => word === "--allow-write" ? `--allow-write=${folder}/fine` : word);
      const { code, said } = await ended(spawn(closed));
      assertEquals([code, said.startsWith("Cannot write")], [3, true], `${name}: ${said}`);
      assertEquals([...Deno.readDirSync(`${folder}/closed`)], [], name);
    }
  });
});

Deno.test("fuzz and sweep exit with 3 when their folder vanishes during the run", async () => {
  await inFolder(async (folder) => {
    for (
      const [task, file, ...argv] of [
        ["fuzz", "runs.csv", ...SMALL, "--runs", "100000"],
        ["sweep", "journal.jsonl", ...SWEEP, "--seeds", "40", "--workers", "1"],
      ] as const
    ) {
      const out = `${folder}/${task}`;
      const child = spawn(words(task, ...argv, "--out", out, ...(task === "fuzz" ? ["--seconds", "3"] : [])));
      await until(() => rowsOf(`${out}/${file}`).length > 2);
      Deno.removeSync(out, { recursive: true });
      const { code, said } = await ended(child);
      assertEquals(code, 3, said);
      assertMatch(said, new RegExp(`^Cannot write to ${out}: `));
    }
  });
});

Deno.test({
  name:
    "a reader that closes the pipe is no fault: the files are whole, nothing is said, and the exit code is 0" +
    (Deno.build.os === "windows" ? " (ignored: there is no sh here)" : ""),
  ignore: Deno.build.os === "windows",
  async fn() {
    await inFolder(async (folder) => {
      const quoted = (call: readonly string[]) => call.map((word) => `'${word}'`).join(" ");
      const calls = {
        "fuzz --json": words("fuzz", ...SMALL, "--runs", "2", "--json", "--out", `${folder}/fuzz`),
        "fuzz --help": words("fuzz", "--help"),
        sweep: words(
          "sweep",
          ...SWEEP,
          "--seeds",
          "1",
          "--workers",
          "1",
          "--json",
          "--out",
          `${folder}/sweep`,
        ),
        replay: words("replay", RECORDING, "--json", "--out", `${folder}/replay`),
        explore: words("explore", "--cpus", "2", "--operations", "1", "--json"),
      };
      for (const [name, call] of Object.entries(calls)) {
        for (const reader of ["head -n 1", "true"]) {
          const line = `(${quoted(call)}; echo "exit code $?" >&2) | ${reader}`;
          const { said } = await ended(spawn(["sh", "-c", line]));
          assertEquals(said, "exit code 0\n", `${name} | ${reader}`);
        }
      }
      assertEquals(rowsOf(`${folder}/fuzz/runs.csv`).length, 2);
      assertEquals(rowsOf(`${folder}/sweep/runs.csv`).length, 1);
      assert(rowsOf(`${folder}/replay/replay.csv`).length > 0);
    });
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`fuzz that gets ${signal} ends with whole files, a message and 130`, async () => {
    await inFolder(async (folder) => {
      const out = `${folder}/out`;
      const child = spawn(words("fuzz", ...SMALL, "--runs", "1000000", "--out", out));
      await until(() => rowsOf(`${out}/runs.csv`).length > 2);
      child.kill(signal);
      const { code, out: table, said } = await ended(child);
      assertEquals(code, 130, said);
      const [, runs] = /^Interrupted after (\d+) runs: they are whole in /m.exec(said) ?? [];
      const text = Deno.readTextFileSync(`${out}/runs.csv`);
      assert(text.endsWith("\n"));
      assertEquals(rowsOf(`${out}/runs.csv`).length, Number(runs), "every run that was reported has its row");
      assertEquals(new Set(text.trimEnd().split("\n").map((line) => line.split(",").length)).size, 1);
      const made = new Set(rowsOf(`${out}/runs.csv`).map((row) => row.split(",")[0]));
      const counted = new Set(rowsOf(`${out}/latency.csv`).map((row) => row.split(",")[1]));
      assertEquals(
        [...counted].filter((run) => !made.has(run)),
        [],
        "no histogram is of a run without a row",
      );
      assert(table.includes(`${runs} runs in ${out}`));
      JSON.parse(Deno.readTextFileSync(`${out}/meta.json`));
    });
  });

  Deno.test({
    name: `replay that gets ${signal} writes nothing, says so, and exits with 130` +
      (Deno.build.os === "windows" ? " (ignored: there is no mkfifo here)" : ""),
    ignore: Deno.build.os === "windows",
    async fn() {
      await inFolder(async (folder) => {
        // a trace that does not end, as from a kernel that is still running
        const trace = `${folder}/trace`;
        await ended(spawn(["mkfifo", trace]));
        const argv = [trace, "--zoneinfo", `${RECORDING}/zoneinfo.before`, "--out", `${folder}/out`];
        const child = spawn(words("replay", ...argv));
        const pipe = await Deno.open(trace, { write: true });
        child.kill(signal);
        const going = ended(child);
        let over = false;
        going.then(() => over = true);
        const comments = new TextEncoder().encode("# nothing\n".repeat(400));
        while (!over) await pipe.write(comments).then(() => wait(20), () => wait(20));
        pipe.close();
        const { code, said } = await going;
        assertEquals(code, 130, said);
        assertMatch(said, /^Interrupted in .*: nothing is written$/m);
        assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["trace"]);
      });
    },
  });

  Deno.test(`explore that gets ${signal} ends at once and prints no half of a result`, async () => {
    const child = spawn(words("explore", "--cpus", "4", "--operations", "20", "--json"));
    await wait(700);
    child.kill(signal);
    const { signal: by, out, said } = await ended(child);
    assertEquals([by, out, said], [signal, "", ""]);
  });
}
