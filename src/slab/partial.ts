/**
 * Partial slabs: lists of a CPU, which need no lock, and lists of a node under its list_lock.
 *
 * @kernel mm/slub.c 5.9
 */
import { cpuOf } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { invariant } from "../sim/model_bug.ts";
import { page_zone } from "../mm/mm.ts";
import { list_add, list_add_tail, list_del } from "../mm/list.ts";
import type { Slabs } from "./slab.ts";

/** Links of slabs in the shape that the list functions want. */
const links = (m: Slabs) => ({ link: m.slabLink });

/** Entry of a cache and the node a slab's pages lie on. */
export function nodeEntry(m: Slabs, cache: number, slab: number): number {
  return cache * m.geometry.distance.length + m.zone.nid[page_zone(m, m.slab.pfn[slab]!)]!;
}

/** Head of a node's partial list. */
export function partialHead(m: Slabs, entry: number): number {
  return m.slab.pfn.length + entry;
}

/** Takes a node's list_lock; it is held within one section only. */
export function lockNode(m: Slabs, t: number, entry: number): void {
  invariant(spin_lock(m, t, m.listLock + entry), "a list_lock is held across sections");
}

/** Releases a node's list_lock. */
export function unlockNode(m: Slabs, t: number, entry: number): void {
  spin_unlock(m, t, m.listLock + entry);
}

/**
 * Puts a slab on its node's partial list, under list_lock.
 *
 * @kernel mm/slub.c add_partial 5.9
 */
export function add_partial(m: Slabs, slab: number, entry: number, toTail: boolean): void {
  const head = partialHead(m, entry);
  if (toTail) list_add_tail(links(m), slab, head);
  else list_add(links(m), slab, head);
  m.slab.partial[slab] = 1;
  m.slabNode.nr_partial[entry]!++;
}

/**
 * Takes a slab off its node's partial list, under list_lock.
 *
 * @kernel mm/slub.c remove_partial 5.9
 */
export function remove_partial(m: Slabs, slab: number, entry: number): void {
  list_del(links(m), slab);
  m.slab.partial[slab] = 0;
  m.slabNode.nr_partial[entry]!--;
}

/**
 * Puts a frozen slab on this CPU's partial list. When the list holds too much already (only asked when `drain`), all
 * of it goes to the node lists first. Returns the empty slabs to discard, as a chain + 1.
 *
 * @kernel mm/slub.c put_cpu_partial 5.9, 5.16
 */
export function put_cpu_partial(m: Slabs, t: number, slab: number, drain: boolean): number {
  const { slab: s, slabCpu } = m;
  const cache = s.cache[slab]!;
  const c = cache * m.nrCpus + cpuOf(m, t);
  const inSlabs = m.profile.cpuPartialInSlabs;
  let discard = 0;
  let head = slabCpu.partial[c]!;
  let held = head === 0 ? 0 : s.pobjects[head - 1]!;
  if (head !== 0 && drain && held + (inSlabs ? 1 : 0) > m.caches[cache]!.cpuPartial) {
    discard = unfreeze_partials(m, t, cache);
    head = 0;
    held = 0;
  }
  s.pobjects[slab] = held + (inSlabs ? 1 : s.objects[slab]! - s.inuse[slab]!);
  s.next[slab] = head;
  slabCpu.partial[c] = slab + 1;
  return discard;
}

/**
 * Moves this CPU's partial slabs to the node lists; empty ones beyond min_partial are returned as a chain + 1.
 *
 * @kernel mm/slub.c unfreeze_partials 5.9
 */
export function unfreeze_partials(m: Slabs, t: number, cache: number): number {
  const { slab: s, slabCpu, slabNode } = m;
  const c = cache * m.nrCpus + cpuOf(m, t);
  let discard = 0;
  let locked = -1;
  for (let head = slabCpu.partial[c]!; head !== 0;) {
    const slab = head - 1;
    head = s.next[slab]!;
    const entry = nodeEntry(m, cache, slab);
    if (entry !== locked) {
      if (locked >= 0) unlockNode(m, t, locked);
      lockNode(m, t, entry);
      locked = entry;
    }
    s.frozen[slab] = 0;
    if (s.inuse[slab] === 0 && slabNode.nr_partial[entry]! >= m.caches[cache]!.minPartial) {
      s.next[slab] = discard;
      discard = slab + 1;
    } else {
      add_partial(m, slab, entry, true);
    }
  }
  if (locked >= 0) unlockNode(m, t, locked);
  slabCpu.partial[c] = 0;
  return discard;
}
