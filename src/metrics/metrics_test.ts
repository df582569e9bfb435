/**
 * Metrics: histograms, the collector, and the columns of runs.csv.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  BULK_HEADER,
  bulkRows,
  LATENCY_HEADER,
  latencyRows,
  RUNS_HEADER,
  runsRow,
  streakRows,
} from "../report/tables.ts";
import { EVENT } from "../sim/events.ts";
import { Collector, type Observed } from "./collector.ts";
import { COLUMNS } from "./columns.ts";
import { Histogram } from "./histogram.ts";
import type { RunFacts } from "./run_facts.ts";
import { SETUP_COLUMNS } from "./setup_columns.ts";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

const values = fc.array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 1e6 }), fc.nat({ max: 2 ** 45 })), {
  minLength: 1,
  maxLength: 200,
});

Deno.test("Histogram puts each value into the bucket that contains it, at most 3.2 % wide", () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat({ max: 5000 }), fc.nat({ max: 2 ** 45 })), (value) => {
      const [bucket, ...others] = histogramOf([value]).buckets();
      assertEquals([others.length, bucket!.count], [0, 1]);
      assert(bucket!.low <= value && value <= bucket!.high);
      assert(bucket!.high - bucket!.low <= bucket!.low / 32);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

Deno.test("Histogram puts values beside a power of two into the bucket that contains them", () => {
  for (let octave = 0; octave < 48; octave++) {
    for (const value of [2 ** octave - 1, 2 ** octave, 2 ** octave + 1]) {
      const [bucket] = histogramOf([value]).buckets();
      assert(bucket!.low <= value && value <= bucket!.high, `${value} in ${bucket!.low} to ${bucket!.high}`);
      assert(bucket!.high - bucket!.low <= bucket!.low / 32);
    }
  }
});

Deno.test("Histogram quantiles are those of the sorted values, up to the width of a bucket", () => {
  fc.assert(
    fc.property(values, fc.constantFrom(0, 0.01, 0.5, 0.9, 0.99, 1), (given, q) => {
      const histogram = histogramOf(given);
      const sorted = given.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(given.length * q)) - 1]!;
      const got = histogram.quantile(q);
      assert(got >= exact && got <= exact * (1 + 1 / 32) + 1, `${got} for ${exact}`);
      assertEquals([histogram.count, histogram.max], [given.length, sorted.at(-1)]);
    }),
    { seed: 2, numRuns: 500 },
  );
});

Deno.test("Histogram.add() gives the histogram of all values, in any order", () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const [ab, ba] = [histogramOf(a), histogramOf(b)];
      ab.add(histogramOf(b));
      ba.add(histogramOf(a));
      const all = histogramOf([...a, ...b]);
      assertEquals([ab.buckets(), ba.buckets()], [all.buckets(), all.buckets()]);
      assertEquals([ab.max, ab.count, ab.mean], [all.max, all.count, all.mean]);
    }),
    { seed: 3, numRuns: 100 },
  );
});

Deno.test("Histogram without values is all zeros", () => {
  const empty = new Histogram();
  assertEquals([empty.count, empty.max, empty.mean, empty.quantile(0.5), empty.buckets()], [0, 0, 0, 0, []]);
});

/** A machine of two CPUs of which task t runs on CPU t. */
function observed(): Observed & {
  readonly object: { queuedNs: Float64Array };
  bnodePool: { inUse: Int32Array; sheafBytes: Int32Array };
} {
  return {
    task: { cpu: Int16Array.of(0, 1) },
    cpu: { clockNs: Float64Array.of(1000, 5000) },
    object: { queuedNs: new Float64Array(10) },
    nrCpus: 2,
    bnodePool: { inUse: Int32Array.of(3), sheafBytes: Int32Array.of(0) },
  };
}

Deno.test("Collector counts misses in a row on one CPU as one episode, until a hit there", () => {
  const c = new Collector(observed());
  const miss = (t: number) => c.onEvent(EVENT.blockFailed, t, 0, 0, 0);
  const hit = (t: number, source: number) => c.onEvent(EVENT.blockGot, t, 7, source, 0);
  miss(0);
  miss(0);
  miss(1);
  hit(0, 0); // a block of the cache ends no streak of failed requests
  miss(0);
  hit(0, 1);
  miss(0);
  c.finish();
  assertEquals([c.attempts, c.hits, c.missEpisodes, c.cacheHits], [6, 1, 3, 1]);
  assertEquals([c.missStreaks.count, c.missStreaks.max, c.missStreaks.mean], [3, 3, 5 / 3]);
});

