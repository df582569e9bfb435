/**
 * Grace periods by cookie: take a number now, ask later whether every reader of now has ended. A cookie of one number
 * is about normal and expedited grace periods together and may miss one of them when they overlap; a full cookie has a
 * number for each and misses none.
 *
 * @kernel kernel/rcu/tree.c 5.12 (cookies), 6.1 (full cookies)
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import type { Rcu } from "./rcu.ts";
import { rcu_seq_done, rcu_seq_snap } from "./seq.ts";
import { synchronize_rcu } from "./sync.ts";
import { start_poll_synchronize_rcu_common } from "./tree.ts";

/**
 * A cookie for now. Before 6.1 it follows normal grace periods only.
 *
 * @kernel kernel/rcu/tree.c get_state_synchronize_rcu 5.9, 6.1
 */
export function get_state_synchronize_rcu(m: Rcu): number {
  return rcu_seq_snap(m.profile.polledCookie === "normal" ? m.rcu.gp_seq[0]! : m.rcu.gp_seq_polled[0]!);
}

/**
 * A cookie for now, and a grace period is asked for so that it will be done one day.
 *
 * @kernel kernel/rcu/tree.c start_poll_synchronize_rcu 5.12
 */
export function start_poll_synchronize_rcu(m: Rcu, t: number): number {
  const cookie = get_state_synchronize_rcu(m);
  start_poll_synchronize_rcu_common(m, t);
  return cookie;
}

/**
 * Whether every reader of the cookie's time has ended. False does not say that one runs.
 *
 * @kernel kernel/rcu/tree.c poll_state_synchronize_rcu 5.12
 */
export function poll_state_synchronize_rcu(m: Rcu, cookie: number): boolean {
  const now = m.profile.polledCookie === "normal" ? m.rcu.gp_seq[0]! : m.rcu.gp_seq_polled[0]!;
  return rcu_seq_done(now, cookie);
}

/** A full cookie: one number for normal grace periods and one for expedited ones. */
export interface FullCookie {
  /** Snapshot of gp_seq. */
  readonly rgos_norm: number;
  /** Snapshot of expedited_sequence. */
  readonly rgos_exp: number;
}

/**
 * A full cookie for now. The normal number is not the root node's, which learns late that a grace period has begun:
 * that one may not wait for a CPU that has come up since. Kernels before 6.15 without the fix take the root's.
 *
 * @kernel kernel/rcu/tree.c get_state_synchronize_rcu_full 6.15
 */
export function get_state_synchronize_rcu_full(m: Rcu): FullCookie {
  return {
    rgos_norm: rcu_seq_snap(m.rcu.gp_seq[0]!),
    rgos_exp: rcu_seq_snap(m.rcu.expedited_sequence[0]!),
  };
}

/**
 * Whether every reader of the full cookie's time has ended, by whichever kind of grace period. The normal number is
 * that of the root node: a grace period that has not reached the root yet still waits for every reader of now.
 *
 * @kernel kernel/rcu/tree.c poll_state_synchronize_rcu_full 6.1
 */
export function poll_state_synchronize_rcu_full(m: Rcu, rgos_norm: number, rgos_exp: number): boolean {
  return rcu_seq_done(m.rnp.gp_seq[0]!, rgos_norm) || rcu_seq_done(m.rcu.expedited_sequence[0]!, rgos_exp);
}

/** Waits for a grace period unless the cookie of register 0 is done already. */
export const cond_synchronize_rcu = operation<Rcu, "poll" | "done">(
  "cond_synchronize_rcu",
  { poll: TOUCHES.rcu, done: TOUCHES.own },
  (at) => ({
    poll(m, t) {
      if (poll_state_synchronize_rcu(m, m.task.reg[frame(m, t)]!)) return ret(m, t, 0);
      return call(m, t, synchronize_rcu.start, at.done);
    },
    done: (m, t) => ret(m, t, 1),
  }),
);
