/**
 * `deno task fuzz` as its users meet it: exit codes, messages, files, and the same bytes under every locale.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  COLUMNS,
  defaultRunOptions,
  formatScheduleLine,
  parseScheduleLine,
  RUNS_HEADER,
  WORKLOADS,
} from "../mod.ts";
import { checkShare } from "./check_share.ts";
import { readMachine } from "./command/machine_input.ts";
import { parse } from "../src/deps/csv.ts";
import { main } from "./main.ts";
import { FUZZ_HELP } from "./usage.ts";
import { pathOf } from "./command/path_of.ts";

interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Calls the task in this process. */
function fuzz(...argv: string[]): Called {
  const saved = { log: console.log, error: console.error };
  let [out, err] = ["", ""];
  console.log = (text: string) => void (out += `${text}\n`);
  console.error = (text: string) => void (err += `${text}\n`);
  try {
    return { code: main(argv), out, err };
  } finally {
    Object.assign(console, saved);
  }
}

/** Runs `test` with the path of a folder that does not exist yet. */
function withFolder(test: (folder: string) => void): void {
  const parent = Deno.makeTempDirSync();
  try {
    test(`${parent}/out`);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
}

const SMALL = ["--mem", "32M", "--calls", "100", "--runs", "2"];
const FILES = ["kfree_bulk.csv", "latency.csv", "meta.json", "miss_streaks.csv", "runs.csv"];

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("fuzz writes its five files, prints a table and exits with 0", () => {
  withFolder((folder) => {
    const { code, out, err } = fuzz(...SMALL, "--out", folder, "--strategy", "all");
    assertEquals([code, err], [0, ""]);
    assertEquals(filesIn(folder), FILES);
    const strategies = ["lockless", "nowait", "none"];
    for (const name of strategies) assert(new RegExp(`^${name} +random`, "m").test(out), out);
    assertStringIncludes(out, `runs in ${folder}`);
    const rows = parse(Deno.readTextFileSync(`${folder}/runs.csv`), { skipFirstRow: true }) as Record<
      string,
      string
    >[];
    assertEquals(Deno.readTextFileSync(`${folder}/runs.csv`).split("\n", 1)[0], RUNS_HEADER.trimEnd());
    for (const name of strategies) {
      assertEquals(rows.filter((row) => row.strategy === name).map((row) => row.run), ["0", "1"]);
    }
    assertEquals(Object.keys(rows[0]!), COLUMNS.map((c) => c.name));
    assert(rows.every((row) => row.violation === "" && Number(row.objects) > 0));
    for (const name of ["latency", "kfree_bulk"]) {
      const lines = Deno.readTextFileSync(`${folder}/${name}.csv`).trimEnd().split("\n");
      assert(lines.length > 6 && lines.every((line) => line.split(",").length === 6), name);
    }
    const freed = parse(Deno.readTextFileSync(`${folder}/latency.csv`), { skipFirstRow: true }) as Record<
      string,
      string
    >[];
    for (const row of rows.filter((r) => r.strategy === "none")) {
      const own = freed.filter((r) =>
        r.strategy === "none" && r.run === row.run && r.metric === "enqueue_to_free"
      );
      assertEquals(own.reduce((sum, r) => sum + Number(r.count), 0), Number(row.objects));
    }
  });
});

Deno.test("fuzz runs the storm, down to one object, and blocks of one pointer", () => {
  withFolder((folder) => {
    const small = ["--mem", "32M", "--runs", "1", "--quiet", "--out", folder];
    const storm = ["--workload", "kfree_storm", "--kfree_loops", "2"];
    for (const objects of ["1", "500"]) {
      assertEquals(fuzz(...small, ...storm, "--kfree_alloc_num", objects).code, 0);
    }
    assertEquals(
      fuzz(...small, "--calls", "300", "--block_entries", "1", "--rcu_min_cached_objs", "9").code,
      0,
    );
    assertEquals(fuzz(...small, "--calls", "300", "--cpus", "12", "--threads", "1").code, 0);
  });
});

Deno.test("fuzz describes the session in meta.json so that it can be run again", () => {
  withFolder((folder) => {
    fuzz(...SMALL, "--out", folder, "--seed", "s 1", "--quiet");
    const meta = JSON.parse(Deno.readTextFileSync(`${folder}/meta.json`));
    assertEquals(meta.command, [
      "deno",
      "task",
      "fuzz",
      ...SMALL,
      "--out",
      folder,
      "--seed",
      "s 1",
      "--quiet",
    ]);
    assertEquals([meta.options.seed, meta.options.geometry.cpuNodes], ["s 1", [0, 0]]);
    assert(/^\d+\.\d+\.\d+$/.test(meta.version) && /^([0-9a-f]{40}|unknown)$/.test(meta.commit));
  });
});

Deno.test("fuzz --quiet prints nothing, --json prints JSON and nothing else, --help the help", () => {
  withFolder((folder) => {
    assertEquals(fuzz(...SMALL, "--out", folder, "--quiet"), { code: 0, out: "", err: "" });
    const { code, out, err } = fuzz(...SMALL, "--out", folder, "--json", "--strategy", "lockless,none");
    assertEquals([code, err], [0, ""]);
    const rows = JSON.parse(out);
    assert(rows.length >= 2 && rows.every((row: { violations: number }) => row.violations === 0));
    const shares = rows.filter((row: { strategy: string }) => row.strategy === "none");
    for (const row of shares) assertEquals([row.hitRateAttempt, row.bulkMean], [0, null]);
    const storm = ["--workload", "kfree_storm", "--kfree_loops", "1", "--strategy", "nowait"];
    const [row] = JSON.parse(fuzz(...SMALL, ...storm, "--out", folder, "--json").out);
    assertEquals([row.fellBackShare, row.fallbackNsP50, row.fallbackNsMax], [0, null, null]);
  });
  assertEquals(fuzz("--help"), { code: 0, out: `${FUZZ_HELP}\n`, err: "" });
  for (const line of FUZZ_HELP.split("\n")) assert(line.length <= 120, line);
});

Deno.test("fuzz exits with 2 on a wrong call, says what was expected, and writes nothing", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["--sede", "1"], `got "--sede"; did you mean --seed?`],
    [["--nonsense"], `expected an option of --help, got "--nonsense"`],
    [["lockless"], `got "lockless"`],
    [["--runs", "0"], `--runs: expected a whole number from 1 to 1000000, got "0"`],
    [["--runs", "1.5"], `--runs: expected a whole number`],
    [["--runs", "many"], `got "many"`],
    [[`-a${"9".repeat(150_000)}x`], `expected an option of --help, got "-a999`],
    [["--runs", "-1"], `expected an option of --help, got "-1"\n`],
    [["--runs", "1", "--", "--seed", "2"], `expected an option of --help, got "--"`],
    [["--profile", "constructor"], "--profile: expected one of v5_9"],
    [["--distance", "10,1e1/20,10", "--mem", "64M", "--nodes", "2"], `--distance: expected a row`],
    [["--strategy", "\x1b[2J"], `got "\\u001b[2J"`],
    [["--runs", "1", "--runs", "2"], `--runs: expected a single value, got "several"`],
    [["--seed="], `--seed: expected a value, got "nothing"`],
    [["--seed", ""], "expected no empty argument"],
    [["--quiet=false"], `--quiet: expected no value, got "false"`],
    [["--fraction", "3"], "--fraction: expected 0 or a whole number from 8 to"],
    [["--seconds", "0"], "--seconds: expected a number from 0.001"],
    [["--scheduler", "fifo"], `--scheduler: expected one of random, pct, virtual`],
    [["--strategy", "lockless,magic"], `--strategy: expected one of lockless, `],
    [["--strategy", "none,none"], `--strategy: expected each name once, got "none,none"`],
    [
      ["--workload", "rcutorture"],
      `--workload: expected one of ${WORKLOADS.join(", ")}, got "rcutorture"`,
    ],
    [["--pcp", "62"], "--pcp: expected HIGH/BATCH in pages with a batch of at least 1, or machine"],
    [["--pcp", "62/0"], `got "62/0"`],
    [["--pressure", "1.1"], "--pressure: expected a number from 0 to 1"],
    [["--mem", "12"], "--mem: expected a size such as 512M or 16G"],
    [["--mem", "1M"], "--mem: expected 16M to 1T"],
    [["--mem", "64M", "--cpus", "257"], "--cpus: expected a whole number from 1 to 256"],
    [["--mem", "64M", "--zoneinfo", "x"], "--mem and --zoneinfo both name a machine"],
    [["--mem", "64M", "--cpus", "1", "--nodes", "2"], "at most 1 nodes, got 2"],
    [["--cpus", "2"], "--cpus goes with --mem"],
    [["--nodes", "2"], "--nodes goes with --mem"],
    [["--pcplists", "x"], "--pcplists goes with --zoneinfo"],
    [["--distance", "10"], "--distance goes with --mem or --zoneinfo"],
    [
      ["--mem", "64M", "--distance", "10,20"],
      "--distance: expected a row of every node's distances for each node",
    ],
    [["--mem", "64M", "--distance", "10,9/20,10"], "10 to itself, 11 to 254 to others"],
    [["--mem", "64M", "--distance", "10,20/20,10"], "--distance: expected 1 rows for 1 nodes, got 2"],
    [["--profile", "v2_6"], `expected one of v5_9`],
    [["--bugs", "no16,B1", "--profile", "v5_14"], "a bug that v5_14 had: B1, B2, no22"],
    [["--bugs", "B1", "--profile", "v6_18"], "a bug that v6_18 had: none"],
    [["--bugs", "B1,B7"], `expected one of B1, B2, no16`],
    [["--hz", "49"], "--hz: expected a whole number from 50 to 10000"],
    [["--preemption", "none"], "--preemption: expected one of voluntary, full"],
    [["--pageblock_order", "11"], "--pageblock_order"],
    [["--block_entries", "511"], "--block_entries: expected a whole number from 1 to 510"],
    [["--kfree_mult", "342"], "--kfree_mult"],
  ];
  withFolder((folder) => {
    for (const [argv, message] of wrong) {
      const { code, out, err } = fuzz(...argv, "--out", folder);
      assertEquals([code, out], [2, ""], `${argv.join(" ")}: ${err}`);
      assertStringIncludes(err, message);
      assert(err.startsWith("Cannot ") && err.endsWith("Try: deno task fuzz --help\n"), err);
      assert(!exists(folder), `${argv.join(" ")} wrote something`);
    }
  });
});

