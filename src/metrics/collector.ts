/**
 * Listens to a run and adds up what the CSV reports. It never changes the world.
 */
import { PAGE_SIZE } from "../profile/page_size.ts";
import { EVENT, type Listener } from "../sim/events.ts";
import { Histogram } from "./histogram.ts";

/** The part of a machine that is read when an event comes. */
export interface Observed {
  /** CPU by task and clock by CPU. */
  readonly task: { readonly cpu: Int16Array };
  /** Clocks in ns. */
  readonly cpu: { readonly clockNs: Float64Array };
  /** When each object was queued, in ns. */
  readonly object: { readonly queuedNs: Float64Array };
  /** Number of CPUs. */
  readonly nrCpus: number;
  /** Blocks in use, each a page, and the memory of sheaves in bytes. */
  readonly bnodePool: { readonly inUse: Int32Array; readonly sheafBytes: Int32Array };
}

/** Names of the fallback kinds, as latency.csv has them. */
export const FALLBACK_NAMES = ["rcu_head", "synchronize_rcu"] as const;
/** Names of the channels, as kfree_bulk.csv has them. */
export const CHANNEL_NAMES = ["slab", "vmalloc"] as const;

const KINDS = [
  EVENT.blockCached,
  EVENT.blockGot,
  EVENT.blockFailed,
  EVENT.blockFreed,
  EVENT.kvfreeQueued,
  EVENT.synchronizing,
  EVENT.objectFreed,
  EVENT.kfreeBulk,
  EVENT.kfreeSingle,
  EVENT.bulkGroups,
  EVENT.fallback,
  EVENT.locklessHit,
  EVENT.refill,
  EVENT.drain,
  EVENT.gpStart,
  EVENT.gpEnd,
  EVENT.mm_page_alloc,
  EVENT.allocFailed,
  EVENT.reclaimed,
  EVENT.mm_page_alloc_extfrag,
];

// copies that are not imported: docs/decisions.md, 23
const {
  objectFreed: OBJECT_FREED,
  kvfreeQueued: KVFREE_QUEUED,
  synchronizing: SYNCHRONIZING,
  blockCached: BLOCK_CACHED,
  blockGot: BLOCK_GOT,
  blockFailed: BLOCK_FAILED,
  kfreeBulk: KFREE_BULK,
  fallback: FALLBACK,
  locklessHit: LOCKLESS_HIT,
  refill: REFILL,
  drain: DRAIN,
  gpStart: GP_START,
  gpEnd: GP_END,
  mm_page_alloc: MM_PAGE_ALLOC,
  allocFailed: ALLOC_FAILED,
  reclaimed: RECLAIMED,
  mm_page_alloc_extfrag: MM_PAGE_ALLOC_EXTFRAG,
  blockFreed: BLOCK_FREED,
  kfreeSingle: KFREE_SINGLE,
  bulkGroups: BULK_GROUPS,
} = EVENT;

/** Counters and histograms of one run. */
export class Collector implements Listener {
  /** Events it listens to. */
  readonly kinds: readonly number[] = KINDS;
  /** Requests to the strategy for a block's page. */
  attempts = 0;
  /** Requests that got a page. */
  hits = 0;
  /** Runs of failed requests on one CPU with no success between. */
  missEpisodes = 0;
  /** Blocks that came from the cache. */
  cacheHits = 0;
  /** Objects queued by channel: slab block, vmalloc block, rcu_head list. */
  readonly queued = [0, 0, 0];
  /** Objects whose caller waits for a grace period, or has waited. */
  synchronized = 0;
  /** Objects freed. */
  freed = 0;
  /** When the last object was freed, in ns. */
  lastFreedNs = 0;
  /** Objects waiting to be freed. */
  waiting = 0;
  /** The most objects that waited at a time. */
  waitingPeak = 0;
  /** Bytes of the objects waiting to be freed. */
  waitingBytes = 0;
  /** The most bytes that objects waiting, blocks and sheaves took at a time. */
  memoryPeakBytes = 0;
  /** Blocks freed to the page allocator or put into a cache. */
  blocksFreed = 0;
  /** Objects freed one by one from the rcu_head list. */
  singles = 0;
  /** Groups of one slab over all kfree_bulk calls. */
  groups = 0;
  /** Lockless pages by migratetype of the list they came from. */
  readonly hitsByType = [0, 0, 0];
  /** Refills. */
  refills = 0;
  /** Pages that refills brought. */
  refillPages = 0;
  /** Drains. */
  drains = 0;
  /** Pages that drains took. */
  drainPages = 0;
  /** Grace periods that ended. */
  gracePeriods = 0;
  /** Their length in ns. */
  readonly gracePeriodNs: Histogram = new Histogram();
  /** Page allocations of order 0 that succeeded. */
  order0Allocs = 0;
  /** Page allocations of higher orders that succeeded. */
  highOrderAllocs = 0;
  /** Page allocations that got nothing. */
  failedAllocs = 0;
  /** Pages reclaimed. */
  reclaimed = 0;
  /** Blocks taken from another migratetype's lists. */
  extfrag = 0;
  /** What callers paid on a fallback, in ns, by kind. */
  readonly fallbackNs: readonly [Histogram, Histogram] = [new Histogram(), new Histogram()];
  /** Time from kvfree_rcu to the object's freeing, in ns. */
  readonly enqueueToFreeNs: Histogram = new Histogram();
  /** Records of freed blocks by channel. */
  readonly bulkSizes: readonly [Histogram, Histogram] = [new Histogram(), new Histogram()];
  /** Failed requests in a row. */
  readonly missStreaks: Histogram = new Histogram();
  readonly #streak: Int32Array;
  #gpStartNs = -1;
  readonly #m: Observed;
  readonly #bytesOf: (object: number) => number;

