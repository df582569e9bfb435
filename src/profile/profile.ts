/**
 * A profile is a kernel version: constants and switches, each with its source. Code outside this folder asks for a
 * switch by name and never for a version.
 */

import {
  KVFREE_V5_12,
  KVFREE_V5_14,
  KVFREE_V5_9,
  KVFREE_V6_1,
  KVFREE_V6_12,
  KVFREE_V6_3,
  type KvfreeProfile,
} from "./kvfree.ts";

/** How a build may preempt kernel code. */
export type Preemption = "voluntary" | "full" | "rt";

/** Constants and switches of a kernel version. */
export interface Profile extends KvfreeProfile {
  /** Name, such as `v5_9`. */
  readonly name: string;
  /** Ticks a second. */
  readonly HZ: number;
  /** How the per-CPU lists' sizes behave: name of a pcp policy. */
  readonly pcpPolicy: "v5_9" | "v5_14" | "v6_1" | "v6_12" | "v6_18";
  /** Largest order that per-CPU lists hold. */
  readonly pcpOrderMax: number;
  /** The lists are protected by pcp->lock, taken by trylock, and drained from other CPUs (6.1 and later). */
  readonly pcpLocked: boolean;
  /**
   * With nothing else left a request that may not wait gets a page of a HIGHATOMIC pageblock, also a single one, and
   * without __GFP_HIGH: 6.13, and the stable releases of 6.1 and 6.12. Before, only __GFP_ATOMIC ones of orders above 0
   * do, and ask there first.
   */
  readonly reservesIncludeHighatomic: boolean;
  /** Of the HIGHATOMIC reserve only what is free is kept back from others (6.12), or all of it. */
  readonly countsFreeHighatomic: boolean;
  /** The HIGHATOMIC reserve is a hundredth of the zone in whole pageblocks (6.8), not that and one more. */
  readonly highatomicAligned: boolean;
  /** Pageblocks whose types do not fall back to one another never merge (5.18), or only isolated ones do not. */
  readonly mergesAlike: boolean;
  /**
   * How a request gets pages of another migratetype: free pages are moved to its own lists (before 6.10); or every free
   * block stays on the list of its pageblock's type, and a pageblock that cannot be claimed gives one block, the first
   * part of the largest (6.10) or of the smallest after blocks of all orders were looked at (6.15).
   */
  readonly fallback: "moves" | "largest" | "claimsFirst";
  /** A steal wakes kswapd also where no watermark can be boosted: before 5.11 (597c892038e0). */
  readonly stealWakesUnboosted: boolean;
  /** A CPU's list of partial slabs is as long as its slabs are many, from 5.16 on, not as their free objects are. */
  readonly cpuPartialInSlabs: boolean;
  /** percpu_pagelist_fraction is per CPU (5.9); percpu_pagelist_high_fraction is shared by them (5.14 and later). */
  readonly pcpHighByFraction: "perCpu" | "shared";
  /** Preemption model of the build. */
  readonly preemption: Preemption;
  /** CONFIG_DEBUG_VM: pages are checked at free and at pcp allocation. */
  readonly debugVm: boolean;
  /** CONFIG_DEBUG_PAGEALLOC compiled in. */
  readonly debugPagealloc: boolean;
  /** debug_pagealloc enabled at boot; means nothing without debugPagealloc. */
  readonly debugPageallocEnabled: boolean;
  /** init_on_alloc boot option. */
  readonly initOnAlloc: boolean;
  /** page_owner boot option. */
  readonly pageOwner: boolean;
  /** Pageblock order: 9 with huge pages configured, MAX_ORDER-1 without. */
  readonly pageblock_order: number;
  /** CONFIG_CMA. */
  readonly cma: boolean;
  /** CONFIG_ZONE_DMA32, which decides on ALLOC_NOFRAGMENT. */
  readonly zoneDma32: boolean;
  /** watermark_scale_factor, in 1/10000 of managed pages. */
  readonly watermark_scale_factor: number;
  /** watermark_boost_factor, in 1/10000. */
  readonly watermark_boost_factor: number;
  /** lowmem_reserve_ratio by zone index DMA, DMA32, NORMAL, MOVABLE. */
  readonly lowmem_reserve_ratio: readonly number[];
  /** min_free_kbytes, or null for the formula. */
  readonly min_free_kbytes: number | null;
  /** Threads share a CPU fairly (before 6.6), or by deadlines. */
  readonly scheduling: "fair" | "deadlines";
  /** KFREE_DRAIN_JIFFIES at this HZ. */
  readonly kfreeDrainJiffies: number;
  /** With one CPU and without preemption synchronize_rcu() returns at once: before 6.1, where only early boot does. */
  readonly blockingIsGp: boolean;
  /** Boot parameter rcu_expedited: synchronize_rcu() takes expedited grace periods. */
  readonly rcu_expedited: boolean;
  /** Boot parameter rcu_nocbs=all: kthreads wait for grace periods and invoke the callbacks. */
  readonly rcu_nocbs: boolean;
  /**
   * Boot parameter rcu_normal_wake_from_gp: who waits in synchronize_rcu() is on a list of its own and woken by the
   * grace-period kthread. Kernels before 6.10 know nothing of it; from 6.17 on machines of few CPUs have it.
   */
  readonly rcu_normal_wake_from_gp: "absent" | "off" | "smallMachines" | "on";
  /** The kthreads of offloaded CPUs stop at a batch's time limit too (before 5.17), as softirqs do. */
  readonly nocbBatchTimed: boolean;
  /** A bypass list that is moved to a list with nothing to wait for wakes the kthread (6.2), else its timer does. */
  readonly nocbFlushWakes: boolean;
  /** While callbacks pile up, scans for quiescent states are a third as far apart (6.0). */
  readonly overloadShortensFqs: boolean;
  /** A batch's limit follows the callbacks that are ready (6.3), or all that are queued. */
  readonly batchOfReady: boolean;
  /** Cookies of polled waits follow normal grace periods only (before 6.1), or expedited ones too. */
  readonly polledCookie: "normal" | "combined";
  /** Fanout of a leaf rcu_node. */
  readonly RCU_FANOUT_LEAF: number;
  /** Fanout of an interior rcu_node. */
  readonly RCU_FANOUT: number;
}

