/**
 * The kinds of trace events that are delivered, and the vocabularies of the words in them. Numbers are ours; they
 * are stable inside one version of this project only, so files keep names.
 *
 * @module
 */

/**
 * Kinds by the name that is printed. `GT_*` are lines that the instrumented kernel of the recordings prints; its
 * `GT_LL hit` and `GT_LL miss` are two kinds, because they carry different fields.
 */
export const TraceKind = {
  mm_page_alloc: 0,
  mm_page_free: 1,
  mm_page_free_batched: 2,
  mm_page_alloc_zone_locked: 3,
  mm_page_pcpu_drain: 4,
  mm_page_alloc_extfrag: 5,
  rcu_grace_period: 6,
  rcu_grace_period_init: 7,
  rcu_quiescent_state_report: 8,
  rcu_fqs: 9,
  rcu_callback: 10,
  rcu_kvfree_callback: 11,
  rcu_batch_start: 12,
  rcu_invoke_callback: 13,
  rcu_invoke_kvfree_callback: 14,
  rcu_invoke_kfree_bulk_callback: 15,
  rcu_batch_end: 16,
  rcu_barrier: 17,
  GT_PCP: 18,
  GT_REFILL: 19,
  GT_DRAIN: 20,
  GT_LL_hit: 21,
  GT_LL_miss: 22,
  GT_BLK: 23,
  GT_QUEUE: 24,
  GT_WORKER: 25,
  GT_MARK: 26,
  GT_FLOOD: 27,
} as const;

/** Printed name of a kind. */
export type TraceKindName = keyof typeof TraceKind;

/** Names by kind. */
export const TRACE_KIND_NAMES = Object.keys(TraceKind) as readonly TraceKindName[];

/** Number of kinds of subsystem kmem; they come first. */
export const KMEM_KINDS = 6;

/** Zone names as printed, by the number that {@link TraceEvent.zone} holds. */
export const TRACE_ZONES = ["DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"] as const;

/**
 * Words that events carry, by the number that {@link TraceEvent.word} holds. Number 0 stands for every other word.
 * They are the event words of rcu_grace_period, rcu_fqs and rcu_barrier, RCU flavours, and words of `GT_*` lines.
 */
export const TRACE_WORDS = [
  "",
  // rcu_grace_period, with the spellings of 5.9 and later
  "newreq",
  "start",
  "reqwait",
  "reqwaitsig",
  "fqswait",
  "fqsstart",
  "fqsend",
  "fqswaitsig",
  "end",
  "cpustart",
  "cpuend",
  "cpuqs",
  "cpuonl",
  "cpuofl",
  "cpuofl-bgp",
  "AccReadyCB",
  "AccWaitCB",
  "SimpAccReadyCB",
  "SimpAccWaitCB",
  "OnloadAcc",
  // rcu_fqs
  "dti",
  "kick",
  "ofl",
  "rqc",
  // rcu_barrier
  "Begin",
  "EarlyExit",
  "Inc1",
  "Inc2",
  "OnlineQ",
  "OnlineNQ",
  "OfflineNoCBQ",
  "IRQ",
  "IRQNQ",
  "CB",
  "LastCB",
  // flavours
  "rcu_sched",
  "rcu_preempt",
  "rcu_bh",
  "rcu",
  // GT_BLK, GT_QUEUE, GT_FLOOD
  "cache",
  "lockless",
  "gfp",
  "none",
  "ok",
  "busy",
  "burst-begin",
  "burst-end",
  // GT_MARK
  "before-snapshot-begin",
  "before-snapshot-end",
  "run-begin",
  "kfree-done",
  "run-end",
  "after-snapshot-begin",
  "after-snapshot-end",
] as const;

/** A word that {@link traceWord} knows. */
export type TraceWord = typeof TRACE_WORDS[number];

/** Number of a word, to compare {@link TraceEvent.word} with. */
export function traceWord(word: TraceWord): number {
  return TRACE_WORDS.indexOf(word);
}
