/**
 * The named experiments of `deno task sweep`, each with its question, the answer that is expected, and what would
 * refute it.
 */
import type { Experiment } from "../../mod.ts";

/** The load of rcuscale's kfree_rcu test, short. */
const STORM = { workload: "kfree_storm", kfree_loops: 5, cachedBlocks: null, slowdown: 36 } as const;

/** All named experiments. */
export const EXPERIMENTS: readonly Experiment[] = [
  {
    name: "pcp_sweep",
    question: "How does the lockless hit rate depend on pcp high and batch?",
    expected:
      "Near 100 % of the blocks at the default 378/63, about 70 % at 8/2; batch matters less than high.",
    refutedBy: "A hit rate that does not fall with high, or one that is below 95 % at 378/63.",
    axes: { pcp_high: ["8", "20", "62", "250", "378"], pcp_batch: ["2", "15", "63"] },
    options: { ...STORM, strategy: "lockless" },
  },
  {
    name: "pressure_sweep",
    question: "Does memory pressure, which drains the lists, hurt the lockless way more than the others?",
    expected:
      "Only at pressure 1, and then yes: below the marks of the large zone pages come from ZONE_DMA one at a time, " +
      "which keeps none on its lists, so that GFP_NOWAIT finds one and the lockless way does not.",
    refutedBy: "Objects fallen back below pressure 1, or fewer with lockless than with nowait at pressure 1.",
    axes: { pressure: ["0", "0.9", "0.99", "1"], strategy: ["lockless", "nowait", "page_cache_work"] },
    options: STORM,
  },
  {
    name: "rate_sweep",
    question: "At which call rate does each way of getting a page begin to fail?",
    expected:
      "None at thousands of calls a second; the page cache first, since its worker has to be scheduled.",
    refutedBy: "A strategy that fails more often at a lower rate.",
    axes: { rate_hz: ["1000", "10000", "100000", "1000000"], strategy: ["lockless", "page_cache_work"] },
    options: { workload: "random", calls: 4000 },
  },
  {
    name: "strategies",
    question: "The same machine, the same load: what does each way of getting a block cost, fail and damage?",
    expected: "lockless and nowait lose nothing at the default sizes; the cache loses 10 to 35 % of a flood.",
    refutedBy: "A flood in which the cache loses less than the lockless way, at the default sizes.",
    axes: {
      workload: ["kfree_storm", "kfree_flood"],
      strategy: [
        "lockless",
        "lockless+worker",
        "nowait",
        "page_cache_work",
        "nolock",
        "sheaf",
        "none",
        "sync",
      ],
    },
    options: { kfree_alloc_num: 20_000, kfree_loops: 3, slowdown: 1 },
  },
  {
    name: "cpu_scaling",
    question: "Do more CPUs make the lockless way fail more often?",
    expected: "No: each CPU has its own lists and its own callers; zone->lock is what they share.",
    refutedBy: "A share of fallen-back objects that rises with the CPUs by more than its interval.",
    axes: { cpus: ["1", "2", "4", "8", "16"], strategy: ["lockless", "nowait"] },
    options: STORM,
  },
  {
    name: "rt",
    question: "What does PREEMPT_RT leave of each strategy?",
    expected: "nowait, which the version skips there, falls back for every block that is not cached.",
    refutedBy: "A strategy that allocates under krcp->lock on rt and never falls back.",
    axes: { preemption: ["voluntary", "rt"], strategy: ["lockless", "nowait", "page_cache_work"] },
    options: STORM,
  },
];
