/**
 * Rows about interleavings: random ones beside fast-check, all of them beside SPIN, on the same scenario.
 */
import { fastCheckInterleavings } from "../../bench/reference/fast_check.ts";
import { WalkedReference } from "../../src/explore/reference.ts";
import { walk } from "../../src/explore/walk.ts";
import { Prng } from "../../src/sim/prng.ts";
import { pathOf } from "../command/path_of.ts";
import { outputOf } from "./program_output.ts";
import type { PerfRow, Sample } from "./row.ts";

const MODEL = pathOf("../../bench/reference/page_lists.pml", import.meta.url);
const EXPLORE = pathOf("../explore/main.ts", import.meta.url);
const CONFIG = pathOf("../../deno.json", import.meta.url);
/** Interleavings of ours for each of fast-check's, so that both take about as long. */
const MORE = 50;

/** One side's figures of an exhaustive search. */
interface Searched {
  readonly seconds: number;
  readonly compileSeconds: number;
  readonly states: number;
  readonly megabytes: number;
}

function secondsOf(work: () => void): number {
  const startedMs = performance.now();
  work();
  return (performance.now() - startedMs) / 1000;
}

/** Whether both SPIN and the compiler that it needs are here. */
export function hasSpin(): boolean {
  const answers = (command: string, flag: string) => {
    try {
      return new Deno.Command(command, { args: [flag], stdout: "null", stderr: "null" }).outputSync().success;
    } catch {
      return false;
    }
  };
  return answers("spin", "-V") && answers("gcc", "--version");
}

/** SPIN with partial-order reduction, and COLLAPSE or the full store. */
function spin(cpus: number, operations: number, folder: string, flags: readonly string[]): Searched {
  const compileSeconds = secondsOf(() => {
    outputOf("spin", ["-a", `-DCPUS=${cpus}`, `-DOPS=${operations}`, MODEL], folder);
    outputOf("gcc", ["-O2", "-DSAFETY", ...flags, "-o", "pan", "pan.c"], folder);
  });
  let text = "";
  const seconds = secondsOf(() => text = outputOf(`${folder}/pan`, ["-m2000000", "-w24"], folder));
  const figure = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  if (figure(/errors: (\d+)/) !== 0) throw new Error(`SPIN found an error:\n${text}`);
  const megabytes = figure(/([\d.]+)\s+total actual memory usage/);
  return { seconds, compileSeconds, states: figure(/(\d+) states, stored/), megabytes };
}

/** This explorer as a process of its own, start included; its memory is that of the whole process. */
function ours(cpus: number, operations: number, reduction: string): Searched {
  const search = ["--json", "--reduction", reduction, "--cpus", `${cpus}`, "--operations", `${operations}`];
  let text = "";
  const seconds = secondsOf(() => {
    text = outputOf(Deno.execPath(), ["run", "--no-prompt", `--config=${CONFIG}`, EXPLORE, ...search], "/");
  });
  const found = JSON.parse(text);
  if (found.violations !== 0) throw new Error(`a violation: ${text}`);
  return { seconds, compileSeconds: 0, states: found.states, megabytes: found.residentBytes / 1e6 };
}

/** Whole random interleavings a second, ours and fast-check's. */
async function interleavings(cpus: number, operations: number, runs: number): Promise<Sample> {
  const size = { operations: Array(cpus).fill(operations), pages: 6, high: 2, batch: 2 };
  const mine = runs * MORE /
    secondsOf(() => void walk(new WalkedReference(size), runs * MORE, new Prng("bench")));
  const startedMs = performance.now();
  await fastCheckInterleavings(cpus, operations, runs, new Prng("bench"));
  return { ours: mine, theirs: runs / ((performance.now() - startedMs) / 1000) };
}

/** The rows; small inputs when `quick`. SPIN compiles in `folder`. */
export function exploreRows(quick: boolean, folder: string, canSpin: boolean): PerfRow[] {
  const [cpus, operations] = quick ? [2, 4] : [3, 9];
  const why = "spin or gcc is not installed";
  // one search serves three rows, so they are measured together
  let [chains, collapse]: (Searched | null)[] = [null, null];
  const search = (): [Searched, Searched] => {
    chains = ours(cpus!, operations!, "chains");
    collapse = spin(cpus!, operations!, folder, ["-DCOLLAPSE"]);
    return [chains, collapse];
  };
  const again = (): [Searched, Searched] =>
    chains === null || collapse === null ? search() : [chains, collapse];
  const scenario = `${cpus} CPUs x ${operations} operations`;
  const fastCheck = (n: number, k: number, runs: number): PerfRow => ({
    work: `whole random interleavings, ${n} CPUs x ${k} operations (a second)`,
    reference: "fast-check's scheduler",
    target: "at least 50 times as many",
    meets: (_, ratio) => ratio >= 50,
    measure: () => interleavings(n, k, quick ? 20 : runs),
  });
  const exhaustive = (
    work: string,
    target: string,
    of: (s: Searched) => number,
    pair: () => [Searched, Searched],
  ) => ({
    work: `all interleavings, ${scenario}: ${work}`,
    reference: "SPIN, POR and COLLAPSE",
    target,
    meets: (_: number, ratio: number) => ratio < 1,
    why,
    measure: !canSpin ? null : () => {
      const [mine, theirs] = pair();
      return { ours: of(mine), theirs: of(theirs) };
    },
  });
  return [
    fastCheck(2, 4, 2000),
    fastCheck(3, 9, 500),
    exhaustive("without compiling (s)", "less time", (s) => s.seconds, search),
    exhaustive("with compiling (s)", "less time", (s) => s.seconds + s.compileSeconds, again),
    exhaustive("memory (MB)", "less", (s) => s.megabytes, again),
    {
      work: `states stored, ${scenario} (million a second)`,
      reference: "SPIN, POR, full store",
      target: "at least as many",
      meets: (_, ratio) => ratio >= 1,
      why,
      measure: !canSpin ? null : () => {
        const [mine, theirs] = [ours(cpus!, operations!, "own"), spin(cpus!, operations!, folder, [])];
        return { ours: mine.states / mine.seconds / 1e6, theirs: theirs.states / theirs.seconds / 1e6 };
      },
    },
  ];
}
