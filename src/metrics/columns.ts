/**
 * The columns of runs.csv: this list makes the header, the values and the dictionary in results/README.md.
 */
import type { Collector } from "./collector.ts";
import { type Column, column } from "./column.ts";
import type { Histogram } from "./histogram.ts";
import { SETUP_COLUMNS } from "./setup_columns.ts";

/** A ratio with six digits; empty when there was nothing to count. */
const ratio = (part: number, whole: number): string => whole === 0 ? "" : (part / whole).toFixed(6);
const whole = (value: number): number => Math.round(value);
/** A figure of a histogram; empty when nothing was recorded: no time is not a time of 0. */
const figure = (histogram: Histogram, value: number | string): number | string =>
  histogram.count === 0 ? "" : value;
const quantile = (histogram: Histogram, q: number) => figure(histogram, histogram.quantile(q));
const most = (histogram: Histogram) => figure(histogram, histogram.max);
const mean = (histogram: Histogram) => figure(histogram, histogram.mean.toFixed(3));

const queuedAll = (c: Collector) => c.queued[0]! + c.queued[1]! + c.queued[2]! + c.synchronized;

/** Columns in the order of runs.csv. */
export const COLUMNS: readonly Column[] = [
  ...SETUP_COLUMNS,
  column("steps", "", "sections run", (r) => r.steps),
  column("load_ns", "ns", "virtual time at which the load was over", (r) => whole(r.loadNs)),
  column(
    "end_ns",
    "ns",
    "virtual time at which the last object was freed",
    (r) => whole(r.collector.lastFreedNs),
  ),
  column("objects", "", "objects given to kvfree_rcu()", (r) => queuedAll(r.collector)),
  column(
    "block_attempts",
    "",
    "requests for a new block's page that the cache could not serve",
    (r) => r.collector.attempts,
  ),
  column("block_hits", "", "such requests that got a page", (r) => r.collector.hits),
  column(
    "hit_rate_attempt",
    "",
    "block_hits / block_attempts",
    (r) => ratio(r.collector.hits, r.collector.attempts),
  ),
  column(
    "miss_episodes",
    "",
    "runs of failed requests on one CPU with no page got between; blocks of the cache end none",
    (r) => r.collector.missEpisodes,
  ),
  column(
    "hit_rate_block",
    "",
    "block_hits / (block_hits + miss_episodes): an empty list counts once, however often it is retried",
    (r) => ratio(r.collector.hits, r.collector.hits + r.collector.missEpisodes),
  ),
  column(
    "miss_streak_mean",
    "",
    "failed requests in a row, mean",
    (r) => mean(r.collector.missStreaks),
  ),
  column("miss_streak_max", "", "failed requests in a row, most", (r) => r.collector.missStreaks.max),
  column("cache_hits", "", "blocks that came from the per-CPU cache", (r) => r.collector.cacheHits),
  column("fell_back_rcu_head", "", "objects put on the rcu_head list", (r) => r.collector.queued[2]!),
  column(
    "fell_back_synchronize",
    "",
    "objects whose caller waited in synchronize_rcu()",
    (r) => r.collector.synchronized,
  ),
  column(
    "fell_back_share",
    "",
    "objects that fell back / objects",
    (r) => ratio(r.collector.queued[2]! + r.collector.synchronized, queuedAll(r.collector)),
  ),
  column("hits_unmovable", "", "lockless pages from the UNMOVABLE list", (r) => r.collector.hitsByType[0]!),
  column("hits_movable", "", "lockless pages from the MOVABLE list", (r) => r.collector.hitsByType[1]!),
  column(
    "hits_reclaimable",
    "",
    "lockless pages from the RECLAIMABLE list",
    (r) => r.collector.hitsByType[2]!,
  ),
  column(
    "hit_rate_request",
    "",
    "blocks that came from the cache or the strategy / blocks asked for, every failed request counted",
    (r) => ratio(r.collector.cacheHits + r.collector.hits, r.collector.cacheHits + r.collector.attempts),
  ),
  column(
    "polluting_movable",
    "pages",
    "lockless pages that lie in MOVABLE pageblocks",
    (r) => r.pollutionMovable,
  ),
  column("polluting_cma", "pages", "lockless pages that lie in CMA pageblocks", (r) => r.pollutionCma),
  column(
    "polluting_hits",
    "pages",
    "lockless pages that lie in pageblocks of other types",
    (r) => r.pollution,
  ),
  column(
    "rcu_head_ns_p50",
    "ns",
    "what a caller paid that fell back to the rcu_head list, median",
    (r) => quantile(r.collector.fallbackNs[0]!, 0.5),
  ),
  column("rcu_head_ns_p90", "ns", "the same, 90 %", (r) => quantile(r.collector.fallbackNs[0]!, 0.9)),
  column("rcu_head_ns_p99", "ns", "the same, 99 %", (r) => quantile(r.collector.fallbackNs[0]!, 0.99)),
  column("rcu_head_ns_max", "ns", "the same, largest", (r) => most(r.collector.fallbackNs[0]!)),
  column(
    "synchronize_ns_p50",
    "ns",
    "what a caller paid that fell back to synchronize_rcu(), median",
    (r) => quantile(r.collector.fallbackNs[1]!, 0.5),
  ),
  column("synchronize_ns_p90", "ns", "the same, 90 %", (r) => quantile(r.collector.fallbackNs[1]!, 0.9)),
  column("synchronize_ns_p99", "ns", "the same, 99 %", (r) => quantile(r.collector.fallbackNs[1]!, 0.99)),
  column("synchronize_ns_max", "ns", "the same, largest", (r) => most(r.collector.fallbackNs[1]!)),
  column(
    "enqueue_to_free_ns_p50",
    "ns",
    "from kvfree_rcu() to the object's freeing, median",
    (r) => quantile(r.collector.enqueueToFreeNs, 0.5),
  ),
  column("enqueue_to_free_ns_p90", "ns", "the same, 90 %", (r) => quantile(r.collector.enqueueToFreeNs, 0.9)),
  column(
    "enqueue_to_free_ns_p99",
    "ns",
    "the same, 99 %",
    (r) => quantile(r.collector.enqueueToFreeNs, 0.99),
  ),
  column("enqueue_to_free_ns_max", "ns", "the same, largest", (r) => most(r.collector.enqueueToFreeNs)),
  column(
    "bulk_calls",
    "",
    "kfree_bulk() calls, one a slab block, or a sheaf that its barn has no room for",
    (r) => r.collector.bulkSizes[0]!.count,
  ),
  column("bulk_mean", "", "objects a kfree_bulk() call", (r) => mean(r.collector.bulkSizes[0]!)),
  column(
    "bulk_p50",
    "",
    "objects a kfree_bulk() call, median",
    (r) => quantile(r.collector.bulkSizes[0]!, 0.5),
  ),
  column(
    "bulk_groups",
    "",
    "groups of objects of one slab over all kfree_bulk() calls",
    (r) => r.collector.groups,
  ),
  column("group_mean", "", "objects a group", (r) => {
    const sizes = r.collector.bulkSizes[0]!;
    return r.collector.groups === 0 ? "" : (sizes.mean * sizes.count / r.collector.groups).toFixed(3);
  }),
  column("waiting_peak", "", "most objects waiting to be freed", (r) => r.collector.waitingPeak),
  column(
    "memory_peak_bytes",
    "bytes",
    "most memory that objects waiting to be freed, blocks and sheaves took at a time",
    (r) => r.collector.memoryPeakBytes,
  ),
  column("blocks_peak", "pages", "most blocks at a time, those of the caches included", (r) => r.blocksPeak),
  column(
    "grace_period_ns_p50",
    "ns",
    "length of a grace period, median",
    (r) => quantile(r.collector.gracePeriodNs, 0.5),
  ),
  column("grace_periods", "", "grace periods that ended", (r) => r.collector.gracePeriods),
  column(
    "order0_allocs",
    "",
    "order-0 page allocations, lockless ones not counted",
    (r) => r.collector.order0Allocs,
  ),
  column(
    "high_order_allocs",
    "",
    "page allocations of order 1 and above",
    (r) => r.collector.highOrderAllocs,
  ),
  column("failed_allocs", "", "page allocations that got nothing", (r) => r.collector.failedAllocs),
  column("refills", "", "pcp refills", (r) => r.collector.refills),
  column("refill_pages", "pages", "pages that refills brought", (r) => r.collector.refillPages),
  column("drains", "", "pcp drains", (r) => r.collector.drains),
  column("drain_pages", "pages", "pages that drains took", (r) => r.collector.drainPages),
  column("extfrag", "", "blocks taken from another migratetype", (r) => r.collector.extfrag),
  column("reclaimed_pages", "pages", "pages reclaimed", (r) => r.collector.reclaimed),
  column("swapped_pages", "pages", "anonymous pages written to swap", (r) => r.swappedPages),
  column("allocstall", "", "entries into direct reclaim", (r) => r.allocstall),
  column("oom_kills", "", "OOM kills", (r) => r.oomKills),
  column(
    "wait_type_splats",
    "",
    "times that a spinlock_t was waited for under a raw lock or in a hard interrupt, lockdep's invalid wait context",
    (r) => r.waitTypeSplats,
  ),
  column(
    "rt_sleeps",
    "",
    "the same on PREEMPT_RT, where it sleeps; the lists' own lock included",
    (r) => r.rtSleeps,
  ),
  column("zone_lock_taken", "", "zone->lock acquisitions", (r) => r.zoneLock.taken),
  column("zone_lock_contended", "", "zone->lock acquisitions that waited", (r) => r.zoneLock.contended),
  column("zone_lock_hold_ns", "ns", "zone->lock held, sum", (r) => whole(r.zoneLock.holdNs)),
  column("zone_lock_wait_ns", "ns", "zone->lock waited for, sum", (r) => whole(r.zoneLock.waitNs)),
  column(
    "irq_off_ns_max",
    "ns",
    "longest time with interrupts off across sections",
    (r) => whole(r.irqOffNsMax),
  ),
  column("violation", "", "checker that found something, empty for none", (r) => r.violation),
];
