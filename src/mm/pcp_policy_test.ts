/**
 * The self-tuning limits of 6.7 and later against a twin that knows one list, as a table of rules: whatever state the
 * list and its zone are in, both move as many pages and leave the same limits behind.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decay_pcp_high, PCP_POLICIES, type PcpSizes, ZONE_FLAG } from "./pcp_policy.ts";

/** A list as the twin sees it. */
interface List {
  readonly batch: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly reclaims: boolean;
  readonly isLow: boolean;
  high: number;
  factor: number;
  freed: number;
  wasHighOrder: boolean;
}

/** Lists with limits as zones give them, of four batches and more, and those of boot, which keep nothing. */
const anyList: fc.Arbitrary<List> = fc.record({
  batch: fc.integer({ min: 1, max: 96 }),
  least: fc.oneof(fc.constant(0), fc.integer({ min: 4, max: 12 })),
  room: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
  high: fc.integer({ min: 0, max: 6000 }),
  count: fc.integer({ min: 0, max: 6000 }),
  freed: fc.integer({ min: 0, max: 4000 }),
  factor: fc.integer({ min: 0, max: 5 }),
  reclaims: fc.boolean(),
  isLow: fc.boolean(),
  wasHighOrder: fc.boolean(),
}).map(({ least, room, ...list }) => {
  const min = least * list.batch;
  return { ...list, min, max: min + (min === 0 ? 0 : room) };
});

const between = (low: number, value: number, high: number) => [low, value, high].sort((a, b) => a - b)[1]!;

/** The fields of a machine that has this list alone. */
function machineOf(list: List): PcpSizes {
  const one = (value: number) => Float64Array.of(value);
  const pcp = {
    batch: one(list.batch),
    high: one(list.high),
    high_min: one(list.min),
    high_max: one(list.max),
    count: one(list.count),
    factor: one(list.factor),
    free_count: one(list.freed),
    flags: one(Number(list.wasHighOrder)),
  };
  const flags = one(
    (list.reclaims ? ZONE_FLAG.RECLAIM_ACTIVE : 0) | (list.isLow ? ZONE_FLAG.BELOW_HIGH : 0),
  );
  return { pcp, zone: { flags } } as unknown as PcpSizes;
}

/** What the policy keeps of a list between calls. */
const stateOf = ({ pcp }: PcpSizes) => [pcp.high[0], pcp.factor[0], pcp.free_count[0], pcp.flags[0]];
const stateOfTwin = (p: List) => [p.high, p.factor, p.freed, Number(p.wasHighOrder)];

/** Blocks to bring, by the rules of nr_pcp_alloc() in 6.12. */
function refillOf(p: List, order: number): number {
  p.high = between(p.min, p.high, p.max);
  if (p.high < p.batch) return 1;
  let pages = p.batch * (order === 0 ? 2 ** p.factor : 1);
  if (p.min < p.max && !p.isLow) p.high = Math.min(p.max, p.high + pages);
  if (order === 0) {
    const room = p.high - p.count - p.batch < p.batch ? p.batch : p.high - p.count - p.batch;
    if (pages <= room) p.factor = Math.min(5, p.factor + 1);
    else pages = room;
  }
  if (pages === 1) return 1;
  return Math.max(2, Math.floor(pages / 2 ** order));
}

/** Pages to drain after a free, by the rules of free_unref_page_commit() in 6.12, 6.18. */
function drainOf(p: List, order: number, isLater: boolean): number {
  const isHighOrder = order >= 1 && order <= 3;
  const from = p.batch + (isLater ? Math.floor(p.min / 2) : 0);
  const empties = isHighOrder && p.wasHighOrder && p.freed >= from;
  p.wasHighOrder = isHighOrder;
  p.factor = Math.floor(p.factor / 2);
  if (p.freed < 32 * p.batch) p.freed += 2 ** order;
  p.high = between(p.min, p.high, p.max);
  if (empties) {
    if (p.high > 0) p.high = Math.max(p.min, p.high - 32 * p.batch);
    return Math.min(p.count, 32 * p.batch);
  }
  const limit = limitOf(p);
  if (p.count < limit) return 0;
  return limit < p.batch ? 1 : between(p.batch, p.freed, limit - p.batch);
}

/** The limit that counts now; moves the list's own one. */
function limitOf(p: List): number {
  const before = p.high;
  if (before === 0) return 0;
  const shorter = Math.max(p.min, before - Math.max(p.freed, p.batch));
  if (p.reclaims) {
    p.high = shorter;
    return Math.min(4 * p.batch, shorter);
  }
  if (p.min === p.max) return before;
  if (p.isLow) {
    p.high = shorter;
    return Math.max(p.min, p.count);
  }
  if (p.count >= before && p.freed + p.batch > before) p.high = Math.min(p.max, p.freed + p.batch);
  return before;
}

Deno.test("refillCount() of 6.12 moves and keeps what its twin does, whatever the list and the zone", () => {
  fc.assert(
    fc.property(anyList, fc.integer({ min: 0, max: 3 }), (list, order) => {
      const m = machineOf(list);
      const twin = { ...list };
      assertEquals(PCP_POLICIES.v6_12.refillCount(m, 0, 0, order), refillOf(twin, order));
      assertEquals(stateOf(m), stateOfTwin(twin));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

Deno.test("drainCount() of 6.12 and 6.18 moves and keeps what its twin does, whatever the list and the zone", () => {
  fc.assert(
    fc.property(anyList, fc.constantFrom(0, 1, 3, 4, 9), fc.boolean(), (list, order, isLater) => {
      const m = machineOf(list);
      const twin = { ...list };
      const policy = isLater ? PCP_POLICIES.v6_18 : PCP_POLICIES.v6_12;
      assertEquals(policy.drainCount(m, 0, 0, order), drainOf(twin, order, isLater));
      assertEquals(stateOf(m), stateOfTwin(twin));
    }),
    { seed: 2, numRuns: 4000 },
  );
});

Deno.test("decay_pcp_high() gives up an eighth, leaves 32 batches less than there are, and the minimum", () => {
  fc.assert(
    fc.property(anyList, (list) => {
      const m = machineOf(list);
      const eighth = list.high - Math.floor(list.high / 8);
      const least = Math.max(list.min, list.count - 32 * list.batch);
      const high = list.high <= list.min ? list.high : Math.max(eighth, least);
      assertEquals(decay_pcp_high(m, 0), list.count > high ? list.count - high : 0);
      assertEquals(m.pcp.high[0], high);
    }),
    { seed: 3, numRuns: 1000 },
  );
});