Deno.test("fuzz exits with 3 when a file or line that was named cannot be used", () => {
  withFolder((folder) => {
    const zoneinfo = Deno.readTextFileSync(pathOf("./command/machine/zoneinfo", import.meta.url));
    Deno.writeTextFileSync(`${folder}-zoneinfo`, zoneinfo.replace(/zone +DMA32/, "zone  HighMem"));
    const bad: readonly (readonly [readonly string[], string])[] = [
      [
        ["--zoneinfo", `${folder}-zoneinfo`],
        `${folder}-zoneinfo: Cannot build a machine: expected zones DMA,`,
      ],
      [["--zoneinfo", `${folder}/none`], `Cannot read ${folder}/none`],
      [["--zoneinfo", pathOf("", import.meta.url)], "Cannot read zoneinfo"],
      [["--replay", "pcplab2 {}"], "Cannot read schedule: Cannot run: option"],
      [
        ["--replay", "nonsense"],
        `Cannot read schedule: expected "pcplab2 {" or the file of one, got "nonsense"`,
      ],
    ];
    for (const [argv, message] of bad) {
      const { code, out, err } = fuzz(...argv, "--out", folder);
      assertEquals([code, out], [3, ""], err);
      assertStringIncludes(err, message);
      assert(!exists(folder));
    }
  });
});

