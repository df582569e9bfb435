/**
 * Segmented callback lists: done, waiting for the current grace period, for the next one, and not assigned yet.
 *
 * @kernel kernel/rcu/rcu_segcblist.c 5.9
 */
import { type Rcu, SEG } from "./rcu.ts";
import { seqBefore } from "./seq.ts";

/**
 * Appends a callback to the newest segment.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_enqueue 5.9
 */
export function rcu_segcblist_enqueue(m: Rcu, cpu: number, cb: number): void {
  const { rdp, callback } = m;
  const s = cpu * 4 + SEG.NEXT;
  callback.next[cb] = 0;
  if (rdp.tail[s] === 0) rdp.head[s] = cb + 1;
  else callback.next[rdp.tail[s]! - 1] = cb + 1;
  rdp.tail[s] = cb + 1;
  rdp.len[cpu]!++;
}

/**
 * Puts a callback behind the newest one, whatever that waits for; false when the list is empty.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_entrain 5.9
 */
export function rcu_segcblist_entrain(m: Rcu, cpu: number, cb: number): boolean {
  const { rdp, callback } = m;
  if (rdp.len[cpu] === 0) return false;
  let i: number = SEG.NEXT;
  while (i > SEG.DONE && rcu_segcblist_segempty(m, cpu, i)) i--;
  const s = cpu * 4 + i;
  callback.next[cb] = 0;
  if (rdp.tail[s] === 0) rdp.head[s] = cb + 1; // those that are being invoked are done already
  else callback.next[rdp.tail[s]! - 1] = cb + 1;
  rdp.tail[s] = cb + 1;
  rdp.len[cpu]!++;
  return true;
}

/** Appends a chain of callbacks, first and last + 1, to the newest segment; they have been counted already. */
export function appendChain(m: Rcu, cpu: number, first: number, last: number): void {
  const { rdp, callback } = m;
  const s = cpu * 4 + SEG.NEXT;
  if (rdp.tail[s] === 0) rdp.head[s] = first;
  else callback.next[rdp.tail[s]! - 1] = first;
  rdp.tail[s] = last;
}

/** Appends all of segment `from` to segment `to`. */
function joinSegment(m: Rcu, cpu: number, from: number, to: number): void {
  const { rdp, callback } = m;
  const a = cpu * 4 + to;
  const b = cpu * 4 + from;
  if (rdp.head[b] === 0) return;
  if (rdp.tail[a] === 0) rdp.head[a] = rdp.head[b]!;
  else callback.next[rdp.tail[a]! - 1] = rdp.head[b]!;
  rdp.tail[a] = rdp.tail[b]!;
  rdp.head[b] = 0;
  rdp.tail[b] = 0;
}

/**
 * Whether a segment has no callback.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_segempty 5.9
 */
export function rcu_segcblist_segempty(m: Rcu, cpu: number, segment: number): boolean {
  return m.rdp.head[cpu * 4 + segment] === 0;
}

/**
 * Whether callbacks are ready to be invoked.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_ready_cbs 5.9
 */
export function rcu_segcblist_ready_cbs(m: Rcu, cpu: number): boolean {
  return !rcu_segcblist_segempty(m, cpu, SEG.DONE);
}

/**
 * The oldest callback that waits for a grace period, -1 for none.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_first_pend_cb 5.9
 */
export function rcu_segcblist_first_pend_cb(m: Rcu, cpu: number): number {
  for (let s = SEG.WAIT; s <= SEG.NEXT; s++) {
    if (!rcu_segcblist_segempty(m, cpu, s)) return m.rdp.head[cpu * 4 + s]! - 1;
  }
  return -1;
}

/**
 * Whether callbacks wait for a grace period.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_pend_cbs 5.9
 */
export function rcu_segcblist_pend_cbs(m: Rcu, cpu: number): boolean {
  return rcu_segcblist_first_pend_cb(m, cpu) >= 0;
}

/**
 * Moves segments whose grace period has ended to the done segment, and the others up.
 *
 * @param seq The grace period that is known to have ended.
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_advance 5.9
 */