Deno.test("Collector measures from queueing to freeing, and knows how many wait", () => {
  const m = observed();
  const c = new Collector(m, (object) => 10 * object);
  for (const object of [1, 2, 3]) {
    m.object.queuedNs[object] = 100 * object;
    c.onEvent(EVENT.kvfreeQueued, 0, object, object - 1, 0);
  }
  c.onEvent(EVENT.objectFreed, 1, 2, 0, 0);
  c.onEvent(EVENT.objectFreed, 0, 1, 0, 0);
  m.object.queuedNs[9] = 400;
  c.onEvent(EVENT.synchronizing, 0, 9, 0, 0);
  assertEquals([c.waiting, c.waitingBytes], [2, 120], "who waits in its caller waits too");
  c.onEvent(EVENT.objectFreed, 0, 9, 0, 0);
  assertEquals([c.queued, c.synchronized, c.waiting, c.waitingPeak, c.freed], [[1, 1, 1], 1, 1, 3, 3]);
  assertEquals([c.waitingBytes, c.memoryPeakBytes], [30, 120 + 3 * 4096]);
  assertEquals(c.lastFreedNs, 5000); // on the CPU whose clock is ahead
  assertEquals(c.enqueueToFreeNs.buckets().map((b) => b.low <= 4800 && 4800 <= b.high), [false, false, true]);
  m.bnodePool.inUse[0] = 8;
  c.onEvent(EVENT.blockCached, 0, 7, 0, 0);
  assertEquals(c.memoryPeakBytes, 30 + 8 * 4096, "a block that nobody has asked for yet takes memory");
  m.bnodePool.sheafBytes[0] = 1024;
  c.onEvent(EVENT.kvfreeQueued, 0, 4, 0, 0);
  assertEquals(c.memoryPeakBytes, 70 + 8 * 4096 + 1024, "so do sheaves");
});

Deno.test("Collector measures each grace period from its start to its end", () => {
  const m = observed();
  const c = new Collector(m);
  c.onEvent(EVENT.gpEnd, 0, 1, 0, 0); // began before anybody looked
  for (const ns of [8_000_000, 12_000_000]) {
    c.onEvent(EVENT.gpStart, 0, 1, 0, 0);
    m.cpu.clockNs[0]! += ns;
    c.onEvent(EVENT.gpEnd, 0, 1, 0, 0);
  }
  assertEquals([c.gracePeriods, c.gracePeriodNs.count, c.gracePeriodNs.max], [3, 2, 12_000_000]);
});

/** Counters, totals of lists of counters, and counts and sums of histograms, by name. */
function numbersOf(c: Collector): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(c)) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    list.forEach((each, i) => {
      const key = Array.isArray(value) ? `${name} ${i}` : name;
      if (typeof each === "number") found[key] = each;
      if (each instanceof Histogram) found[key] = Math.round(each.count * 1000 + each.mean * each.count);
    });
  }
  return found;
}

/** What events add to, beginning with the second: the first is there so that nothing counts from 0. */
const ADDS: readonly (readonly [kind: number, args: readonly number[], adds: Record<string, number>])[] = [
  [EVENT.blockGot, [7, 0], { cacheHits: 1 }],
  [EVENT.blockGot, [7, 1], { attempts: 1, hits: 1 }],
  [EVENT.kfreeBulk, [1, 4], { "bulkSizes 1": 1004 }],
  [EVENT.fallback, [123, 0], { "fallbackNs 0": 1123 }],
  [EVENT.fallback, [456, 1], { "fallbackNs 1": 1456 }],
  [EVENT.locklessHit, [7, 1, 2], { "hitsByType 2": 1 }],
  [EVENT.refill, [1, 5, 0], { refills: 1, refillPages: 5 }],
  [EVENT.drain, [1, 6, 0], { drains: 1, drainPages: 6 }],
  [EVENT.mm_page_alloc, [7, 0, 1], { order0Allocs: 1 }],
  [EVENT.mm_page_alloc, [7, 3, 1], { highOrderAllocs: 1 }],
  [EVENT.mm_page_alloc, [-1, 0, 1], {}],
  [EVENT.allocFailed, [1, 2, 3], { failedAllocs: 1 }],
  [EVENT.reclaimed, [32, 1], { reclaimed: 32 }],
  [EVENT.mm_page_alloc_extfrag, [0, 1, 5], { extfrag: 1 }],
  [EVENT.blockFreed, [7, 1], { blocksFreed: 1 }],
  [EVENT.kfreeSingle, [7], { singles: 1 }],
  [EVENT.bulkGroups, [0, 9], { groups: 9 }],
];

