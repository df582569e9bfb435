/** All checkers. A new one is a file and a line here, and a mutation that it catches in its test. */
import { allFreed } from "./all_freed.ts";
import { blockPlaces } from "./block_places.ts";
import { buddyStructure } from "./buddy_structure.ts";
import type { Checker } from "./checker.ts";
import { cmaPages } from "./cma_pages.ts";
import { contextRestored } from "./context_restored.ts";
import { freePages } from "./free_pages.ts";
import { gracePeriod } from "./grace_period.ts";
import { locklessGoodPages } from "./lockless_good_pages.ts";
import { locklessLocks } from "./lockless_locks.ts";
import { lockOrder } from "./lock_order.ts";
import { numaIdentity } from "./numa_identity.ts";
import { pageCounters } from "./page_counters.ts";
import { pagePlaces } from "./page_places.ts";
import { pcpCount } from "./pcp_count.ts";
import { refillOnItsWay } from "./refill_on_its_way.ts";
import { rtSleep, waitType } from "./wait_context.ts";

/** Checkers in the order in which they are asked. */
export const CHECKERS: readonly Checker[] = [
  pcpCount,
  pagePlaces,
  buddyStructure,
  freePages,
  cmaPages,
  gracePeriod,
  blockPlaces,
  allFreed,
  locklessLocks,
  locklessGoodPages,
  pageCounters,
  numaIdentity,
  contextRestored,
  refillOnItsWay,
];

/**
 * Checkers of contexts, which are asked for by name: ways that kernels have had, GFP_NOWAIT under krcp->lock above all,
 * break these claims by design.
 */
export const CONTEXT_CHECKERS: readonly Checker[] = [waitType, rtSleep, lockOrder];
