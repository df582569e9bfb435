/**
 * The runs of a fuzz session: what was asked for, and what is tried in turn.
 */
import { defaultRunOptions, execute, type RunOptions } from "../mod.ts";
import { pctBound } from "../src/scheduler/pct.ts";
import type { FuzzRequest } from "./arguments.ts";
import type { MachineInput } from "./command/machine_input.ts";

/** Sizes of the per-CPU lists to try in turn when none is asked for; null is the machine's own. */
const PCP_TRIED = [null, { high: 62, batch: 15 }, { high: 20, batch: 5 }, { high: 8, batch: 2 }];
/** Block sizes that random scheduling tries in turn: small ones meet full blocks more often. */
const BLOCK_ENTRIES_TRIED = [null, 64, 16, 4];
/** Calls of a random program: fewer where every order is tried than where figures are made. */
const CALLS = { random: 2000, pct: 2000, virtual: 20000 };

/** Sections that a call may take before the run counts as hanging: direct reclaim under pressure is the longest. */
const SECTIONS_A_CALL = 1000;

/** Options of run `i`: what is asked for, and what is tried in turn. */
export function optionsOfRun(
  request: FuzzRequest,
  machine: MachineInput,
  strategy: string,
  i: number,
): RunOptions {
  const scheduler = request.schedulers[i % request.schedulers.length]!;
  const turn = Math.floor(i / request.schedulers.length);
  const storm = request.run.workload !== "random";
  const free = scheduler !== "virtual" && !storm;
  const defaults = defaultRunOptions(machine.geometry);
  const { calls = CALLS[scheduler], threads = defaults.threads } = request.run;
  return {
    ...defaults,
    initialPcp: machine.initialPcp,
    calls,
    stepsMax: Math.max(defaults.stepsMax, SECTIONS_A_CALL * calls * threads),
    pcp: storm ? null : PCP_TRIED[turn % PCP_TRIED.length]!,
    pressure: free && turn % 8 >= 4 ? 1 : 0,
    ...request.run,
    blockEntries: request.run.blockEntries ?? (free ? BLOCK_ENTRIES_TRIED[(turn >> 2) % 4]! : null),
    run: i,
    scheduler,
    strategy,
  };
}

/** The runs that are made, with what pct has to know of them. */
export class PlannedRuns {
  readonly #request: FuzzRequest;
  readonly #machine: MachineInput;
  /** By strategy: sections of a run in random order. */
  readonly #sections = new Map<string, number>();

  /** Runs of a request on a machine. */
  constructor(request: FuzzRequest, machine: MachineInput) {
    this.#request = request;
    this.#machine = machine;
  }

  /** Options of run `i`. The first of a strategy under pct says how likely one of them is to find a bug. */
  at(strategy: string, i: number): RunOptions {
    const options = optionsOfRun(this.#request, this.#machine, strategy, i);
    return options.scheduler === "pct" ? { ...options, pctSections: this.#sectionsOf(options) } : options;
  }

  /** How many sections a run of a strategy has is measured by one in random order. */
  #sectionsOf(options: RunOptions): number {
    const { strategy, pctDepth } = options;
    const known = this.#sections.get(strategy);
    if (known !== undefined) return known;
    const { m: { nrTasks }, steps: sections } = execute({ ...options, scheduler: "random" });
    this.#sections.set(strategy, sections);
    const bound = pctBound(nrTasks, { depth: pctDepth, sections });
    console.error(
      `pct, ${strategy}: ${nrTasks} tasks, about ${sections} sections: a run finds a bug of depth ` +
        `${pctDepth} with probability ${bound.toPrecision(3)} at least`,
    );
    return sections;
  }
}
