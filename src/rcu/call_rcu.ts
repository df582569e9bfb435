/**
 * call_rcu: a callback waits on this CPU for a grace period that starts after now.
 *
 * @kernel kernel/rcu/tree.c __call_rcu 5.9
 */
import { cpuOf, spend } from "../cpu/cpu.ts";
import { rcu_segcblist_enqueue } from "./cblist.ts";
import { enqueueOffloaded } from "./nocb_list.ts";
import { __call_rcu_core, check_cb_ovld } from "./overload.ts";
import { isOffloaded, type Rcu } from "./rcu.ts";

/**
 * Queues a callback on this CPU. The grace period for it is asked for at the next tick. With interrupts off a flood is
 * noted, but nothing is done about it.
 *
 * @kernel kernel/rcu/tree.c __call_rcu 5.9
 */
export function call_rcu(m: Rcu, t: number, cb: number): void {
  const cpu = cpuOf(m, t);
  m.callback.queued[cb] = 1;
  spend(m, t, m.cost.callback);
  check_cb_ovld(m, cpu);
  if (isOffloaded(m)) return enqueueOffloaded(m, t, cpu, cb);
  rcu_segcblist_enqueue(m, cpu, cb);
  if (m.cpu.irqOff[cpu] === 0) __call_rcu_core(m, t, cpu, cb);
}
