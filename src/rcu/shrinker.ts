/**
 * kvfree_rcu()'s shrinker: reclaim asks how many objects wait, and has some of them handed to RCU before their time.
 * It frees nothing by itself; what it can give at once are the cached blocks, from 5.14 on.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_shrink_count, kfree_rcu_shrink_scan 5.9, 5.14, 6.1; mm/vmscan.c 5.9, 5.13
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { __free_pages } from "../mm/free.ts";
import { endBlock } from "./bnode.ts";
import { kfree_rcu_monitor } from "./monitor.ts";
import type { Rcu } from "./rcu.ts";

/** Answers of a shrinker that are no numbers of objects. */
export const SHRINK_STOP = -1, SHRINK_EMPTY = -2;
/** Objects asked of a shrinker at a time, and how hard it is to get them back. */
const SHRINK_BATCH = 128, DEFAULT_SEEKS = 2;

/** Whether the shrinker looks at a CPU. */
function looksAt(m: Rcu, cpu: number): boolean {
  return m.profile.shrinkerCpus === "possible" || m.cpu.online[cpu] !== 0;
}

/**
 * Objects that wait, as far as is known; from 5.14 on cached blocks too, and their refilling slows down.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_shrink_count 5.9, 5.14
 */
export function kfree_rcu_shrink_count(m: Rcu): number {
  let count = 0;
  for (let cpu = 0; cpu < m.nrCpus; cpu++) {
    if (!looksAt(m, cpu)) continue;
    count += m.krc.count[cpu]!;
    if (!m.profile.shrinkerFreesCache) continue;
    count += m.krc.nr_bkv_objs[cpu]!;
    m.krc.backoff_page_cache_fill[cpu] = 1;
  }
  return count === 0 && m.profile.shrinkCountEmpty ? SHRINK_EMPTY : count;
}

/**
 * How many of the objects reclaim asks for at a priority, with what earlier rounds had put off: with all of that, or
 * with a share by priority too. The second number is what a round that scanned nothing would put off.
 *
 * @kernel mm/vmscan.c do_shrink_slab 5.9, 5.13
 */
export function scanTarget(
  freeable: number,
  priority: number,
  deferred: number,
  byPriority: boolean,
): [number, number] {
  const delta = Math.floor((freeable >> priority) * 4 / DEFAULT_SEEKS);
  const wanted = deferred + delta;
  if (byPriority) return [Math.min((deferred >> priority) + delta, freeable * 2), wanted];
  const calm = delta < Math.floor(freeable / 4) ? Math.min(wanted, Math.floor(freeable / 2)) : wanted;
  return [Math.min(calm, freeable * 2), wanted];
}

/** Takes all blocks of a CPU's cache; returns their chain. krcp->lock is held. */
function detachCache(m: Rcu, cpu: number): number {
  const chain = m.krc.bkvcache[cpu]!;
  m.krc.bkvcache[cpu] = 0;
  m.krc.nr_bkv_objs[cpu] = 0;
  return chain;
}

/** Registers: priority; objects known, still to ask for, to put off; of this scan: left, CPU, got, blocks to free. */
const PRIORITY = 0, FREEABLE = 1, TOTAL = 2, DEFERRED = 3, LEFT = 4, CPU = 5, GOT = 6, BLOCKS = 7, ASKED = 8;

/** Asks the shrinker at the priority of register 0: 12 is the mildest, 1 asks for everything. */
export const shrink_slab = operation<Rcu, "count" | "next" | "cpu" | "page" | "drained" | "scanned">(
  "shrink_slab",
  {
    count: TOUCHES.krc | TOUCHES.lru,
    next: TOUCHES.lru,
    cpu: TOUCHES.krc | TOUCHES.lock | TOUCHES.task,
    page: TOUCHES.bnode,
    drained: TOUCHES.own,
    scanned: TOUCHES.own,
  },
  (at) => ({
    count(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const freeable = kfree_rcu_shrink_count(m);
      if (freeable <= 0) return ret(m, t, 0);
      const before = m.shrinker.nr_deferred[0]!;
      const [total, deferred] = scanTarget(
        freeable,
        reg[r + PRIORITY]!,
        before,
        m.profile.deferredByPriority,
      );
      m.shrinker.nr_deferred[0] = 0;
      reg[r + FREEABLE] = freeable;
      reg[r + TOTAL] = total;
      reg[r + DEFERRED] = deferred;
      return at.next;
    },
    // one scan, as long as a whole batch or everything is still to be asked for
    next(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const total = reg[r + TOTAL]!;
      if (total <= 0 || (total < SHRINK_BATCH && total < reg[r + FREEABLE]!)) {
        const most = m.profile.deferredByPriority ? reg[r + FREEABLE]! * 2 : Infinity;
        m.shrinker.nr_deferred[0]! += Math.min(Math.max(0, reg[r + DEFERRED]!), most);
        return ret(m, t, 0);
      }
      reg[r + ASKED] = Math.min(SHRINK_BATCH, total);
      reg[r + LEFT] = reg[r + ASKED]!;
      reg[r + CPU] = -1;
      reg[r + GOT] = 0;
      return at.drained;
    },
    cpu(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      spend(m, t, m.cost.irqSaveRestore + m.cost.kvfreeStore);
      let count = m.krc.count[cpu]!;
      reg[r + BLOCKS] = 0;
      if (m.profile.shrinkerFreesCache) {
        count += m.krc.nr_bkv_objs[cpu]!;
        reg[r + BLOCKS] = detachCache(m, cpu);
      }
      spin_unlock(m, t, m.krcLock + cpu);
      reg[r + LEFT]! -= count;
      reg[r + GOT]! += count;
      return at.page;
    },
    // cached blocks go back to the page allocator, then the monitor runs here and now
    page(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const b = reg[r + BLOCKS]! - 1;
      if (b < 0) return call(m, t, kfree_rcu_monitor.start, at.drained, reg[r + CPU]!);
      reg[r + BLOCKS] = m.bnode.next[b]!;
      m.events.emit(EVENT.blockUncached, t, m.bnode.pfn[b]!, reg[r + CPU]!);
      return call(m, t, __free_pages.start, at.page, endBlock(m, b), 0);
    },
    drained(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      let cpu = reg[r + CPU]! + 1;
      while (cpu < m.nrCpus && !looksAt(m, cpu)) cpu++;
      reg[r + CPU] = cpu;
      return cpu === m.nrCpus || (cpu > 0 && reg[r + LEFT]! <= 0) ? at.scanned : at.cpu;
    },
    scanned(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      m.events.emit(EVENT.shrinkScan, t, reg[r + GOT]!, reg[r + ASKED]!);
      // a scan that finds nothing ends the round and counts for nothing, unless the version goes on asking (bug no. 20)
      if (reg[r + GOT] === 0 && m.profile.shrinkScanStops) {
        reg[r + TOTAL] = 0;
        return at.next;
      }
      reg[r + DEFERRED]! -= reg[r + ASKED]!;
      reg[r + TOTAL]! -= reg[r + ASKED]!;
      return at.next;
    },
  }),
);
