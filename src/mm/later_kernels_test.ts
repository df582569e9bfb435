/**
 * The lists of later kernels: sizes, factors, tuning, remote drains. The vectors follow from the published formulas.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import type { Workloads } from "../workload/program.ts";
import { allocDirect, freeDirect } from "./direct.ts";
import { takeInBulkOrder } from "./bulk_order.ts";
import { GFP_KERNEL } from "./gfp.ts";
import { initList, list_add_tail, list_del } from "./list.ts";
import { pcpListHead, pcpOf } from "./mm.ts";
import {
  decay_pcp_high,
  order_to_pindex,
  PCP_POLICIES,
  type PcpPolicy,
  pindex_to_order,
  ZONE_FLAG,
} from "./pcp_policy.ts";
import { zone_highsize, zone_set_pageset_high_and_batch } from "./pcp_size.ts";

/** A machine of one gigabyte with an idle load; DMA32 is zone 1. */
function machine(profile: string, changes: Partial<ReturnType<typeof defaultRunOptions>> = {}): Workloads {
  const geometry = geometryFromSize({ memoryBytes: 1 << 30, cpus: 2, nodes: 1 });
  return planMachine({ ...defaultRunOptions(geometry), profile, calls: 1, cachedBlocks: 0, ...changes }).m;
}

const DMA32 = 1;
const thread = (m: Workloads) => m.roles.threads[0]![0]!;

Deno.test("zone_highsize() shares the low watermark by local CPUs, at least four batches", () => {
  const zone = { managed: 250_000, low: 1298, localCpus: 2, onlineCpus: 4 };
  assertEquals(zone_highsize(zone, 63, 0), 649);
  assertEquals(zone_highsize({ ...zone, localCpus: 0 }, 63, 0), 324);
  assertEquals(zone_highsize({ ...zone, low: 100 }, 63, 0), 252);
  assertEquals(zone_highsize(zone, 63, 8), 15_625);
});

Deno.test("zone_set_pageset_high_and_batch() tunes between the default and fraction 8, not with a fraction set", () => {
  const zone = { managed: 250_000, low: 1298, localCpus: 2, onlineCpus: 2 };
  assertEquals(zone_set_pageset_high_and_batch(zone, 0, false), { high: 649, batch: 63, high_max: 649 });
  assertEquals(zone_set_pageset_high_and_batch(zone, 0, true), { high: 649, batch: 63, high_max: 15_625 });
  assertEquals(zone_set_pageset_high_and_batch(zone, 100, true), { high: 1250, batch: 63, high_max: 1250 });
});

Deno.test("order_to_pindex() numbers the lists by order, then type", () => {
  assertEquals([order_to_pindex(0, 0), order_to_pindex(2, 0), order_to_pindex(0, 1), order_to_pindex(2, 3)], [
    0,
    2,
    3,
    11,
  ]);
  for (let pindex = 0; pindex < 12; pindex++) assertEquals(pindex_to_order(pindex), Math.floor(pindex / 3));
});

/** Lists that a bulk free of `count` pages takes a block from, in this order; lengths by list. */
function listsTaken(policy: PcpPolicy, lengths: readonly number[], count: number): number[] {
  const m = {
    nrPages: 200,
    nrZones: 0,
    nrCpus: 1,
    pcpLists: 12,
    pcpPolicy: policy,
    link: { next: new Int32Array(220), prev: new Int32Array(220) },
  };
  let page = 0;
  for (let list = 0; list < m.pcpLists; list++) {
    initList(m, pcpListHead(m, 0, list));
    for (let i = 0; i < (lengths[list] ?? 0); i++) list_add_tail(m, page++, pcpListHead(m, 0, list));
  }
  const taken: number[] = [];
  takeInBulkOrder(m, 0, count, 0, (head) => {
    taken.push(head - pcpListHead(m, 0, 0));
    list_del(m, m.link.prev[head]!);
  });
  return taken;
}

Deno.test("free_pcppages_bulk() of 5.14 visits the lists of all orders and those of huge pages in turn", () => {
  const { v5_14, v6_1 } = PCP_POLICIES;
  // from list 1 to list 0 the way leads past 13 empty ones of 15: fourteen pages in a row
  assertEquals(listsTaken(v5_14, [20, 20], 16), [1, ...new Array<number>(14).fill(0), 1]);
  // one of order 1 counts twice, and of order 3 eight times
  assertEquals(listsTaken(v5_14, [1, 1, 1, 1, 0, 0, 0, 0, 0, 9], 20), [1, 2, 3, 9, 9]);
  assertEquals(listsTaken(v6_1, [20, 20], 16), new Array<number>(16).fill(0));
});

Deno.test("v5_14 doubles the drain up to the limit of the list, and keeps high orders", () => {
  const m = machine("v5_14");
  const pcp = pcpOf(m, DMA32, 0);
  m.pcp.high[pcp] = 10_000;
  m.pcp.count[pcp] = 10_000;
  const drains = Array.from({ length: 8 }, () => m.pcpPolicy.drainCount(m, DMA32, pcp, 0));
  assertEquals(drains, [63, 126, 252, 504, 1008, 2016, 4032, 8064]); // 6.1 stops at 2016
  m.pcp.count[pcp] = 10;
  assertEquals(m.pcpPolicy.drainCount(m, DMA32, pcp, 2), 0);
});

