/**
 * Looking for a seeded bug: runs under one scheduler until a checker reports it, and the smallest program that still
 * shows it.
 */
import type { Mutation } from "../mutation/mutation.ts";
import type { SchedulerName } from "../scheduler/registry.ts";
import { execute, type RunResult } from "./execution.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

/** How a bug is looked for. */
export interface HuntOptions {
  /** Who decides what runs next. */
  readonly scheduler: SchedulerName;
  /** Seed of everything random. */
  readonly seed: string;
  /** Runs tried at most. */
  readonly runsMax: number;
  /** Asked before each run: false ends the hunt. */
  readonly goOn?: () => boolean;
}

/** What a hunt came to. */
export interface HuntResult {
  /** Runs made, the last one with the bug when it was found. */
  readonly executions: number;
  /** The run in which it was found, null when it was not. */
  readonly found: RunResult | null;
}

/** Options of a short run under the conditions of a mutation; the size of its program may be another. */
export function huntedRun(mutation: Mutation, hunt: HuntOptions, run: number, calls?: number): RunOptions {
  const { nodes = 1, cmaPages = 0, ...rest } = mutation.conditions ?? {};
  const geometry = geometryFromSize({ memoryBytes: nodes * 2 ** 25, cpus: 2, nodes });
  const zones = geometry.zones.map((z) => ({ ...z, cmaPages, pcp: rest.pcp ?? { high: 30, batch: 5 } }));
  const sized = calls === undefined ? {} : { calls, kfree_alloc_num: calls };
  return {
    ...defaultRunOptions({ ...geometry, zones }),
    seed: hunt.seed,
    run,
    scheduler: hunt.scheduler,
    calls: 300,
    kfree_alloc_num: 200,
    kfree_loops: 2,
    stepsMax: 1_000_000,
    ...rest,
    ...sized,
    pcp: null,
  };
}

/** One run with the bug seeded. */
function runMutated(mutation: Mutation, options: RunOptions): RunResult {
  return execute(options, {
    examineEvery: 1024,
    prepare(machine) {
      mutation.arrange?.(machine);
      mutation.apply(machine);
    },
  });
}

/** Runs until the bug is reported. */
export function hunt(mutation: Mutation, options: HuntOptions): HuntResult {
  for (let run = 0; run < options.runsMax; run++) {
    if (options.goOn?.() === false) return { executions: run, found: null };
    const result = runMutated(mutation, huntedRun(mutation, options, run));
    if (result.violation !== null) return { executions: run + 1, found: result };
  }
  return { executions: options.runsMax, found: null };
}

/** Runs that a program of one size is given to show the bug. */
const RUNS_A_SIZE = 8;

/**
 * Fewest calls of each program with which the bug still shows in a few runs, by halving and then taking one away: a
 * smaller program may show it that was not tried.
 */
export function fewestCalls(mutation: Mutation, options: HuntOptions): number {
  const shows = (calls: number) => {
    for (let run = 0; run < RUNS_A_SIZE; run++) {
      if (options.goOn?.() === false) return false;
      if (runMutated(mutation, huntedRun(mutation, options, run, calls)).violation !== null) return true;
    }
    return false;
  };
  let calls = huntedRun(mutation, options, 0).calls;
  while (calls > 1 && shows(Math.ceil(calls / 2))) calls = Math.ceil(calls / 2);
  while (calls > 1 && calls <= 8 && shows(calls - 1)) calls--;
  return calls;
}
