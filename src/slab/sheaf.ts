/**
 * Sheaves: arrays of objects per CPU in front of the slabs, and a barn of full and empty ones per node. Objects that
 * wait for a grace period are gathered in a sheaf of their own (rcu/kfree_sheaf.ts), and come back as a full one.
 *
 * A CPU gets its first sheaf for allocations from the barn. An object that finds no place in a sheaf takes the way of
 * older kernels; a sheaf that is in the barn is never flushed.
 *
 * @kernel mm/slub.c alloc_from_pcs, free_to_pcs, barn_replace_full_sheaf 6.18
 */
import { EVENT } from "../sim/events.ts";
import { invariant } from "../sim/model_bug.ts";
import { cpuOf } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { page_zone } from "../mm/mm.ts";
import { type CacheGeometry, cacheOf, calculate_order, type Slabs } from "./slab.ts";

/** Sheaves that a barn keeps at most: full ones, empty ones. */
export const MAX_FULL_SHEAVES = 10, MAX_EMPTY_SHEAVES = 10;

/** Objects of a sheaf; kmem_cache_args.sheaf_capacity of the caches that had sheaves first. */
export const SHEAF_CAPACITY = 32;

/** Entry of a CPU's sheaves of a cache. */
export const pcsOf = (m: Slabs, cache: number, cpu: number): number => cache * m.nrCpus + cpu;
/** Entry of a node's barn of a cache. */
export const barnOf = (m: Slabs, cache: number, nid: number): number =>
  cache * m.geometry.distance.length + nid;

function lockBarn(m: Slabs, t: number, barn: number): void {
  invariant(spin_lock(m, t, m.barnLock + barn), "a barn's lock is held across sections");
}

/** Puts an object into a sheaf that has room. */
export function pushObject(m: Slabs, sheaf: number, object: number): void {
  m.object.next[object] = m.sheaf.objects[sheaf]!;
  m.sheaf.objects[sheaf] = object + 1;
  m.sheaf.size[sheaf]!++;
}

/** Takes the object that was put last into a sheaf that has some. */
function popObject(m: Slabs, sheaf: number): number {
  const object = m.sheaf.objects[sheaf]! - 1;
  m.sheaf.objects[sheaf] = m.object.next[object]!;
  m.sheaf.size[sheaf]!--;
  return object;
}

/**
 * Gives a full sheaf to a barn; false when that has enough of them.
 *
 * @kernel mm/slub.c barn_put_full_sheaf 6.18
 */
export function barn_put_full_sheaf(m: Slabs, t: number, barn: number, sheaf: number): boolean {
  if (m.barn.nr_full[barn]! >= MAX_FULL_SHEAVES) return false;
  lockBarn(m, t, barn);
  link(m, m.barn.full, m.barn.nr_full, barn, sheaf);
  spin_unlock(m, t, m.barnLock + barn);
  return true;
}

/**
 * Gives an empty sheaf to a barn; false when that has enough of them.
 *
 * @kernel mm/slub.c barn_put_empty_sheaf 6.18
 */
export function barn_put_empty_sheaf(m: Slabs, t: number, barn: number, sheaf: number): boolean {
  if (m.barn.nr_empty[barn]! >= MAX_EMPTY_SHEAVES) return false;
  lockBarn(m, t, barn);
  link(m, m.barn.empty, m.barn.nr_empty, barn, sheaf);
  spin_unlock(m, t, m.barnLock + barn);
  return true;
}

/**
 * Takes an empty sheaf from a barn, or -1.
 *
 * @kernel mm/slub.c barn_get_empty_sheaf 6.18
 */
export function barn_get_empty_sheaf(m: Slabs, t: number, barn: number): number {
  if (m.barn.nr_empty[barn] === 0) return -1;
  lockBarn(m, t, barn);
  const sheaf = unlink(m, m.barn.empty, m.barn.nr_empty, barn);
  spin_unlock(m, t, m.barnLock + barn);
  return sheaf;
}

/**
 * Takes a full sheaf from a barn and leaves an empty one, -1 for none, however many the barn has; or returns -1.
 *
 * @kernel mm/slub.c barn_replace_empty_sheaf 6.18
 */
function barn_replace_empty_sheaf(m: Slabs, t: number, barn: number, empty: number): number {
  if (m.barn.nr_full[barn] === 0) return -1;
  lockBarn(m, t, barn);
  const sheaf = unlink(m, m.barn.full, m.barn.nr_full, barn);
  if (empty >= 0) link(m, m.barn.empty, m.barn.nr_empty, barn, empty);
  spin_unlock(m, t, m.barnLock + barn);
  return sheaf;
}

/**
 * Takes an empty sheaf from a barn and leaves a full one; or returns -1: it has no empty one, or full ones enough.
 *
 * @kernel mm/slub.c barn_replace_full_sheaf 6.18
 */
function barn_replace_full_sheaf(m: Slabs, t: number, barn: number, full: number): number {
  if (m.barn.nr_empty[barn] === 0 || m.barn.nr_full[barn]! >= MAX_FULL_SHEAVES) return -1;
  lockBarn(m, t, barn);
  const sheaf = unlink(m, m.barn.empty, m.barn.nr_empty, barn);
  link(m, m.barn.full, m.barn.nr_full, barn, full);
  spin_unlock(m, t, m.barnLock + barn);
  return sheaf;
}

