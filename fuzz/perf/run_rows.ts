/**
 * Rows about runs: random steps, what they allocate, a cell of a sweep.
 */
import {
  CHECKERS,
  defaultRunOptions,
  execute,
  geometryFromSize,
  Memory,
  planMachine,
  type RunOptions,
} from "../../mod.ts";
import { runSteps } from "../../src/scheduler/engine.ts";
import { RandomScheduler } from "../../src/scheduler/random.ts";
import { RECORD_MAX } from "../../src/run/execution.ts";
import { Prng } from "../../src/sim/prng.ts";
import { Recorder } from "../../src/sim/schedule.ts";
import { median, type PerfRow } from "./row.ts";

/** Wall time of the same load on a real kernel in an emulator, boot included, in s. */
const EMULATOR_S = 10;

function optionsOf(): RunOptions {
  return defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 30, cpus: 2, nodes: 1 }));
}

/** As in a sweep or a session of fuzz, where a run lies in the memory of the one before. */
const memory = new Memory();
const recorder = new Recorder(RECORD_MAX);

/** Runs to the end; returns sections and seconds, and throws when a property did not hold. */
function timed(options: RunOptions): { steps: number; seconds: number } {
  const start = performance.now();
  recorder.clear();
  const how = options.scheduler === "virtual" ? { memory } : { memory, recorder };
  const { steps, violation } = execute(options, how);
  if (violation !== null) throw new Error(`${violation.checker}: ${violation.message}`);
  return { steps, seconds: (performance.now() - start) / 1000 };
}

/** Looks at the heap in a measurement of what steps leave: a collection between two of them is one of many. */
const LOOKS = 9;

/** Bytes of the heap that a step of the random scheduler leaves behind, machine and checkers set up before. */
export function bytesPerStep(steps: number): number {
  const { m, table } = planMachine({ ...optionsOf(), calls: 100_000 });
  for (const { attach } of CHECKERS) {
    const { listener } = attach(m, (message) => {
      throw new Error(message);
    });
    if (listener !== undefined) m.events.subscribe(listener);
  }
  const scheduler = new RandomScheduler(new Prng("perf"), new Recorder(0));
  runSteps(m, table, scheduler, steps);
  const slice = Math.ceil(steps / LOOKS);
  const left: number[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const before = Deno.memoryUsage().heapUsed;
    if (runSteps(m, table, scheduler, slice) < slice) throw new Error("the load is over too early");
    left.push((Deno.memoryUsage().heapUsed - before) / slice);
  }
  return Math.max(0, median(left));
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
      work: "random scheduler, checkers on: heap that a step leaves (bytes)",
      reference: "none",
      target: "less than 1: nothing is allocated in a step",
      meets: (ours) => ours < 1,
      measure: () => ({ ours: bytesPerStep(quick ? 20_000 : 1_000_000), theirs: null }),
    },
  ];
}