Deno.test("fuzz exits with 3 when its folder cannot be written to, or is taken away", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(folder, "a file");
    const inFile = fuzz(...SMALL, "--out", `${folder}/inside`);
    assertEquals(inFile.code, 3);
    assertStringIncludes(inFile.err, `Cannot write to ${folder}/inside: `);
    Deno.removeSync(folder);

    Deno.mkdirSync(folder);
    Deno.symlinkSync("/dev/full", `${folder}/runs.csv`);
    const full = fuzz(...SMALL, "--out", folder);
    assertEquals(full.code, 3);
    assertStringIncludes(full.err, `Cannot write to ${folder}: `);
    Deno.removeSync(folder, { recursive: true });

    // gone between the first row and the last
    const { now } = performance;
    let calls = 0;
    performance.now = () => {
      if (++calls === 12 && exists(folder)) Deno.removeSync(folder, { recursive: true });
      return now.call(performance);
    };
    try {
      const gone = fuzz("--mem", "32M", "--calls", "50", "--runs", "20", "--out", folder);
      assertEquals(gone.code, 3);
      assertStringIncludes(gone.err, `Cannot write to ${folder}: `);
    } finally {
      performance.now = now;
    }
  });
});

Deno.test("fuzz exits with 1 on a violation, and the line it prints finds it again", () => {
  withFolder((folder) => {
    const { code, err } = fuzz(
      ...["--mem", "32M", "--bugs", "B1", "--runs", "200", "--scheduler", "random"],
      ...["--block_entries", "64", "--seed", "b1", "--quiet", "--out", folder],
    );
    assertEquals(code, 1);
    assertStringIncludes(err, "VIOLATED grace_period: object ");
    assertStringIncludes(err, "claim: an object is freed once");
    assertStringIncludes(err, "seed b1, run ");
    const line = /deno task fuzz --replay '([^']+)'/.exec(err)![1]!;
    const file = `${folder}/failure.txt`;
    const { options } = parseScheduleLine(line);
    assertEquals(options.bugs, ["B1"]);
    const rows = Deno.readTextFileSync(`${folder}/runs.csv`).trimEnd().split("\n");
    assert(rows.at(-1)!.endsWith(",grace_period"));
    const sections = new RegExp(
      ` after ${rows.at(-1)!.split(",")[rows[0]!.split(",").indexOf("steps")]} sections`,
    );
    const message = /VIOLATED (.+)/.exec(err)![1]!;
    for (const again of [line, file, formatScheduleLine({ options, schedule: null })]) {
      const replayed = fuzz("--replay", again);
      assertEquals([replayed.code, replayed.err], [1, ""]);
      assert(replayed.out.startsWith(`VIOLATED ${message} after `), replayed.out);
      assert(sections.test(replayed.out), replayed.out);
    }
    const mended = formatScheduleLine({ options: { ...options, bugs: [] }, schedule: null });
    const fine = fuzz("--replay", mended);
    assertEquals(fine.code, 0);
    assertStringIncludes(fine.out, "no violation in ");
  });
});

