/**
 * Reclaiming after a grace period: slab blocks with kfree_bulk, vmalloc blocks with vfree one by one, the rcu_head list
 * with kfree one by one.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_work 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { cond_resched } from "../cpu/sched.ts";
import { __free_pages } from "../mm/free.ts";
import { kfree, kfree_bulk } from "../slab/kfree.ts";
import { vfree } from "../slab/vmalloc.ts";
import { is_vmalloc_addr } from "../slab/slab.ts";
import { endBlock, put_cached_bnode } from "./bnode.ts";
import { CHANNELS, KFREE_N_BATCHES, type Rcu } from "./rcu.ts";
import { batchIsReady, blockIsReady } from "./snapshot.ts";

/**
 * Registers: batch or {@link ofMonitor}, first block + 1 by channel, first object + 1 of the list, channel, block,
 * record.
 */
export const KFREE_WORK = {
  KRWP: 0,
  SLAB_BLOCKS: 1,
  VMALLOC_BLOCKS: 2,
  HEAD: 3,
  CHANNEL: 4,
  BNODE: 5,
  RECORD: 6,
} as const;
const { KRWP, SLAB_BLOCKS, VMALLOC_BLOCKS, HEAD, CHANNEL, BNODE, RECORD } = KFREE_WORK;

/** Counts an operation that is about to free objects that are on no list any more. krcp->lock is held. */
export function startsFreeing(m: Rcu): void {
  m.bnodePool.working[0]!++;
}

/** What stands for a batch where the monitor of a CPU frees what it found ready. */
export const ofMonitor = (cpu: number): number => -1 - cpu;

/** CPU whose objects are freed. */
const ownerOf = (krwp: number) => krwp < 0 ? -1 - krwp : Math.floor(krwp / KFREE_N_BATCHES);

/** The work of the batch in register 0. */
export const kfree_rcu_work = operation<
  Rcu,
  "detach" | "gathered" | "block" | "bulkFreed" | "area" | "recycle" | "resched" | "list" | "listed"
