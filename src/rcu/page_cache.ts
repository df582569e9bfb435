/**
 * The worker that fills a CPU's cache of blocks. A caller that found no block starts it and does not wait; it asks the
 * page allocator in process context, where that is allowed. It must not be woken under krcp->lock, since the caller
 * may hold the lock of a run queue: hence the detour through a timer.
 *
 * @kernel kernel/rcu/tree.c fill_page_cache_func, run_page_cache_worker 5.12; RFC of 2020-09-18, 1/4 and 4/4
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, LEVEL, ret } from "../sim/task.ts";
import { cpuOf } from "../cpu/cpu.ts";
import { hrtimer_start } from "../cpu/hrtimer.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { cond_resched } from "../cpu/sched.ts";
import { TIMER } from "../cpu/timer.ts";
import { poolOf, queue_delayed_work, queue_work_on } from "../cpu/workqueue.ts";
import { __free_pages } from "../mm/free.ts";
import { GFP, GFP_KERNEL, GFP_NOWAIT } from "../mm/gfp.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { newBlock, put_cached_bnode } from "./bnode.ts";
import type { Rcu } from "./rcu.ts";
import { reclaimWork } from "./reclaim_wq.ts";

/** Jiffies of a second that a worker waits after memory ran short: rcu_delay_page_cache_fill_msec. */
const DELAY_PAGE_CACHE_FILL_S = 5;

/** What a caller that starts the worker touches. */
export const REFILL_FOOTPRINT = TOUCHES.krc | TOUCHES.timer | TOUCHES.work | TOUCHES.task;

/**
 * Starts the worker of the CPU's cache unless it is on its way. krcp->lock is held.
 *
 * @kernel kernel/rcu/tree.c run_page_cache_worker 5.12, 6.5
 */
export function run_page_cache_worker(m: Rcu, t: number): void {
  if (m.refill === "none") return;
  const cpu = cpuOf(m, t);
  if (m.refill === "rfc") return runRfcWorker(m, t, cpu);
  if (m.cachedBlocks === 0 && m.profile.refillFromCount) return;
  // before the scheduler runs there is nobody to do the work
  if (m.rcu.schedulerRunning[0] === 0 || !startsWork(m, cpu)) return;
  if (m.krc.backoff_page_cache_fill[cpu] === 0) {
    return hrtimer_start(m, t, cpu, m.pageCacheWork + cpu, 0);
  }
  const jiffies = DELAY_PAGE_CACHE_FILL_S * m.profile.HZ;
  queue_delayed_work(m, t, m.pageCacheWork + cpu, m.pageCacheTimer + cpu, jiffies, reclaimWork(m));
}

/** Sets work_in_progress; true when it was not set. */
function startsWork(m: Rcu, cpu: number): boolean {
  if (m.krc.work_in_progress[cpu] !== 0) return false;
  m.krc.work_in_progress[cpu] = 1;
  return true;
}

/** Patch 4 waits a jiffy in a timer. Patch 1 queued at once, with krcp->lock held, and never from irq-off callers. */
function runRfcWorker(m: Rcu, t: number, cpu: number): void {
  if (m.profile.refillStart === "delayedWork") {
    if (!startsWork(m, cpu)) return;
    queue_delayed_work(m, t, m.pageCacheWork + cpu, m.pageCacheTimer + cpu, 1, TIMER.queueHighWork);
    return;
  }
  const callerIrqsOn = m.cpu.irqOff[cpu] === 1 && m.task.level[t]! < LEVEL.hardirq; // one level is our own
  if (callerIrqsOn && startsWork(m, cpu)) queue_work_on(m, t, m.pageCacheWork + cpu, poolOf(cpu, true));
}

/** Flags of the worker's allocations. */
function refillGfp(m: Rcu): number {
  if (m.refill === "rfc") return GFP_NOWAIT | GFP.NOWARN;
  return GFP_KERNEL | GFP.NOWARN | (m.profile.refillGently ? GFP.NORETRY | GFP.NOMEMALLOC : 0);
}

/** Registers: CPU of the cache, attempts so far, attempts to make, pages got. */
const CPU = 0, TRIED = 1, NR = 2, GOT = 3;

/** The work of the CPU in register 0. */
export const fill_page_cache_func = operation<Rcu, "start" | "next" | "push" | "end">(
  "fill_page_cache_func",
  {
    start: TOUCHES.krc,
    next: TOUCHES.own,
    push: TOUCHES.krc | TOUCHES.bnode | TOUCHES.lock | TOUCHES.task,
    end: TOUCHES.krc,
  },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      // the RFC's worker knows nothing of a shrinker, with which bug no. 23 is mended
      const isSlow = m.refill !== "rfc" && m.krc.backoff_page_cache_fill[cpu] !== 0;
      const wanted = isSlow ? 1 : m.cachedBlocks;
      reg[r + NR] = wanted - (m.profile.refillFromCount ? m.krc.nr_bkv_objs[cpu]! : 0);
      reg[r + TRIED] = 0;
      reg[r + GOT] = 0;
      return at.next;
    },
    next(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if (reg[r + TRIED]! >= reg[r + NR]!) return at.end;
      reg[r + TRIED]!++;
      cond_resched(m, t);
      return call(m, t, __alloc_pages_nodemask.start, at.push, refillGfp(m), 0);
    },
    push(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      const pfn = m.task.ret[t]!;
      if (pfn === NO_PAGE) return m.profile.refillStopsAtFailure ? at.end : at.next;
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      const full = m.krc.nr_bkv_objs[cpu]! >= m.cachedBlocks;
      if (!full) {
        put_cached_bnode(m, cpu, newBlock(m, pfn));
        m.events.emit(EVENT.blockCached, t, pfn, cpu);
        reg[r + GOT]!++;
      }
      spin_unlock(m, t, m.krcLock + cpu);
      return full ? call(m, t, __free_pages.start, at.end, pfn, 0) : at.next;
    },
    end(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      m.krc.work_in_progress[cpu] = 0;
      m.krc.backoff_page_cache_fill[cpu] = 0;
      m.events.emit(EVENT.pageCacheFilled, t, cpu, reg[r + GOT]!, reg[r + TRIED]!);
      return ret(m, t, 0);
    },
  }),
);
