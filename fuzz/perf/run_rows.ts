/**
 * Rows about runs: random steps, a cell of a sweep, the start of a command line.
 */
import { defaultRunOptions, execute, geometryFromSize, type RunOptions } from "../../mod.ts";
import { pathOf } from "../command/path_of.ts";
import type { PerfRow } from "./row.ts";

/** Wall time of the same load on a real kernel in an emulator, boot included, in s. */
const EMULATOR_S = 10;

const FUZZ = pathOf("../main.ts", import.meta.url);
const CONFIG = pathOf("../../deno.json", import.meta.url);

function optionsOf(): RunOptions {
  return defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 30, cpus: 2, nodes: 1 }));
}

/** Runs to the end; returns sections and seconds, and throws when a property did not hold. */
function timed(options: RunOptions): { steps: number; seconds: number } {
  const start = performance.now();
  const { steps, violation } = execute(options);
  if (violation !== null) throw new Error(`${violation.checker}: ${violation.message}`);
  return { steps, seconds: (performance.now() - start) / 1000 };
}

/** Seconds of a command line from start to end. */
function startUp(args: readonly string[]): number {
  const start = performance.now();
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", "--allow-read", `--config=${CONFIG}`, ...args],
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) throw new Error(`${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return performance.now() - start;
}

/** The rows; small inputs when `quick`. */
export function runRows(quick: boolean): PerfRow[] {
  const calls = quick ? 200 : 20_000;
  const loops = quick ? 1 : 40;
  return [
    {
      work: "random scheduler, all cheap checkers on (million steps a second a core)",
      reference: "none",
      target: "at least 15",
      meets: (ours) => ours >= 15,
      measure: () => {
        const { steps, seconds } = timed({ ...optionsOf(), scheduler: "random", calls });
        return { ours: steps / seconds / 1e6, theirs: null };
      },
    },
    {
      work: `one sweep cell: rcuscale load, 2 CPUs, ${loops * 16_000} objects (s)`,
      reference: "a real kernel in an emulator, with boot: about 10 s",
      target: "at least 100 times faster",
      meets: (_, ratio) => ratio <= 0.01,
      measure: () => {
        const load = { scheduler: "virtual", workload: "kfree_storm", kfree_loops: loops } as const;
        return { ours: timed({ ...optionsOf(), ...load }).seconds, theirs: EMULATOR_S * loops / 40 };
      },
    },
    {
      work: "start-up: fuzz --help (ms)",
      reference: "none",
      target: "under 300 ms",
      meets: (ours) => ours < 300,
      measure: () => ({ ours: startUp([FUZZ, "--help"]), theirs: null }),
    },
  ];
}
