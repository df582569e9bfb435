/**
 * What blocks and lists know of the grace period that their newest object waits for. It lets them be freed as soon as
 * that has ended, for whichever reason, without a further one.
 *
 * @kernel kernel/rcu/tree.c gp_snap 6.3, 6.12
 */
import { FREE_N_CHANNELS, type Rcu } from "./rcu.ts";
import {
  get_state_synchronize_rcu,
  poll_state_synchronize_rcu,
  poll_state_synchronize_rcu_full,
} from "./poll.ts";
import { rcu_seq_snap } from "./seq.ts";

/** Notes the present in a block, at every pointer that is stored: the last one counts. */
export function noteBlock(m: Rcu, b: number): void {
  const { bnode, profile } = m;
  if (profile.gpSnapshots === "none") return;
  if (profile.gpSnapshots === "short") {
    bnode.gp_snap[b] = get_state_synchronize_rcu(m);
    return;
  }
  // get_state_synchronize_rcu_full(), written out so that no object is made for every pointer
  bnode.gp_snap[b] = rcu_seq_snap(m.rcu.gp_seq[0]!);
  bnode.gp_snap_exp[b] = rcu_seq_snap(m.rcu.expedited_sequence[0]!);
}

/** Whether every reader of a block's newest pointer has ended. */
export function blockIsReady(m: Rcu, b: number): boolean {
  if (m.profile.gpSnapshots === "short") return poll_state_synchronize_rcu(m, m.bnode.gp_snap[b]!);
  return poll_state_synchronize_rcu_full(m, m.bnode.gp_snap[b]!, m.bnode.gp_snap_exp[b]!);
}

/** Notes the present for the list of a CPU, at every object pushed. */
export function noteHead(m: Rcu, cpu: number): void {
  if (m.profile.gpSnapshots !== "none") m.krc.head_gp_snap[cpu] = get_state_synchronize_rcu(m);
}

/** Notes the present for a list that a batch takes over. */
export function noteBatch(m: Rcu, krwp: number): void {
  if (m.profile.gpSnapshots !== "full") return;
  m.krwp.head_gp_snap[krwp] = rcu_seq_snap(m.rcu.gp_seq[0]!);
  m.krwp.head_gp_snap_exp[krwp] = rcu_seq_snap(m.rcu.expedited_sequence[0]!);
}

/** Whether every reader of a batch's list has ended; versions without full cookies take it for granted. */
export function batchIsReady(m: Rcu, krwp: number): boolean {
  if (m.profile.gpSnapshots !== "full") return true;
  return poll_state_synchronize_rcu_full(m, m.krwp.head_gp_snap[krwp]!, m.krwp.head_gp_snap_exp[krwp]!);
}

/** Takes the oldest blocks of a channel off it, as long as they are ready; returns their chain, newest first. */
export function takeReadyBlocks(m: Rcu, cpu: number, channel: number): number {
  const i = cpu * FREE_N_CHANNELS + channel;
  const { next } = m.bnode;
  let waiting = 0; // last block, from the newest, that is not ready, + 1
  for (let b = m.krc.bkvhead[i]!; b !== 0; b = next[b - 1]!) if (!blockIsReady(m, b - 1)) waiting = b;
  const ready = waiting === 0 ? m.krc.bkvhead[i]! : next[waiting - 1]!;
  if (waiting === 0) m.krc.bkvhead[i] = 0;
  else next[waiting - 1] = 0;
  for (let b = ready; b !== 0; b = next[b - 1]!) m.krc.count[cpu]! -= m.bnode.nr_records[b - 1]!;
  return ready;
}

/** Takes the whole list of a CPU if its newest object is ready; returns its first object + 1. */
export function takeReadyHead(m: Rcu, cpu: number): number {
  const head = m.krc.head[cpu]!;
  if (head === 0 || !poll_state_synchronize_rcu(m, m.krc.head_gp_snap[cpu]!)) return 0;
  for (let o = head; o !== 0; o = m.object.next[o - 1]!) m.krc.count[cpu]!--;
  m.krc.head[cpu] = 0;
  return head;
}
