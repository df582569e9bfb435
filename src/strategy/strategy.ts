/**
 * A strategy is how kvfree_rcu() keeps an object until a grace period has passed, and how it gets a page when the
 * current block is full. All strategies run on the same machine and load.
 */
import type { Profile } from "../profile/profile.ts";
import type { Keeps, Refill } from "../rcu/rcu.ts";

/** How objects are kept and a block's page is got. */
export interface Strategy {
  /** Name on the command line and in CSV. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** How objects are kept. */
  readonly keeps: Keeps;
  /** First section of the operation that returns a page frame or NO_PAGE, or -1 when the caller asks for none. */
  readonly blockSource: number;
  /** What a caller without a block does for the next one. */
  readonly refill: Refill;
  /** What the patches change of a kernel version besides. */
  readonly changes: Partial<Profile>;
}

/** What came with the worker: five blocks a CPU, none of them at boot, and a freed one returns to its own cache. */
export const WORKER_CHANGES: Partial<Profile> = {
  rcu_min_cached_objs: 5,
  prefillCache: false,
  recycleToOwnKrcp: true,
};
