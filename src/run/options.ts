/**
 * What one run is: plain data, complete and serialisable, so that a run reproduces from it alone.
 */
import type { Geometry } from "../mm/mm.ts";
import type { CostEnd } from "../profile/cost.ts";
import type { Preemption } from "../profile/profile.ts";
import type { SchedulerName } from "../scheduler/registry.ts";
import type { Programs } from "../workload/explicit_program.ts";
import { LOADS } from "../workload/load/registry.ts";

/** Loads that a run may have. */
export const WORKLOADS: readonly string[] = [
  "random",
  "kfree_storm",
  "kfree_flood",
  "kfree_trickle",
  ...LOADS.map((load) => load.name),
];
/** Name of a load. */
export type WorkloadName = string;

/** Whether threads run the kfree loops, and not programs that were drawn. */
export function isKfreeLoad(workload: WorkloadName): boolean {
  return workload.startsWith("kfree_");
}

/** Boot parameters of RCU that a run may set. The last two are one parameter, of kernels from 6.10 on. */
export const RCU_BOOT = [
  "rcu_nocbs",
  "rcu_expedited",
  "rcu_normal_wake_from_gp",
  "rcu_normal_wake_from_gp=0",
] as const;

/** Pages on one CPU's lists of one zone when the run starts, by migratetype. */
export interface InitialPcp {
  /** Zone number of the geometry. */
  readonly zone: number;
  /** CPU. */
  readonly cpu: number;
  /** Pages on the UNMOVABLE, MOVABLE and RECLAIMABLE lists. */
  readonly pages: readonly [number, number, number];
}

/** Zones smaller than this, 32 MiB, keep their own pcp size: the formula gives them none. */
export const PCP_ZONE_PAGES = 8192;

/**
 * Bytes of struct kfree_obj on 64 bits, which storms allocate kfree_mult times over: an rcu_head and 8 characters.
 *
 * @kernel kernel/rcu/rcuperf.c 5.9
 */
export const KFREE_OBJ_BYTES = 24;
/** Largest kfree_mult: one more is larger than the largest kmalloc class, 8 KiB. */
export const KFREE_MULT_MAX = Math.floor(8192 / KFREE_OBJ_BYTES);

/** All that determines a run. */
export interface RunOptions {
  /** Seed of everything random. */
  readonly seed: string;
  /** Number of the run under this seed. */
  readonly run: number;
  /** Who decides what runs next. */
  readonly scheduler: SchedulerName;
  /** pct: depth of the bugs that are looked for. */
  readonly pctDepth: number;
  /** pct: sections that the run is expected to have. */
  readonly pctSections: number;
  /** Where blocks come from. */
  readonly strategy: string;
  /** Kernel version. */
  readonly profile: string;
  /** Bugs of that version that are left in; the others are mended: names of KNOWN_BUGS. */
  readonly bugs: readonly string[];
  /** Ticks a second. */
  readonly HZ: number;
  /** Preemption model of the build. */
  readonly preemption: Preemption;
  /** Pageblock order. */
  readonly pageblockOrder: number;
  /** Boot parameters of RCU that are set: names of RCU_BOOT; rcu_nocbs is for all CPUs. */
  readonly rcuBoot: readonly string[];
  /** page_owner is on. */
  readonly pageOwner: boolean;
  /** The load. */
  readonly workload: WorkloadName;
  /** Programs to run instead of those that the load draws, or null: random and the loads of calls have them. */
  readonly programs: Programs | null;
  /** Threads of the load; thread i runs on CPU i modulo their number. */
  readonly threads: number;
  /** Calls of each program. */
  readonly calls: number;
  /** kvfree_rcu calls a second and thread, 0 for as fast as it goes. */
  readonly rateHz: number;
  /** Share of the free memory above the min watermarks that reclaimable pages fill before the run, 0 to 1. */
  readonly pressure: number;
  /** Pages of swap. */
  readonly swapPages: number;
  /** A script polls the kernel's log during the load, with pauses of this many microseconds; 0 for none. */
  readonly pollUs: number;
  /** Page events are traced, which takes time. */
  readonly traced: boolean;
  /** kfree loads: objects a loop. */
  readonly kfree_alloc_num: number;
  /** kfree loads: loops a thread. */
  readonly kfree_loops: number;
  /** Flood and trickle: sleep between two rounds, in microseconds; on_off: mean period. */
  readonly gapUs: number;
  /** All but random: size of an object in units of 24 bytes. */
  readonly kfree_mult: number;
  /** pcp size of every zone of at least 32 MiB, or null for that of the geometry. */
  readonly pcp: { readonly high: number; readonly batch: number } | null;
  /** percpu_pagelist_fraction or percpu_pagelist_high_fraction, by version: 0 for the default, else at least 8. */
  readonly pcpFraction: number;
  /** Blocks a CPU keeps, or null for the profile's rcu_min_cached_objs. */
  readonly cachedBlocks: number | null;
  /** Pointers a block holds, or null for the profile's KVFREE_BULK_MAX_ENTR. */
  readonly blockEntries: number | null;
  /** How many times slower than the nominal machine. */
  readonly slowdown: number;
  /** Cores of a virtual machine's host that its CPUs share, 0 for one each: virtual time only. */
  readonly hostCores: number;
  /** Share of a core's busy time that the host of a virtual machine gives to others: virtual time only. */
  readonly stolen: number;
  /** End of the costs' uncertainty. */
  readonly costEnd: CostEnd;
  /** Sections after which a run that has not ended counts as hanging. */
  readonly stepsMax: number;
  /** The machine. */
  readonly geometry: Geometry;
  /** What lies on the per-CPU lists at the start; lists that are not named are empty. */
  readonly initialPcp: readonly InitialPcp[];
}

/** Options of a run on a machine, with everything else at its default. */
export function defaultRunOptions(geometry: Geometry): RunOptions {
  return {
    seed: "1",
    run: 0,
    scheduler: "random",
    pctDepth: 3,
    pctSections: 20_000,
    strategy: "lockless",
    profile: "v5_9",
    bugs: [],
    HZ: 250,
    preemption: "full",
    pageblockOrder: 9,
    rcuBoot: [],
    pageOwner: false,
    workload: "random",
    programs: null,
    threads: geometry.cpuNodes.length,
    calls: 2000,
    rateHz: 0,
    pressure: 0,
    swapPages: 0,
    pollUs: 0,
    traced: false,
    kfree_alloc_num: 8000,
    kfree_loops: 10,
    gapUs: 100_000,
    kfree_mult: 1,
    pcp: null,
    pcpFraction: 0,
    cachedBlocks: null,
    blockEntries: null,
    slowdown: 1,
    hostCores: 0,
    stolen: 0,
    costEnd: "nominal",
    stepsMax: 50_000_000,
    geometry,
    initialPcp: [],
  };
}
