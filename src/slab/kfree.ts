/**
 * Freeing objects: one, or a chain grouped by slab, as kfree_bulk does it.
 *
 * @kernel mm/slub.c do_slab_free, __slab_free, build_detached_freelist 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { __free_pages } from "../mm/free.ts";
import { takeDiscarded } from "./discard.ts";
import { lockNode, nodeEntry, put_cpu_partial, remove_partial, unlockNode } from "./partial.ts";
import { free_to_pcs } from "./sheaf.ts";
import { cacheOf, type Slabs } from "./slab.ts";

/** Registers: object + 1 or chain of them, slabs to discard, groups so far. */
const OBJECTS = 0, DISCARD = 1, GROUPS = 2;
/** How many objects of other slabs the walk for a group may meet: the third ends it. */
const LOOKAHEAD = 3;

/**
 * Frees a chain of objects of one slab, from `head` to `tail`. Returns slabs to discard as a chain + 1.
 *
 * @kernel mm/slub.c do_slab_free 5.9
 */
function slab_free(m: Slabs, t: number, slab: number, head: number, tail: number, count: number): number {
  const c = m.slab.cache[slab]! * m.nrCpus + cpuOf(m, t);
  if (m.slabCpu.page[c] === slab + 1) {
    m.object.next[tail] = m.slabCpu.freelist[c]!;
    m.slabCpu.freelist[c] = head + 1;
    spend(m, t, m.cost.kfreeFast);
    return 0;
  }
  spend(m, t, m.cost.kfreeSlow);
  return __slab_free(m, t, slab, head, tail, count);
}

/**
 * Frees into a slab that is not this CPU's active one.
 *
 * @kernel mm/slub.c __slab_free 5.9
 */
function __slab_free(m: Slabs, t: number, slab: number, head: number, tail: number, count: number): number {
  const { slab: s, slabNode } = m;
  const cache = s.cache[slab]!;
  const wasFull = s.freelist[slab] === 0;
  const wasFrozen = s.frozen[slab] !== 0;
  m.object.next[tail] = s.freelist[slab]!;
  s.freelist[slab] = head + 1;
  s.inuse[slab]! -= count;
  if (wasFrozen) return 0;
  if (wasFull) {
    // a slab that was full is on no list: it goes to this CPU's partial list
    s.frozen[slab] = 1;
    return put_cpu_partial(m, t, slab, true);
  }
  if (s.inuse[slab] !== 0) return 0;
  const entry = nodeEntry(m, cache, slab);
  lockNode(m, t, entry);
  let discard = 0;
  if (slabNode.nr_partial[entry]! >= m.caches[cache]!.minPartial) {
    remove_partial(m, slab, entry); // neither full nor frozen, so it is on the list
    s.next[slab] = 0;
    discard = slab + 1;
  }
  unlockNode(m, t, entry);
  return discard;
}

function pagesOf(m: Slabs, t: number, r: number, next: number): number {
  const slab = m.task.reg[r + DISCARD]! - 1;
  m.task.reg[r + DISCARD] = m.slab.next[slab]!;
  const { pfn, order } = takeDiscarded(m, slab);
  return call(m, t, __free_pages.start, next, pfn, order);
}

const FREE_FOOTPRINT = TOUCHES.slabCpu | TOUCHES.slabNode | TOUCHES.object | TOUCHES.lock;

/** Frees the object in register 0. */
export const kfree = operation<Slabs, "free" | "discard">(
  "kfree",
  { free: FREE_FOOTPRINT, discard: TOUCHES.slabCpu | TOUCHES.slabNode },
  (at) => ({
    free(m, t) {
      const r = frame(m, t);
      const object = m.task.reg[r + OBJECTS]!;
      if (free_to_pcs(m, t, object)) {
        spend(m, t, m.cost.kfreeFast);
        return ret(m, t, 0);
      }
      // a sheaf is no object of anybody who watches objects
      if (cacheOf(m, object) !== m.sheafCache) m.events.emit(EVENT.objectFreed, t, object);
      m.task.reg[r + DISCARD] = slab_free(m, t, m.object.slab[object]!, object, object, 1);
      return m.task.reg[r + DISCARD] === 0 ? ret(m, t, 0) : at.discard;
    },
    discard(m, t) {
      const r = frame(m, t);
      return m.task.reg[r + DISCARD] === 0 ? ret(m, t, 0) : pagesOf(m, t, r, at.discard);
    },
  }),
);

/**
 * Frees a chain of objects (register 0: first + 1), the last of the caller's array first, group by group; returns the
 * number of groups.
 */
export const kfree_bulk = operation<Slabs, "group" | "discard">(
  "kfree_bulk",
  { group: FREE_FOOTPRINT, discard: TOUCHES.slabCpu | TOUCHES.slabNode },
  (at) => ({
    group(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const first = reg[r + OBJECTS]! - 1;
      if (first < 0) return ret(m, t, reg[r + GROUPS]!);
      reg[r + GROUPS]!++;
      const slab = m.object.slab[first]!;
      reg[r + OBJECTS] = build_detached_freelist(m, t, first, slab);
      reg[r + DISCARD] = slab_free(m, t, slab, detached.head, first, detached.count);
      return reg[r + DISCARD] === 0 ? at.group : at.discard;
    },
    discard(m, t) {
      const r = frame(m, t);
      return m.task.reg[r + DISCARD] === 0 ? at.group : pagesOf(m, t, r, at.discard);
    },
  }),
);

/** Result of build_detached_freelist besides its return value; read before the section ends. */
const detached = { head: 0, count: 0 };

/**
 * Collects the objects of one slab into a free list, starting with `first` and looking past at most two objects of
 * other slabs. Returns what is left of the chain, + 1.
 *
 * @kernel mm/slub.c build_detached_freelist 5.9
 */
function build_detached_freelist(m: Slabs, t: number, first: number, slab: number): number {
  const { next, slab: slabOf } = m.object;
  let lookahead = LOOKAHEAD;
  let rest = 0; // first object skipped, + 1
  let before = -1; // last object skipped: its link leads past those we took
  let o = next[first]!;
  let head = first;
  let count = 1;
  m.events.emit(EVENT.objectFreed, t, first);
  while (o !== 0) {
    const object = o - 1;
    const following = next[object]!;
    if (slabOf[object] === slab) {
      if (before >= 0) next[before] = following;
      next[object] = head + 1;
      head = object;
      count++;
      m.events.emit(EVENT.objectFreed, t, object);
    } else {
      if (rest === 0) rest = o;
      if (--lookahead === 0) break;
      before = object;
    }
    o = following;
  }
  detached.head = head;
  detached.count = count;
  spend(m, t, count * m.cost.kfreeBulkObject);
  return rest;
}
