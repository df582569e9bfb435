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
  type WorkloadName,
  WORKLOADS,
} from "./src/run/options.ts";
export {
  geometryFromSize,
  geometryFromZoneinfo,
  initialPcpOf,
  type MachineSize,
} from "./src/run/geometry.ts";
export type { Listener } from "./src/sim/events.ts";
export type { FieldPlace } from "./src/sim/layout.ts";
export type { Section } from "./src/sim/operation.ts";
export { type SchedulerName, SCHEDULERS } from "./src/scheduler/registry.ts";
export { factsOf } from "./src/run/facts.ts";
export type { Machine } from "./src/run/machine.ts";
export { planMachine } from "./src/run/plan.ts";
export { formatScheduleLine, parseScheduleLine, type ScheduledRun } from "./src/run/schedule_line.ts";
export type { Geometry, ZoneGeometry } from "./src/mm/mm.ts";
export { allocDirect, freeDirect, locklessDirect } from "./src/mm/direct.ts";
export { GFP_KERNEL } from "./src/mm/gfp.ts";
export type { KvfreeProfile } from "./src/profile/kvfree.ts";
export { type Preemption, type Profile, profileNamed, PROFILES } from "./src/profile/profile.ts";
export { KNOWN_BUGS, type KnownBug } from "./src/profile/known_bugs.ts";
export type { CostEnd } from "./src/profile/cost.ts";
export type { Experiment, SweepMachine } from "./src/sweep/experiment.ts";
export { STRATEGIES } from "./src/strategy/registry.ts";
export type { Keeps, Refill } from "./src/rcu/rcu.ts";
export type { Strategy } from "./src/strategy/strategy.ts";
export { CHECKERS } from "./src/checker/registry.ts";
export type { Attached, Checker, Violation } from "./src/checker/checker.ts";
export type { Column } from "./src/metrics/column.ts";
export { COLUMNS } from "./src/metrics/columns.ts";
export type { RunFacts } from "./src/metrics/run_facts.ts";
export { Collector, type Observed } from "./src/metrics/collector.ts";
export type { Bucket, Histogram } from "./src/metrics/histogram.ts";
export { RUNS_HEADER, runsRow } from "./src/report/tables.ts";
export {
  parseZoneinfo,
  type Zoneinfo,
  type ZoneinfoNode,
  type ZoneinfoPageset,
  type ZoneinfoZone,
} from "./src/import/zoneinfo.ts";
export { parsePcplists, type PcplistsRow } from "./src/import/pcplists.ts";
export { type BuddyinfoZone, parseBuddyinfo } from "./src/import/buddyinfo.ts";
export {
  type PagetypeFree,
  type Pagetypeinfo,
  type PagetypeZone,
  parsePagetypeinfo,
} from "./src/import/pagetypeinfo.ts";
export { parseVmstat, type Vmstat } from "./src/import/vmstat.ts";
export { ImportError, type ImportFault } from "./src/import/import_error.ts";
export { readTrace } from "./src/import/read_trace.ts";
export type { TraceOptions, TraceSink } from "./src/import/trace_parser.ts";
export type { TraceEvent } from "./src/import/trace_event.ts";
export { NO_PFN, Slot } from "./src/import/trace_slot.ts";
export { TraceKind, type TraceKindName } from "./src/import/trace_kind.ts";
export type { LineCount, LostEvents, TraceFormat, TraceSummary } from "./src/import/trace_summary.ts";
export {
  recordedProfile,
  Replay,
  type ReplayInput,
  type ReplayOptions,
  type WhatIf,
} from "./src/replay/replay.ts";
export type {
  Compared,
  Imagination,
  ImaginedResult,
  ImaginedRow,
  ReplayResult,
  ZoneRow,
} from "./src/replay/replay_result.ts";
export { replayError } from "./src/replay/replay_tables.ts";
export { BLOCK_SOURCES, type BlockSource } from "./src/replay/imagined.ts";
export type { Agreement } from "./src/replay/score.ts";
export type { DemandSource } from "./src/replay/block_demand.ts";
export type { Contradictions } from "./src/replay/page_use.ts";
export type { PcpSize } from "./src/mm/pcp_size.ts";
export type { PcpChoice } from "./src/replay/replay_machine.ts";
export type { StartSource } from "./src/replay/start_state.ts";
export { ScheduleDiverged } from "./src/scheduler/replay.ts";
/** Version of the model: results are comparable, and schedules replay, within one version. */
export const VERSION = "0.1.0";
