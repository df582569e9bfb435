/**
 * kmalloc: from the CPU's free list, its active slab, its partial slabs, the node's, or a new slab.
 *
 * @kernel mm/slub.c slab_alloc_node, ___slab_alloc 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { ModelBug } from "../sim/model_bug.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, local_irq_restore, local_irq_save, spend } from "../cpu/cpu.ts";
import { cond_resched } from "../cpu/sched.ts";
import { GFP, gfpflags_allow_blocking } from "../mm/gfp.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { __free_pages } from "../mm/free.ts";
import { lockNode, partialHead, put_cpu_partial, remove_partial, unlockNode } from "./partial.ts";
import { deactivate_slab } from "./deactivate.ts";
import { takeDiscarded } from "./discard.ts";
import { alloc_from_pcs } from "./sheaf.ts";
import type { Slabs, SlabShape } from "./slab.ts";

/** Registers: arguments cache and gfp, then the order asked for, the object, slabs to discard. */
const CACHE = 0, GFP_MASK = 1, ORDER = 2, OBJECT = 3, DISCARD = 4;

/** Takes the first object of this CPU's free list, or -1. */
function takeFromCpu(m: Slabs, c: number): number {
  const object = m.slabCpu.freelist[c]! - 1;
  if (object >= 0) m.slabCpu.freelist[c] = m.object.next[object]!;
  return object;
}

/** Makes the free objects of a slab this CPU's free list. */
function load_freelist(m: Slabs, c: number, slab: number): boolean {
  const { slab: s, slabCpu } = m;
  slabCpu.freelist[c] = s.freelist[slab]!;
  s.freelist[slab] = 0;
  s.inuse[slab] = s.objects[slab]!;
  const some = slabCpu.freelist[c] !== 0;
  s.frozen[slab] = some ? 1 : 0;
  slabCpu.page[c] = some ? slab + 1 : 0;
  return some;
}

/**
 * Gives this CPU a slab of the node's partial list and puts more of them on the CPU's partial list, until that has more
 * than half of what it may hold; the CPU's own slab counts when objects do. False when the node has none.
 *
 * @kernel mm/slub.c get_partial_node 5.9, 5.16
 */
function get_partial_node(m: Slabs, t: number, cache: number, entry: number): boolean {
  const { slab: s, slabCpu } = m;
  if (m.slabNode.nr_partial[entry] === 0) return false;
  const c = cache * m.nrCpus + cpuOf(m, t);
  const head = partialHead(m, entry);
  lockNode(m, t, entry);
  const inSlabs = m.profile.cpuPartialInSlabs;
  let taken = 0;
  let found = false;
  for (let slab = m.slabLink.next[head]!; slab !== head;) {
    const following = m.slabLink.next[slab]!;
    taken += inSlabs ? Number(found) : s.objects[slab]! - s.inuse[slab]!;
    remove_partial(m, slab, entry);
    s.frozen[slab] = 1;
    if (!found) {
      slabCpu.page[c] = slab + 1;
      load_freelist(m, c, slab);
      found = true;
    } else {
      put_cpu_partial(m, t, slab, false);
    }
    if (taken > m.caches[cache]!.cpuPartial >> 1) break;
    slab = following;
  }
  unlockNode(m, t, entry);
  return found;
}

/** Links the objects of a new slab and makes it this CPU's. */
function setUpSlab(m: Slabs, c: number, cache: number, pfn: number, order: number): void {
  const layout = m.caches[cache]!;
  const { slab: s, object } = m;
  const slab = m.cache.unused[cache]! - 1;
  if (slab < 0) {
    throw new ModelBug(
      `kmalloc-${layout.size} needs more than slabsMax = ${layout.slabsMax} slabs; raise the limit`,
    );
  }
  m.cache.unused[cache] = s.next[slab]!;
  const objects = order === layout.order ? layout.objects : layout.minObjects;
  const first = layout.firstObject + (slab - layout.firstSlab) * layout.objects;
  for (let i = 0; i < objects; i++) {
    object.next[first + i] = i + 1 < objects ? first + i + 2 : 0;
    object.slab[first + i] = slab;
  }
  s.pfn[slab] = pfn;
  s.order[slab] = order;
  s.cache[slab] = cache;
  s.objects[slab] = objects;
  s.freelist[slab] = first + 1;
  s.frozen[slab] = 1;
  const live = ++m.cache.slabs[cache]!;
  if (live > m.cache.slabsPeak[cache]!) m.cache.slabsPeak[cache] = live;
  load_freelist(m, c, slab);
}

/** Arguments cache and gfp; returns an object or -1. */
export const kmalloc = operation<
  Slabs,
  "fast" | "sheaf" | "slow" | "newSlab" | "smaller" | "install" | "discard"
