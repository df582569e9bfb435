/**
 * State of Tree RCU and kvfree_rcu.
 *
 * @kernel kernel/rcu/tree.h, kernel/rcu/tree.c 5.9
 */
import { struct, type StructPlan, type Views } from "../sim/layout.ts";
import type { Slabs } from "../slab/slab.ts";

/**
 * Wait heads: grace periods whose waiters may be waiting to be woken.
 *
 * @kernel kernel/rcu/tree.h SR_NORMAL_GP_WAIT_HEAD_MAX 6.10
 */
export const SR_NORMAL_GP_WAIT_HEAD_MAX = 5;

/** Fields of rcu_state. */
const rcuFields = {
  /** Grace period number with its state bits. */
  gp_seq: "i32",
  /** What is asked of the kthread: bits of GP_FLAG. */
  gp_flags: "i32",
  /** Jiffy at which the current grace period started. */
  gp_start: "i32",
  /** Grace periods that ended. */
  completed: "i32",
  /** 1 once the scheduler runs: rcu_scheduler_active is RCU_SCHEDULER_RUNNING. */
  schedulerRunning: "i32",
  /** Scans for quiescent states so far, in all grace periods. */
  n_force_qs: "i32",
  /** 1 while grace periods are hurried because some CPU had qovld callbacks when the scan before the last looked. */
  cbovld: "i32",
  /** The same of the last scan, for the next one. */
  cbovldnext: "i32",
  /** Number of expedited grace periods, with state bits. */
  expedited_sequence: "i32",
  /** Task + 1 that runs the expedited grace period and holds exp_mutex, 0 for none. */
  expOwner: "i32",
  /** Number that cookies of polled waits compare with, moved on by normal and expedited grace periods. */
  gp_seq_polled: "i32",
  /** gp_seq_polled when the current normal grace period started, 0 when it could not move it. */
  gp_seq_polled_snap: "i32",
  /** The same for the current expedited grace period. */
  gp_seq_polled_exp_snap: "i32",
  /** Calls of rcu_barrier, with state bits. */
  barrier_sequence: "i32",
  /** Callbacks that rcu_barrier still waits for, and 2 while it is counting. */
  barrier_cpu_count: "i32",
  /** Task + 1 that holds barrier_mutex, 0 for none. */
  barrierOwner: "i32",
  /** CPU that it asks next: those before it have been asked. */
  barrierNext: "i32",
  /** First node + 1 of the list of waiters of synchronize_rcu and of wait heads, newest first. */
  srs_next: "i32",
  /** Wait head + 1 of the current grace period: it is for the waiters behind it. */
  srs_wait_tail: "i32",
  /** Wait head + 1 of the last grace period that ended. */
  srs_done_tail: "i32",
  /** 1 for each wait head in use. */
  srs_inuse: ["u8", SR_NORMAL_GP_WAIT_HEAD_MAX],
  /** Work items queued, or running, that wake waiters and give wait heads back. */
  srs_cleanups_pending: "i32",
} as const;

/** Fields of a node of the list of waiters: a node for each task, then one for each wait head. */
const srsFields = {
  /** Next node + 1. */
  next: "i32",
} as const;

/** Fields of rcu_node. */
const rcuNodeFields = {
  /** Copy of rcu_state.gp_seq. */
  gp_seq: "i32",
  /** Furthest grace period asked for. */
  gp_seq_needed: "i32",
  /** Children that still owe a quiescent state, low and high halves of 32 bits. */
  qsmask: ["i32", 2],
  /** Children that have to report, as the last grace period that began found them. */
  qsmaskinit: ["i32", 2],
  /** CPUs of a leaf that are up: those of the next grace period. */
  qsmaskinitnext: ["i32", 2],
  /** Tasks preempted in a reader that block the current grace period. */
  gp_tasks: "i32",
  /** Tasks preempted in a reader. */
  blkd_tasks: "i32",
  /** Children that an expedited grace period asks: CPUs that have ever been up. */
  expmaskinit: ["i32", 2],
  /** Children that the expedited grace period still waits for. */
  expmask: ["i32", 2],
  /** Tasks preempted in a reader that block the current expedited grace period. */
  exp_tasks: "i32",
  /** Furthest expedited grace period asked for here. */
  exp_seq_rq: "i32",
  /** Parent node + 1. */
  parent: "i32",
  /** Number of this node among its parent's children. */
  grpnum: "u8",
} as const;

