/** M13: objects join a batch whose grace period already runs (bug B1 of released kernels). */
import type { Mutation } from "./mutation.ts";

/** Brings bug B1 back. */
export const attachToPending: Mutation = {
  id: "M13",
  summary: "queue_kfree_rcu_work attaches to a batch that is pending",
  caughtBy: ["grace_period"],
  conditions: { calls: 2000, blockEntries: 64 },
  apply({ m }) {
    Object.assign(m, { profile: { ...m.profile, attachToPendingKrwp: true } });
  },
};
