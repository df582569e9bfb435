/**
 * Circular doubly linked lists of the kernel's shape over the link arrays: nodes are page frames, heads are nodes
 * after the last page.
 *
 * @kernel include/linux/list.h
 */
import type { Mm } from "./mm.ts";

/** What list functions need of a machine. */
export type Links = Pick<Mm, "link">;

/** Makes an empty list. */
export function initList(m: Links, head: number): void {
  m.link.next[head] = head;
  m.link.prev[head] = head;
}

/**
 * Adds a node right behind the head.
 *
 * @kernel include/linux/list.h list_add
 */
export function list_add(m: Links, node: number, head: number): void {
  const { next, prev } = m.link;
  const first = next[head]!;
  next[node] = first;
  prev[node] = head;
  prev[first] = node;
  next[head] = node;
}

/**
 * Adds a node at the end.
 *
 * @kernel include/linux/list.h list_add_tail
 */
export function list_add_tail(m: Links, node: number, head: number): void {
  const { next, prev } = m.link;
  const last = prev[head]!;
  prev[node] = last;
  next[node] = head;
  next[last] = node;
  prev[head] = node;
}

/**
 * Unlinks a node from whatever list it is on.
 *
 * @kernel include/linux/list.h list_del
 */
export function list_del(m: Links, node: number): void {
  const { next, prev } = m.link;
  const n = next[node]!;
  const p = prev[node]!;
  next[p] = n;
  prev[n] = p;
}

/**
 * Whether the list has no node.
 *
 * @kernel include/linux/list.h list_empty
 */
export function list_empty(m: Links, head: number): boolean {
  return m.link.next[head] === head;
}