/** Segments of a callback list. */
export const SEG = { DONE: 0, WAIT: 1, NEXT_READY: 2, NEXT: 3 } as const;

/** Fields of rcu_data, one per CPU. */
const rcuDataFields = {
  /** Copy of the leaf's gp_seq. */
  gp_seq: "i32",
  /** Leaf node. */
  leaf: "i32",
  /** Number of this CPU in its leaf. */
  grpnum: "u8",
  /** The grace period waits for this CPU. */
  core_needs_qs: "u8",
  /** No quiescent state has been seen yet. */
  cpu_no_qs: "u8",
  /** idleEntries at the first scan. */
  dynticks_snap: "i32",
  /** First callback + 1 by segment. */
  head: ["i32", 4],
  /** Last callback + 1 by segment. */
  tail: ["i32", 4],
  /** Grace period a segment waits for. */
  segSeq: ["i32", 4],
  /** Callbacks queued. */
  len: "i32",
  /** Callbacks to invoke before others may run. */
  blimit: "i32",
  /** Callbacks queued when the list was last found too long. */
  qlen_last_fqs_check: "i32",
  /** rcu.n_force_qs at that time. */
  n_force_qs_snap: "i32",
  /** First callback + 1 that waits in front of the list of an offloaded CPU. */
  bypassHead: "i32",
  /** Last of them + 1. */
  bypassTail: "i32",
  /** How many they are. */
  bypassLen: "i32",
  /** Jiffy at which the first of them came. */
  nocb_bypass_first: "i32",
  /** Callbacks that went straight to the list of an offloaded CPU in the jiffy below. */
  nocb_nobypass_count: "i32",
  /** That jiffy. */
  nocb_nobypass_last: "i32",
  /** Jiffy in which the CPU itself last moved its list on. */
  nocb_gp_adv_time: "i32",
  /** First CPU of a group: its kthread has to look at the group's CPUs. */
  nocbGpWanted: "u8",
  /** First CPU of a group: its kthread waits for a grace period. */
  nocb_gp_gp: "u8",
  /** That grace period. */
  nocb_gp_seq: "i32",
  /** The kthread of the CPU's group is to be woken where interrupts are on again. */
  nocb_defer_wakeup: "u8",
  /** The expedited grace period waits for a quiescent state that this CPU has not had yet. */
  exp_deferred_qs: "u8",
  /** At least qovld callbacks are queued here. */
  cbovld: "u8",
} as const;

/** What a callback does. */
export const CALLBACK = { wake: 0, queueWork: 1, count: 2, barrier: 3, freeSheaf: 4 } as const;

/** What is asked of the grace-period kthread. */
export const GP_FLAG = { INIT: 1, FQS: 2 } as const;

/** Fields of an rcu_head with its function. */
const callbackFields = {
  /** Next callback + 1. */
  next: "i32",
  /** Task to wake, or work item to queue. */
  arg: "i32",
  /** One of CALLBACK. */
  func: "u8",
  /** 1 from call_rcu until it is invoked. */
  queued: "u8",
} as const;

/** Fields that RCU keeps of a task. */
const rcuTaskFields = {
  /** Depth of read-side sections. */
  nesting: "i32",
  /** Leaf node + 1 on which the task is queued as blocked reader. */
  blockedOn: "i32",
  /** 1 when it blocks the current grace period there. */
  blocksGp: "u8",
  /** 1 when it blocks the current expedited grace period there. */
  blocksExp: "u8",
  /** 1 when the synchronous wait of the task has ended. */
  done: "u8",
} as const;

