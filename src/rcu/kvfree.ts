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
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { queue_delayed_work } from "../cpu/workqueue.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { kfree } from "../slab/kfree.ts";
import { vfree } from "../slab/vmalloc.ts";
import { is_vmalloc_addr } from "../slab/slab.ts";
import { attachBlock, get_cached_bnode, newBlock, storeRecord } from "./bnode.ts";
import { CHANNELS, type Rcu } from "./rcu.ts";
import { synchronize_rcu } from "./sync.ts";

/** Registers: arguments object and 1 for the one-argument form; 1 once the start time is noted. */
const OBJECT = 0, ONE_ARG = 1, TIMED = 2;
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
  m.events.emit(EVENT.kvfreeQueued, t, object, channel);
  if (m.krc.monitor_todo[cpu] !== 0) return;
  m.krc.monitor_todo[cpu] = 1;
  queue_delayed_work(m, t, m.monitorWork + cpu, m.monitorTimer + cpu, m.profile.kfreeDrainJiffies);
}

/** Arguments object and form; returns 1 when the object was queued, 0 when it was freed in place. */
export const kvfree_call_rcu = operation<Rcu, "start" | "gotPage" | "synchronized" | "freed">(
  "kvfree_call_rcu",
  {
    start: TOUCHES.krc | TOUCHES.object | TOUCHES.lock | TOUCHES.timer | TOUCHES.bnode,
    gotPage: TOUCHES.krc | TOUCHES.object | TOUCHES.lock | TOUCHES.timer | TOUCHES.bnode | TOUCHES.task,
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
      const channel = channelOf(m, object);
      bugOn(
        reg[r + ONE_ARG] !== 0 &&
          (m.cpu.irqOff[cpu] !== 0 || m.cpu.preemptOff[cpu] !== 0 || m.task.level[t] !== LEVEL.task),
        "kvfree_rcu() with one argument may sleep and was called in atomic context",
      );
      if (reg[r + TIMED] === 0) timeNs[t * TASK_TIMES + STARTED] = nowNs(m, t);
      reg[r + TIMED] = 1;
      if (!spin_lock(m, t, m.krcLock + cpu)) return BLOCK;
      spend(m, t, m.cost.kvfreeStore);
      if (!storeRecord(m, cpu, channel, object)) {
        const early = m.krc.initialized[cpu] === 0; // before kfree_rcu_batch_init there are no blocks
        const cached = early ? -1 : get_cached_bnode(m, cpu);
        if (cached < 0) {
          local_irq_save(m, t); // with krcp->lock held, until the page has come or not
          m.task.ret[t] = NO_PAGE;
          return early || m.blockSource < 0 ? at.gotPage : call(m, t, m.blockSource, at.gotPage);
        }
        m.events.emit(EVENT.blockGot, t, m.bnode.pfn[cached]!, 0, channel);
        attachBlock(m, cpu, channel, cached);
        storeRecord(m, cpu, channel, object);
      }
      queued(m, t, object, channel);
      spin_unlock(m, t, m.krcLock + cpu);
      return ret(m, t, 1);
    },
    gotPage(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = cpuOf(m, t);
      const object = reg[r + OBJECT]!;
      const channel = channelOf(m, object);
      const pfn = m.task.ret[t]!;
      const oneArg = reg[r + ONE_ARG] !== 0;
      let path: number = channel;
      if (pfn !== NO_PAGE) {
        m.events.emit(EVENT.blockGot, t, pfn, 1, channel);
        attachBlock(m, cpu, channel, newBlock(m, pfn));
        storeRecord(m, cpu, channel, object);
      } else {
        m.events.emit(EVENT.blockFailed, t, channel);
        path = CHANNELS.rcuHead;
        if (!oneArg) pushHead(m, t, cpu, object);
      }
      const inPlace = pfn === NO_PAGE && oneArg;
      if (!inPlace) queued(m, t, object, path);
      spin_unlock(m, t, m.krcLock + cpu);
      local_irq_restore(m, t);
      if (inPlace) {
        m.object.queuedNs[object] = 0; // it waits here and nowhere else
        m.events.emit(EVENT.synchronizing, t, object);
        return call(m, t, synchronize_rcu.start, at.synchronized);
      }
      if (pfn === NO_PAGE) paid(m, t, FALLBACK.rcuHead);
      return ret(m, t, 1);
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

/** Links the object by its own rcu_head: a write to memory that may not be in the cache. */
function pushHead(m: Rcu, t: number, cpu: number, object: number): void {
  m.object.next[object] = m.krc.head[cpu]!;
  m.krc.head[cpu] = object + 1;
  spend(m, t, m.cost.cacheMiss);
}

/** Reports what a fallback has cost its caller since it entered, in whole ns. */
function paid(m: Rcu, t: number, kind: number): void {
  m.events.emit(EVENT.fallback, t, Math.round(nowNs(m, t) - m.task.timeNs[t * TASK_TIMES + STARTED]!), kind);
}
