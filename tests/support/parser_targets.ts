/**
 * Every reader of text from outside, with real files to damage and the errors that it may throw. Readers that a task
 * wraps are called as the task calls them.
 *
 * @module
 */
import { parseBuddyinfo } from "../../src/import/buddyinfo.ts";
import { ImportError } from "../../src/import/import_error.ts";
import { parsePagetypeinfo } from "../../src/import/pagetypeinfo.ts";
import { parsePcplists } from "../../src/import/pcplists.ts";
import { readTrace } from "../../src/import/read_trace.ts";
import { parseVmstat } from "../../src/import/vmstat.ts";
import { parseZoneinfo } from "../../src/import/zoneinfo.ts";
import { defaultRunOptions } from "../../src/run/options.ts";
import { geometryFromSize, geometryFromZoneinfo } from "../../src/run/geometry.ts";
import { execute } from "../../src/run/execution.ts";
import { planMachine, programsOf } from "../../src/run/plan.ts";
import { recordedProfile, Replay } from "../../src/replay/replay.ts";
import { profileNamed } from "../../src/profile/profile.ts";
import { formatScheduleLine, parseScheduleLine } from "../../src/run/schedule_line.ts";
import { ScheduleDiverged } from "../../src/scheduler/replay.ts";
import { parseKept, parseRound } from "../../src/report/bench_rounds.ts";
import { readFidelity } from "../../src/report/html/fidelity.ts";
import { readBuckets, readRows, ResultFault } from "../../src/report/result_files.ts";

/** Classes of errors. */
// deno-lint-ignore no-explicit-any -- constructors take whatever they take
export type ErrorKinds = readonly (new (...args: any[]) => Error)[];

/** A reader of text from outside. */
export interface ParserTarget {
  /** What it reads. */
  readonly name: string;
  /** Files that it accepts. */
  readonly corpus: () => readonly Uint8Array[];
  /** Reads. */
  readonly read: (bytes: Uint8Array) => unknown;
  /** What it may throw. */
  readonly errors: ErrorKinds;
  /** What its message begins with: where the fault is. */
  readonly message: RegExp;
  /** How many times as long as a /proc file one input takes: it gets so many times fewer. */
  readonly cost: number;
}

const ROOT = new URL("../../", import.meta.url);
const encoder = new TextEncoder();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A file of the project. */
export function fileOf(path: string): Uint8Array {
  return Deno.readFileSync(new URL(path, ROOT));
}

const files = (...paths: readonly string[]) => () => paths.map(fileOf);
const MACHINES = ["low_s2_ll_f0", "numa_s4_ll_f0"].map((name) => `tests/fixtures/${name}`);
const inEach = (name: string) => MACHINES.map((folder) => `${folder}/${name}`);
const TRACES = ["ftrace_6.1.txt", "perf_script.txt", "trace_cmd_report.txt"]
  .map((name) => `tests/fixtures/constructed/${name}`);

/** Reads a /proc file. */
function proc(
  name: string,
  parse: (text: string, file: string) => unknown,
  paths: readonly string[],
): ParserTarget {
  return {
    name,
    corpus: files(...paths),
    read: (bytes) => parse(text(bytes), `my.${name}`),
    errors: [ImportError],
    message: new RegExp(`^my\\.${name}:\\d+: Cannot read ${name}: `),
    cost: 1,
  };
}

/** Bytes in pieces, as a file or a decompressor gives them. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4000) yield bytes.slice(at, at + 4000);
}

/** First lines of a recording, as text. */
async function recordingHead(path: string, bytes: number): Promise<Uint8Array> {
  const stream = new Response(Uint8Array.from(fileOf(path))).body!.pipeThrough(
    new DecompressionStream("gzip"),
  );
  const all = new Uint8Array(await new Response(stream).arrayBuffer());
  return all.slice(0, all.indexOf(0x0a, bytes) + 1);
}

