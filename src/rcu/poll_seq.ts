/**
 * The number that cookies of polled waits compare with. Normal and expedited grace periods both move it, but only one
 * at a time: of two that overlap, the one that ends first does, and the other one is lost for cookies.
 *
 * @kernel kernel/rcu/tree.c 6.1
 */
import type { Rcu } from "./rcu.ts";
import { rcu_seq_end, rcu_seq_start, rcu_seq_state } from "./seq.ts";

/**
 * A grace period of either kind starts: the polled number is marked as moving, unless the other kind is moving it.
 *
 * @returns The number as it is now, for {@link rcu_poll_gp_seq_end}.
 * @kernel kernel/rcu/tree.c rcu_poll_gp_seq_start 6.1
 */
export function rcu_poll_gp_seq_start(m: Rcu): number {
  const polled = m.rcu.gp_seq_polled;
  if (rcu_seq_state(polled[0]!) === 0) polled[0] = rcu_seq_start(polled[0]!);
  return polled[0]!;
}

/**
 * A grace period of either kind has ended: the polled number moves on if nobody has moved it meanwhile.
 *
 * @kernel kernel/rcu/tree.c rcu_poll_gp_seq_end 6.1
 */
export function rcu_poll_gp_seq_end(m: Rcu, snap: number): void {
  const polled = m.rcu.gp_seq_polled;
  if (snap !== 0 && snap === polled[0]) polled[0] = rcu_seq_end(polled[0]!);
}
