/**
 * pcplab: a deterministic model of the Linux page allocator's per-CPU lists, of RCU and of kvfree_rcu(), made to judge
 * how code that may not take a sleeping lock should get a page.
 *
 * Importing this module starts no work and needs no permission. A run is plain data in ({@link RunOptions}) and plain
 * data out ({@link RunResult}); the same options give the same result on any machine. The examples run as tests.
 *
 * @example How often does the RFC's function find a page?
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defaultRunOptions, execute, geometryFromSize, RUNS_HEADER, runsRow, VERSION } from "@pcplab/pcplab";
 * import { COLUMNS, factsOf, Memory, type RunOptions } from "@pcplab/pcplab";
 *
 * const geometry = geometryFromSize({ memoryBytes: 1 << 28, cpus: 2, nodes: 1 });
 * const options: RunOptions = {
 *   ...defaultRunOptions(geometry),
 *   scheduler: "virtual",
 *   workload: "kfree_storm",
 *   kfree_loops: 2,
 *   pcp: { high: 62, batch: 15 },
 * };
 * const result = execute(options);
 * console.log(`${result.collector.hits} of ${result.collector.attempts} by model ${VERSION}`);
 * assertEquals(result.violation, null);
 *
 * // the same as a row of runs.csv; COLUMNS says what each column means
 * console.log(RUNS_HEADER + runsRow(factsOf(result)));
 * assertEquals(RUNS_HEADER.trim().split(",").length, COLUMNS.length);
 *
 * // many runs: each lies in the memory of the one before, whose machine is gone then
 * const memory = new Memory();
 * for (const high of [8, 62, 378]) {
 *   const { collector } = execute({ ...options, pcp: { high, batch: Math.ceil(high / 6) } }, { memory });
 *   console.log(`lists of ${high} pages: ${collector.hits} of ${collector.attempts}`);
 * }
 * ```
 *
 * @example What can be chosen?
 * ```ts
 * import { assert } from "@std/assert";
 * import { CHECKERS, KNOWN_BUGS, PROFILES, SCHEDULERS, STRATEGIES, WORKLOADS } from "@pcplab/pcplab";
 *
 * for (const { name, summary } of STRATEGIES) console.log(`${name}: ${summary}`);
 * for (const { name, claim } of CHECKERS) console.log(`${name}: ${claim}`);
 * for (const { name, summary } of KNOWN_BUGS) console.log(`${name}: ${summary}`);
 * assert("v5_9" in PROFILES && SCHEDULERS.includes("virtual") && WORKLOADS.includes("kfree_flood"));
 * ```
 *
 * @example A failure as a line, and the same failure from the line
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { defaultRunOptions, execute, formatScheduleLine, geometryFromSize } from "@pcplab/pcplab";
 * import { parseScheduleLine, type RunResult, ScheduleDiverged } from "@pcplab/pcplab";
 *
 * // 5.9 frees objects that join a batch whose grace period already runs; random order finds it
 * const machine = defaultRunOptions(geometryFromSize({ memoryBytes: 1 << 25, cpus: 2, nodes: 1 }));
 * let failed: RunResult | undefined;
 * for (let run = 0; failed === undefined && run < 50; run++) {
 *   const result = execute({ ...machine, bugs: ["B1"], blockEntries: 4, calls: 500, run });
 *   if (result.violation !== null) failed = result;
 * }
 * const line = formatScheduleLine(failed!);
 *
 * const { options, schedule } = parseScheduleLine(line);
 * assertEquals(execute(options, { replay: schedule! }).violation, failed!.violation);
 *
 * // a schedule belongs to one machine and one version
 * assertThrows(() => execute({ ...options, seed: "another" }, { replay: schedule! }), ScheduleDiverged);
 * ```
 *
 * @example A checker of your own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Checker, CHECKERS, defaultRunOptions, execute, geometryFromSize } from "@pcplab/pcplab";
 *
 * const zonesNeverEmpty: Checker = {
 *   name: "zones_never_empty",
 *   claim: "no zone runs out of pages",
 *   attach: (m) => ({
 *     examine: () => m.zone.nr_free.some((blocks) => blocks > 0) ? null : "no free block is left",
 *   }),
 * };
 * const geometry = geometryFromSize({ memoryBytes: 1 << 25, cpus: 2, nodes: 1 });
 * const result = execute({ ...defaultRunOptions(geometry), calls: 200 }, {
 *   checkers: [...CHECKERS, zonesNeverEmpty],
 * });
 * assertEquals(result.violation, null);
 * ```
 *
 * @example One page, by the RFC's function and by the kernel's
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { allocDirect, Collector, defaultRunOptions, freeDirect, geometryFromSize } from "@pcplab/pcplab";
 * import { GFP_KERNEL, locklessDirect, type Machine, NO_PFN, planMachine } from "@pcplab/pcplab";
 *
 * const geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 1, nodes: 1 });
 * const { m }: Machine = planMachine({ ...defaultRunOptions(geometry), pcp: { high: 62, batch: 15 }, calls: 1 });
 * const collector = new Collector(m);
 * m.events.subscribe(collector);
 * const [thread] = m.roles.threads[0]!;
 *
 * assertEquals(locklessDirect(m, thread!), NO_PFN); // a list that is empty at boot stays empty
 * const pfn = allocDirect(m, thread!, GFP_KERNEL, 0); // refills it
 * assert(locklessDirect(m, thread!) !== NO_PFN);
 * assertEquals([collector.refills, collector.refillPages], [1, 15]);
 * freeDirect(m, thread!, pfn, 0);
 * ```
 *
 * @example The machine of a /proc/zoneinfo, and what else a machine tells of itself
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { defaultRunOptions, execute, geometryFromZoneinfo, ImportError, initialPcpOf } from "@pcplab/pcplab";
 * import { parseBuddyinfo, parsePagetypeinfo, parsePcplists, parseVmstat, parseZoneinfo } from "@pcplab/pcplab";
 *
 * const info = parseZoneinfo(`Node 0, zone   Normal
 *   pages free     7000
 *         min      90
 *         low      112
 *         high     134
 *         spanned  8192
 *         present  8192
 *         managed  8000
 *         protection: (0)
 *   pagesets
 *     cpu: 0
 *               count: 40
 *               high:  62
 *               batch: 15
 *   start_pfn:           4096
 * `);
 * const geometry = geometryFromZoneinfo(info);
 * const lists = parsePcplists(`nid zone start_pfn spanned cpu count high batch unmovable movable reclaimable
 * 0 Normal 4096 8192 0 40 62 15 20 15 5
 * `);
 * const initialPcp = initialPcpOf(info, geometry, lists);
 * assertEquals(execute({ ...defaultRunOptions(geometry), initialPcp, calls: 100 }).violation, null);
 *
 * assertEquals(parseBuddyinfo("Node 0, zone   Normal      3      2      1\n")[0]!.free, [3, 2, 1]);
 * assertEquals(parseVmstat("nr_free_pages 7000\n").nr_free_pages, 7000);
 * assertThrows(() => parsePagetypeinfo("no such page", "my.pagetypeinfo"), ImportError, "my.pagetypeinfo:1");
 * ```
 *
 * @example A trace: read, and replayed through the model's lists
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { BLOCK_SOURCES, parseZoneinfo, profileNamed, readTrace, recordedProfile } from "@pcplab/pcplab";
 * import { Replay, replayError, Slot, TraceKind, type TraceSink } from "@pcplab/pcplab";
 *
 * const text = `cpus=1
 *   test-7 [000] 1.000001: mm_page_alloc: page=0 pfn=4200 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE
 *   test-7 [000] 1.000002: mm_page_free: page=0 pfn=4200 order=0
 * `;
 * // any source of bytes: the readable of an open file, or a response's body
 * const trace = () => ReadableStream.from([new TextEncoder().encode(text)]);
 *
 * const pages: number[] = [];
 * const sink: TraceSink = {
 *   event: (event) => {
 *     if (event.kind === TraceKind.mm_page_alloc) pages.push(event.values[Slot.pfn]!);
 *   },
 * };
 * await readTrace(trace(), sink);
 * assertEquals(pages, [4200]);
 *
 * const zoneinfo = parseZoneinfo(`Node 0, zone   Normal
 *   pages free     7000
 *         min      90
 *         low      112
 *         high     134
 *         spanned  8192
 *         present  8192
 *         managed  8000
 *         protection: (0)
 *   pagesets
 *     cpu: 0
 *               count: 40
 *               high:  62
 *               batch: 15
 *   start_pfn:           4096
 * `);
 * const profile = profileNamed(recordedProfile(zoneinfo));
 * const replay = new Replay(
 *   { zoneinfo, pcplists: null, pageBlockOrder: null },
 *   {
 *     profile,
 *     file: "my.trace",
 *     identity: false,
 *     whatIf: { profile, size: { high: 8, batch: 2 }, fraction: null, blockSource: BLOCK_SOURCES[0] },
 *   },
 * );
 * await readTrace(trace(), replay);
 * const result = replay.finish();
 * console.log(`${result.events} events, refills and drains off by ${100 * replayError(result)} %`);
 * assertEquals(result.perZone.length, 1);
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
export { Memory, type Piece } from "./src/sim/memory.ts";
export type { Section } from "./src/sim/operation.ts";
export { type SchedulerName, SCHEDULERS } from "./src/scheduler/registry.ts";
export { factsOf } from "./src/run/facts.ts";
export type { Machine } from "./src/run/machine.ts";
export { planMachine } from "./src/run/plan.ts";
export { formatScheduleLine, parseScheduleLine, type ScheduledRun } from "./src/run/schedule_line.ts";
export type { LabelledSchedule, Recorder } from "./src/sim/schedule.ts";
export type { Programs } from "./src/workload/explicit_program.ts";
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
export type { PcpLimits, PcpSize } from "./src/mm/pcp_size.ts";
export type { PcpLimitsNow } from "./src/replay/recorded_limits.ts";
export type { PcpChoice } from "./src/replay/replay_machine.ts";
export type { StartSource } from "./src/replay/start_state.ts";
export { ScheduleDiverged } from "./src/scheduler/replay.ts";
/** Version of the model: results are comparable, and schedules replay, within one version. */
export const VERSION = "0.1.0";
