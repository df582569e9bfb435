/**
 * Blocks of pointers and their per-CPU cache. A block is a page; its descriptor here says what is in it.
 *
 * @kernel kernel/rcu/tree.c get_cached_bnode, put_cached_bnode 5.9
 */
import { ModelBug } from "../sim/model_bug.ts";
import type { Rcu } from "./rcu.ts";
import { noteBlock } from "./snapshot.ts";

/** Makes a block of a page. */
export function newBlock(m: Rcu, pfn: number): number {
  const { bnode, bnodePool } = m;
  const b = bnodePool.unused[0]! - 1;
  if (b < 0) {
    throw new ModelBug(`more than bnodesMax = ${bnode.pfn.length} blocks at a time; raise the limit`);
  }
  bnodePool.unused[0] = bnode.next[b]!;
  const inUse = ++bnodePool.inUse[0]!;
  if (inUse > bnodePool.peak[0]!) bnodePool.peak[0] = inUse;
  bnode.pfn[b] = pfn;
  return b;
}

/** Ends a block's descriptor; returns its page, which the caller frees. */
export function endBlock(m: Rcu, b: number): number {
  m.bnode.next[b] = m.bnodePool.unused[0]!;
  m.bnodePool.unused[0] = b + 1;
  m.bnodePool.inUse[0]!--;
  return m.bnode.pfn[b]!;
}

/**
 * Takes a block from a CPU's cache, or -1.
 *
 * @kernel kernel/rcu/tree.c get_cached_bnode 5.9
 */
export function get_cached_bnode(m: Rcu, cpu: number): number {
  const { krc, bnode } = m;
  if (krc.nr_bkv_objs[cpu] === 0) return -1;
  const b = krc.bkvcache[cpu]! - 1;
  krc.bkvcache[cpu] = bnode.next[b]!;
  krc.nr_bkv_objs[cpu]!--;
  return b;
}

/**
 * Puts a block into a CPU's cache; false when that is full and the page must be freed.
 *
 * @kernel kernel/rcu/tree.c put_cached_bnode 5.9
 */
export function put_cached_bnode(m: Rcu, cpu: number, b: number): boolean {
  const { krc, bnode } = m;
  if (krc.nr_bkv_objs[cpu]! >= m.cachedBlocks) return false;
  bnode.next[b] = krc.bkvcache[cpu]!;
  krc.bkvcache[cpu] = b + 1;
  krc.nr_bkv_objs[cpu]!++;
  return true;
}

/** Adds a block in front of a CPU's channel. */
export function attachBlock(m: Rcu, cpu: number, channel: number, b: number): void {
  const { krc, bnode } = m;
  const i = cpu * 2 + channel;
  bnode.nr_records[b] = 0;
  bnode.records[b] = 0;
  bnode.next[b] = krc.bkvhead[i]!;
  krc.bkvhead[i] = b + 1;
}

/** Stores a pointer in the first block of a channel; false when there is none or it is full. */
export function storeRecord(m: Rcu, cpu: number, channel: number, object: number): boolean {
  const { bnode } = m;
  const b = m.krc.bkvhead[cpu * 2 + channel]! - 1;
  if (b < 0 || bnode.nr_records[b]! >= m.blockEntries) return false;
  m.object.next[object] = bnode.records[b]!;
  bnode.records[b] = object + 1;
  bnode.nr_records[b]!++;
  noteBlock(m, b);
  return true;
}
