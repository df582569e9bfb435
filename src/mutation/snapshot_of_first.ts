/** A block keeps the cookie of its first pointer, and later ones are freed with it too early. */
import { cpuOf } from "../cpu/cpu.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Puts the older cookie back after a store; the versions that have cookies are those of 6.3 and later. */
export const snapshotOfFirst: Mutation = {
  id: "snapshot_of_first",
  summary: "a block's grace-period snapshot is that of its first pointer instead of its last",
  caughtBy: ["grace_period"],
  conditions: { strategy: "nowait", profile: "v6_12", blockEntries: 16, calls: 1000 },
  apply(machine) {
    wrap(machine, kvfree_call_rcu.at.start, (original, m, t) => {
      const b = m.krc.bkvhead[cpuOf(m, t) * 2]! - 1;
      const [normal, expedited] = [m.bnode.gp_snap[b], m.bnode.gp_snap_exp[b]];
      const next = original(m, t);
      if (b < 0) return next;
      m.bnode.gp_snap[b] = normal!;
      m.bnode.gp_snap_exp[b] = expedited!;
      return next;
    });
  },
};
