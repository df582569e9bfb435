/**
 * What things cost in virtual time. Every number has a source and a range: `--sensitivity` runs both ends. Cycles are
 * converted at 4 GHz where the source names only cycles of such a machine. Nothing here was fitted to a recording, but
 * for what a trace event costs under an emulator, which is from one that is compared with nothing.
 */

/** A cost: nominal value and the ends of its uncertainty, in ns. */
export interface CostNs {
  /** Nominal value in ns. */
  readonly ns: number;
  /** Lower end in ns. */
  readonly lowNs: number;
  /** Upper end in ns. */
  readonly highNs: number;
  /** Where the number comes from. */
  readonly source: string;
}

const BROUER_SLUB = "Brouer 2015-16, i7-4790K: SLUB alloc+free 46 cycles, bulk 20 cycles per object";
const BROUER_IRQ = "Brouer 2015-16: local_irq_save and restore 37 cycles";
const BROUER_PAGE = "Brouer 2016, 4 GHz: order-0 alloc+free 231 cycles, order-3 417 to 611";
const OWN_LIST = "C reference of the list work alone: 2.1 to 2.6 ns an operation";

/** Nominal value, lower and upper end in ns, and the source. */
const RANGES = {
  /** local_irq_save and restore, the pair. */
  irqSaveRestore: [9, 2, 12, BROUER_IRQ],
  /** One head of a page list looked at. */
  listHead: [1, 0.5, 5, OWN_LIST],
  /** A page taken from a list, counted and accounted. */
  listTake: [3, 2, 8, OWN_LIST],
  /** Watermark test and zone walk, one zone. */
  zoneCheck: [8, 4, 15, BROUER_PAGE],
  /** prep_new_page and statistics of an order-0 page. */
  prepPage: [12, 6, 25, BROUER_PAGE],
  /** free_pages_prepare and statistics. */
  freePrepare: [12, 6, 25, BROUER_PAGE],
  /** One report of bad_page(): some 30 lines of printk with a stack, interrupts off on the lockless path. */
  badPageReport: [
    60_000,
    15_000,
    150_000_000,
    "about 1700 characters and an unwound stack into the log buffer; high end: a serial console, 87 us a character",
  ],
  /** Uncontended lock and unlock. */
  lock: [8, 5, 15, "uncontended atomic, 20 to 60 cycles"],
  /** One page through __rmqueue during a refill. */
  refillPage: [15, 10, 25, "suggested 40 to 80 cycles a page"],
  /** One page through __free_one_page during a drain. */
  drainPage: [15, 10, 25, "suggested 40 to 80 cycles a page"],
  /** kmalloc that finds an object on the per-CPU free list. */
  kmallocFast: [6, 4, 12, BROUER_SLUB],
  /** ___slab_alloc without a new slab. */
  kmallocSlow: [40, 20, 90, "fallback loop 93 to 107 cycles and a list_lock"],
  /** Initialising a new slab, besides its page. */
  newSlab: [250, 100, 600, "linking 21 to 128 objects at about 2 ns each"],
  /** kfree into the active slab. */
  kfreeFast: [6, 4, 12, BROUER_SLUB],
  /** __slab_free. */
  kfreeSlow: [25, 12, 60, "fallback loop 75 to 107 cycles"],
  /** Each object of a group in kfree_bulk. */
  kfreeBulkObject: [2, 1, 5, BROUER_SLUB],
  /** A cache miss to memory: met once per object on the rcu_head list. */
  cacheMiss: [80, 40, 120, "DRAM latency of servers of 2015-2020"],
  /** kvfree_call_rcu without a new block, besides its lock and interrupts. */
  kvfreeStore: [3, 2, 18, "pointer stored and counted: 10 cycles"],
  /** Queueing a work item or arming a timer. */
  queueWork: [150, 60, 400, "timer base or pool lock and a list"],
  /** Switch between tasks of a CPU. */
  contextSwitch: [1200, 600, 3000, "lat_ctx of servers of 2015-2020"],
  /** Entry and exit of an interrupt. */
  interrupt: [800, 300, 2000, "hard interrupt entry, exit and handler"],
  /** Sending an interrupt to another CPU, for the sender. */
  ipi: [300, 100, 1000, "write to the local APIC and a request in the receiver's queue"],
  /** Least time from programming the timer of a CPU to its interrupt: what a delay of 0 comes to. */
  timerMinDelta: [1000, 1000, 5000, "clockevents: no delta below 1 us is programmed"],
  /** One invocation of a callback by rcu_do_batch. */
  callback: [20, 10, 60, "indirect call and list"],
  /** A pass of the grace-period kthread over one node. */
  rcuNode: [200, 80, 500, "node lock and a scan of up to 64 children"],
  /** vfree of one small area. */
  vfree: [900, 400, 3000, "unmap, purge share and page frees"],
  /** Zeroing a page. */
  clearPage: [60, 40, 250, "4 KiB memset from warm to cold"],
  /** Reclaiming one page from the LRU. */
  reclaimPage: [400, 150, 1500, "shrink_page_list per clean page"],
  /** A kthread from kthread_create() to its first instruction on the CPU that it binds itself to. */
  kthreadStart: [
    50_000,
    20_000,
    200_000,
    "a thread created and joined: 35 us on a 2-core x86 VM; two wake-ups more",
  ],
  /** A small static program from fork to exit, besides its pages. */
  processRun: [
    500_000,
    300_000,
    1_500_000,
    "fork, exec and exit of one: 460 to 500 us on a 2-core x86 VM",
  ],
  /** One event written to ftrace's ring buffer. */
  traceEvent: [100, 50, 300, "reserve, clock and commit; the order that tracers' authors give"],
  /** One line that trace_printk() formats into it: what the recordings' kernel says of its lists and requests. */
  traceLine: [200, 100, 600, "an event, and vbin_printf() of four to eight arguments"],
  /** Writing one anonymous page to swap, for who reclaims it: to zram at the low end, queued for an SSD otherwise. */
  swapOut: [
    5_000,
    2_000,
    60_000,
    "an NVMe write of 4 KiB takes 10 to 30 us, shared by a cluster of 32; lz4 about 2 us",
  ],
  /** Work of the program itself between two calls. */
  program: [20, 5, 60, "loop around the call"],
} as const;