const V5_9: Profile = {
  ...KVFREE_V5_9,
  name: "v5_9",
  HZ: 250,
  pcpPolicy: "v5_9",
  pcpOrderMax: 0,
  pcpLocked: false,
  reservesIncludeHighatomic: false,
  countsFreeHighatomic: false,
  highatomicAligned: false,
  mergesAlike: false,
  fallback: "moves",
  stealWakesUnboosted: true,
  cpuPartialInSlabs: false,
  pcpHighByFraction: "perCpu",
  preemption: "voluntary",
  debugVm: false,
  debugPagealloc: false,
  debugPageallocEnabled: false,
  initOnAlloc: false,
  pageOwner: false,
  pageblock_order: 9,
  cma: false,
  zoneDma32: true,
  watermark_scale_factor: 10,
  watermark_boost_factor: 15000,
  lowmem_reserve_ratio: [256, 256, 32, 0],
  min_free_kbytes: null,
  scheduling: "fair",
  kfreeDrainJiffies: 5,
  blockingIsGp: true,
  rcu_expedited: false,
  rcu_nocbs: false,
  rcu_normal_wake_from_gp: "absent",
  nocbBatchTimed: true,
  nocbFlushWakes: false,
  overloadShortensFqs: false,
  batchOfReady: false,
  polledCookie: "normal",
  RCU_FANOUT_LEAF: 16,
  RCU_FANOUT: 64,
};

/** The page allocator as in 5.9, but for whom a steal wakes. */
const V5_12: Profile = { ...V5_9, ...KVFREE_V5_12, name: "v5_12", stealWakesUnboosted: false };

/** Lists by order, sized from watermarks; interrupts off still protect them. */
const V5_14: Profile = {
  ...V5_12,
  ...KVFREE_V5_14,
  name: "v5_14",
  pcpPolicy: "v5_14",
  pcpOrderMax: 3,
  pcpHighByFraction: "shared",
};

const V6_1: Profile = {
  ...V5_14,
  ...KVFREE_V6_1,
  name: "v6_1",
  cpuPartialInSlabs: true,
  mergesAlike: true,
  pcpPolicy: "v6_1",
  pcpLocked: true,
  reservesIncludeHighatomic: true,
  blockingIsGp: false,
  nocbBatchTimed: false,
  overloadShortensFqs: true,
  polledCookie: "combined",
};

/** The page allocator as in 6.1. */
const V6_3: Profile = { ...V6_1, ...KVFREE_V6_3, name: "v6_3", batchOfReady: true, nocbFlushWakes: true };

const V6_12: Profile = {
  ...V6_3,
  ...KVFREE_V6_12,
  name: "v6_12",
  scheduling: "deadlines",
  pcpPolicy: "v6_12",
  fallback: "largest",
  countsFreeHighatomic: true,
  highatomicAligned: true,
  rcu_normal_wake_from_gp: "off",
};

const V6_18: Profile = {
  ...V6_12,
  name: "v6_18",
  pcpPolicy: "v6_18",
  fallback: "claimsFirst",
  rcu_normal_wake_from_gp: "smallMachines",
};

/** All profiles by name, oldest first. */
export const PROFILES: Readonly<Record<string, Profile>> = {
  v5_9: V5_9,
  v5_12: V5_12,
  v5_14: V5_14,
  v6_1: V6_1,
  v6_3: V6_3,
  v6_12: V6_12,
  v6_18: V6_18,
};

/**
 * A profile with some switches changed; what depends on HZ follows it.
 *
 * @throws RangeError when the name is unknown; the message lists the known ones.
 */
export function profileNamed(name: string, changes: Partial<Profile> = {}): Profile {
  const base = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;
  if (base === undefined) {
    throw new RangeError(
      `Cannot choose a profile: expected one of ${Object.keys(PROFILES).join(", ")}, got "${name}"`,
    );
  }
  const HZ = changes.HZ ?? base.HZ;
  const [times, by] = changes.kfreeDrain ?? base.kfreeDrain;
  return { ...base, kfreeDrainJiffies: Math.floor(HZ * times / by), ...changes };
}
