/** When a run is over, every CPU has interrupts and preemption as it had them at the start, and no lock is held. */
import type { Checker } from "./checker.ts";
import { lockName } from "./lock_class.ts";

/** Looks at CPUs and locks at the end. */
export const contextRestored: Checker = {
  name: "context_restored",
  claim: "interrupts and preemption are restored and no lock is held in the end",
  attach: (m) => ({
    examineEnd() {
      for (let c = 0; c < m.nrCpus; c++) {
        if (m.cpu.irqOff[c] !== 0) return `CPU ${c} ends with interrupts off, ${m.cpu.irqOff[c]} deep`;
        if (m.cpu.preemptOff[c] !== 0) {
          return `CPU ${c} ends with preemption off, ${m.cpu.preemptOff[c]} deep`;
        }
      }
      for (let lock = 0; lock < m.lock.owner.length; lock++) {
        const owner = m.lock.owner[lock]! - 1;
        if (owner >= 0) return `${lockName(m, lock)} is still held by task ${owner}`;
      }
      return null;
    },
  }),
};
