/**
 * The experiments of the reference run: small enough to be made again by every CI run, and each with its question, the
 * expected answer, and what would refute it.
 */
import { defaultRunOptions, geometryFromSize, type RunOptions } from "../../mod.ts";

/** One experiment. */
export interface Experiment {
  /** Name of its folder. */
  readonly name: string;
  readonly question: string;
  readonly expected: string;
  readonly refuted: string;
  /** Runs, without their numbers. */
  readonly runs: readonly RunOptions[];
}

/** A storm as recorded, a quarter as long: 36 is the speed of the recorded machine. */
function storm(changes: Partial<RunOptions>, cpus = 2): RunOptions {
  const geometry = geometryFromSize({ memoryBytes: 1 << 28, cpus, nodes: 1 });
  return {
    ...defaultRunOptions(geometry),
    scheduler: "virtual",
    workload: "kfree_storm",
    kfree_loops: 4,
    cachedBlocks: 0,
    preemption: "voluntary",
    slowdown: 36,
    ...changes,
  };
}

/** Calls at a rate, with page traffic of all kinds; three seeds. */
function calls(changes: Partial<RunOptions>): RunOptions[] {
  return ["1", "2", "3"].map((seed) =>
    storm({ workload: "random", calls: 1000, slowdown: 1, seed, ...changes })
  );
}

const SMALL = { high: 8, batch: 2 };
const HIGHS = [8, 20, 62, 378];
const BATCHES = [1, 2, 5, 15, 63];
const PRESSURES = [0, 0.9, 0.99, 1];
const RATES_HZ = [1e4, 1e5, 1e6];
const STRATEGY_NAMES = ["lockless", "nowait", "nolock", "none"];

/** The experiments, in the order in which they are run. */
export const EXPERIMENTS: readonly Experiment[] = [
  {
    name: "pcp_sweep",
    question: "How often does the RFC's function find a page, over pcp high and batch?",
    expected:
      "Nearly always with large batches. A refill leaves batch - 1 pages, so fewer objects fall back the larger " +
      "the batch, and most do at 1; under a storm high hardly matters.",
    refuted: "A larger batch at the same high under which more objects fall back.",
    runs: HIGHS.flatMap((high) =>
      BATCHES.filter((batch) => batch <= high).map((batch) => storm({ pcp: { high, batch } }))
    ),
  },
  {
    name: "pressure_sweep",
    question: "What does memory pressure do to it?",
    expected:
      "Little: the function looks at no watermark. What it needs, pages on the lists, others provide.",
    refuted: "A hit rate that falls in step with the memory that is free.",
    runs: PRESSURES.flatMap((pressure) => calls({ pressure, pcp: SMALL, rateHz: 1e5 })),
  },
  {
    name: "rate_sweep",
    question: "What does the call rate do to it?",
    expected: "The faster the calls the fewer pages come back between two blocks, so the hit rate falls.",
    refuted: "A hit rate that rises with the rate, intervals apart.",
    runs: ["lockless", "nowait"].flatMap((strategy) =>
      RATES_HZ.flatMap((rateHz) => calls({ rateHz, pcp: SMALL, strategy }))
    ),
  },
  {
    name: "strategies",
    question: "How do the strategies compare on the same machine and load?",
    expected:
      "lockless falls back for a share of objects when lists are small; nowait for none; none for all.",
    refuted: "A fallback under nowait while memory is free, or none at all under lockless at 8/2.",
    runs: STRATEGY_NAMES.map((strategy) => storm({ strategy, pcp: SMALL })),
  },
  {
    name: "cpu_scaling",
    question: "Do more CPUs, each with a thread of the storm, change the hit rate?",
    expected: "No: the lists are per CPU. The waits for zone->lock grow.",
    refuted: "A hit rate that falls with the number of CPUs by more than a few per cent.",
    runs: [1, 2, 4, 8].map((cpus) => storm({ pcp: SMALL, kfree_loops: 2 }, cpus)),
  },
  {
    name: "rt",
    question: "And under PREEMPT_RT, where zone->lock may not be taken?",
    expected:
      "nowait gets no page at all there, so that every object falls back; lockless is as good as before.",
    refuted: "A page for nowait under PREEMPT_RT.",
    runs: ["lockless", "nowait"].flatMap((strategy) =>
      (["voluntary", "rt"] as const).map((preemption) =>
        storm({ strategy, preemption, pcp: { high: 62, batch: 15 } })
      )
    ),
  },
];