async function zipped(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Response(Uint8Array.from(bytes)).body!.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The beginning of a recording of a machine of 1 GiB. */
export const HEAD: Uint8Array = await recordingHead("tests/fixtures/low_s2_ll_f0/trace.txt.gz", 6000);
const ZIPPED = await Promise.all([HEAD, fileOf(TRACES[0]!)].map(zipped));
const TWO_MEMBERS = Uint8Array.from([...ZIPPED[0]!, ...ZIPPED[1]!]);

const TRACE = {
  read: (bytes: Uint8Array) => readTrace(pieces(bytes), { event: () => {} }, { file: "my.trace" }),
  errors: [ImportError],
  message: /^my\.trace:\d+: Cannot read trace: /,
};

const ZONEINFO = parseZoneinfo(text(fileOf(`${MACHINES[0]}/zoneinfo.before`)));

/** A trace through the lists of a machine: what a trace says may be nonsense for it. */
async function replayed(bytes: Uint8Array): Promise<void> {
  const input = { zoneinfo: ZONEINFO, pcplists: null, pageBlockOrder: null };
  const profile = profileNamed(recordedProfile(ZONEINFO));
  const whatIf = { size: { high: 8, batch: 2 }, fraction: null, profile, blockSource: "lockless" as const };
  const run = new Replay(input, { profile, file: "my.trace", identity: true, whatIf });
  await readTrace(pieces(bytes), run, { file: "my.trace" });
  run.finish();
}

/** Sections after which a run of damaged options is left alone. */
const SECTIONS_MAX = 3000;
/** Work that a run of damaged options may have; more of it is fine, but not in a test. */
const CALLS_MAX = 1000, PAGES_MAX = 1 << 15, THREADS_MAX = 16;

const SMALL = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 24, cpus: 2, nodes: 1 })),
  calls: 3,
  stepsMax: SECTIONS_MAX,
};

/** Schedule lines: of the scheduler's choice, and with steps that were recorded. */
function scheduleLines(): Uint8Array[] {
  const storm = {
    ...SMALL,
    workload: "kfree_storm",
    kfree_alloc_num: 3,
    kfree_loops: 1,
    scheduler: "virtual" as const,
  };
  const lines = [
    formatScheduleLine(execute(SMALL)),
    formatScheduleLine({
      options: { ...SMALL, pcp: { high: 8, batch: 2 }, cachedBlocks: 2 },
      schedule: null,
    }),
    formatScheduleLine({ options: storm, schedule: null }),
    formatScheduleLine({
      options: { ...SMALL, programs: programsOf(planMachine(SMALL).m, SMALL) },
      schedule: null,
    }),
  ];
  return lines.map((line) => encoder.encode(line));
}

/** Whether a run is small enough for a test. */
function isSmall(
  { geometry, calls, threads, kfree_alloc_num, kfree_loops, stepsMax }: typeof SMALL,
): boolean {
  const pages = geometry.zones.reduce((sum, z) => sum + z.startPfn + z.spanned, 0);
  const isLight = calls <= CALLS_MAX && kfree_alloc_num * kfree_loops <= 1e6 && threads <= THREADS_MAX;
  return isLight && pages <= PAGES_MAX && stepsMax <= SECTIONS_MAX && geometry.cpuNodes.length <= THREADS_MAX;
}

function readLine(bytes: Uint8Array, run: boolean): void {
  const { options, schedule } = parseScheduleLine(text(bytes));
  if (!run || !isSmall(options)) return;
  execute(options, schedule === null ? {} : { replay: schedule });
}

const LINE = { corpus: scheduleLines, errors: [SyntaxError], message: /^Cannot read schedule: / };

const RESULTS = "results/reference/strategies";
const csv = (name: string, columns: readonly string[]): ParserTarget => ({
  name: `${name} as rows`,
  corpus: files(`${RESULTS}/${name}`, `results/reference/rt/${name}`),
  read: (bytes) => readRows(text(bytes), `out/${name}`, columns),
  errors: [ResultFault],
  message: new RegExp(`^out/${name}:\\d+: expected `),
  cost: 3,
});
const buckets = (name: string, what: string | null, low: string, high: string): ParserTarget => ({
  ...csv(name, []),
  name: `${name} as buckets`,
  read: (bytes) => readBuckets(text(bytes), `out/${name}`, { what, low, high }),
});

