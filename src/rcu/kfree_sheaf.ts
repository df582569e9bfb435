/**
 * kvfree_rcu() with sheaves: the pointer goes into this CPU's rcu_free sheaf, and a full one waits for a grace period
 * by itself and becomes a source of objects again. Nothing bounds the time that a partly filled one waits: it is for
 * kvfree_rcu_barrier() and the end of a cache to flush it.
 *
 * @kernel mm/slub.c __kfree_rcu_sheaf, rcu_free_sheaf, flush_rcu_sheaf 6.18
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, nowNs, spend } from "../cpu/cpu.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { GFP, GFP_NOWAIT } from "../mm/gfp.ts";
import { kfree, kfree_bulk } from "../slab/kfree.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import {
  barn_get_empty_sheaf,
  barn_put_empty_sheaf,
  barn_put_full_sheaf,
  barnOf,
  isLocal,
  pcsOf,
  pushObject,
  SHEAF_CAPACITY,
} from "../slab/sheaf.ts";
import { cacheOf } from "../slab/slab.ts";
import { call_rcu } from "./call_rcu.ts";
import { CALLBACK, CHANNELS, type Rcu } from "./rcu.ts";

const SHEAF = TOUCHES.slabCpu | TOUCHES.slabNode | TOUCHES.object | TOUCHES.lock;

/** First object of the cache that sheaves themselves are allocated from: sheaf s lies in object first + s. */
const firstSheaf = (m: Rcu) => m.caches[m.sheafCache]!.firstObject;

/** Memory of a sheaf with its array, in bytes. */
const sheafBytes = (m: Rcu) => m.caches[m.sheafCache]!.size;

function freeSheaf(m: Rcu, t: number, sheaf: number, next: number): number {
  m.bnodePool.sheafBytes[0]! -= sheafBytes(m);
  return call(m, t, kfree.start, next, firstSheaf(m) + sheaf);
}

/** Sends the rcu_free sheaf of an entry, which is a CPU's, on its way through a grace period. */
function sendSheaf(m: Rcu, t: number, p: number, cpu: number): void {
  const sheaf = m.pcs.rcu_free[p]! - 1;
  const cb = m.sheafCallback + sheaf;
  m.pcs.rcu_free[p] = 0;
  m.sheaf.node[sheaf] = m.cpuNodes[cpu]!;
  m.callback.func[cb] = CALLBACK.freeSheaf;
  m.callback.arg[cb] = sheaf;
  call_rcu(m, t, cb);
}

/** Argument object. Returns 1 when a sheaf has it, 0 when it has to go another way. */
export const kfree_rcu_sheaf = operation<Rcu, "start" | "allocated" | "store">(
  "__kfree_rcu_sheaf",
  {
    start: SHEAF | TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    allocated: SHEAF | TOUCHES.bnode,
    store: SHEAF | TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      const object = m.task.reg[frame(m, t)]!;
      if (!isLocal(m, t, object)) return ret(m, t, 0);
      const cache = cacheOf(m, object);
      const p = pcsOf(m, cache, cpuOf(m, t));
      if (m.pcs.rcu_free[p] === 0) {
        const spare = m.pcs.spare[p]! - 1;
        const isUsable = spare >= 0 && m.sheaf.size[spare] === 0;
        const sheaf = isUsable
          ? spare
          : barn_get_empty_sheaf(m, t, barnOf(m, cache, m.cpuNodes[cpuOf(m, t)]!));
        if (isUsable) m.pcs.spare[p] = 0;
        // the local lock is dropped while a sheaf is allocated
        if (sheaf < 0) return call(m, t, kmalloc.start, at.allocated, m.sheafCache, GFP_NOWAIT | GFP.NOWARN);
        m.pcs.rcu_free[p] = sheaf + 1;
      }
      return store(m, t, object, p);
    },
    allocated(m, t) {
      const got = m.task.ret[t]!;
      if (got < 0) return ret(m, t, 0);
      const object = m.task.reg[frame(m, t)]!;
      const cache = cacheOf(m, object);
      const p = pcsOf(m, cache, cpuOf(m, t));
      const sheaf = got - firstSheaf(m);
      m.bnodePool.sheafBytes[0]! += sheafBytes(m);
      m.sheaf.size[sheaf] = 0;
      m.sheaf.objects[sheaf] = 0;
      if (m.pcs.rcu_free[p] === 0) {
        m.pcs.rcu_free[p] = sheaf + 1;
        return at.store;
      }
      // an interrupt has installed one meanwhile
      const isKept = barn_put_empty_sheaf(m, t, barnOf(m, cache, m.cpuNodes[cpuOf(m, t)]!), sheaf);
      return isKept ? at.store : freeSheaf(m, t, sheaf, at.store);
    },
    store(m, t) {
      const object = m.task.reg[frame(m, t)]!;
      const p = pcsOf(m, cacheOf(m, object), cpuOf(m, t));
      // an interrupt may have filled and sent it since
      return m.pcs.rcu_free[p] === 0 ? at.start : store(m, t, object, p);
    },
  }),
);

