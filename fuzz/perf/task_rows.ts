/**
 * Rows about whole tasks as processes: how they start, how they scale, how fast they read a trace.
 */
import { recordedReplay } from "../../bench/recorded_replay.ts";
import type { PerfRow } from "./row.ts";

const ROOT = new URL("../../", import.meta.url);
/** Recordings in a row that make a trace of two million lines. */
const LONG_TRACE_TIMES = 32;

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

/**
 * Million lines of a compressed trace that are read and replayed in a second. The recording has 63,649 lines, which are
 * gone before the engine has compiled what reads them; traces worth waiting for are longer, so it comes many times.
 */
async function replayedLines(times: number): Promise<number> {
  const replayed = recordedReplay(times);
  const startedMs = performance.now();
  const { lines } = await replayed({ identity: false, whatIf: null });
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
  const times = quick ? 1 : LONG_TRACE_TIMES;
  const startUp = (name: string, ...args: readonly string[]): PerfRow => ({
    work: `start-up: ${name} (ms)`,
    reference: "none",
    target: "under 300 ms",
    meets: (ours) => ours < 300,
    measure: () => ({ ours: taskMs(args), theirs: null }),
  });
  return [
    {
      work:
        `a recording of 63,649 lines, ${times} times in a row, read from .gz and replayed (million lines a second)`,
      reference: "none",
      target: "at least 1.5",
      meets: (ours) => ours >= 1.5,
      measure: async () => ({ ours: await replayedLines(times), theirs: null }),
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
