/**
 * Builds a machine: lays out the world, wires tasks, locks, work items and timers to their numbers, and brings memory
 * to the state at the end of boot.
 */
import { fairTimes } from "../cpu/fair.ts";
import { cpuStructs, spend } from "../cpu/cpu.ts";
import { MIGRATE_TYPES } from "../mm/gfp.ts";
import { firstLargestNode, mmStructs, spannedEnd } from "../mm/mm.ts";
import { PCP_POLICIES, pcpListCount } from "../mm/pcp_policy.ts";
import { build_zonelists } from "../mm/zonelist.ts";
import { costTable } from "../profile/cost.ts";
import { FREE_N_CHANNELS, KFREE_N_BATCHES, rcuStructs } from "../rcu/rcu.ts";
import { holdsInSheaf } from "../rcu/kfree_sheaf.ts";
import { noteIdle } from "../rcu/core.ts";
import { rcu_note_context_switch } from "../rcu/reader.ts";
import { shrink_slab } from "../rcu/shrinker.ts";
import { EVENT, Events, type Listener } from "../sim/events.ts";
import { type FieldPlace, layOut } from "../sim/layout.ts";
import { Memory } from "../sim/memory.ts";
import { type Section, sectionTable } from "../sim/operation.ts";
import { taskStructs } from "../sim/task.ts";
import { withSheafCache } from "../slab/sheaf.ts";
import { layOutCaches, slabStructs } from "../slab/slab.ts";
import { programStructs, type Workloads } from "../workload/program.ts";
import { bootMemory } from "./boot.ts";
import type { MachineConfig } from "./machine_config.ts";
import { type RcuGeometry, rcuGeometry } from "./rcu_geometry.ts";
import { firstThreadOf, PER_CPU_TASKS, placeTasks, rolesOf } from "./tasks.ts";

/** A machine with the code it runs. */
export interface Machine {
  /** State and constants. */
  readonly m: Workloads;
  /** Sections by program counter. */
  readonly table: Section<Workloads>[];
  /** The whole state as bytes. */
  readonly bytes: Uint8Array;
  /** Which bytes are which field. */
  readonly places: readonly FieldPlace[];
}

/** Numbers of the tasks, locks, work items, timers and callbacks of a machine. */
function numberAll(config: Config) {
  const { geometry } = config;
  const cpus = geometry.cpuNodes.length;
  const nodes = geometry.distance.length;
  const zones = geometry.zones.length;
  const nocbStride = Math.floor(cpus / Math.floor(Math.sqrt(cpus))); // rcu_nocb_gp_stride
  const nocbTasks = config.profile.rcu_nocbs ? cpus + Math.ceil(cpus / nocbStride) : 0;
  const firstNocb = firstThreadOf(geometry) + config.threads.length;
  const spareTask = firstNocb + nocbTasks;
  const unboundTask = spareTask + cpus;
  const isUnbound = config.profile.reclaimUnbound;
  const tasks = unboundTask + (isUnbound ? cpus : 0);
  const listLocks = zones + cpus + config.caches.length * nodes;
  const rqLock = listLocks + 1 + (config.profile.pcpLocked ? zones * cpus : 0);
  return {
    cpus,
    nodes,
    zones,
    tasks,
    gpTask: cpus * PER_CPU_TASKS,
    nocbTask: nocbTasks > 0 ? firstNocb : -1,
    nocbStride,
    spareTask,
    unboundTask,
    pools: cpus * 2 + (isUnbound ? nodes : 0),
    // zone->lock of each zone, krcp->lock of each CPU, list_lock of each cache and node,
    // depot_lock, pcp->lock of each pcp, rq->lock of each CPU
    krcLock: zones,
    listLock: zones + cpus,
    keptLocks: zones + cpus,
    depotLock: listLocks,
    pcpLock: config.profile.pcpLocked ? listLocks + 1 : -1,
    rqLock,
    barnLock: rqLock + cpus,
    locks: rqLock + cpus + (config.sheaves ? (config.caches.length - 1) * nodes : 0),
    // each CPU's drain, monitor and batches, vmstat, page cache, sheaves; waiters of synchronize_rcu
    drainWork: 0,
    monitorWork: cpus,
    krwpWork: cpus * 2,
    vmstatWork: cpus * (2 + KFREE_N_BATCHES),
    pageCacheWork: cpus * (3 + KFREE_N_BATCHES),
    sheafWork: cpus * (4 + KFREE_N_BATCHES),
    srsCleanupWork: cpus * (5 + KFREE_N_BATCHES),
    works: cpus * (5 + KFREE_N_BATCHES) + 1,
    // each task's sleep, each CPU's monitor, vmstat and page cache
    monitorTimer: tasks,
    vmstatTimer: tasks + cpus,
    pageCacheTimer: tasks + cpus * 2,
    timers: tasks + cpus * 3,
    // each CPU's page cache, each task's sleep
    sleepHrtimer: cpus,
    hrtimers: cpus + tasks,
    // each task's synchronize_rcu, each batch, each CPU's end of rcu_barrier, each sheaf
    krwpCallback: tasks,
    barrierCallback: tasks + cpus * KFREE_N_BATCHES,
    sheafCallback: tasks + cpus * (KFREE_N_BATCHES + 1),
    callbacks: tasks + cpus * (KFREE_N_BATCHES + 1) + sheavesOf(config, cpus),
  };
}