/** Puts a sheaf first on a barn's list; `heads` and `counts` are those of the full or of the empty ones. */
function link(m: Slabs, heads: Int32Array, counts: Int32Array, barn: number, sheaf: number): void {
  m.sheaf.next[sheaf] = heads[barn]!;
  heads[barn] = sheaf + 1;
  counts[barn]!++;
}

/** Takes the first sheaf off a barn's list, which has one. */
function unlink(m: Slabs, heads: Int32Array, counts: Int32Array, barn: number): number {
  const sheaf = heads[barn]! - 1;
  heads[barn] = m.sheaf.next[sheaf]!;
  counts[barn]!--;
  return sheaf;
}

/**
 * An object from this CPU's sheaves, or -1: the main one, the spare one, a full one of the barn for the main one.
 *
 * @kernel mm/slub.c alloc_from_pcs, __pcs_replace_empty_main 6.18
 */
export function alloc_from_pcs(m: Slabs, t: number, cache: number): number {
  const p = pcsOf(m, cache, cpuOf(m, t));
  const { main, spare } = m.pcs;
  const sheaf = main[p]! - 1;
  if (sheaf >= 0 && m.sheaf.size[sheaf]! > 0) return popObject(m, sheaf);
  const other = spare[p]! - 1;
  if (other >= 0 && m.sheaf.size[other]! > 0) {
    main[p] = other + 1;
    spare[p] = sheaf + 1;
    return popObject(m, other);
  }
  const barn = barnOf(m, cache, m.cpuNodes[cpuOf(m, t)]!);
  const full = barn_replace_empty_sheaf(m, t, barn, sheaf);
  if (full < 0) return -1;
  main[p] = full + 1;
  return popObject(m, full);
}

/**
 * Puts a freed object into this CPU's sheaves; false when they and the barn have no room, or it is another node's.
 *
 * @kernel mm/slub.c free_to_pcs 6.18
 */
export function free_to_pcs(m: Slabs, t: number, object: number): boolean {
  if (m.sheafCache < 0) return false;
  const cache = cacheOf(m, object);
  if (cache >= m.sheafCache || !isLocal(m, t, object)) return false;
  const p = pcsOf(m, cache, cpuOf(m, t));
  const { main, spare } = m.pcs;
  const sheaf = main[p]! - 1;
  if (sheaf < 0) return false;
  if (m.sheaf.size[sheaf]! >= SHEAF_CAPACITY) {
    const other = spare[p]! - 1;
    if (other >= 0 && m.sheaf.size[other]! < SHEAF_CAPACITY) {
      main[p] = other + 1;
      spare[p] = sheaf + 1;
    } else if (!__pcs_replace_full_main(m, t, cache, p)) return false;
  }
  m.events.emit(EVENT.objectFreed, t, object);
  pushObject(m, main[p]! - 1, object);
  return true;
}

/**
 * Puts an empty sheaf of the barn in the place of the full main one, which becomes the spare one, or goes to the barn
 * where there is a spare one, which is full too. False when the barn has none or no room.
 *
 * @kernel mm/slub.c __pcs_replace_full_main 6.18
 */
function __pcs_replace_full_main(m: Slabs, t: number, cache: number, p: number): boolean {
  const barn = barnOf(m, cache, m.cpuNodes[cpuOf(m, t)]!);
  const { main, spare } = m.pcs;
  const hasSpare = spare[p] !== 0;
  const empty = hasSpare
    ? barn_replace_full_sheaf(m, t, barn, main[p]! - 1)
    : barn_get_empty_sheaf(m, t, barn);
  if (empty < 0) return false;
  if (!hasSpare) spare[p] = main[p]!;
  main[p] = empty + 1;
  return true;
}

/** Whether an object lies in memory of the caller's node: sheaves hold no others. */
export function isLocal(m: Slabs, t: number, object: number): boolean {
  const zone = page_zone(m, m.slab.pfn[m.object.slab[object]!]!);
  return m.zone.nid[zone] === m.cpuNodes[cpuOf(m, t)];
}

/** Bytes of a sheaf with its array: it lies in kmalloc-512. */
const SHEAF_BYTES = 512;
/** Sheaves that CPUs and barns may hold without a grace period, per cache and CPU or node. */
const IDLE_SHEAVES = 32;

/** The caches of a machine with sheaves: the given ones, and the one that sheaves themselves come from. */
export function withSheafCache(caches: readonly CacheGeometry[], cpus: number): CacheGeometry[] {
  const objects = caches.reduce((sum, c) => sum + c.slabsMax * calculate_order(c.size, cpus).objects, 0);
  const sheaves = Math.ceil(objects / SHEAF_CAPACITY) + caches.length * cpus * IDLE_SHEAVES;
  const slabsMax = Math.ceil(sheaves / calculate_order(SHEAF_BYTES, cpus).minObjects);
  return [...caches, { size: SHEAF_BYTES, slabsMax }];
}