>(
  "kmalloc",
  {
    fast: TOUCHES.slabCpu | TOUCHES.object,
    sheaf: TOUCHES.slabCpu | TOUCHES.slabNode | TOUCHES.object | TOUCHES.lock,
    slow: TOUCHES.slabCpu | TOUCHES.slabNode | TOUCHES.object | TOUCHES.lock,
    newSlab: TOUCHES.own,
    smaller: TOUCHES.own,
    install: TOUCHES.slabCpu | TOUCHES.slabNode | TOUCHES.object | TOUCHES.lock,
    discard: TOUCHES.slabCpu | TOUCHES.slabNode,
  },
  (at) => ({
    fast(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if ((reg[r + GFP_MASK]! & GFP.DIRECT_RECLAIM) !== 0) cond_resched(m, t); // might_sleep()
      if (reg[r + CACHE]! < m.sheafCache) return at.sheaf;
      const object = takeFromCpu(m, reg[r + CACHE]! * m.nrCpus + cpuOf(m, t));
      if (object < 0) return at.slow;
      spend(m, t, m.cost.kmallocFast);
      return ret(m, t, object);
    },
    sheaf(m, t) {
      const cache = m.task.reg[frame(m, t) + CACHE]!;
      let object = alloc_from_pcs(m, t, cache);
      if (object < 0) object = takeFromCpu(m, cache * m.nrCpus + cpuOf(m, t));
      if (object < 0) return at.slow;
      spend(m, t, m.cost.kmallocFast);
      return ret(m, t, object);
    },
    slow(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cache = reg[r + CACHE]!;
      const c = cache * m.nrCpus + cpuOf(m, t);
      spend(m, t, m.cost.kmallocSlow);
      if (m.slabCpu.freelist[c] !== 0) return at.fast; // somebody interrupted us and refilled it
      if (loadSomething(m, t, cache, c)) return ret(m, t, takeFromCpu(m, c));
      reg[r + ORDER] = m.caches[cache]!.order;
      // interrupts are off in here, and come on for the page allocator only if it may sleep
      if (!gfpflags_allow_blocking(reg[r + GFP_MASK]!)) local_irq_save(m, t);
      const first = firstAttempt(reg[r + GFP_MASK]!, m.caches[cache]!);
      return call(m, t, __alloc_pages_nodemask.start, at.newSlab, first, reg[r + ORDER]!);
    },
    newSlab(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if (m.task.ret[t] !== NO_PAGE) return at.install;
      // also when the order was the smallest already: now the caller's own flags say how hard to try
      const { minOrder } = m.caches[reg[r + CACHE]!]!;
      reg[r + ORDER] = minOrder;
      return call(m, t, __alloc_pages_nodemask.start, at.smaller, reg[r + GFP_MASK]!, minOrder);
    },
    smaller(m, t) {
      return m.task.ret[t] === NO_PAGE ? leave(m, t, -1) : at.install;
    },
    // while the page was being allocated, another context of this CPU may have got itself a slab: it is put away
    install(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cache = reg[r + CACHE]!;
      const c = cache * m.nrCpus + cpuOf(m, t);
      spend(m, t, m.cost.newSlab);
      reg[r + DISCARD] = m.slabCpu.page[c] !== 0 ? deactivate_slab(m, t, cache) : 0;
      setUpSlab(m, c, cache, m.task.ret[t]!, reg[r + ORDER]!);
      reg[r + OBJECT] = takeFromCpu(m, c);
      return at.discard;
    },
    discard(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const slab = reg[r + DISCARD]! - 1;
      if (slab < 0) return leave(m, t, reg[r + OBJECT]!);
      reg[r + DISCARD] = m.slab.next[slab]!;
      const { pfn, order } = takeDiscarded(m, slab);
      return call(m, t, __free_pages.start, at.discard, pfn, order);
    },
  }),
);

/** Leaves the part that began with the call of the page allocator. */
function leave(m: Slabs, t: number, object: number): number {
  if (!gfpflags_allow_blocking(m.task.reg[frame(m, t) + GFP_MASK]!)) local_irq_restore(m, t);
  return ret(m, t, object);
}

/**
 * GFP flags of the first attempt at a slab: it gives up early, and does not reclaim for a large slab when a smaller one
 * would do.
 *
 * @kernel mm/slub.c allocate_slab 5.9
 */
function firstAttempt(gfp: number, { order, minOrder }: SlabShape): number {
  const first = (gfp | GFP.NOWARN | GFP.NORETRY) & ~GFP.NOFAIL;
  if (!gfpflags_allow_blocking(gfp) || order <= minOrder) return first;
  return (first | GFP.NOMEMALLOC) & ~(GFP.DIRECT_RECLAIM | GFP.KSWAPD_RECLAIM);
}

/** Tries the active slab, the CPU's partial slabs and the local node's, in this order. */
function loadSomething(m: Slabs, t: number, cache: number, c: number): boolean {
  const { slabCpu, slab: s } = m;
  if (slabCpu.page[c] !== 0 && load_freelist(m, c, slabCpu.page[c]! - 1)) return true;
  while (slabCpu.partial[c] !== 0) {
    const slab = slabCpu.partial[c]! - 1;
    slabCpu.partial[c] = s.next[slab]!;
    slabCpu.page[c] = slab + 1;
    if (load_freelist(m, c, slab)) return true;
  }
  const nodes = m.geometry.distance.length;
  const local = m.cpuNodes[cpuOf(m, t)]!;
  if (get_partial_node(m, t, cache, cache * nodes + local)) return true;
  const zonelist = m.zonelists[local]!;
  for (let i = 0; i < zonelist.length; i++) {
    const entry = cache * nodes + m.zone.nid[zonelist[i]!]!;
    // another node is asked only when it has more than it would keep
    if (m.slabNode.nr_partial[entry]! <= m.caches[cache]!.minPartial) continue;
    if (get_partial_node(m, t, cache, entry)) return true;
  }
  return false;
}
