/**
 * One trace event as numbers. The reader has a few of these and fills them again and again: a sink must take what it
 * needs before it returns and keep no reference.
 *
 * Which fields an event has depends on its kind (the table in trace_fields.ts); the others hold what some earlier
 * event left there. Names with underscores are those that the kernel prints.
 *
 * @module
 */

import { Slot } from "./trace_slot.ts";

/** Bits of {@link TraceEvent.context}. */
export const TraceContext = {
  /** Set when the line has the flag columns; without it no other bit says anything. */
  known: 1,
  /** Interrupts were off. */
  irqsOff: 2,
  /** In a hardware interrupt. */
  hardirq: 4,
  /** In a software interrupt, or one was interrupted. */
  softirq: 8,
  /** In a non-maskable interrupt. */
  nmi: 16,
  /** A reschedule was pending. */
  needResched: 32,
  /** Bottom halves were off (columns of 6.x). */
  bhOff: 64,
} as const;

/** One event; see the module comment for how long it is valid. */
export class TraceEvent {
  /** All fields, by {@link Slot}. */
  readonly values: Float64Array = new Float64Array(Object.keys(Slot).length);

  /** One of {@link TraceKind}. */
  get kind(): number {
    return this.values[Slot.kind]!;
  }
  /** CPU the event happened on. */
  get cpu(): number {
    return this.values[Slot.cpu]!;
  }
  /** Thread that ran there; 0 is the idle thread, -1 unknown. */
  get pid(): number {
    return this.values[Slot.pid]!;
  }
  /** Trace clock in ns, exact up to 104 days (2^53 ns); the bare number of a clock that does not count seconds. */
  get timeNs(): number {
    return this.values[Slot.timeNs]!;
  }
  /** Line in the file, counted from 1. */
  get line(): number {
    return this.values[Slot.line]!;
  }
  /** Bits of {@link TraceContext}. */
  get context(): number {
    return this.values[Slot.context]!;
  }
  /** Preemption depth, 0 when the line has no flag columns. */
  get preemptDepth(): number {
    return this.values[Slot.preemptDepth]!;
  }
  /** Page frame number, or NO_PFN. */
  get pfn(): number {
    return this.values[Slot.pfn]!;
  }
  /** Order of the block; alloc_order of mm_page_alloc_extfrag. */
  get order(): number {
    return this.values[Slot.order]!;
  }
  /** Migratetype by its number on that kernel; `mt` of GT_ lines, alloc_migratetype of mm_page_alloc_extfrag. */
  get migratetype(): number {
    return this.values[Slot.migratetype]!;
  }
  /** Mask of {@link GfpFlag}. */
  get gfpFlags(): number {
    return this.values[Slot.gfpFlags]!;
  }
  /** 1 for an order-0 page of a refill; before 2022 it says no more than order 0. */
  get percpu_refill(): number {
    return this.values[Slot.percpu_refill]!;
  }
  /** Order of the block that was stolen from another migratetype. */
  get fallback_order(): number {
    return this.values[Slot.fallback_order]!;
  }
  /** Order of a pageblock on that kernel. */
  get pageblock_order(): number {
    return this.values[Slot.pageblock_order]!;
  }
  /** Migratetype that was stolen from. */
  get fallback_migratetype(): number {
    return this.values[Slot.fallback_migratetype]!;
  }
  /** 1 when the block stolen from is smaller than a pageblock. */
  get fragmenting(): number {
    return this.values[Slot.fragmenting]!;
  }
  /** 1 when the pageblock changed its migratetype. */
  get change_ownership(): number {
    return this.values[Slot.change_ownership]!;
  }
  /** RCU flavour as a number of TRACE_WORDS. */
  get flavour(): number {
    return this.values[Slot.flavour]!;
  }
  /** Grace-period sequence with its state bits, signed: 2^64 - n is read as -n. */
  get gp_seq(): number {
    return this.values[Slot.gp_seq]!;
  }
  /** Event word (RCU), source (GT_BLK), outcome (GT_QUEUE) or mark (GT_MARK, GT_FLOOD), a number of TRACE_WORDS. */
  get word(): number {
    return this.values[Slot.word]!;
  }
  /** Level in the rcu_node tree, 0 is the root. */
  get level(): number {
    return this.values[Slot.level]!;
  }
  /** First CPU of the rcu_node. */
  get grplo(): number {
    return this.values[Slot.grplo]!;
  }
  /** Last CPU of the rcu_node. */
  get grphi(): number {
    return this.values[Slot.grphi]!;
  }
  /** CPUs or groups that report now; bits from 2^53 up are lost. */
  get mask(): number {
    return this.values[Slot.mask]!;
  }
  /** CPUs or groups still waited for; bits from 2^53 up are lost. */
  get qsmask(): number {
    return this.values[Slot.qsmask]!;
  }
  /** 1 when blocked readers hold up the rcu_node. */
  get gp_tasks(): number {
    return this.values[Slot.gp_tasks]!;
  }
  /** CPU the event is about (rcu_fqs, rcu_barrier); -1 for none. */
  get targetCpu(): number {
    return this.values[Slot.targetCpu]!;
  }
  /** Callbacks that rcu_barrier() still waits for. */
  get remaining(): number {
    return this.values[Slot.remaining]!;
  }
  /** Sequence of rcu_barrier(). */
  get barrierSeq(): number {
    return this.values[Slot.barrierSeq]!;
  }
  /** Callbacks queued on the CPU. */
  get qlen(): number {
    return this.values[Slot.qlen]!;
  }
  /** Callbacks ready (rcu_batch_start) or invoked (rcu_batch_end). */
  get callbacks(): number {
    return this.values[Slot.callbacks]!;
  }
  /** Most callbacks of one batch. */
  get blimit(): number {
    return this.values[Slot.blimit]!;
  }
  /** Offset of the rcu_head in the object, 0 for an object freed by its address. */
  get func(): number {
    return this.values[Slot.func]!;
  }
  /** Pointers of one kfree_bulk() block. */
  get nr_records(): number {
    return this.values[Slot.nr_records]!;
  }
  /** Node (GT_ lines). */
  get nid(): number {
    return this.values[Slot.nid]!;
  }
  /** Zone as a number of TRACE_ZONES (GT_ lines). */
  get zone(): number {
    return this.values[Slot.zone]!;
  }
  /** Pages on the pcp: count_before of GT_REFILL and GT_DRAIN, count_after of GT_LL_hit. */
  get count(): number {
    return this.values[Slot.count]!;
  }
  /** The kernel's `high` of the pcp. */
  get high(): number {
    return this.values[Slot.high]!;
  }
  /** The kernel's `batch` of the pcp. */
  get batch(): number {
    return this.values[Slot.batch]!;
  }
  /** Pages that GT_REFILL asked for. */
  get want(): number {
    return this.values[Slot.want]!;
  }
  /** Pages that moved: `got` of GT_REFILL, `n` of GT_DRAIN. */
  get pages(): number {
    return this.values[Slot.pages]!;
  }
  /** Length of the unmovable list (GT_PCP). */
  get unmovable(): number {
    return this.values[Slot.unmovable]!;
  }
  /** Length of the movable list (GT_PCP). */
  get movable(): number {
    return this.values[Slot.movable]!;
  }
  /** Length of the reclaimable list (GT_PCP). */
  get reclaimable(): number {
    return this.values[Slot.reclaimable]!;
  }
  /** Zones that GT_LL_miss looked at. */
  get zonesScanned(): number {
    return this.values[Slot.zonesScanned]!;
  }
  /** Channel of GT_BLK: 0 for slab, 1 for vmalloc. */
  get chan(): number {
    return this.values[Slot.chan]!;
  }
  /** Objects waiting on the CPU. */
  get pending(): number {
    return this.values[Slot.pending]!;
  }
  /** Pages in the cache of kvfree_rcu(). */
  get cached(): number {
    return this.values[Slot.cached]!;
  }
  /** Block requests that failed since the last that did not. */
  get failedSince(): number {
    return this.values[Slot.failedSince]!;
  }
  /** Pages that one run of the refill worker got. */
  get iters(): number {
    return this.values[Slot.iters]!;
  }
  /** Round of GT_FLOOD. */
  get round(): number {
    return this.values[Slot.round]!;
  }
}
