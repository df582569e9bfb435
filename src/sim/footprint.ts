/**
 * Names for what a section touches. Two sections of different tasks can matter to each other when they share a bit:
 * coverage counts such pairs. A test compares every byte that a section writes with what it declares.
 */

/** Footprint bits, one per struct of the world (a struct name may share a bit with its siblings). */
export const TOUCHES = {
  /** Nothing but the task's own registers, its CPU's clock and context state. */
  own: 0,
  /** Per-CPU page lists of this CPU. */
  pcp: 1 << 0,
  /** Zones: free areas, free page counters, pageblocks; under zone->lock. */
  zone: 1 << 1,
  /** Free page counter and watermarks, read without a lock. */
  watermark: 1 << 2,
  /** Page descriptors that the section owns. */
  page: 1 << 3,
  /** kfree_rcu_cpu of this CPU and the blocks on it. */
  krc: 1 << 4,
  /** Slab caches: per-CPU slabs of this CPU. */
  slabCpu: 1 << 5,
  /** Slab caches: node partial lists. */
  slabNode: 1 << 6,
  /** Objects the section owns. */
  object: 1 << 7,
  /** RCU nodes and grace-period state. */
  rcu: 1 << 8,
  /** rcu_data of this CPU. */
  rcuCpu: 1 << 9,
  /** Work items and worker queues. */
  work: 1 << 10,
  /** Timers. */
  timer: 1 << 11,
  /** Wakes or looks at other tasks. */
  task: 1 << 12,
  /** LRU population and reclaim state. */
  lru: 1 << 13,
  /** Locks. */
  lock: 1 << 14,
  /** Workload slots of the program. */
  program: 1 << 15,
  /** Blocks of kvfree_rcu that the section owns. */
  bnode: 1 << 16,
  /** The stack depot of page_owner. */
  depot: 1 << 17,
} as const;
