/**
 * Tasks as targets: damaged files and command lines given to a task itself, which must refuse them with exit code 2 or
 * 3 before it writes, and write nowhere but where it was told to.
 *
 * @module
 */
import { assert } from "@std/assert";
import { readArguments } from "../../fuzz/arguments.ts";
import { readBenchArguments } from "../../fuzz/bench/arguments.ts";
import { main as claims } from "../../fuzz/claims/main.ts";
import { UsageError } from "../../fuzz/command/exit.ts";
import { readMachine } from "../../fuzz/command/machine_input.ts";
import { main as dictionary } from "../../fuzz/dictionary.ts";
import { readExploreCall } from "../../fuzz/explore/model_arguments.ts";
import { main as fidelity } from "../../fuzz/fidelity/main.ts";
import { main as fuzz } from "../../fuzz/main.ts";
import { main as mutants } from "../../fuzz/mutants/main.ts";
import { main as npm } from "../../fuzz/npm/main.ts";
import { main as perf } from "../../fuzz/perf/main.ts";
import { main as reference } from "../../fuzz/reference/main.ts";
import { readReplayArguments } from "../../fuzz/replay/arguments.ts";
import { main as replay } from "../../fuzz/replay/main.ts";
import { main as report } from "../../fuzz/report/main.ts";
import { main as serve } from "../../fuzz/serve/main.ts";
import { answer } from "../../fuzz/serve/site.ts";
import { readSweepArguments } from "../../fuzz/sweep/arguments.ts";
import { checkSum } from "../../fuzz/sweep/journal.ts";
import { main as sweep } from "../../fuzz/sweep/main.ts";
import { main as merge } from "../../fuzz/sweep/merge.ts";
import { ImportError } from "../../src/import/import_error.ts";
import { cellsOf } from "../../src/sweep/experiment.ts";
import { fileOf, HEAD, type ParserTarget } from "./parser_targets.ts";
import { called, inSandbox, Refused, type SandboxCall, type TaskMain } from "./sandbox.ts";

const encoder = new TextEncoder();
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const SAID = /^(\/in[^:]*:\d+: |\/in[^:]*: |Cannot |[^\n]*: )/;

/** A task that reads the damaged file among whole ones. */
function task(
  name: string,
  cost: number,
  corpus: readonly (string | Uint8Array)[],
  call: (bytes: Uint8Array) => SandboxCall,
): ParserTarget {
  const files = () => corpus.map((file) => typeof file === "string" ? fileOf(file) : file);
  return { name, cost, corpus: files, read: (b) => inSandbox(call(b)), errors: [Refused], message: SAID };
}

const MACHINE = "fuzz/command/machine";
const RECORDING = "tests/fixtures/low_s2_ll_f0";
const RESULTS = "results/reference/strategies";

const fuzzWith = (name: "zoneinfo" | "pcplists") => (bytes: Uint8Array): SandboxCall => ({
  main: fuzz,
  files: { zoneinfo: fileOf(`${MACHINE}/zoneinfo`), pcplists: fileOf(`${MACHINE}/pcplists`), [name]: bytes },
  argv: (input, out) => [
    ...["--zoneinfo", `${input}/zoneinfo`, "--pcplists", `${input}/pcplists`, "--out", out, "--quiet"],
    ...["--runs", "1", "--calls", "3", "--scheduler", "virtual"],
  ],
});

const replayWith = (name: string) => (bytes: Uint8Array): SandboxCall => ({
  main: replay,
  files: {
    "trace.txt": HEAD,
    "zoneinfo.before": fileOf(`${RECORDING}/zoneinfo.before`),
    [name]: bytes,
  },
  argv: (input, out) => [input, "--out", out, "--quiet"],
});

const reportWith = (name: string) => (bytes: Uint8Array): SandboxCall => ({
  main: report,
  files: {
    ...Object.fromEntries(
      ["runs.csv", "kfree_bulk.csv", "miss_streaks.csv", "meta.json"].map((
        n,
      ) => [n, fileOf(`${RESULTS}/${n}`)]),
    ),
    "latency.csv": encoder.encode(
      "strategy,run,metric,bucket_low_ns,bucket_high_ns,count\nlockless,0,a,1,2,3\n",
    ),
    [name]: bytes,
  },
  argv: (input, out) => [input, "--out", out, "--quiet"],
  check: (page) => assert(!/<(img|script)\b/i.test(Deno.readTextFileSync(page)), "no markup out of a file"),
});

