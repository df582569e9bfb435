/** Who came after a grace period's start is woken at its end. */
import { rcu_sr_normal_gp_cleanup } from "../rcu/sr_normal.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Moves the wait head of the grace period that has ended in front of those who have come since its start. */
export const waiterWokenEarly: Mutation = {
  id: "waiter_woken_early",
  summary: "the end of a grace period wakes waiters that came after its start",
  caughtBy: ["grace_period"],
  // without a block many callers wait, and with many threads readers begin while a grace period runs
  conditions: { profile: "v6_18", strategy: "none", threads: 16 },
  apply(machine) {
    wrap(machine, rcu_sr_normal_gp_cleanup.at.take, (original, m, t) => {
      const { next } = m.srs;
      const first = m.rcu.srs_next[0]!;
      const head = m.rcu.srs_wait_tail[0]!;
      if (first !== head) {
        let last = first;
        while (next[last - 1] !== head) last = next[last - 1]!;
        next[last - 1] = next[head - 1]!;
        next[head - 1] = first;
        m.rcu.srs_next[0] = head;
      }
      return original(m, t);
    });
  },
};