>(
  "kfree_rcu_work",
  {
    detach: TOUCHES.krc | TOUCHES.lock | TOUCHES.task | TOUCHES.bnode | TOUCHES.rcu,
    gathered: TOUCHES.own,
    block: TOUCHES.bnode | TOUCHES.object | TOUCHES.rcu,
    bulkFreed: TOUCHES.own,
    area: TOUCHES.object,
    recycle: TOUCHES.krc | TOUCHES.bnode | TOUCHES.lock | TOUCHES.task,
    resched: TOUCHES.own,
    list: TOUCHES.object | TOUCHES.bnode | TOUCHES.krc,
    listed: TOUCHES.own,
  },
  (at) => ({
    detach(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const krwp = reg[r + KRWP]!;
      const cpu = Math.floor(krwp / KFREE_N_BATCHES);
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      const { head_free, bkvhead_free } = m.krwp;
      reg[r + SLAB_BLOCKS] = bkvhead_free[krwp * 2]!;
      reg[r + VMALLOC_BLOCKS] = bkvhead_free[krwp * 2 + 1]!;
      reg[r + HEAD] = batchIsReady(m, krwp) ? head_free[krwp]! : leaked(m, t, head_free[krwp]!);
      startsFreeing(m);
      bkvhead_free[krwp * 2] = 0;
      bkvhead_free[krwp * 2 + 1] = 0;
      head_free[krwp] = 0;
      spin_unlock(m, t, m.krcLock + cpu);
      return at.gathered;
    },
    // the monitor comes in here with what it found to be ready
    gathered(m, t) {
      m.task.reg[frame(m, t) + CHANNEL] = CHANNELS.slab;
      return at.block;
    },
    // the newest block of a channel first
    block(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const channel = reg[r + CHANNEL]!;
      const b = reg[r + SLAB_BLOCKS + channel]! - 1;
      if (b < 0) {
        if (channel === CHANNELS.vmalloc) return at.list;
        reg[r + CHANNEL] = CHANNELS.vmalloc;
        return at.block;
      }
      reg[r + SLAB_BLOCKS + channel] = m.bnode.next[b]!;
      reg[r + BNODE] = b;
      debug_rcu_bhead_unqueue(m, m.bnode.records[b]!);
      if (m.profile.gpSnapshots === "full" && !blockIsReady(m, b)) {
        leaked(m, t, m.bnode.records[b]!);
        return at.recycle;
      }
      m.events.emit(EVENT.kfreeBulk, t, channel, m.bnode.nr_records[b]!, m.bnode.pfn[b]!);
      if (channel === CHANNELS.vmalloc) {
        reg[r + RECORD] = firstRecordFirst(m, m.bnode.records[b]!);
        return at.area;
      }
      return call(m, t, kfree_bulk.start, at.bulkFreed, m.bnode.records[b]!);
    },
    bulkFreed(m, t) {
      m.events.emit(EVENT.bulkGroups, t, CHANNELS.slab, m.task.ret[t]!);
      return at.recycle;
    },
    area(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = reg[r + RECORD]! - 1;
      if (object < 0) return at.recycle;
      reg[r + RECORD] = m.object.next[object]!;
      return call(m, t, vfree.start, at.area, object);
    },
    // the block goes to the cache of the CPU that the worker runs on, or of its own krcp, by version
    recycle(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const own = ownerOf(reg[r + KRWP]!);
      const cpu = m.profile.recycleToOwnKrcp ? own : cpuOf(m, t);
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      const b = reg[r + BNODE]!;
      const cached = put_cached_bnode(m, cpu, b);
      spin_unlock(m, t, m.krcLock + cpu);
      m.events.emit(EVENT.blockFreed, t, m.bnode.pfn[b]!, cached ? 1 : 0);
      return cached ? at.resched : call(m, t, __free_pages.start, at.resched, endBlock(m, b), 0);
    },
    resched(m, t) {
      cond_resched(m, t);
      return at.block;
    },
    // the chain is followed through the objects themselves: a cache miss each
    list(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = reg[r + HEAD]! - 1;
      if (object < 0) {
        m.bnodePool.working[0]!--;
        const krwp = reg[r + KRWP]!;
        if (krwp >= 0) m.krwp.ended[krwp]!++;
        return ret(m, t, 0);
      }
      reg[r + HEAD] = m.object.next[object]!;
      spend(m, t, m.cost.cacheMiss);
      m.object.rcuQueued[object] = 0;
      m.events.emit(EVENT.kfreeSingle, t, object);
      return call(m, t, is_vmalloc_addr(m, object) ? vfree.start : kfree.start, at.listed, object);
    },
    listed(m, t) {
      cond_resched(m, t);
      return at.list;
    },
  }),
);

/**
 * Objects whose grace period has not ended although it should have: they are reported and left where they are, which
 * is safe, and lost.
 *
 * @kernel kernel/rcu/tree.c kvfree_rcu_bulk 6.4
 */
function leaked(m: Rcu, t: number, chain: number): number {
  for (let o = chain; o !== 0; o = m.object.next[o - 1]!) m.events.emit(EVENT.kvfreeLeaked, t, o - 1);
  return 0;
}

/**
 * Tells debug objects that the records of a block are queued no longer.
 *
 * @kernel kernel/rcu/tree.c debug_rcu_bhead_unqueue 5.9
 */
function debug_rcu_bhead_unqueue(m: Rcu, records: number): void {
  if (!m.profile.debugObjects) return;
  for (let o = records; o !== 0; o = m.object.next[o - 1]!) m.object.rcuQueued[o - 1] = 0;
}

/** Turns a chain of records, kept last record first as kfree_bulk takes them, around; returns its new first + 1. */
function firstRecordFirst(m: Rcu, last: number): number {
  const { next } = m.object;
  let first = 0;
  for (let o = last; o !== 0;) {
    const before = next[o - 1]!;
    next[o - 1] = first;
    first = o;
    o = before;
  }
  return first;
}