/** A journal of a small sweep: made by the task, then read back by the same and by `merge`. */
const SWEEP = [
  "--axis",
  "pcp_high=8,62",
  "--axis",
  "kfree_loops=1",
  "--axis",
  "kfree_alloc_num=9",
  "--seeds",
  "1",
];

async function journal(): Promise<Uint8Array> {
  const out = Deno.makeTempDirSync();
  try {
    const { code, said } = await called(sweep, [...SWEEP, "--workers", "1", "--out", out, "--quiet"]);
    assert(code === 0, said);
    return Deno.readFileSync(`${out}/journal.jsonl`);
  } finally {
    Deno.removeSync(out, { recursive: true });
  }
}

const JOURNAL = await journal();

/** Check sums that are right again after the damage: they are against torn lines, and anybody can make them. */
function summedUp(bytes: Uint8Array): Uint8Array {
  const lines = textOf(bytes).split("\n").map((line) => line.slice(9)).filter((json) => json !== "");
  return encoder.encode(lines.map((json) => `${checkSum(json)} ${json}\n`).join(""));
}

const journalTarget = (
  name: string,
  mend: (bytes: Uint8Array) => Uint8Array,
  call: Partial<SandboxCall>,
) => ({
  name,
  cost: 20,
  corpus: () => [JOURNAL],
  read: (bytes: Uint8Array) =>
    inSandbox({
      main: merge,
      files: { "journal.jsonl": mend(bytes) },
      argv: (input, out) => [input, "--out", out, "--quiet"],
      ...call,
    }),
  errors: [Refused],
  message: SAID,
});

/** Command lines: a line an argument. */
function commandLine(
  name: string,
  lines: readonly string[],
  read: (argv: string[]) => unknown,
): ParserTarget {
  return {
    name: `command line of ${name}`,
    cost: 1,
    corpus: () => lines.map((line) => encoder.encode(line.replaceAll(" ", "\n"))),
    read: (bytes) => read(textOf(bytes).split("\n")),
    errors: [UsageError, RangeError, Refused],
    message: /^Cannot /,
  };
}

/** A task whose arguments are read inside: with --help behind them it does nothing else. */
function helped(name: string, main: TaskMain, ...lines: readonly string[]): ParserTarget {
  return commandLine(name, lines, async (argv) => {
    const { code, said } = await called(main, [...argv, "--help"]);
    if (code === 2 || code === 3) throw new Refused(said);
    assert(code === 0, `exit code ${code}: ${said}`);
  });
}