export function rcu_segcblist_advance(m: Rcu, cpu: number, seq: number): void {
  const { segSeq } = m.rdp;
  let i: number = SEG.WAIT;
  for (; i < SEG.NEXT; i++) {
    if (rcu_segcblist_segempty(m, cpu, i)) continue;
    if (seqBefore(seq, segSeq[cpu * 4 + i]!)) break;
    joinSegment(m, cpu, i, SEG.DONE);
  }
  // what stays waiting moves up into the lowest segments
  let to: number = SEG.WAIT;
  for (let from = SEG.WAIT; from < SEG.NEXT; from++) {
    if (rcu_segcblist_segempty(m, cpu, from)) continue;
    if (from !== to) {
      joinSegment(m, cpu, from, to);
      segSeq[cpu * 4 + to] = segSeq[cpu * 4 + from]!;
    }
    to++;
  }
}

/**
 * Assigns the callbacks that have no grace period yet to the one of `seq`, together with those that wait for a later
 * one than needed. False when nothing could be assigned.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_accelerate 5.9
 */
export function rcu_segcblist_accelerate(m: Rcu, cpu: number, seq: number): boolean {
  const { segSeq } = m.rdp;
  // the youngest segment whose grace period comes before seq keeps its callbacks
  let i: number = SEG.NEXT_READY;
  for (; i > SEG.DONE; i--) {
    if (!rcu_segcblist_segempty(m, cpu, i) && seqBefore(segSeq[cpu * 4 + i]!, seq)) break;
  }
  let younger = false;
  for (let s = i + 1; s <= SEG.NEXT; s++) younger ||= !rcu_segcblist_segempty(m, cpu, s);
  if (!younger || ++i >= SEG.NEXT) return false;
  for (let s = i + 1; s <= SEG.NEXT; s++) joinSegment(m, cpu, s, i);
  for (let s = i; s < SEG.NEXT; s++) segSeq[cpu * 4 + s] = seq;
  return true;
}

/**
 * Detaches the callbacks that are done; returns the first + 1.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_extract_done_cbs 5.9
 */
export function rcu_segcblist_extract_done_cbs(m: Rcu, cpu: number): number {
  const s = cpu * 4 + SEG.DONE;
  const first = m.rdp.head[s]!;
  m.rdp.head[s] = 0;
  m.rdp.tail[s] = 0;
  return first;
}

/**
 * Puts callbacks that were not invoked back in front of the done segment.
 *
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_insert_done_cbs 5.9
 */
export function rcu_segcblist_insert_done_cbs(m: Rcu, cpu: number, first: number): void {
  if (first === 0) return;
  const { rdp, callback } = m;
  const s = cpu * 4 + SEG.DONE;
  let last = first;
  while (callback.next[last - 1] !== 0) last = callback.next[last - 1]!;
  callback.next[last - 1] = rdp.head[s]!;
  rdp.head[s] = first;
  if (rdp.tail[s] === 0) rdp.tail[s] = last;
}

/**
 * Gives all callbacks of a dead CPU to another one. They wait for a new grace period there, except those that are done,
 * which come first.
 *
 * @param from CPU that is down.
 * @param to CPU that takes over.
 * @kernel kernel/rcu/rcu_segcblist.c rcu_segcblist_merge 5.9
 */
export function moveCallbacks(m: Rcu, from: number, to: number): void {
  const { rdp } = m;
  rcu_segcblist_insert_done_cbs(m, to, rcu_segcblist_extract_done_cbs(m, from));
  for (let segment = SEG.WAIT; segment <= SEG.NEXT; segment++) {
    const a = from * 4 + segment;
    if (rdp.head[a] === 0) continue;
    appendChain(m, to, rdp.head[a]!, rdp.tail[a]!);
    rdp.head[a] = 0;
    rdp.tail[a] = 0;
  }
  rdp.len[to]! += rdp.len[from]!;
  rdp.len[from] = 0;
}
