/** Nothing is kept: the caller waits for a grace period and frees. Who may not sleep uses the rcu_head list. */
import type { Strategy } from "./strategy.ts";

/** `synchronize_rcu()` and `kfree()`. */
export const sync: Strategy = {
  name: "sync",
  summary: "synchronize_rcu() and kfree() in the caller; callers that may not sleep use the rcu_head list",
  keeps: "nothing",
  blockSource: -1,
  refill: "none",
  changes: {},
};