/** Number of batches under way per CPU. */
export const KFREE_N_BATCHES = 2;
/** Channels with blocks: slab and vmalloc. */
export const FREE_N_CHANNELS = 2;
/** Channels as events number them. */
export const CHANNELS = { slab: 0, vmalloc: 1, rcuHead: 2 } as const;

/** Fields of kfree_rcu_cpu, one per possible CPU. */
const krcFields = {
  /** First object + 1 of the rcu_head list, newest first. */
  head: "i32",
  /** First block + 1 by channel, newest first. */
  bkvhead: ["i32", FREE_N_CHANNELS],
  /** First block + 1 of the cache. */
  bkvcache: "i32",
  /** Cookie of the list's newest object, where versions keep one. */
  head_gp_snap: "i32",
  /** Blocks in the cache. */
  nr_bkv_objs: "i32",
  /** Objects queued, as the shrinker is told. */
  count: "i32",
  /** 1 from the start of the page-cache worker until it has run. */
  work_in_progress: "u8",
  /** 1 after the shrinker has taken the cache's blocks, until the worker has run once. */
  backoff_page_cache_fill: "u8",
  /** 1 while the monitor is armed. */
  monitor_todo: "u8",
  /** Operations that are freeing what a monitor of the CPU found ready. */
  draining: "u8",
  /** 1 once kfree_rcu_batch_init has run. */
  initialized: "u8",
} as const;

/** Fields of kfree_rcu_cpu_work: entry `cpu * KFREE_N_BATCHES + i`. */
const krwpFields = {
  /** First object + 1 of the rcu_head list. */
  head_free: "i32",
  /** First block + 1 by channel. */
  bkvhead_free: ["i32", FREE_N_CHANNELS],
  /** Full cookie of the list, from when it was taken over. */
  head_gp_snap: "i32",
  /** The expedited half of it. */
  head_gp_snap_exp: "i32",
  /** Times that its work was queued to run after a grace period. */
  queued: "i32",
  /** Times that the work has run to its end. */
  ended: "i32",
} as const;

/** Fields of kvfree_rcu_bulk_data: a page of pointers. */
const bnodeFields = {
  /** Page frame it lies in. */
  pfn: "i32",
  /** Last record's object + 1, chained through object.next towards the first record. */
  records: "i32",
  /** Next block + 1. */
  next: "i32",
  /** Cookie of the newest pointer, or the normal half of a full one. */
  gp_snap: "i32",
  /** The expedited half. */
  gp_snap_exp: "i32",
  /** Pointers stored. */
  nr_records: "i32",
} as const;

/**
 * How kvfree_rcu() keeps objects: in blocks, on the list of rcu_heads alone, in sheaves of the slab and else in blocks,
 * or not at all: the caller waits and frees.
 */
export type Keeps = "blocks" | "list" | "sheaves" | "nothing";
/** Who fills the cache of blocks: nobody, the RFC's worker, or the one of 5.11 that a high-resolution timer starts. */
export type Refill = "none" | "rfc" | "hrtimer";

/** How large the RCU layer is. */
export interface RcuCounts {
  /** Possible CPUs. */
  readonly cpus: number;
  /** Tasks. */
  readonly tasks: number;
  /** Nodes of the tree. */
  readonly nodes: number;
  /** Callbacks. */
  readonly callbacks: number;
  /** Most blocks at a time. */
  readonly bnodesMax: number;
}

/** Fields of what reclaim knows of the shrinker. */
const shrinkerFields = {
  /** Objects that reclaim has put off asking for. */
  nr_deferred: "i32",
} as const;

/** Fields of the pool of block descriptors. */
const bnodePoolFields = {
  /** First unused block descriptor + 1, chained through `bnode.next`. */
  unused: "i32",
  /** Reclaim works between taking their objects and having freed them all. */
  working: "i32",
  /** Descriptors in use. */
  inUse: "i32",
  /** Most descriptors in use at a time. */
  peak: "i32",
  /** Memory of sheaves: those that are filled, wait or are kept, in bytes. */
  sheafBytes: "i32",
} as const;

