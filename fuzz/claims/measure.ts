/**
 * Runs of the claims' experiments, and what is measured in them.
 */
import type { Collector } from "../../src/metrics/collector.ts";
import { costTable } from "../../src/profile/cost.ts";
import { execute } from "../../src/run/execution.ts";
import { geometryFromSize } from "../../src/run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../../src/run/options.ts";
import { EVENT } from "../../src/sim/events.ts";

/** The load runs on the first CPU. There is a second one: where there is one only, nobody waits for readers. */
const MACHINE = geometryFromSize({ memoryBytes: 128 * 1024 ** 2, cpus: 2, nodes: 1 });

/** What an experiment reads. */
export interface ClaimRun {
  /** Counters. */
  readonly collector: Collector;
  /** From the first object's freeing to the last one's, in ns. */
  readonly reclaimNs: number;
  /** When the load was over, in ns. */
  readonly loadNs: number;
  /** Allocations of the load that failed. */
  readonly failed: number;
  /** OOM kills. */
  readonly oomKills: number;
}

/** The DRAM latency that the rcu_head list pays per object, in ns. */
export const CACHE_MISS_NS = costTable().cacheMiss;

/** Runs a load with blocks that always find a page, or with none. */
export function claimRun(way: "blocks" | "list", change: Partial<RunOptions>): ClaimRun {
  let firstNs = Infinity;
  const options: RunOptions = {
    ...defaultRunOptions(MACHINE),
    scheduler: "virtual",
    preemption: "voluntary",
    threads: 1,
    strategy: way === "blocks" ? "nowait" : "none",
    ...change,
  };
  const { collector, m, violation } = execute(options, {
    checkers: [],
    prepare: ({ m }) =>
      m.events.subscribe({
        kinds: [EVENT.kfreeBulk, EVENT.kfreeSingle],
        onEvent: (_kind: number, t: number) => {
          firstNs = Math.min(firstNs, m.cpu.clockNs[m.task.cpu[t]!]!);
        },
      }),
  });
  if (violation !== null) throw new Error(`${violation.checker}: ${violation.message}`);
  return {
    collector,
    reclaimNs: collector.lastFreedNs - firstNs,
    loadNs: m.workload.endNs[0]!,
    failed: m.workload.failed[0]!,
    oomKills: m.vm.oomKill[0]!,
  };
}
