/** All mutations. A new one is a file and a line here; a test shows that a checker catches it. */
import { attachToPending } from "./attach_to_pending.ts";
import { attachToStarting } from "./attach_to_starting.ts";
import { badRefillUncounted } from "./bad_refill_uncounted.ts";
import { blockCachedAndFreed } from "./block_cached_and_freed.ts";
import { blockCachedEarly } from "./block_cached_early.ts";
import { cacheCountKept } from "./cache_count_kept.ts";
import { cmaFreedAsMovable } from "./cma_freed_as_movable.ts";
import { drainUnclamped } from "./drain_unclamped.ts";
import { expeditedMissesReaders } from "./expedited_misses_readers.ts";
import { foreignUncounted } from "./foreign_uncounted.ts";
import { invertedCheck } from "./inverted_check.ts";
import { irqsNotRestored } from "./irqs_not_restored.ts";
import { leftoversDropped } from "./leftovers_dropped.ts";
import { listForgotten } from "./list_forgotten.ts";
import { locklessLocksZone } from "./lockless_locks_zone.ts";
import { mergeWrongOrder } from "./merge_wrong_order.ts";
import { monitorLeftArmed } from "./monitor_left_armed.ts";
import type { Mutation } from "./mutation.ts";
import { noMerge } from "./no_merge.ts";
import { oneArgUnsynchronized } from "./one_arg_unsynchronized.ts";
import { pageLost } from "./page_lost.ts";
import { pageStaysListed } from "./page_stays_listed.ts";
import { pcpCountKept } from "./pcp_count_kept.ts";
import { pcpUnprotected } from "./pcp_unprotected.ts";
import { pgallocTwice } from "./pgalloc_twice.ts";
import { refillNeverEnds } from "./refill_never_ends.ts";
import { sheafReusedAtOnce } from "./sheaf_reused_at_once.ts";
import { snapshotShort } from "./snapshot_short.ts";
import { snapshotOfFirst } from "./snapshot_of_first.ts";
import { tickLeavesIrqsOff } from "./tick_leaves_irqs_off.ts";
import { waiterWokenEarly } from "./waiter_woken_early.ts";

/** Mutations by number in the catalogue, then the others. */
export const MUTATIONS: readonly Mutation[] = [
  invertedCheck,
  pcpUnprotected,
  pcpCountKept,
  pageStaysListed,
  drainUnclamped,
  mergeWrongOrder,
  badRefillUncounted,
  cmaFreedAsMovable,
  attachToPending,
  attachToStarting,
  blockCachedEarly,
  blockCachedAndFreed,
  cacheCountKept,
  monitorLeftArmed,
  refillNeverEnds,
  oneArgUnsynchronized,
  snapshotShort,
  leftoversDropped,
  foreignUncounted,
  pgallocTwice,
  noMerge,
  locklessLocksZone,
  irqsNotRestored,
  tickLeavesIrqsOff,
  listForgotten,
  expeditedMissesReaders,
  waiterWokenEarly,
  snapshotOfFirst,
  sheafReusedAtOnce,
  pageLost,
];