Deno.test("fuzz --shrink tells the smallest case as a story, and keeps a line that finds it again", () => {
  withFolder((folder) => {
    const { code, err } = fuzz(
      ...["--mem", "32M", "--bugs", "B1", "--runs", "200", "--scheduler", "random", "--block_entries", "16"],
      ...[
        "--calls",
        "100",
        "--seed",
        "b1",
        "--quiet",
        "--out",
        folder,
        "--shrink",
        "--shrink_sections",
        "2000000",
      ],
    );
    assertEquals(code, 1);
    const kept = Deno.readTextFileSync(`${folder}/smallest.txt`);
    const story = kept.slice(kept.indexOf("\n\n") + 2).trimEnd();
    assertStringIncludes(err, story);
    assertStringIncludes(story, "thread 0 on CPU 0: ");
    const again = fuzz("--replay", `${folder}/smallest.txt`, "--shrink", "--shrink_sections", "1000");
    assertEquals([again.code, again.err], [1, ""]);
    assertStringIncludes(story, /VIOLATED (.+) after/.exec(again.out)![1]!);
    assertStringIncludes(again.out, "again: deno task fuzz --replay 'pcplab2 {");
    const fine = fuzz("--mem", "32M", "--calls", "50", "--runs", "2", "--quiet", "--out", folder, "--shrink");
    assertEquals([fine.code, exists(`${folder}/smallest.txt`), exists(`${folder}/failure.txt`)], [
      0,
      false,
      false,
    ]);
  });
});