Deno.test("Collector adds each event to its own counters and no others", () => {
  const c = new Collector(observed());
  for (const [kind, [a = 0, b = 0, d = 0], adds] of ADDS) {
    c.onEvent(kind, 0, a, b, d);
    const before = numbersOf(c);
    c.onEvent(kind, 0, a, b, d);
    const changed = Object.entries(numbersOf(c)).filter(([name, n]) => n !== before[name]);
    assertEquals(Object.fromEntries(changed.map(([name, n]) => [name, n - before[name]!])), adds);
  }
  // those of objects, misses and grace periods have tests of their own
  const objects = [EVENT.kvfreeQueued, EVENT.synchronizing, EVENT.objectFreed, EVENT.blockCached];
  const others = [...objects, EVENT.gpStart, EVENT.gpEnd, EVENT.blockFailed];
  assertEquals(
    c.kinds.toSorted((x, y) => x - y),
    [...new Set([...others, ...ADDS.map(([kind]) => kind)])].sort((x, y) => x - y),
  );
});

function facts(over: Partial<RunFacts> = {}): RunFacts {
  return {
    options: {
      seed: `a,"b"`,
      run: 3,
      scheduler: "random",
      strategy: "lockless",
      profile: "v5_9",
      bugs: ["B1", "B2"],
      HZ: 250,
      preemption: "full",
      rcuBoot: [],
      gapUs: 0,
      workload: "random",
      threads: 2,
      calls: 5,
      rateHz: 0,
      pressure: 0.5,
      kfree_alloc_num: 8,
      kfree_loops: 9,
      kfree_mult: 1,
      pcpFraction: 0,
      costEnd: "nominal",
      slowdown: 1,
      hostCores: 0,
      stolen: 0,
      swapPages: 0,
      pollUs: 0,
      traced: false,
    } as RunFacts["options"],
    collector: new Collector(observed()),
    steps: 77,
    cpus: 2,
    nodes: 1,
    managedPages: 4096,
    pcpHigh: 62,
    pcpBatch: 15,
    blockEntries: 510,
    cachedBlocks: 2,
    loadNs: 12.6,
    zoneLock: { taken: 1, contended: 0, holdNs: 2.5, waitNs: 0 },
    irqOffNsMax: 0,
    pollution: 0,
    waitTypeSplats: 0,
    rtSleeps: 0,
    swappedPages: 0,
    pollutionMovable: 0,
    pollutionCma: 0,
    blocksPeak: 0,
    allocstall: 0,
    oomKills: 0,
    violation: "",
    ...over,
  };
}

Deno.test("COLUMNS have different snake_case names and say what they mean", () => {
  const names = COLUMNS.map((c) => c.name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, meaning } of COLUMNS) {
    assert(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name), name);
    assert(meaning.length > 3 && !meaning.endsWith("."), name);
  }
});

Deno.test("runsRow() has a value for each column, quotes what needs it, and leaves out what does not apply", () => {
  const row = runsRow(facts());
  assertEquals(RUNS_HEADER, `${COLUMNS.map((c) => c.name).join(",")}\n`);
  assert(row.endsWith("\n") && !row.includes("\r"));
  assert(row.startsWith(`3,"a,""b""",random,lockless,v5_9,B1+B2,250,full,,2,1,4096,62,15,`), row);
  const value = (name: string, of = facts()) => COLUMNS.find((c) => c.name === name)!.value(of);
  assertEquals([value("calls"), value("kfree_loops"), value("load_ns")], [5, "", 13]);
  const storm = facts({ options: { ...facts().options, workload: "kfree_storm" } });
  assertEquals([value("calls", storm), value("kfree_loops", storm)], ["", 9]);
  assertEquals([value("hit_rate_attempt"), value("fell_back_share")], ["", ""], "nothing to divide by");
  const nothing = [
    "rcu_head_ns_p50",
    "synchronize_ns_max",
    "enqueue_to_free_ns_p99",
    "bulk_mean",
    "bulk_p50",
  ];
  for (const name of [...nothing, "miss_streak_mean", "grace_period_ns_p50"]) {
    assertEquals(value(name), "", name);
  }
});