/** The machine with the cache that sheaves come from, when its strategy has sheaves. */
function withSheaves(config: MachineConfig) {
  const sheaves = config.strategy.keeps === "sheaves";
  const cpus = config.geometry.cpuNodes.length;
  return { ...config, sheaves, caches: sheaves ? withSheafCache(config.caches, cpus) : config.caches };
}

type Config = ReturnType<typeof withSheaves>;

/** Most sheaves at a time. */
function sheavesOf({ sheaves, caches }: Config, cpus: number): number {
  return sheaves ? caches.at(-1)!.slabsMax * layOutCaches({ caches }, cpus).at(-1)!.objects : 0;
}

type Numbers = ReturnType<typeof numberAll>;

/** Plan of the whole world. */
function planWorld(config: Config, n: Numbers, tree: RcuGeometry) {
  return {
    ...taskStructs(n.tasks),
    ...cpuStructs(n),
    ...mmStructs(
      config.geometry,
      config.profile.pageblock_order,
      pcpListCount(config.profile.pcpOrderMax),
      n.tasks,
    ),
    ...slabStructs(config, n.cpus, n.nodes),
    ...rcuStructs({ ...n, nodes: tree.parent.length, bnodesMax: config.bnodesMax }),
    ...programStructs(config.threads.length + n.cpus),
  };
}

/** The machine's constants beside its state. */
function constantsOf(config: Config, n: Numbers, tree: RcuGeometry) {
  const { geometry, profile } = config;
  const caches = layOutCaches(config, n.cpus, profile.cpuPartialInSlabs);
  const managed = geometry.zones.reduce((sum, z) => sum + z.managed, 0);
  const pageblockPages = 1 << profile.pageblock_order;
  const programs = [...config.threads.map((t) => "program" in t ? t.program : null), ...config.devices];
  return {
    ...n,
    profile,
    cost: costTable(config.costEnd, config.slowdown),
    events: new Events(),
    nrCpus: n.cpus,
    nrTasks: n.tasks,
    nrZones: n.zones,
    nrPages: spannedEnd(geometry),
    firstLargest: firstLargestNode(geometry, pcpListCount(profile.pcpOrderMax)),
    virtualTime: config.virtualTime,
    tickNs: 1e9 / profile.HZ,
    fair: fairTimes(profile.scheduling, n.cpus),
    roles: rolesOf(geometry, config.threads, n),
    geometry,
    zonelists: build_zonelists(geometry),
    cpuNodes: geometry.cpuNodes,
    pageblockPages,
    pageblockOrder: profile.pageblock_order,
    mobilityDisabled: managed < pageblockPages * MIGRATE_TYPES,
    pcpLists: pcpListCount(profile.pcpOrderMax),
    pcpPolicy: PCP_POLICIES[profile.pcpPolicy],
    caches,
    sheafCache: config.sheaves ? caches.length - 1 : -1,
    firstVmalloc: caches.reduce((sum, c) => sum + c.slabsMax * c.objects, 0),
    blockSource: config.strategy.blockSource,
    shrinkSlab: shrink_slab.start,
    keeps: config.strategy.keeps,
    refill: config.strategy.refill,
    firstLeaf: tree.firstLeaf,
    blockEntries: config.blockEntries,
    cachedBlocks: config.cachedBlocks,
    programs: programs.map((p) => p ?? new Int32Array()),
    programOf: new Int32Array(n.tasks).fill(-1),
  };
}