function store(m: Rcu, t: number, object: number, p: number): number {
  const sheaf = m.pcs.rcu_free[p]! - 1;
  spend(m, t, m.cost.irqSaveRestore + m.cost.kvfreeStore);
  pushObject(m, sheaf, object);
  m.object.queuedNs[object] = nowNs(m, t);
  m.events.emit(EVENT.kvfreeQueued, t, object, CHANNELS.slab);
  if (m.sheaf.size[sheaf]! >= SHEAF_CAPACITY) sendSheaf(m, t, p, cpuOf(m, t));
  return ret(m, t, 1);
}

/** Registers of rcu_free_sheaf: sheaf, barn that it may go back to. */
const FREED = 0, BARN = 1;
/** Instead of a barn: the sheaf is freed. */
const NO_BARN = -1;

/**
 * What the callback of the sheaf in register 0 does: keep it as a full one, or free its objects and keep it as an empty
 * one. One that was sent on its way before it was full is given back with its objects, whatever the barn has.
 *
 * @kernel mm/slub.c rcu_free_sheaf, rcu_free_sheaf_nobarn 6.18
 */
export const rcu_free_sheaf = operation<Rcu, "start" | "flushed" | "end">(
  "rcu_free_sheaf",
  { start: SHEAF, flushed: SHEAF | TOUCHES.bnode, end: TOUCHES.own },
  (at) => ({
    start(m, t) {
      const sheaf = m.task.reg[frame(m, t) + FREED]!;
      const first = m.sheaf.objects[sheaf]!;
      const isFull = m.sheaf.size[sheaf] === SHEAF_CAPACITY;
      const barn = isFull ? barnOf(m, cacheOf(m, first - 1), m.sheaf.node[sheaf]!) : NO_BARN;
      if (isFull && barn_put_full_sheaf(m, t, barn, sheaf)) {
        for (let o = first; o !== 0; o = m.object.next[o - 1]!) m.events.emit(EVENT.objectFreed, t, o - 1);
        return ret(m, t, 0);
      }
      m.events.emit(EVENT.kfreeBulk, t, CHANNELS.slab, m.sheaf.size[sheaf]!, -1);
      m.task.reg[frame(m, t) + BARN] = barn;
      m.sheaf.size[sheaf] = 0;
      m.sheaf.objects[sheaf] = 0;
      return call(m, t, kfree_bulk.start, at.flushed, first);
    },
    flushed(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const sheaf = reg[r + FREED]!;
      m.events.emit(EVENT.bulkGroups, t, CHANNELS.slab, m.task.ret[t]!);
      const barn = reg[r + BARN]!;
      if (barn !== NO_BARN && barn_put_empty_sheaf(m, t, barn, sheaf)) return ret(m, t, 0);
      return freeSheaf(m, t, sheaf, at.end);
    },
    end: (m, t) => ret(m, t, 0),
  }),
);

/** The work that sends this CPU's partly filled rcu_free sheaves on their way. */
export const flush_rcu_sheaf = operation<Rcu, "flush">(
  "flush_rcu_sheaf",
  { flush: SHEAF | TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task },
  () => ({
    flush(m, t) {
      sendSheaves(m, t, cpuOf(m, t));
      return ret(m, t, 0);
    },
  }),
);

/**
 * Sends a CPU's partly filled rcu_free sheaves on their way: its own, or those of a CPU that went down, which nobody
 * would fill.
 *
 * @kernel mm/slub.c flush_rcu_sheaf, __pcs_flush_all_cpu 6.18
 */
export function sendSheaves(m: Rcu, t: number, cpu: number): void {
  for (let cache = 0; cache < m.sheafCache; cache++) {
    const p = pcsOf(m, cache, cpu);
    if (m.pcs.rcu_free[p] !== 0 && m.sheaf.size[m.pcs.rcu_free[p]! - 1]! > 0) sendSheaf(m, t, p, cpu);
  }
}

/** Whether a CPU holds objects in a sheaf that has not been sent on its way. */
export function holdsInSheaf(m: Rcu, cpu: number): boolean {
  for (let cache = 0; cache < m.sheafCache; cache++) {
    const sheaf = m.pcs.rcu_free[pcsOf(m, cache, cpu)]! - 1;
    if (sheaf >= 0 && m.sheaf.size[sheaf]! > 0) return true;
  }
  return false;
}

/** Whoever ends has its CPU's sheaves sent on their way, as a module does that goes: nobody else would. */
export function queueSheafFlush(m: Rcu, t: number): void {
  const cpu = cpuOf(m, t);
  if (holdsInSheaf(m, cpu)) queue_work_on(m, t, m.sheafWork + cpu, poolOf(cpu, false));
}
