/**
 * Places of the fields in a trace event's array of numbers, so that a table can say where a printed value goes.
 *
 * @module
 */

/** Where each field lies in {@link TraceEvent.values}. */
export const Slot = {
  kind: 0,
  cpu: 1,
  pid: 2,
  timeNs: 3,
  line: 4,
  context: 5,
  preemptDepth: 6,
  pfn: 7,
  order: 8,
  migratetype: 9,
  gfpFlags: 10,
  percpu_refill: 11,
  fallback_order: 12,
  pageblock_order: 13,
  fallback_migratetype: 14,
  fragmenting: 15,
  change_ownership: 16,
  flavour: 17,
  gp_seq: 18,
  word: 19,
  level: 20,
  grplo: 21,
  grphi: 22,
  mask: 23,
  qsmask: 24,
  gp_tasks: 25,
  targetCpu: 26,
  remaining: 27,
  barrierSeq: 28,
  qlen: 29,
  callbacks: 30,
  blimit: 31,
  func: 32,
  nr_records: 33,
  nid: 34,
  zone: 35,
  count: 36,
  high: 37,
  batch: 38,
  want: 39,
  pages: 40,
  unmovable: 41,
  movable: 42,
  reclaimable: 43,
  zonesScanned: 44,
  chan: 45,
  pending: 46,
  cached: 47,
  failedSince: 48,
  iters: 49,
  round: 50,
} as const;

/** Page frame number of an event about no page: a failed allocation, or an empty list. */
export const NO_PFN: number = -1;
