/**
 * M14: objects join a batch whose work has started and has not yet taken what it frees (bug B2 of released kernels).
 *
 * The monitor has to run in between. As a rule it cannot: the callback queues the work on the CPU that invokes it,
 * which is the one whose monitor handed the batch over, and one worker runs both in turn. With offloaded callbacks the
 * work of a batch runs where the kthread does, and its monitor where it always did.
 */
import type { Mutation } from "./mutation.ts";

/** Brings bug B2 back. */
export const attachToStarting: Mutation = {
  id: "M14",
  summary: "queue_kfree_rcu_work attaches to a batch whose work has started",
  caughtBy: ["grace_period"],
  conditions: { calls: 2000, threads: 4, blockEntries: 4, rcuBoot: ["rcu_nocbs"] },
  apply({ m }) {
    Object.assign(m, { profile: { ...m.profile, attachToStartingKrwp: true } });
  },
};
