/**
 * What kvfree_rcu() does differently from one kernel version to the next, as data. Every version is the one before it
 * with what changed, so that a reader sees a version's news and nothing else.
 */

/** Constants and switches of kvfree_rcu() in a kernel version. */
export interface KvfreeProfile {
  /** KFREE_DRAIN_JIFFIES: HZ times the first, divided by the second. */
  readonly kfreeDrain: readonly [number, number];
  /** One jiffy when a block's worth of objects waits, and an armed monitor is only ever moved earlier (6.1). */
  readonly kfreeDrainEarly: boolean;
  /** KVFREE_BULK_MAX_ENTR: pointers a block holds. */
  readonly KVFREE_BULK_MAX_ENTR: number;
  /** rcu_min_cached_objs: blocks kept per CPU. */
  readonly rcu_min_cached_objs: number;
  /** Blocks are prefilled into the cache at boot (5.9) or not (5.11 and later). */
  readonly prefillCache: boolean;
  /** A krwp takes a new channel while its callback or work is pending: bug B1. */
  readonly attachToPendingKrwp: boolean;
  /** A krwp takes a new channel between the start of its work and the detaching of its objects: bug B2. */
  readonly attachToStartingKrwp: boolean;
  /** A freed block goes to the cache of the CPU the worker runs on (5.9) or of its own krcp (RFC 1/4 and later). */
  readonly recycleToOwnKrcp: boolean;
  /**
   * When the monitor runs again: `lost`, only if no channel at all could be handed over (bug no. 16); `sticky`, if
   * anything stayed after any of the batches was looked at (5.9); `exact`, if anything stays in the end (5.14).
   */
  readonly monitorRepeat: "lost" | "sticky" | "exact";
  /** One argument and no block: the caller asks the page allocator itself, with krcp->lock dropped (5.13). */
  readonly oneArgDirect: boolean;
  /** How the RFC's patches start their worker: under krcp->lock (1/4 as posted) or through a timer (4/4). */
  readonly refillStart: "queueWork" | "delayedWork";
  /** The worker gives up early and leaves reserves alone: NORETRY and NOMEMALLOC (5.13). */
  readonly refillGently: boolean;
  /** The worker ends at the first page that it does not get (6.1, bug no. 22 before). */
  readonly refillStopsAtFailure: boolean;
  /** The worker asks only for what the cache lacks, and is not started for a cache of no blocks (6.5). */
  readonly refillFromCount: boolean;
  /** The shrinker gives cached blocks back and slows the worker down (5.14, bug no. 23 before). */
  readonly shrinkerFreesCache: boolean;
  /** With nothing to free, the shrinker says SHRINK_EMPTY (6.1) instead of 0, which means "cannot say". */
  readonly shrinkCountEmpty: boolean;
  /** A scan that frees nothing says SHRINK_STOP (5.9, bug no. 20 before). */
  readonly shrinkScanStops: boolean;
  /** Of what reclaim has put off before it asks for a share by priority (5.13), or for all of it at once. */
  readonly deferredByPriority: boolean;
  /** CPUs that the shrinker looks at. */
  readonly shrinkerCpus: "online" | "possible";
  /** When the scheduler starts, blocks queued during boot count too (5.14, bug no. 24 before). */
  readonly bootBulkCheck: boolean;
  /** What a block knows of its grace period: nothing, one number (6.3), or a full cookie (6.4 and later). */
  readonly gpSnapshots: "none" | "short" | "full";
  /** Monitors and batches are unbound work: they run on whichever CPU of the node is free (6.12). */
  readonly reclaimUnbound: boolean;
  /** CONFIG_DEBUG_OBJECTS_RCU_HEAD: an object that is queued twice is noticed and left alone. */
  readonly debugObjects: boolean;
}

/** As released in 5.9. The worker's fields say what the RFC's patches on top of it do. */
export const KVFREE_V5_9: KvfreeProfile = {
  kfreeDrain: [1, 50],
  kfreeDrainEarly: false,
  KVFREE_BULK_MAX_ENTR: 510,
  rcu_min_cached_objs: 2,
  prefillCache: true,
  attachToPendingKrwp: true,
  attachToStartingKrwp: true,
  recycleToOwnKrcp: false,
  monitorRepeat: "sticky",
  oneArgDirect: false,
  refillStart: "queueWork",
  refillGently: false,
  refillStopsAtFailure: false,
  refillFromCount: false,
  shrinkerFreesCache: false,
  shrinkCountEmpty: false,
  shrinkScanStops: true,
  deferredByPriority: false,
  shrinkerCpus: "online",
  bootBulkCheck: false,
  gpSnapshots: "none",
  reclaimUnbound: false,
  debugObjects: false,
};

/** The caller allocates nothing; a worker keeps five blocks. */
export const KVFREE_V5_12: KvfreeProfile = {
  ...KVFREE_V5_9,
  rcu_min_cached_objs: 5,
  prefillCache: false,
  recycleToOwnKrcp: true,
  refillStart: "delayedWork",
  shrinkerCpus: "possible",
};

/** One-argument callers allocate themselves; the cache shrinks under pressure. */
export const KVFREE_V5_14: KvfreeProfile = {
  ...KVFREE_V5_12,
  monitorRepeat: "exact",
  oneArgDirect: true,
  refillGently: true,
  shrinkerFreesCache: true,
  deferredByPriority: true,
  bootBulkCheck: true,
};

/** Few monitors while little waits; stable releases have the fix of B1. */
export const KVFREE_V6_1: KvfreeProfile = {
  ...KVFREE_V5_14,
  kfreeDrain: [5, 1],
  kfreeDrainEarly: true,
  attachToPendingKrwp: false,
  attachToStartingKrwp: false,
  refillStopsAtFailure: true,
  shrinkCountEmpty: true,
};

/** Blocks remember their grace period and may be freed without a further one. */
export const KVFREE_V6_3: KvfreeProfile = { ...KVFREE_V6_1, KVFREE_BULK_MAX_ENTR: 508, gpSnapshots: "short" };

/** Full cookies; isolated CPUs are not disturbed by the work. */
export const KVFREE_V6_12: KvfreeProfile = {
  ...KVFREE_V6_3,
  KVFREE_BULK_MAX_ENTR: 507,
  gpSnapshots: "full",
  reclaimUnbound: true,
  refillFromCount: true,
};
