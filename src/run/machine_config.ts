/**
 * What a machine is built from.
 */
import type { Geometry } from "../mm/mm.ts";
import type { CostEnd } from "../profile/cost.ts";
import type { Profile } from "../profile/profile.ts";
import type { CacheGeometry } from "../slab/slab.ts";
import type { Strategy } from "../strategy/strategy.ts";
import type { ThreadSpec } from "./tasks.ts";

/** All that a machine is built from. */
export interface MachineConfig {
  /** CPUs, zones and distances. */
  readonly geometry: Geometry;
  /** Kernel version and build. */
  readonly profile: Profile;
  /** Where blocks come from. */
  readonly strategy: Strategy;
  /** End of the costs' uncertainty. */
  readonly costEnd: CostEnd;
  /** How many times slower than the nominal machine this one is. */
  readonly slowdown: number;
  /** rcu_min_cached_objs. */
  readonly cachedBlocks: number;
  /** Pointers a block holds. */
  readonly blockEntries: number;
  /** percpu_pagelist_fraction or percpu_pagelist_high_fraction, by version; 0 for the default sizes. */
  readonly pcpFraction: number;
  /** Page events are traced, which takes time. */
  readonly traced: boolean;
  /** Jiffies follow the clock. */
  readonly virtualTime: boolean;
  /** Threads of the load. */
  readonly threads: readonly ThreadSpec[];
  /** Program of each CPU's device, null for none. */
  readonly devices: readonly (Int32Array | null)[];
  /** kmalloc caches. */
  readonly caches: readonly CacheGeometry[];
  /** Most vmalloc areas at a time. */
  readonly vmallocMax: number;
  /** Most blocks at a time. */
  readonly bnodesMax: number;
}