/** Histogram with one value so many times: its quantiles, largest and mean are that value. */
const times = (value: number, count: number) => histogramOf(new Array<number>(count).fill(value));

/** Histogram of 200 values, whose 50, 90 and 99 % and largest end in 1, 2, 3 and 4. */
const spread = (tens: number) =>
  [[1, 100], [2, 80], [3, 18], [4, 2]].reduce((all, [value, count]) => {
    all.add(times(10 * tens + value!, count!));
    return all;
  }, new Histogram());

Deno.test("SETUP_COLUMNS have each option of a run under its name, empty where it means nothing to the load", () => {
  const options = {
    ...facts().options,
    rcuBoot: ["rcu_nocbs", "rcu_normal"],
    rateHz: 10,
    gapUs: 11,
    kfree_mult: 12,
    pressure: 0.25,
    swapPages: 13,
    pollUs: 14,
    traced: true,
    costEnd: "low",
    slowdown: 15,
    hostCores: 1,
    stolen: 0.125,
  } as RunFacts["options"];
  const of = (workload: string, names: RegExp) => {
    const run = facts({ options: { ...options, workload } as RunFacts["options"], nodes: 16 });
    return SETUP_COLUMNS.filter(({ name }) => names.test(name)).map((c) => `${c.name} ${c.value(run)}`).join(
      ", ",
    );
  };
  assertEquals(
    of("random", /./),
    'run 3, seed a,"b", scheduler random, strategy lockless, profile v5_9, bugs B1+B2, hz 250, preemption full, ' +
      "rcu_boot rcu_nocbs+rcu_normal, cpus 2, nodes 16, managed_pages 4096, pcp_high 62, pcp_batch 15, " +
      "block_entries 510, cached_blocks 2, workload random, threads 2, calls 5, rate_hz 10, kfree_alloc_num , " +
      "kfree_loops , gap_us , kfree_mult , pressure 0.25, swap_pages 13, poll_us 14, traced 1, costs low, " +
      "slowdown 15, host_cores 1, stolen 0.125",
  );
  const load = /^(calls|rate_hz|gap_us|kfree_.*)$/;
  const kfree = "calls , rate_hz , kfree_alloc_num 8, kfree_loops 9";
  for (const name of ["kfree_flood", "kfree_trickle"]) {
    assertEquals(of(name, load), `${kfree}, gap_us 11, kfree_mult 12`);
  }
  assertEquals(of("kfree_storm", load), `${kfree}, gap_us , kfree_mult 12`);
  const calls = "calls 5, rate_hz 10, kfree_alloc_num , kfree_loops";
  assertEquals(of("on_off", load), `${calls} , gap_us 11, kfree_mult 12`);
  assertEquals(of("poisson", load), `${calls} , gap_us , kfree_mult 12`);
});

