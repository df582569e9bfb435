/**
 * kvfree_rcu, the caller's side: the pointer goes into this CPU's block; a full block asks the strategy for a page;
 * without a page there is the rcu_head inside the object, or, with one argument, a wait for a grace period.
 *
 * @kernel kernel/rcu/tree.c kvfree_call_rcu 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, LEVEL, ret, TASK_TIMES } from "../sim/task.ts";
import { cpuOf, local_irq_restore, local_irq_save, nowNs, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { GFP, GFP_KERNEL } from "../mm/gfp.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { kfree } from "../slab/kfree.ts";
import { vfree } from "../slab/vmalloc.ts";
import { is_vmalloc_addr } from "../slab/slab.ts";
import { attachBlock, get_cached_bnode, newBlock, storeRecord } from "./bnode.ts";
import { kfree_rcu_sheaf } from "./kfree_sheaf.ts";
import { schedule_delayed_monitor_work } from "./monitor.ts";
import { REFILL_FOOTPRINT, run_page_cache_worker } from "./page_cache.ts";
import { CHANNELS, type Rcu } from "./rcu.ts";
import { noteHead } from "./snapshot.ts";
import { synchronize_rcu } from "./sync.ts";

/** Registers: arguments object and 1 for the one-argument form; 1 once the call has begun. */
const OBJECT = 0, ONE_ARG = 1, HAS_BEGUN = 2;
/** Where the caller's start time is kept among the task's times. */
const STARTED = 0;

/** What a caller that fell back paid for. */
export const FALLBACK = { rcuHead: 0, synchronize: 1 } as const;

function channelOf(m: Rcu, object: number): number {
  return is_vmalloc_addr(m, object) ? CHANNELS.vmalloc : CHANNELS.slab;
}

/** Counts the object and sees to it that the monitor runs. krcp->lock is held. */
function queued(m: Rcu, t: number, object: number, channel: number): void {
  const cpu = cpuOf(m, t);
  m.krc.count[cpu]!++;
  m.object.queuedNs[object] = nowNs(m, t);
  if (m.profile.debugObjects) m.object.rcuQueued[object] = 1;
  m.events.emit(EVENT.kvfreeQueued, t, object, channel);
  if (m.rcu.schedulerRunning[0] !== 0) schedule_delayed_monitor_work(m, t, cpu);
}

/** Whether the caller could sleep here: the model knows, a voluntary kernel's code does not. */
function maySleep(m: Rcu, t: number): boolean {
  const cpu = cpuOf(m, t);
  return m.cpu.irqOff[cpu] === 0 && m.cpu.preemptOff[cpu] === 0 && m.task.level[t] === LEVEL.task;
}

const DIRECT_GFP = GFP_KERNEL | GFP.NORETRY | GFP.NOMEMALLOC | GFP.NOWARN;
const STORE = TOUCHES.krc | TOUCHES.object | TOUCHES.lock | TOUCHES.timer | TOUCHES.bnode | TOUCHES.rcu;

/** Arguments object and form; returns 1 when the object was queued, 0 when it was freed in place. */
export const kvfree_call_rcu = operation<
  Rcu,
  "start" | "sheaf" | "gotPage" | "direct" | "synchronized" | "freed"
>(
  "kvfree_call_rcu",
  {
    start: STORE,
    sheaf: TOUCHES.own,
    gotPage: STORE | REFILL_FOOTPRINT,
    direct: STORE | REFILL_FOOTPRINT,
    synchronized: TOUCHES.own,
    freed: TOUCHES.own,
  },
  (at) => ({
    // in the common case the lock is released again before anybody else could run
    start(m, t) {
      const { reg, timeNs } = m.task;
      const r = frame(m, t);
      const cpu = cpuOf(m, t);
      const object = reg[r + OBJECT]!;
      // who comes back here has waited for the lock, or found no room in a sheaf
      if (reg[r + HAS_BEGUN] === 0) {
        reg[r + HAS_BEGUN] = 1;
        bugOn(
          reg[r + ONE_ARG] !== 0 && !maySleep(m, t),
          "kvfree_rcu() with one argument may sleep and was called in atomic context",
        );
        timeNs[t * TASK_TIMES + STARTED] = nowNs(m, t);
        if (m.keeps === "nothing" && maySleep(m, t) && m.rcuTask.nesting[t] === 0) {
          return waitInPlace(m, t, object, at.synchronized);
        }
        if (m.keeps === "sheaves" && sheafMayTake(m, object)) {
          return call(m, t, kfree_rcu_sheaf.start, at.sheaf, object);
        }
      }
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      spend(m, t, m.cost.irqSaveRestore + m.cost.kvfreeStore);
      if (m.profile.debugObjects && m.object.rcuQueued[object] !== 0) {
        m.events.emit(EVENT.doubleQueue, t, object); // probably given twice: the second time counts for nothing
        spin_unlock(m, t, m.krcLock + cpu);
        return ret(m, t, 1);
      }
      if (!storePointer(m, t, cpu, object)) {
        local_irq_save(m, t); // with krcp->lock held, until the page has come or not
        m.task.ret[t] = NO_PAGE;
        const asks = m.blockSource >= 0 && m.krc.initialized[cpu] !== 0;
        return asks ? call(m, t, m.blockSource, at.gotPage) : at.gotPage;
      }
      queued(m, t, object, channelOf(m, object));
      spin_unlock(m, t, m.krcLock + cpu);
      return ret(m, t, 1);
    },
    sheaf: (m, t) => m.task.ret[t] !== 0 ? ret(m, t, 1) : at.start,
    gotPage(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = reg[r + OBJECT]!;
      const pfn = m.task.ret[t]!;
      const oneArg = reg[r + ONE_ARG] !== 0;
      if (pfn === NO_PAGE && oneArg && asksDirectly(m, cpuOf(m, t))) {
        spin_unlock(m, t, m.krcLock + cpuOf(m, t));
        local_irq_restore(m, t);
        return call(m, t, __alloc_pages_nodemask.start, at.direct, DIRECT_GFP, 0);
      }
      keep(m, t, object, pfn, oneArg, 1);
      local_irq_restore(m, t);
      if (pfn !== NO_PAGE) return ret(m, t, 1);
      if (oneArg) return waitInPlace(m, t, object, at.synchronized);
      paid(m, t, FALLBACK.rcuHead);
      return ret(m, t, 1);
    },
    // the lock was dropped: the block is added even if there is room in another one by now
    direct(m, t) {
      const object = m.task.reg[frame(m, t) + OBJECT]!;
      const pfn = m.task.ret[t]!;
      if (!spin_lock_irqsave(m, t, m.krcLock + cpuOf(m, t))) return BLOCK;
      local_irq_save(m, t);
      keep(m, t, object, pfn, true, 2);
      local_irq_restore(m, t);
      return pfn === NO_PAGE ? waitInPlace(m, t, object, at.synchronized) : ret(m, t, 1);
    },
    synchronized(m, t) {
      const object = m.task.reg[frame(m, t) + OBJECT]!;
      const free = is_vmalloc_addr(m, object) ? vfree.start : kfree.start;
      return call(m, t, free, at.freed, object);
    },
    freed(m, t) {
      paid(m, t, FALLBACK.synchronize);
      return ret(m, t, 0);
    },
  }),
);

