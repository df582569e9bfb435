/**
 * Tracepoints of the model. Metrics, checkers and timelines listen; the model only emits. Arguments are numbers, so
 * that emitting allocates nothing, and an event nobody listens to costs one comparison.
 */

/** Event kinds. Names in snake_case are kernel tracepoints; the arguments a, b, c follow each. */
export const EVENT = {
  /** pfn, order, migratetype asked for. */
  mm_page_alloc: 0,
  /** pfn, order. */
  mm_page_free: 1,
  /** zone, pages got, pages in the list before. */
  refill: 2,
  /** zone, pages freed, count before. */
  drain: 3,
  /** pfn, zone, migratetype list it came from. */
  locklessHit: 4,
  /** zones looked at. */
  locklessMiss: 5,
  /** start migratetype, fallback migratetype, order found. */
  mm_page_alloc_extfrag: 6,
  /** object, channel (0 slab, 1 vmalloc, 2 rcu_head list). */
  kvfreeQueued: 7,
  /** object, 0. */
  objectFreed: 8,
  /** channel, records in the block. */
  kfreeBulk: 9,
  /** object, 0: freed alone from the rcu_head list. */
  kfreeSingle: 10,
  /** gp_seq. */
  gpStart: 11,
  /** gp_seq. */
  gpEnd: 12,
  /** 1 for entering the outermost reader, 0 for leaving it. */
  reader: 13,
  /** lock, ns waited, 1 when it was only tried. */
  lockTaken: 14,
  /** lock, ns held. */
  lockReleased: 15,
  /** Block's page frame number, source (0 cache, 1 strategy), channel. */
  blockGot: 16,
  /** channel: a block was needed and none came. */
  blockFailed: 17,
  /** Block's page frame number, 1 when put into the cache. */
  blockFreed: 18,
  /** ns the caller paid on a fallback, kind (0 rcu_head list, 1 synchronize_rcu). */
  fallback: 19,
  /** Channel, groups of objects of one slab in this block. */
  bulkGroups: 20,
  /** Allocation that failed: order, gfp. */
  allocFailed: 21,
  /** pages reclaimed, 1 for kswapd and 0 for direct. */
  reclaimed: 22,
  /** Allocation took the slow path: order. */
  slowPath: 23,
  /** Task of the OOM kill. */
  oom: 24,
  /** pfn: a page that failed its check was met. */
  badPage: 25,
  /** 1 on entering the lockless function, 0 on leaving it. */
  locklessSpan: 26,
  /** 1 when irqs go off, 0 when they come back on. */
  irqOff: 27,
  /** work item, 1 queued and 0 started. */
  work: 28,
  /** object: its caller waits for a grace period and frees it itself. */
  synchronizing: 29,
  /** callback, what it does. */
  callbackInvoked: 30,
  /** expedited_sequence, 1 at the start and 0 at the end. */
  rcu_exp_grace_period: 31,
  /** callbacks invoked, 1 when some are left over. */
  rcu_batch_end: 32,
  /** caller has waited for a grace period: 1 at the start, 0 at the end, kind (0 normal, 1 expedited, 2 polled). */
  gracePeriodWait: 33,
  /** Block's page frame number, CPU of the cache that the worker put it into. */
  blockCached: 34,
  /** Block's page frame number, CPU of the cache that the shrinker took it from. */
  blockUncached: 35,
  /** CPU, pages that a run of the page-cache worker got, pages it asked for. */
  pageCacheFilled: 36,
  /** Objects and blocks that a scan of the shrinker freed or set on their way, how many were asked for. */
  shrinkScan: 37,
  /** Object that was given to kvfree_rcu() while it was queued already. */
  doubleQueue: 38,
  /** Object that is not freed because its grace period, which should have ended, has not. */
  kvfreeLeaked: 39,
} as const;

/** Name of each event by number. */
export const EVENT_NAMES: readonly string[] = Object.keys(EVENT);

/** Receives events it has subscribed to. */
export interface Listener {
  /** Event numbers it wants. */
  readonly kinds: readonly number[];
  /**
   * Called at the instant of the event, inside the section of task `t`; must not change the world. Called as a function
   * and not as a method, so it has no `this`.
   */
  readonly onEvent: (kind: number, t: number, a: number, b: number, c: number) => void;
}

/**
 * The event hub of one machine. It keeps the functions and not the listeners: looking the method up in objects of many
 * shapes took longer than most of the methods themselves.
 */
export class Events {
  readonly #byKind: Listener["onEvent"][][] = EVENT_NAMES.map(() => []);
  /** By kind: 1 when somebody listens. */
  readonly #heard = new Uint8Array(EVENT_NAMES.length);

  /** Adds a listener; listeners of a kind are called in the order of their subscription. */
  subscribe(listener: Listener): void {
    for (const kind of listener.kinds) {
      this.#byKind[kind]!.push(listener.onEvent);
      this.#heard[kind] = 1;
    }
  }

  /** Listeners of each kind, for {@link forgetSince}. */
  mark(): readonly number[] {
    return this.#byKind.map((listeners) => listeners.length);
  }

  /** Forgets the listeners that have subscribed since the mark. */
  forgetSince(mark: readonly number[]): void {
    this.#byKind.forEach((listeners, kind) => {
      listeners.length = mark[kind]!;
      this.#heard[kind] = listeners.length > 0 ? 1 : 0;
    });
  }

  /** Tells the listeners of `kind`. */
  emit(kind: number, t: number, a = 0, b = 0, c = 0): void {
    if (this.#heard[kind] === 0) return;
    const listeners = this.#byKind[kind]!;
    for (let i = 0; i < listeners.length; i++) listeners[i]!(kind, t, a, b, c);
  }
}
