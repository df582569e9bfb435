/**
 * Rows about whole tasks as processes: how they start, how they scale, how fast they read a trace.
 */
import {
  parsePagetypeinfo,
  parsePcplists,
  parseZoneinfo,
  profileNamed,
  readTrace,
  Replay,
} from "../../mod.ts";
import type { PerfRow } from "./row.ts";

const ROOT = new URL("../../", import.meta.url);
const RECORDING = new URL("tests/fixtures/rep2_low_s2_ll_f30000/", ROOT);
const CHUNK_BYTES = 64 * 1024;

/** Milliseconds of a command line from start to end. */
function taskMs(args: readonly string[]): number {
  const startedMs = performance.now();
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", "--allow-read", "--allow-write", ...args],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) throw new Error(`${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return performance.now() - startedMs;
}

/** Million lines of a compressed trace that are read and replayed in a second. */
async function replayedLines(): Promise<number> {
  const zipped = Deno.readFileSync(new URL("trace.txt.gz", RECORDING));
  const text = (name: string) => Deno.readTextFileSync(new URL(name, RECORDING));
  const input = {
    zoneinfo: parseZoneinfo(text("zoneinfo.before")),
    pcplists: parsePcplists(text("pcplists.before")),
    pageBlockOrder: parsePagetypeinfo(text("pagetypeinfo.before")).pageBlockOrder,
  };
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    for (let from = 0; from < zipped.length; from += CHUNK_BYTES) {
      yield zipped.subarray(from, from + CHUNK_BYTES);
    }
  }
  const startedMs = performance.now();
  const replay = new Replay(input, {
    profile: profileNamed("v5_9"),
    file: "trace.txt.gz",
    identity: false,
    whatIf: null,
  });
  const { lines } = await readTrace(chunks(), replay);
  replay.finish();
  return lines / 1000 / (performance.now() - startedMs);
}

/** How many times as long a sweep takes with one worker as with two. */
function twoWorkers(folder: string, seeds: number): number {
  const sweep = (workers: number) =>
    taskMs([
      ...["--lock=deno.run.lock", "fuzz/sweep/main.ts", "pcp_sweep", "--seeds", `${seeds}`],
      ...["--workers", `${workers}`, "--quiet", "--out", Deno.makeTempDirSync({ dir: folder })],
    ]);
  const one = sweep(1);
  return one / sweep(2);
}

/** The rows; small inputs when `quick`. Files go to `folder`. */
export function taskRows(quick: boolean, folder: string): PerfRow[] {
  const startUp = (name: string, ...args: readonly string[]): PerfRow => ({
    work: `start-up: ${name} (ms)`,
    reference: "none",
    target: "under 300 ms",
    meets: (ours) => ours < 300,
    measure: () => ({ ours: taskMs(args), theirs: null }),
  });
  return [
    {
      work: "a trace read from .gz and replayed (million lines a second)",
      reference: "none",
      target: "at least 1.5",
      meets: (ours) => ours >= 1.5,
      measure: async () => ({ ours: await replayedLines(), theirs: null }),
    },
    {
      work: "a sweep: time with 1 worker over time with 2",
      reference: "none",
      target: "at least 1.9",
      meets: (ours) => ours >= 1.9,
      measure: () => ({ ours: twoWorkers(folder, quick ? 1 : 38), theirs: null }),
    },
    startUp("fuzz --help", "fuzz/main.ts", "--help"),
    startUp("explore of a tiny case", "fuzz/explore/main.ts", "--operations", "1", "--quiet"),
  ];
}