/** Stores the pointer in the current block, or in one from the cache; false when there is neither. */
function storePointer(m: Rcu, t: number, cpu: number, object: number): boolean {
  const channel = channelOf(m, object);
  if (storeRecord(m, cpu, channel, object)) return true;
  const early = m.krc.initialized[cpu] === 0; // before kfree_rcu_batch_init there are no blocks
  const cached = early ? -1 : get_cached_bnode(m, cpu);
  if (cached < 0) return false;
  m.events.emit(EVENT.blockGot, t, m.bnode.pfn[cached]!, 0, channel);
  attachBlock(m, cpu, channel, cached);
  return storeRecord(m, cpu, channel, object);
}

/** On PREEMPT_RT the barn's lock would sleep, and areas of vmalloc have no sheaves. */
function sheafMayTake(m: Rcu, object: number): boolean {
  return m.profile.preemption !== "rt" && !is_vmalloc_addr(m, object);
}

/** Whether one-argument callers ask the page allocator themselves when there is no block. */
function asksDirectly(m: Rcu, cpu: number): boolean {
  return m.profile.oneArgDirect && m.krc.initialized[cpu] !== 0 && m.keeps !== "list" &&
    m.keeps !== "nothing";
}

/**
 * The object goes into a block made of the page, or on the list, or nowhere when it has no rcu_head. krcp->lock is
 * held and released.
 *
 * @param source Where the page came from: 1 the strategy, 2 the caller's own allocation.
 */
function keep(m: Rcu, t: number, object: number, pfn: number, oneArg: boolean, source: number): void {
  const cpu = cpuOf(m, t);
  const channel = channelOf(m, object);
  if (pfn !== NO_PAGE) {
    m.events.emit(EVENT.blockGot, t, pfn, source, channel);
    attachBlock(m, cpu, channel, newBlock(m, pfn));
    storeRecord(m, cpu, channel, object);
    queued(m, t, object, channel);
  } else {
    m.events.emit(EVENT.blockFailed, t, channel);
    run_page_cache_worker(m, t);
    if (!oneArg) {
      pushHead(m, t, cpu, object);
      queued(m, t, object, CHANNELS.rcuHead);
    }
  }
  spin_unlock(m, t, m.krcLock + cpu);
}

/** The caller waits for a grace period itself. The object is nowhere meanwhile. */
function waitInPlace(m: Rcu, t: number, object: number, next: number): number {
  m.object.queuedNs[object] = nowNs(m, t);
  m.events.emit(EVENT.synchronizing, t, object);
  return call(m, t, synchronize_rcu.start, next);
}

/** Links the object by its own rcu_head: a write to memory that may not be in the cache. */
function pushHead(m: Rcu, t: number, cpu: number, object: number): void {
  m.object.next[object] = m.krc.head[cpu]!;
  m.krc.head[cpu] = object + 1;
  noteHead(m, cpu);
  spend(m, t, m.cost.cacheMiss);
}

/** Reports what a fallback has cost its caller since it entered, in whole ns. */
function paid(m: Rcu, t: number, kind: number): void {
  m.events.emit(EVENT.fallback, t, Math.round(nowNs(m, t) - m.task.timeNs[t * TASK_TIMES + STARTED]!), kind);
}