const json = (
  name: string,
  read: (text: string, file: string) => unknown,
  sample: unknown,
): ParserTarget => ({
  name,
  corpus: () => [1, 0].map((space) => encoder.encode(JSON.stringify(sample, null, space))),
  read: (bytes) => read(text(bytes), "my.json"),
  errors: [ImportError, ResultFault, SyntaxError],
  message: /^my\.json:\d+: /,
  cost: 1,
});

const FIGURE = { name: "hit rate", predicted: 99.5, recorded: "69 to 70", low: 60, high: 70, inBand: true };
const BENCH = { group: "a", name: "take", ns: [97.3, 98] };
const ROUND = { group: null, name: "take", results: [{ ok: { n: 10, min: 97.3, max: 120.5, avg: 99 } }] };

/** All of them. */
export const PARSER_TARGETS: readonly ParserTarget[] = [
  proc("zoneinfo", parseZoneinfo, [
    "fuzz/command/machine/zoneinfo",
    `${MACHINES[1]}/zoneinfo.before`,
    ...["6.1", "6.18"].map((version) => `tests/fixtures/constructed/zoneinfo.${version}`),
  ]),
  proc("pcplists", parsePcplists, ["fuzz/command/machine/pcplists", ...inEach("pcplists.before")]),
  proc("buddyinfo", parseBuddyinfo, inEach("buddyinfo.before")),
  proc("pagetypeinfo", parsePagetypeinfo, inEach("pagetypeinfo.before")),
  proc("vmstat", parseVmstat, inEach("vmstat.before")),
  { name: "trace", ...TRACE, corpus: () => [HEAD, ...TRACES.map(fileOf)], cost: 2 },
  { name: "trace.gz", ...TRACE, corpus: () => [...ZIPPED, TWO_MEMBERS], cost: 10 },
  {
    name: "trace through the replay",
    corpus: () => [HEAD],
    read: replayed,
    errors: [ImportError],
    message: TRACE.message,
    cost: 50,
  },
  {
    name: "zoneinfo as a machine",
    corpus: files("fuzz/command/machine/zoneinfo", "tests/fixtures/constructed/zoneinfo.6.18"),
    read(bytes) {
      const geometry = geometryFromZoneinfo(parseZoneinfo(text(bytes)));
      const options = { ...SMALL, geometry };
      if (isSmall({ ...options, geometry })) planMachine(options);
    },
    errors: [ImportError, RangeError],
    message: /^(zoneinfo:\d+: )?Cannot /,
    cost: 2,
  },
  { name: "schedule line", ...LINE, read: (bytes) => readLine(bytes, false), cost: 1 },
  {
    name: "schedule line, run",
    corpus: LINE.corpus,
    read: (bytes) => readLine(bytes, true),
    errors: [SyntaxError, RangeError, ScheduleDiverged],
    message: /^(Cannot |Schedule )/,
    cost: 10,
  },
  csv("runs.csv", ["run", "seed", "strategy", "hit_rate_block"]),
  csv("cells.csv", ["cell", "seeds"]),
  buckets("latency.csv", "metric", "bucket_low_ns", "bucket_high_ns"),
  buckets("kfree_bulk.csv", "channel", "batch_low", "batch_high"),
  buckets("miss_streaks.csv", null, "streak_low", "streak_high"),
  json("figures of fidelity", readFidelity, [FIGURE]),
  json("kept rounds of bench", parseKept, { format: 1, runtime: "deno", cpu: "one", benches: [BENCH] }),
  json("a round of deno bench", parseRound, { version: 1, runtime: "deno", cpu: "one", benches: [ROUND] }),
];