Deno.test("fuzz --shrink says what did not hold before it begins, which may take long", () => {
  withFolder((folder) => {
    const { error } = console;
    const written: boolean[] = []; // whether the smallest case was there when the violation was told
    console.error = (text: string) =>
      void (text.includes("VIOLATED") && written.push(exists(`${folder}/smallest.txt`)));
    try {
      const call = [
        "--mem",
        "32M",
        "--bugs",
        "B1",
        "--seed",
        "b1",
        "--scheduler",
        "random",
        "--block_entries",
        "16",
      ];
      main([...call, "--calls", "100", "--quiet", "--shrink", "--shrink_sections", "1", "--out", folder]);
    } finally {
      console.error = error;
    }
    assertEquals([written[0], exists(`${folder}/smallest.txt`)], [false, true]);
  });
});

Deno.test("fuzz says in plain digits how many pairs another run would bring", () => {
  withFolder((folder) => {
    const { out } = fuzz("--mem", "64M", "--runs", "1", "--scheduler", "random", "--out", folder);
    assertMatch(out, /another run brings about \d{3,} new ones/);
  });
});

Deno.test("fuzz says what it reached, names the rest, and goes on from runs that reached something new", () => {
  withFolder((folder) => {
    const corpus = `${folder}-corpus`;
    const session = (...more: string[]) =>
      fuzz(
        "--mem",
        "64M",
        "--calls",
        "60",
        "--runs",
        "12",
        "--scheduler",
        "random",
        "--out",
        folder,
        ...more,
      );
    try {
      const plain = session();
      assert(/reached \d+ of \d+ sections, \d+ of \d+ branches, \d+ of \d+ pairs/.test(plain.out), plain.out);
      assert(!exists(`${folder}/coverage.csv`));
      const first = session("--coverage", "--corpus", corpus);
      assertEquals([first.code, first.err], [0, ""]);
      assertStringIncludes(first.out, "Sections never reached\n");
      assertStringIncludes(first.out, "  __kfree_rcu_sheaf: start, allocated, store\n");
      const rows = parse(Deno.readTextFileSync(`${folder}/coverage.csv`), { skipFirstRow: true });
      assert(rows.some((row) => row.what === "section" && row.from === "program.next" && row.runs === "12"));
      const kept = [...Deno.readDirSync(corpus)].map(({ name }) => name).sort();
      assert(kept.length > 1 && kept[0] === "000001.txt", `${kept}`);
      assertEquals(fuzz("--replay", `${corpus}/${kept.at(-1)}`).code, 0);
      const csv = Deno.readTextFileSync(`${folder}/runs.csv`);
      Deno.removeSync(corpus, { recursive: true });
      session("--corpus", corpus);
      assertEquals(Deno.readTextFileSync(`${folder}/runs.csv`), csv, "the same from the same corpus");
      session("--corpus", corpus);
      assert(Deno.readTextFileSync(`${folder}/runs.csv`) !== csv, "another one goes on from it");
      Deno.writeTextFileSync(`${corpus}/broken.txt`, "pcplab2 {");
      const broken = session("--corpus", corpus);
      assertEquals(broken.code, 3);
      assertStringIncludes(broken.err, `${corpus}/broken.txt: Cannot read schedule`);
    } finally {
      Deno.removeSync(corpus, { recursive: true });
    }
  });
});