/** Names of costs. */
export type CostName = keyof typeof RANGES;

/** The table of costs. */
export const COSTS: Readonly<Record<CostName, CostNs>> = Object.fromEntries(
  Object.entries(RANGES).map(([name, [ns, lowNs, highNs, source]]) => [name, { ns, lowNs, highNs, source }]),
) as Record<CostName, CostNs>;

/** One value per cost, in ns: what a machine runs with. */
export type CostTable = Readonly<Record<CostName, number>>;

/** Which costs: nominal ones, an end of their uncertainty, or those of code under an emulator. */
export type CostEnd = "nominal" | "low" | "high" | "emulated";

/** Costs that are the memory's: an emulator or a slow clock makes instructions slower, not the DRAM behind them. */
const MEMORY_BOUND: ReadonlySet<string> = new Set<CostName>(["cacheMiss"]);

/**
 * What is left of nominal costs under an emulator when those of plain code are 1: it translates instructions one by
 * one, and what stalls a processor stalls it little. Where nothing is said a cost is plain code.
 */
const EMULATED: Partial<Record<CostName, readonly [share: number, source: string]>> = {
  irqSaveRestore: [
    0.2,
    "bench/emulator: 16 to 23 ns, twice the nominal cost, where code is 10 times as slow",
  ],
  lock: [0.1, "bench/emulator: 8 to 11 ns, about the nominal cost, where code is 10 times as slow"],
  program: [
    0.15,
    "the loops of the test modules are some ten instructions; the rest is memory that they touch",
  ],
  traceEvent: [
    0.45,
    "recorded drains and refills of 15 and of 63 pages: 1.8 to 1.9 us for a page and its event",
  ],
  traceLine: [
    0.43,
    "three recorded floods: misses in a row, of which each writes one, are 2.6 to 2.9 us apart; an object that " +
    "needs no block takes 0.3 us",
  ],
};

/**
 * A table of costs.
 *
 * @param slowdown How many times slower than the nominal machine it is: 1 for the servers that the sources measured, 40
 * and more for `emulated` code on a shared host.
 */
export function costTable(end: CostEnd = "nominal", slowdown = 1): CostTable {
  const pick = (name: CostName, { ns, lowNs, highNs }: CostNs) => {
    if (end === "emulated") return ns * (EMULATED[name]?.[0] ?? 1);
    return end === "nominal" ? ns : end === "low" ? lowNs : highNs;
  };
  const times = (name: string) => MEMORY_BOUND.has(name) ? 1 : slowdown;
  return Object.fromEntries(
    Object.entries(COSTS).map(([name, c]) => [name, times(name) * pick(name as CostName, c)]),
  ) as CostTable;
}
