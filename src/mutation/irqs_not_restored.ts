/** kvfree_call_rcu returns with interrupts off after it has asked for a page. */
import { local_irq_save } from "../cpu/cpu.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Turns interrupts off once more than they are restored. */
export const irqsNotRestored: Mutation = {
  id: "irqs_not_restored",
  summary: "kvfree_call_rcu does not restore interrupts",
  caughtBy: ["kernel_bug"],
  conditions: { cachedBlocks: 0, blockEntries: 4 },
  apply(machine) {
    wrap(machine, kvfree_call_rcu.at.gotPage, (original, m, t) => {
      local_irq_save(m, t);
      return original(m, t);
    });
  },
};