Deno.test("v6_1 doubles the drain with every drain that no allocation interrupts", () => {
  const m = machine("v6_1");
  const pcp = pcpOf(m, DMA32, 0);
  m.pcp.high[pcp] = 1000;
  m.pcp.count[pcp] = 1000;
  const drains = Array.from({ length: 7 }, () => PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 0));
  // 63 << factor, at most high - batch = 937
  assertEquals(drains, [63, 126, 252, 504, 937, 937, 937]);
  PCP_POLICIES.v6_1.onAlloc(m, pcp);
  PCP_POLICIES.v6_1.onAlloc(m, pcp);
  assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 0), 126); // the factor of 4 was halved twice
});

Deno.test("v6_1 empties the lists when a high-order page is freed after a drain", () => {
  const m = machine("v6_1");
  const pcp = pcpOf(m, DMA32, 0);
  m.pcp.count[pcp] = 10;
  assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 2), 0);
  m.pcp.factor[pcp] = 1;
  for (const order of [1, 2, 3]) assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, order), 10);
  assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 4), 0);
});

Deno.test("v6_1 keeps the lists at four batches while kswapd works", () => {
  const m = machine("v6_1");
  const pcp = pcpOf(m, DMA32, 0);
  m.pcp.count[pcp] = 252;
  assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 0), 0);
  m.zone.flags[DMA32] = ZONE_FLAG.RECLAIM_ACTIVE;
  assertEquals(PCP_POLICIES.v6_1.drainCount(m, DMA32, pcp, 0), 63);
});

Deno.test("v6_1 refills an order with its share of the batch, at least two blocks", () => {
  const m = machine("v6_1");
  const pcp = pcpOf(m, DMA32, 0);
  const counts = [0, 1, 2, 3].map((order) => PCP_POLICIES.v6_1.refillCount(m, DMA32, pcp, order));
  assertEquals(counts, [63, 31, 15, 7]);
  m.pcp.batch[pcp] = 4;
  assertEquals(PCP_POLICIES.v6_1.refillCount(m, DMA32, pcp, 3), 2);
});

Deno.test("v6_12 raises its limit and doubles the refill while only allocating", () => {
  const m = machine("v6_12");
  const pcp = pcpOf(m, DMA32, 0);
  const before = m.pcp.high[pcp]!;
  const counts = Array.from({ length: 5 }, () => PCP_POLICIES.v6_12.refillCount(m, DMA32, pcp, 0));
  assertEquals(counts, [63, 126, 252, 504, 1008]);
  assertEquals(m.pcp.high[pcp], before + 63 + 126 + 252 + 504 + 1008);
  m.zone.flags[DMA32] = ZONE_FLAG.BELOW_HIGH;
  PCP_POLICIES.v6_12.refillCount(m, DMA32, pcp, 0);
  assertEquals(m.pcp.high[pcp], before + 63 + 126 + 252 + 504 + 1008); // not while the zone is short of memory
});

Deno.test("v6_12 drains what was freed of late and lets an idle limit decay by an eighth", () => {
  const m = machine("v6_12");
  const pcp = pcpOf(m, DMA32, 0);
  m.pcp.high[pcp] = 2000;
  m.pcp.count[pcp] = 2000;
  m.pcp.free_count[pcp] = 500;
  assertEquals(PCP_POLICIES.v6_12.drainCount(m, DMA32, pcp, 0), 501);
  m.pcp.count[pcp] = 0;
  assertEquals(decay_pcp_high(m, pcp), 0);
  assertEquals(m.pcp.high[pcp], 1750);
});

Deno.test("v6_18 waits for half of high_min more frees than v6_12 before it gives high orders back", () => {
  const drains = (["v6_12", "v6_18"] as const).map((name) => {
    const m = machine(name);
    const pcp = pcpOf(m, DMA32, 0);
    m.pcp.count[pcp] = 200;
    m.pcp.free_count[pcp] = 63;
    m.pcp.flags[pcp] = 1;
    return PCP_POLICIES[name].drainCount(m, DMA32, pcp, 1);
  });
  assertEquals(drains, [200, 0]);
});

Deno.test("allocDirect() refuses an order that no list has, and changes nothing", () => {
  const m = machine("v5_9");
  const free = m.zone.nr_free_pages.slice();
  for (const order of [-1, 0.5, 11, NaN, 2 ** 32]) {
    assertThrows(() => allocDirect(m, thread(m), GFP_KERNEL, order), RangeError, `0 to 10, not ${order}`);
  }
  assertEquals(m.zone.nr_free_pages, free);
});

Deno.test("v6_1 serves order 3 from the pcp and frees it there", () => {
  const m = machine("v6_1");
  const t = thread(m);
  const pcp = pcpOf(m, DMA32, m.task.cpu[t]!);
  const pfn = allocDirect(m, t, GFP_KERNEL, 3);
  assert(pfn > 0);
  assertEquals(m.pcp.count[pcp], 6 * 8); // a refill of 63 >> 3 blocks less the one taken
  freeDirect(m, t, pfn, 3);
  assertEquals(m.pcp.count[pcp], 7 * 8);
});
