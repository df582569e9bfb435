/**
 * Interrupts that one CPU sends another to have something done there with interrupts off.
 *
 * @kernel kernel/smp.c 5.9
 */
import { type Cpus, nowNs, spend } from "./cpu.ts";

/** What the receiver is asked to do, as bits. */
export const IPI = {
  /** Report a quiescent state for the expedited grace period, or remember to. */
  rcuExp: 1,
  /** Put the callback of rcu_barrier() behind the CPU's callbacks. */
  rcuBarrier: 2,
} as const;

/**
 * Sends an interrupt. The sender goes on; requests of one kind that are not taken yet count once.
 *
 * @kernel kernel/smp.c smp_call_function_single 5.9
 */
export function smp_call_function_single(m: Cpus, t: number, cpu: number, what: number): void {
  spend(m, t, m.cost.ipi);
  if (m.cpu.ipiPending[cpu] === 0) m.cpu.ipiSentNs[cpu] = nowNs(m, t);
  m.cpu.ipiPending[cpu]! |= what;
}

/** Takes what is pending on the CPU of a handler. */
export function takeIpis(m: Cpus, cpu: number): number {
  const pending = m.cpu.ipiPending[cpu]!;
  m.cpu.ipiPending[cpu] = 0;
  return pending;
}