  /**
   * Observes the machine `m`; the caller subscribes the collector to its events.
   *
   * @param bytesOf Size of an object; without it memoryPeakBytes is that of blocks and sheaves alone.
   */
  constructor(m: Observed, bytesOf: (object: number) => number = () => 0) {
    this.#m = m;
    this.#bytesOf = bytesOf;
    this.#streak = new Int32Array(m.nrCpus);
  }

  /** Adds an event up. */
  readonly onEvent: Listener["onEvent"] = (kind, t, a, b, c) => {
    switch (kind) {
      case OBJECT_FREED:
        return this.#onFreed(t, a);
      case KVFREE_QUEUED:
        this.queued[b]!++;
        return this.#onWaiting(a);
      case SYNCHRONIZING:
        this.synchronized++;
        return this.#onWaiting(a);
      case BLOCK_GOT:
        return this.#onBlock(t, b);
      case BLOCK_FAILED:
        return this.#onMiss(t);
      case KFREE_BULK:
        return this.bulkSizes[a]!.record(b);
      case FALLBACK:
        return this.fallbackNs[b]!.record(a);
      default:
        this.#count(kind, t, a, b, c);
    }
  };

  /** Ends streaks that are still open. */
  finish(): void {
    for (let c = 0; c < this.#streak.length; c++) this.#endStreak(c);
  }

  #onFreed(t: number, object: number): void {
    const m = this.#m;
    this.freed++;
    const now = m.cpu.clockNs[m.task.cpu[t]!]!;
    if (now > this.lastFreedNs) this.lastFreedNs = now;
    this.waiting--;
    this.waitingBytes -= this.#bytesOf(object);
    this.enqueueToFreeNs.record(Math.max(0, Math.round(now - m.object.queuedNs[object]!)));
  }

  #nowNs(t: number): number {
    return this.#m.cpu.clockNs[this.#m.task.cpu[t]!]!;
  }

  /** An object waits from here on, on a list or in the hands of its caller: its memory is taken either way. */
  #onWaiting(object: number): void {
    this.waitingBytes += this.#bytesOf(object);
    this.#noteMemory();
    if (++this.waiting > this.waitingPeak) this.waitingPeak = this.waiting;
  }

  #noteMemory(): void {
    const { inUse, sheafBytes } = this.#m.bnodePool;
    const bytes = this.waitingBytes + inUse[0]! * PAGE_SIZE + sheafBytes[0]!;
    if (bytes > this.memoryPeakBytes) this.memoryPeakBytes = bytes;
  }

  #onBlock(t: number, source: number): void {
    if (source === 0) {
      this.cacheHits++;
      return;
    }
    this.attempts++;
    this.hits++;
    this.#endStreak(this.#m.task.cpu[t]!);
  }

  #onMiss(t: number): void {
    this.attempts++;
    const c = this.#m.task.cpu[t]!;
    if (this.#streak[c]!++ === 0) this.missEpisodes++;
  }

  #endStreak(c: number): void {
    if (this.#streak[c] === 0) return;
    this.missStreaks.record(this.#streak[c]!);
    this.#streak[c] = 0;
  }

  #count(kind: number, t: number, a: number, b: number, c: number): void {
    switch (kind) {
      case BLOCK_CACHED:
        this.#noteMemory();
        break;
      case LOCKLESS_HIT:
        this.hitsByType[c]!++;
        break;
      case REFILL:
        this.refills++;
        this.refillPages += b;
        break;
      case DRAIN:
        this.drains++;
        this.drainPages += b;
        break;
      case GP_START:
        this.#gpStartNs = this.#nowNs(t);
        break;
      case GP_END:
        this.gracePeriods++;
        if (this.#gpStartNs >= 0) this.gracePeriodNs.record(Math.round(this.#nowNs(t) - this.#gpStartNs));
        break;
      case MM_PAGE_ALLOC:
        if (a >= 0) b === 0 ? this.order0Allocs++ : this.highOrderAllocs++;
        break;
      case ALLOC_FAILED:
        this.failedAllocs++;
        break;
      case RECLAIMED:
        this.reclaimed += a;
        break;
      case MM_PAGE_ALLOC_EXTFRAG:
        this.extfrag++;
        break;
      case BLOCK_FREED:
        this.blocksFreed++;
        break;
      case KFREE_SINGLE:
        this.singles++;
        break;
      case BULK_GROUPS:
        this.groups += b;
        break;
    }
  }
}
