/**
 * A profile is a kernel version: constants and switches, each with its source. Code outside this folder asks for a
 * switch by name and never for a version.
 */

/** How a build may preempt kernel code. */
export type Preemption = "voluntary" | "full" | "rt";

/** Constants and switches of a kernel version. */
export interface Profile {
  /** Name, such as `v5_9`. */
  readonly name: string;
  /** Ticks a second. */
  readonly HZ: number;
  /** How the per-CPU lists' sizes behave: name of a pcp policy. */
  readonly pcpPolicy: "v5_9" | "v6_1" | "v6_12" | "v6_18";
  /** Largest order that per-CPU lists hold. */
  readonly pcpOrderMax: number;
  /** The lists are protected by pcp->lock, taken by trylock, and drained from other CPUs (6.1 and later). */
  readonly pcpLocked: boolean;
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
  /** KFREE_DRAIN_JIFFIES at this HZ. */
  readonly kfreeDrainJiffies: number;
  /** Pointers a block holds. */
  readonly KVFREE_BULK_MAX_ENTR: number;
  /** rcu_min_cached_objs: blocks kept per CPU. */
  readonly rcu_min_cached_objs: number;
  /** Blocks are prefilled into the cache at boot (5.9) or not (5.11+). */
  readonly prefillCache: boolean;
  /** A krwp takes a new channel while its rcu_work is pending: bug B1, fixed in 2023. */
  readonly attachToPendingKrwp: boolean;
  /** A freed block goes to the cache of the CPU the worker runs on (5.9) or of its own krcp (RFC 1/4 and later). */
  readonly recycleToOwnKrcp: boolean;
  /** Boot parameter rcu_expedited: synchronize_rcu() takes expedited grace periods. */
  readonly rcu_expedited: boolean;
  /** Boot parameter rcu_nocbs=all: kthreads wait for grace periods and invoke the callbacks. */
  readonly rcu_nocbs: boolean;
  /** Cookies of polled waits follow normal grace periods only (before 6.1), or expedited ones too. */
  readonly polledCookie: "normal" | "combined";
  /** Fanout of a leaf rcu_node. */
  readonly RCU_FANOUT_LEAF: number;
  /** Fanout of an interior rcu_node. */
  readonly RCU_FANOUT: number;
}

const V5_9: Profile = {
  name: "v5_9",
  HZ: 250,
  pcpPolicy: "v5_9",
  pcpOrderMax: 0,
  pcpLocked: false,
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
  kfreeDrainJiffies: 5,
  KVFREE_BULK_MAX_ENTR: 510,
  rcu_min_cached_objs: 2,
  prefillCache: true,
  attachToPendingKrwp: true,
  recycleToOwnKrcp: false,
  rcu_expedited: false,
  rcu_nocbs: false,
  polledCookie: "normal",
  RCU_FANOUT_LEAF: 16,
  RCU_FANOUT: 64,
};

/** The page allocator as in 5.9; kvfree_rcu allocates nothing in the caller and keeps five blocks. */
const V5_12: Profile = {
  ...V5_9,
  name: "v5_12",
  rcu_min_cached_objs: 5,
  prefillCache: false,
  recycleToOwnKrcp: true,
};

const V6_1: Profile = {
  ...V5_12,
  name: "v6_1",
  pcpPolicy: "v6_1",
  pcpOrderMax: 3,
  pcpLocked: true,
  pcpHighByFraction: "shared",
  attachToPendingKrwp: false,
  polledCookie: "combined",
};

const V6_12: Profile = { ...V6_1, name: "v6_12", pcpPolicy: "v6_12", KVFREE_BULK_MAX_ENTR: 507 };

const V6_18: Profile = { ...V6_12, name: "v6_18", pcpPolicy: "v6_18" };

/** All profiles by name, oldest first. */
export const PROFILES: Readonly<Record<string, Profile>> = {
  v5_9: V5_9,
  v5_12: V5_12,
  v6_1: V6_1,
  v6_12: V6_12,
  v6_18: V6_18,
};

/**
 * A profile with some switches changed; what depends on HZ follows it.
 *
 * @throws RangeError when the name is unknown; the message lists the known ones.
 */
export function profileNamed(name: string, changes: Partial<Profile> = {}): Profile {
  const base = PROFILES[name];
  if (base === undefined) {
    throw new RangeError(
      `Cannot choose a profile: expected one of ${Object.keys(PROFILES).join(", ")}, got "${name}"`,
    );
  }
  const HZ = changes.HZ ?? base.HZ;
  // KFREE_DRAIN_JIFFIES is HZ / 50 [kernel/rcu/tree.c 5.9]
  return { ...base, kfreeDrainJiffies: Math.floor(HZ / 50), ...changes };
}