Deno.test("COLUMNS have each figure of a run under its own name", () => {
  const collector = Object.assign(new Collector(observed()), {
    attempts: 40,
    hits: 30,
    missEpisodes: 6,
    cacheHits: 50,
    synchronized: 4,
    lastFreedNs: 1001.4,
    waitingPeak: 1002,
    memoryPeakBytes: 1003,
    groups: 20,
    refills: 1005,
    refillPages: 1006,
    drains: 1007,
    drainPages: 1008,
    gracePeriods: 1009,
    order0Allocs: 1010,
    highOrderAllocs: 1011,
    failedAllocs: 1012,
    reclaimed: 1013,
    extfrag: 1014,
  });
  Object.assign(collector.queued, [80, 10, 6]);
  Object.assign(collector.hitsByType, [1015, 1016, 1017]);
  collector.gracePeriodNs.add(spread(4));
  collector.fallbackNs[0].add(spread(1));
  collector.fallbackNs[1].add(spread(2));
  collector.enqueueToFreeNs.add(spread(3));
  collector.bulkSizes[0].add(times(21, 3));
  collector.bulkSizes[0].add(times(31, 2));
  collector.bulkSizes[1].add(times(22, 6));
  collector.missStreaks.add(times(23, 7));
  const run = facts({
    collector,
    irqOffNsMax: 2001.6,
    pollution: 2002,
    waitTypeSplats: 2003,
    rtSleeps: 2004,
    swappedPages: 2005,
    pollutionMovable: 2006,
    pollutionCma: 2007,
    blocksPeak: 2008,
    allocstall: 2009,
    oomKills: 2010,
    zoneLock: { taken: 2011, contended: 2012, holdNs: 2013.4, waitNs: 2014.4 },
    violation: "pcp_count",
  });
  const expected = `steps 77, load_ns 13, end_ns 1001, objects 100, block_attempts 40, block_hits 30,
    hit_rate_attempt 0.750000, miss_episodes 6, hit_rate_block 0.833333, miss_streak_mean 23.000,
    miss_streak_max 23, cache_hits 50, fell_back_rcu_head 6, fell_back_synchronize 4, fell_back_share 0.100000,
    hits_unmovable 1015, hits_movable 1016, hits_reclaimable 1017, hit_rate_request 0.888889,
    polluting_movable 2006, polluting_cma 2007, polluting_hits 2002, rcu_head_ns_p50 11, rcu_head_ns_p90 12,
    rcu_head_ns_p99 13, rcu_head_ns_max 14, synchronize_ns_p50 21, synchronize_ns_p90 22, synchronize_ns_p99 23,
    synchronize_ns_max 24, enqueue_to_free_ns_p50 31, enqueue_to_free_ns_p90 32, enqueue_to_free_ns_p99 33,
    enqueue_to_free_ns_max 34, bulk_calls 5, bulk_mean 25.000, bulk_p50 21, bulk_groups 20, group_mean 6.250,
    waiting_peak 1002, memory_peak_bytes 1003, blocks_peak 2008, grace_period_ns_p50 41, grace_periods 1009,
    order0_allocs 1010, high_order_allocs 1011, failed_allocs 1012, refills 1005, refill_pages 1006, drains 1007,
    drain_pages 1008, extfrag 1014, reclaimed_pages 1013, swapped_pages 2005, allocstall 2009, oom_kills 2010,
    wait_type_splats 2003, rt_sleeps 2004, zone_lock_taken 2011, zone_lock_contended 2012, zone_lock_hold_ns 2013,
    zone_lock_wait_ns 2014, irq_off_ns_max 2002, violation pcp_count`.split(/,\s+/);
  const first = COLUMNS.findIndex((c) => c.name === "steps");
  assertEquals(COLUMNS.slice(first).map((c) => `${c.name} ${c.value(run)}`), expected);
});

Deno.test("latencyRows(), bulkRows() and streakRows() have a row for each bucket that is not empty", () => {
  const c = new Collector(observed());
  for (const ns of [10, 10, 5000]) c.onEvent(EVENT.fallback, 0, ns, 0, 0);
  c.onEvent(EVENT.kfreeBulk, 0, 1, 4, 0);
  assertEquals(LATENCY_HEADER, "strategy,run,metric,bucket_low_ns,bucket_high_ns,count\n");
  const [first, second, ...rest] = latencyRows("none", 2, c).trimEnd().split("\n");
  assertEquals(first, "none,2,fallback_rcu_head,10,10,2");
  assert(second!.startsWith("none,2,fallback_rcu_head,49") && second!.endsWith(",1") && rest.length === 0);
  assertEquals(BULK_HEADER, "strategy,run,channel,batch_low,batch_high,count\n");
  assertEquals(bulkRows("none", 2, c), "none,2,vmalloc,4,4,1\n");
  const other = new Collector(observed());
  other.fallbackNs[1].add(times(9, 3));
  other.enqueueToFreeNs.add(times(8, 2));
  other.missStreaks.add(times(7, 4));
  assertEquals(
    latencyRows("sync", 3, other),
    "sync,3,fallback_synchronize_rcu,9,9,3\nsync,3,enqueue_to_free,8,8,2\n",
  );
  assertEquals(streakRows("sync", 3, other), "sync,3,7,7,4\n");
});