/** A file of options. */
function configFile(
  name: string,
  corpus: readonly Uint8Array[],
  read: (argv: string[]) => unknown,
): ParserTarget {
  return {
    name: `${name} --config`,
    cost: 4,
    corpus: () => corpus,
    read(bytes) {
      const folder = Deno.makeTempDirSync();
      try {
        Deno.writeFileSync(`${folder}/run.json`, bytes);
        return read(["--config", `${folder}/run.json`]);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
    errors: [ImportError, UsageError, RangeError],
    message: /^(\/\S*\/run\.json:\d+: Cannot read config: |Cannot )/,
  };
}

const printed = (text: string | null) => encoder.encode(text!);
const FUZZ_FILES = [
  printed(readArguments(["--print-config", "--strategy", "none,sync", "--traced"]).print),
  printed(readArguments(["--print-config", "--mem", "64M", "--distance", "10"]).print),
  encoder.encode(JSON.stringify({
    command: ["deno", "task", "fuzz", "--seed", "7", "--zoneinfo", "a"],
    options: { ...readMachine(null) },
  })),
];
const REPLAY_FILES = [["a", "b", "--identity"], ["t", "--pcp", "62/15", "--max-error", "0.5"]]
  .map((argv) => printed(readReplayArguments([...argv, "--print-config"]).print));
const SWEEP_FILES = [
  printed(
    readSweepArguments(["--print-config", "pcp_sweep", "--axis", "pressure=0,0.5", "--ci", "0.1"]).print,
  ),
  fileOf(`${RESULTS}/meta.json`),
];

const SITE = new Map([["/", { type: "text/html", body: "page" }]]);

/** A path or a header that somebody asks the server with. */
async function request(bytes: Uint8Array): Promise<void> {
  const text = textOf(bytes);
  const url = new URL("http://127.0.0.1:8421/");
  url.pathname = text;
  const host = /^[\x21-\x2e\x30-\x7e]{1,100}$/.test(text) ? text : "127.0.0.1:8421";
  const response = answer(SITE, new Request(url, { headers: { host } }));
  const body = await response.text();
  assert(response.headers.get("content-security-policy")!.startsWith("default-src 'none'"));
  if (response.status !== 200) throw new Refused(`Cannot have it: ${response.status}`);
  assert(body === "page");
}

/** All of them. */
export const TASK_TARGETS: readonly ParserTarget[] = [
  task("fuzz --zoneinfo", 100, [`${MACHINE}/zoneinfo`, `${RECORDING}/zoneinfo.after`], fuzzWith("zoneinfo")),
  task("fuzz --pcplists", 100, [`${MACHINE}/pcplists`], fuzzWith("pcplists")),
  task("replay of a folder: trace", 50, [HEAD], replayWith("trace.txt")),
  task(
    "replay of a folder: zoneinfo",
    50,
    [`${RECORDING}/zoneinfo.before`],
    replayWith("zoneinfo.before"),
  ),
  task("report: meta.json", 40, [`${RESULTS}/meta.json`], reportWith("meta.json")),
  task("report: runs.csv", 40, [`${RESULTS}/runs.csv`], reportWith("runs.csv")),
  task("report: kfree_bulk.csv", 40, [`${RESULTS}/kfree_bulk.csv`], reportWith("kfree_bulk.csv")),
  task("report: miss_streaks.csv", 40, [`${RESULTS}/miss_streaks.csv`], reportWith("miss_streaks.csv")),
  journalTarget("merge: torn journal", (bytes) => bytes, {}),
  journalTarget("merge: journal with right check sums", summedUp, {}),
  commandLine(
    "fuzz",
    [
      "--seed 7 --strategy all --pressure 0.95 --pcp 8/2 --fraction 8 --profile v6_1 --rcu rcu_nocbs --swap 512M",
      "--mem 512M --cpus 4 --nodes 2 --distance 10,21/21,10 --workload kfree_storm --kfree_loops 40 --slowdown 1.5",
      "--zoneinfo a --pcplists b --runs 3 --seconds 2 --scheduler pct --depth 3 --json --quiet --out o --timeline t",
    ],
    readArguments,
  ),
  configFile("fuzz", FUZZ_FILES, readArguments),
  configFile("replay", REPLAY_FILES, readReplayArguments),
  configFile("sweep", SWEEP_FILES, (argv) => cellsOf(readSweepArguments(argv).experiment, readMachine(null))),
  commandLine("fuzz, as a machine", ["--mem 32M --cpus 4 --nodes 2 --distance 10,21/21,10"], (argv) => {
    const { machine } = readArguments(argv);
    if (machine !== null && "memoryBytes" in machine) readMachine(machine);
  }),
  commandLine(
    "sweep",
    [
      "pcp_sweep --seeds 3 --shard 1/2 --ci 0.01",
      "--axis pcp_high=8,62,378 --axis pressure=0,1 --workers 2 --out o",
    ],
    (argv) => {
      const { experiment } = readSweepArguments(argv);
      return cellsOf(experiment, readMachine(null));
    },
  ),
  commandLine(
    "replay",
    ["a b --pcp 62/15 --max-error 0.5 --identity --profile v6_1", "t --fraction 8"],
    (argv) => readReplayArguments(argv),
  ),
  commandLine(
    "explore",
    [
      "--cpus 2 --operations 4 --pages 6 --bug none --reduction chains --json",
      "--model --strategy all --deviations 1 --calls 3 --limit 5000",
    ],
    readExploreCall,
  ),
  commandLine(
    "bench",
    ["--save a --rounds 5 --filter x", "--compare a --max-ratio 1.2 --out o"],
    readBenchArguments,
  ),
  helped("claims", claims, "--json --quiet"),
  helped("mutants", mutants, "--mutation M1,M2 --seeds 3 --runs 4 --json"),
  helped("fidelity", fidelity, "--json --quiet"),
  helped("perf", perf, "--rounds 3 --quick --json"),
  helped("npm", npm, "--out a --quiet"),
  helped("reference", reference, "--out a --check"),
  helped("dictionary", dictionary, "--help"),
  helped("report", report, "a --out b --fidelity c --json"),
  helped("merge", merge, "a b --out c --quiet"),
  helped("serve", serve, "--port 0 --quiet"),
  {
    name: "requests of serve",
    cost: 2,
    corpus: () => ["/", "/"].map((path) => encoder.encode(path)),
    read: request,
    errors: [Refused],
    message: /^Cannot have it: (404|421)$/,
  },
];
