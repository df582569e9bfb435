/** No blocks at all: every object goes on the rcu_head list. */
import type { Strategy } from "./strategy.ts";

/** The rcu_head list only. */
export const none: Strategy = {
  name: "none",
  summary: "no blocks: the rcu_head list and kfree() one by one",
  keeps: "list",
  blockSource: -1,
  refill: "none",
  changes: {},
};
