/**
 * When sleeping is a grace period by itself, so that nobody has to ask for one.
 */
import type { Rcu } from "./rcu.ts";

/**
 * Whether blocking is a grace period by itself: on the only CPU of a kernel whose readers cannot be preempted. Later
 * versions say so before the scheduler runs only.
 *
 * @kernel kernel/rcu/tree.c rcu_blocking_is_gp 5.9, 6.1
 */
export function rcu_blocking_is_gp(m: Rcu): boolean {
  if (!m.profile.blockingIsGp || m.profile.preemption !== "voluntary") return false;
  return m.cpu.online.reduce((sum, online) => sum + online, 0) === 1;
}
