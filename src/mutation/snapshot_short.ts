/** M25: callbacks wait for one grace period less than they need: the one that is under way counts in full. */
import { softirq } from "../rcu/core.ts";
import { cpuOf } from "../cpu/cpu.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Segments of a callback list, and the step from one grace period's number to the next. */
const SEGMENTS = 4, RCU_SEQ_STEP = 4;

/** Makes every number that a softirq has newly given to a segment smaller by one grace period. */
export const snapshotShort: Mutation = {
  id: "M25",
  summary: "rcu_seq_snap() is short by one grace period",
  caughtBy: ["grace_period"],
  conditions: { strategy: "none", calls: 1000 },
  apply(machine) {
    wrap(machine, softirq.at.rcuCore, (original, m, t) => {
      const first = cpuOf(m, t) * SEGMENTS;
      const before = m.rdp.segSeq.slice(first, first + SEGMENTS);
      const next = original(m, t);
      for (let i = 0; i < SEGMENTS; i++) {
        const now = m.rdp.segSeq[first + i]!;
        if (now !== 0 && !before.includes(now)) m.rdp.segSeq[first + i] = now - RCU_SEQ_STEP;
      }
      return next;
    });
  },
};
