/**
 * What protects a CPU's lists: interrupts being off (5.9), or pcp->lock, taken by trylock so that a context that finds
 * it taken goes to the buddy lists instead (6.1 and later).
 *
 * @kernel mm/page_alloc.c pcp_spin_trylock 6.1
 */
import { local_irq_restore, local_irq_save, preempt_disable, preempt_enable, spend } from "../cpu/cpu.ts";
import { spin_trylock, spin_unlock } from "../cpu/lock.ts";
import type { Mm } from "./mm.ts";

/** Enters the protected part within one section; false when the lists are in use and must be left alone. */
export function enterPcp(m: Mm, t: number, pcp: number): boolean {
  if (m.pcpLock >= 0) return spin_trylock(m, t, m.pcpLock + pcp);
  spend(m, t, m.cost.irqSaveRestore);
  return true;
}

/** Leaves the protected part in the section that entered it. */
export function leavePcp(m: Mm, t: number, pcp: number): void {
  if (m.pcpLock >= 0) spin_unlock(m, t, m.pcpLock + pcp);
}

/** Keeps the protected part over the end of the section: the next one goes on in it. */
export function keepPcp(m: Mm, t: number): void {
  if (m.pcpLock >= 0) preempt_disable(m, t); // the spinlock does that; interrupts stay on
  else local_irq_save(m, t);
}

/** Leaves a protected part that was kept. */
export function leaveKeptPcp(m: Mm, t: number, pcp: number): void {
  if (m.pcpLock < 0) return local_irq_restore(m, t);
  spin_unlock(m, t, m.pcpLock + pcp);
  preempt_enable(m, t);
}