Deno.test("fuzz has one row a strategy, and in virtual time, where rates mean something, one for each pcp size", () => {
  withFolder((folder) => {
    const small = ["--mem", "64M", "--calls", "20", "--runs", "4", "--json", "--out", folder];
    for (const [scheduler, sizes] of [["random", 1], ["pct", 1], ["virtual", 4]] as const) {
      const rows = JSON.parse(fuzz(...small, "--scheduler", scheduler).out);
      assertEquals(rows.length, sizes, scheduler);
    }
  });
});

Deno.test("fuzz stops starting runs when its time is over", () => {
  withFolder((folder) => {
    const { code } = fuzz(
      "--mem",
      "32M",
      "--calls",
      "100",
      "--runs",
      "100000",
      "--seconds",
      "0.2",
      "--quiet",
      "--out",
      folder,
    );
    assertEquals(code, 0);
    const rows = Deno.readTextFileSync(`${folder}/runs.csv`).trimEnd().split("\n").length - 1;
    assert(rows >= 1 && rows < 2000, `${rows} rows`);
  });
});

/** Calls the task in a process of its own. */
function fuzzProcess(env: Record<string, string>, ...argv: string[]): Called {
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "--no-prompt", "--allow-read", "--allow-write"],
      ...[pathOf("./main.ts", import.meta.url), ...argv],
    ],
    env,
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("fuzz writes the same bytes under every locale and time zone, in colour or not", () => {
  withFolder((folder) => {
    const argv = [...SMALL, "--strategy", "lockless,none", "--out", folder];
    const written: string[][] = [];
    const printed: string[] = [];
    const environments: readonly Record<string, string>[] = [
      { LANG: "C", LC_ALL: "C", TZ: "UTC", NO_COLOR: "1" },
      { LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Asia/Kathmandu", NO_COLOR: "", FORCE_COLOR: "1" },
    ];
    for (const env of environments) {
      const { code, out, err } = fuzzProcess(env, ...argv);
      assertEquals([code, err], [0, ""]);
      printed.push(out);
      written.push(FILES.map((name) => Deno.readTextFileSync(`${folder}/${name}`)));
    }
    assertEquals(written[0], written[1]);
    assertEquals(printed[0], printed[1]);
    assertEquals(fuzz(...argv).out, printed[0], "and in another process");
    assertEquals(FILES.map((name) => Deno.readTextFileSync(`${folder}/${name}`)), written[0]);
  });
});

Deno.test("fuzz as a process exits with the code of main() and writes messages to standard error", () => {
  assertEquals(fuzzProcess({}, "--runs", "none").code, 2);
  const { code, out, err } = fuzzProcess({}, "--zoneinfo", "/nowhere/zoneinfo");
  assertEquals([code, out], [3, ""]);
  assertStringIncludes(err, "Cannot read /nowhere/zoneinfo");
});

Deno.test("checkShare() is a share, larger with a checker that takes its time than with one that does nothing", () => {
  const machine = readMachine(null);
  const options = { ...defaultRunOptions(machine.geometry), calls: 200 };
  const idle = { name: "idle", claim: "nothing", attach: () => ({}) };
  const wait = () => {
    for (const startedMs = performance.now(); performance.now() < startedMs + 400;);
    return null;
  };
  const slow = { name: "slow", claim: "nothing", attach: () => ({ examineEnd: wait }) };
  const share = checkShare(options, [slow]);
  assert(share > 0.3 && share < 1, `${share}`);
  assert(checkShare(options, [idle]) < share);
  assert(checkShare(options) >= 0);
});
