/**
 * pcplab: a deterministic model of the Linux page allocator's per-CPU lists, of RCU and of kvfree_rcu(), made to judge
 * how code that may not take a sleeping lock should get a page.
 *
 * Importing this module starts no work and needs no permission. A run is plain data in ({@link RunOptions}) and plain
 * data out ({@link RunResult}); the same options give the same result on any machine.
 *
 * @example How often does the RFC's function find a page?
 * ```ts
 * import { defaultRunOptions, execute, geometryFromSize } from "./mod.ts";
 *
 * const geometry = geometryFromSize({ memoryBytes: 1 << 30, cpus: 2, nodes: 1 });
 * const { collector } = execute({ ...defaultRunOptions(geometry), scheduler: "virtual", workload: "kfree_storm" });
 * console.log(`${collector.hits} of ${collector.attempts}`);
 * ```
 *
 * @module
 */
export { execute, type ExecuteOptions, type RunResult } from "./src/run/execution.ts";
export {
  defaultRunOptions,
  type InitialPcp,
  type RunOptions,
  type SchedulerName,
  SCHEDULERS,
  type WorkloadName,
  WORKLOADS,
} from "./src/run/options.ts";
export {
  cpuNodesInOrder,
  equalDistances,
  geometryFromSize,
  geometryFromZoneinfo,
  initialPcpOf,
  type MachineSize,
} from "./src/run/geometry.ts";
export { factsOf } from "./src/run/facts.ts";
export {
  buildMachine,
  isQuiet,
  type Machine,
  type MachineConfig,
  type ThreadSpec,
} from "./src/run/machine.ts";
export { planMachine } from "./src/run/plan.ts";
export { formatScheduleLine, parseScheduleLine, type ScheduledRun } from "./src/run/schedule_line.ts";
export type { Geometry, ZoneGeometry } from "./src/mm/mm.ts";
export { type Preemption, type Profile, profileNamed, PROFILES } from "./src/profile/profile.ts";
export { KNOWN_BUGS, type KnownBug } from "./src/profile/known_bugs.ts";
export {
  type CostEnd,
  type CostName,
  type CostNs,
  COSTS,
  type CostTable,
  costTable,
} from "./src/profile/cost.ts";
export { STRATEGIES, strategyNamed } from "./src/strategy/registry.ts";
export type { Strategy } from "./src/strategy/strategy.ts";
export { CHECKERS } from "./src/checker/registry.ts";
export type { Attached, Checker, Violation } from "./src/checker/checker.ts";
export { type Column, COLUMNS } from "./src/metrics/columns.ts";
export type { RunFacts } from "./src/metrics/run_facts.ts";
export { CHANNEL_NAMES, Collector, FALLBACK_NAMES, type Observed } from "./src/metrics/collector.ts";
export { type Bucket, Histogram } from "./src/metrics/histogram.ts";
export {
  BULK_HEADER,
  bulkRows,
  LATENCY_HEADER,
  latencyRows,
  RUNS_HEADER,
  runsRow,
} from "./src/report/tables.ts";
export { parseZoneinfo, type Zoneinfo } from "./src/import/zoneinfo.ts";
export { parsePcplists, type PcplistsRow } from "./src/import/pcplists.ts";
export { ImportError } from "./src/import/import_error.ts";
export { ScheduleDiverged } from "./src/scheduler/replay.ts";
/** Version of the model: results are comparable, and schedules replay, within one version. */
export const VERSION = "0.1.0";