/** Writes the page events into a trace: no listener but this one acts on the machine, by the time that it takes. */
function tracer(m: Workloads): Listener {
  const { refill, drain, lockReleased, locklessHit, locklessMiss } = EVENT;
  const { mm_page_alloc, mm_page_free, kfreeBulk, kfreeSingle } = EVENT;
  const single = [mm_page_alloc, mm_page_free, kfreeBulk, kfreeSingle];
  let lines = 0; // of refills and drains, which write them without zone->lock
  return {
    kinds: [...single, refill, drain, lockReleased, locklessHit, locklessMiss],
    onEvent(kind, t, _zone, pages) {
      const { traceEvent, traceLine } = m.cost;
      if (kind === refill || kind === drain) {
        spend(m, t, pages * traceEvent);
        lines++;
      } else if (kind === lockReleased) {
        if (lines > 0) spend(m, t, lines * traceLine);
        lines = 0;
      } else if (kind === locklessMiss) spend(m, t, traceLine);
      else if (kind === locklessHit) spend(m, t, 2 * traceLine); // of the request, and of the block
      else spend(m, t, traceEvent);
    },
  };
}

/** Builds a machine that has booted and whose load has not run yet; it lies in `memory`. */
export function buildMachine(given: MachineConfig, memory: Memory = new Memory()): Machine {
  const config = withSheaves(given);
  const { profile } = config;
  const n = numberAll(config);
  const tree = rcuGeometry(n.cpus, profile.RCU_FANOUT_LEAF, profile.RCU_FANOUT);
  const laid = layOut(planWorld(config, n, tree), memory);
  const m: Workloads = {
    ...constantsOf(config, n, tree),
    memory,
    ...laid.views,
    noteContextSwitch: (prev) => rcu_note_context_switch(m, prev),
    noteIdle: (cpu) => noteIdle(m, cpu),
  };
  placeTasks(m, config.threads, config.devices);
  bootMemory(m, config, tree);
  if (config.traced) m.events.subscribe(tracer(m));
  return { m, table: sectionTable(), bytes: laid.bytes, places: laid.places };
}

/** Whether the load is over and everything given to kvfree_rcu has been freed. */
export function isQuiet(m: Workloads): boolean {
  if (m.workload.live[0] !== 0 || m.bnodePool.working[0] !== 0 || m.vm.drainsPending[0] !== 0) return false;
  for (let c = 0; c < m.nrCpus; c++) {
    if (m.cpu.irqDueNs[c] !== Infinity || m.rdp.len[c] !== 0 || m.krc.head[c] !== 0) return false;
    for (let channel = 0; channel < FREE_N_CHANNELS; channel++) {
      if (m.krc.bkvhead[c * FREE_N_CHANNELS + channel] !== 0) return false;
    }
    for (let i = 0; i < KFREE_N_BATCHES; i++) {
      const krwp = c * KFREE_N_BATCHES + i;
      const { head_free, bkvhead_free } = m.krwp;
      if ((head_free[krwp]! | bkvhead_free[krwp * 2]! | bkvhead_free[krwp * 2 + 1]!) !== 0) return false;
    }
    if (holdsInSheaf(m, c)) return false;
    if (m.work.pending[m.monitorWork + c] !== 0 || batchPending(m, c)) return false;
  }
  return true;
}

/** A batch's work is queued although its objects are gone: it has yet to find that out. */
function batchPending(m: Workloads, cpu: number): boolean {
  for (let i = 0; i < KFREE_N_BATCHES; i++) {
    if (m.work.pending[m.krwpWork + cpu * KFREE_N_BATCHES + i] !== 0) return true;
  }
  return false;
}