/** Structs of the RCU layer. */
export type RcuPlan = {
  readonly rcu: StructPlan<typeof rcuFields>;
  readonly srs: StructPlan<typeof srsFields>;
  readonly rnp: StructPlan<typeof rcuNodeFields>;
  readonly rdp: StructPlan<typeof rcuDataFields>;
  readonly callback: StructPlan<typeof callbackFields>;
  readonly rcuTask: StructPlan<typeof rcuTaskFields>;
  readonly krc: StructPlan<typeof krcFields>;
  readonly krwp: StructPlan<typeof krwpFields>;
  readonly bnode: StructPlan<typeof bnodeFields>;
  readonly shrinker: StructPlan<typeof shrinkerFields>;
  readonly bnodePool: StructPlan<typeof bnodePoolFields>;
};

/** Plan of the RCU layer's structs. */
export const rcuStructs = (n: RcuCounts): RcuPlan => ({
  rcu: struct(1, rcuFields),
  srs: struct(n.tasks + SR_NORMAL_GP_WAIT_HEAD_MAX, srsFields),
  rnp: struct(n.nodes, rcuNodeFields),
  rdp: struct(n.cpus, rcuDataFields),
  callback: struct(n.callbacks, callbackFields),
  rcuTask: struct(n.tasks, rcuTaskFields),
  krc: struct(n.cpus, krcFields),
  krwp: struct(n.cpus * KFREE_N_BATCHES, krwpFields),
  bnode: struct(n.bnodesMax, bnodeFields),
  shrinker: struct(1, shrinkerFields),
  bnodePool: struct(1, bnodePoolFields),
});

/**
 * A machine as RCU and kvfree_rcu see it.
 *
 * @internal
 */
export interface Rcu extends Slabs, Views<RcuPlan> {
  /** First krcp->lock; one per CPU follows. */
  readonly krcLock: number;
  /** First monitor work; one per CPU follows. */
  readonly monitorWork: number;
  /** First krwp work; KFREE_N_BATCHES per CPU follow. */
  readonly krwpWork: number;
  /** First monitor timer; one per CPU follows. */
  readonly monitorTimer: number;
  /** First callback of rcu_barrier; one per CPU follows. */
  readonly barrierCallback: number;
  /** First callback of the krwps; the tasks' own callbacks come before it, one per task. */
  readonly krwpCallback: number;
  /** First work that sends a CPU's rcu_free sheaves on their way; one per CPU follows. */
  readonly sheafWork: number;
  /** First callback of a sheaf; one per sheaf follows. */
  readonly sheafCallback: number;
  /** First work that fills a CPU's cache of blocks; one per CPU follows. */
  readonly pageCacheWork: number;
  /** First timer of that work; one per CPU follows. The high-resolution timers are those of the CPUs. */
  readonly pageCacheTimer: number;
  /** Work that wakes the waiters of synchronize_rcu that the end of a grace period has left. */
  readonly srsCleanupWork: number;
  /** Operation that a strategy gives to get a page for a block, or -1 for none. */
  readonly blockSource: number;
  /** How the caller keeps objects until a grace period has passed. */
  readonly keeps: Keeps;
  /** What a caller does for the next one when it found no block. */
  readonly refill: Refill;
  /** First leaf node. */
  readonly firstLeaf: number;
  /** The grace-period kthread. */
  readonly gpTask: number;
  /** First of the kthreads for offloaded callbacks, -1 without: one that invokes them per CPU, then one per group. */
  readonly nocbTask: number;
  /** CPUs of a group of offloaded CPUs. */
  readonly nocbStride: number;
  /** Pointers a block holds. */
  readonly blockEntries: number;
  /** Blocks a CPU keeps. */
  readonly cachedBlocks: number;
}

/** Whether callbacks are waited for and invoked by kthreads (boot parameter rcu_nocbs). */
export function isOffloaded(m: Rcu): boolean {
  return m.nocbTask >= 0;
}
