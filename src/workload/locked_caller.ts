/**
 * A caller of kvfree_rcu() that holds a lock which the call must not need: zone->lock, as code inside the page
 * allocator would, or the lock of its CPU's run queue, as the scheduler would.
 *
 * @kernel discussed in August 2020 for zone->lock, in the RFC's patch 4 for the run queue
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, local_irq_restore, local_irq_save } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import type { Rcu } from "../rcu/rcu.ts";

/** Locks that a caller may hold. */
export const HELD = { zone: 0, runQueue: 1 } as const;

/** Registers: object, one of HELD. */
const OBJECT = 0, WHICH = 1;

/** Number of the lock: zone->lock of the caller's first zone, or its run queue's. */
function lockOf(m: Rcu, t: number): number {
  const cpu = cpuOf(m, t);
  const isZone = m.task.reg[frame(m, t) + WHICH] === HELD.zone;
  return isZone ? m.zonelists[m.cpuNodes[cpu]!]![0]! : m.rqLock + cpu;
}

/** Takes the lock of register 1, gives the object of register 0 to kvfree_rcu(), releases the lock. */
export const lockedCaller = operation<Rcu, "lock" | "unlock">(
  "lockedCaller",
  { lock: TOUCHES.lock | TOUCHES.zone, unlock: TOUCHES.lock | TOUCHES.zone | TOUCHES.task },
  (at) => ({
    lock(m, t) {
      if (!spin_lock_irqsave(m, t, lockOf(m, t))) return BLOCK;
      local_irq_save(m, t);
      return call(m, t, kvfree_call_rcu.start, at.unlock, m.task.reg[frame(m, t) + OBJECT]!, 0);
    },
    unlock(m, t) {
      spin_unlock(m, t, lockOf(m, t));
      local_irq_restore(m, t);
      return ret(m, t, 0);
    },
  }),
);
