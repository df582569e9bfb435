/**
 * What the columns of runs.csv are computed from.
 */
import type { Collector } from "./collector.ts";

/** What a column may read of a run. */
export interface RunFacts {
  /** What the run was. */
  readonly options: {
    readonly seed: string;
    readonly run: number;
    readonly scheduler: string;
    readonly strategy: string;
    readonly profile: string;
    readonly bugs: readonly string[];
    readonly HZ: number;
    readonly preemption: string;
    readonly rcuBoot: readonly string[];
    readonly workload: string;
    readonly threads: number;
    readonly calls: number;
    readonly rateHz: number;
    readonly pressure: number;
    readonly kfree_alloc_num: number;
    readonly kfree_loops: number;
    readonly gapUs: number;
    readonly kfree_mult: number;
    readonly costEnd: string;
    readonly slowdown: number;
    readonly hostCores: number;
    readonly stolen: number;
    readonly swapPages: number;
    readonly pollUs: number;
    readonly traced: boolean;
  };
  /** Counters and histograms. */
  readonly collector: Collector;
  /** Sections run. */
  readonly steps: number;
  /** Number of CPUs. */
  readonly cpus: number;
  /** Number of NUMA nodes. */
  readonly nodes: number;
  /** Managed pages of the machine. */
  readonly managedPages: number;
  /** pcp high of the largest zone. */
  readonly pcpHigh: number;
  /** pcp batch of the largest zone. */
  readonly pcpBatch: number;
  /** Pointers a block holds. */
  readonly blockEntries: number;
  /** Blocks a CPU keeps. */
  readonly cachedBlocks: number;
  /** Virtual time at which the load was over, in ns. */
  readonly loadNs: number;
  /** zone->lock of all zones: times taken, contended, ns held, ns waited. */
  readonly zoneLock: {
    readonly taken: number;
    readonly contended: number;
    readonly holdNs: number;
    readonly waitNs: number;
  };
  /** Longest time with interrupts off, in ns. */
  readonly irqOffNsMax: number;
  /** Pages made unmovable inside pageblocks of other types. */
  readonly pollution: number;
  /** Those of them in MOVABLE pageblocks. */
  readonly pollutionMovable: number;
  /** Those of them in CMA pageblocks. */
  readonly pollutionCma: number;
  /** Times that lockdep would complain of a wait in an invalid context. */
  readonly waitTypeSplats: number;
  /** Times that PREEMPT_RT may sleep where it must not. */
  readonly rtSleeps: number;
  /** Anonymous pages written to swap. */
  readonly swappedPages: number;
  /** Most blocks in use at a time. */
  readonly blocksPeak: number;
  /** Entries into direct reclaim. */
  readonly allocstall: number;
  /** OOM kills. */
  readonly oomKills: number;
  /** Name of the checker that found something, or empty. */
  readonly violation: string;
}
