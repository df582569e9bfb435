/** Free areas: split, merge, placement, and the fallback between migratetypes, against a bitmap of pages. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  countEvents,
  freeBlocks,
  freeCount,
  memory,
  nodesOf,
  soundness,
  takeBlock,
} from "../../tests/support/memory.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { __free_one_page, __rmqueue_smallest, add_to_free_list, expand, move_to_free_list } from "./buddy.ts";
import { __rmqueue, reserve_highatomic_pageblock, unreserve_highatomic_pageblock } from "./fallback.ts";
import { ALLOC, MAX_ORDER, MIGRATE, ZONE } from "./gfp.ts";
import { initList, list_add, list_add_tail, list_del, list_empty } from "./list.ts";
import { freeListHead, get_pageblock_migratetype, NO_PAGE, PAGE } from "./mm.ts";
import { lruAdd } from "./lru.ts";
import { fallbacks, move_freepages_block } from "./pageblock.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";

const { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, CMA, ISOLATE } = MIGRATE;
const MAX = MAX_ORDER - 1;

/** One zone of `pages` pages, all free and MOVABLE unless said otherwise. */
function zone(pages = 4096, build = {}): Machine {
  return memory({ zones: [{ pages }], build });
}

function give({ m }: Machine, pfn: number, order: number, type: number): void {
  __free_one_page(m, 0, pfn, 0, order, type);
}

/** Takes everything, so that a test frees exactly the blocks it wants to be free. */
function emptyZone(pages = 4096, build = {}): Machine {
  const machine = zone(pages, build);
  while (takeBlock(machine, 0, MAX, MOVABLE) !== NO_PAGE);
  return machine;
}

Deno.test("list functions keep a list in the order of an array", () => {
  const nodes = 12;
  const link = { next: new Int32Array(nodes + 1), prev: new Int32Array(nodes + 1) };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(nodes - 1), fc.boolean())), (moves) => {
      const m = { link };
      initList(m, nodes);
      const model: number[] = [];
      for (const [node, tail] of moves) {
        const at = model.indexOf(node);
        if (at >= 0) {
          list_del(m, node);
          model.splice(at, 1);
        } else if (tail) {
          list_add_tail(m, node, nodes);
          model.push(node);
        } else {
          list_add(m, node, nodes);
          model.unshift(node);
        }
        assertEquals(nodesOf(m, nodes), model);
        assertEquals(list_empty(m, nodes), model.length === 0);
      }
    }),
    { seed: 3, numRuns: 50 },
  );
});

Deno.test("a machine boots without touching an entry of its free pages, and taking one touches its block alone", () => {
  const machine = zone();
  const { m } = machine;
  const touched = () => {
    const { flags, order, migratetype } = m.page;
    const pages = Array.from({ length: m.nrPages }, (_, pfn) => pfn);
    const { next, prev } = m.link;
    return pages.filter((p) => (flags[p]! | order[p]! | migratetype[p]! | next[p]! | prev[p]!) !== 0);
  };
  assertEquals(touched(), []);
  const pfn = takeBlock(machine, 0, 0, MOVABLE);
  assertEquals(touched().filter((p) => p >> MAX !== pfn >> MAX), []);
  assert(touched().length > 0);
});

Deno.test("__rmqueue_smallest() takes the head of the smallest order that has the type, not of a larger one", () => {
  const machine = emptyZone();
  const { m } = machine;
  give(machine, 64, 3, UNMOVABLE);
  give(machine, 128, 3, UNMOVABLE);
  give(machine, 512, 5, UNMOVABLE);
  give(machine, 256, 2, MOVABLE);
  assertEquals(__rmqueue_smallest(m, 0, 2, UNMOVABLE), 128); // freed last, so it is at the head
  assertEquals(freeBlocks(m, 0, [UNMOVABLE]), ["132/2", "64/3", "512/5"]);
  assertEquals(m.page.migratetype[128], UNMOVABLE);
  assertEquals(__rmqueue_smallest(m, 0, 6, UNMOVABLE), NO_PAGE);
});

Deno.test("expand() keeps the lower half and puts each upper half at the head of its list", () => {
  const machine = emptyZone();
  const { m } = machine;
  give(machine, 512, 0, MOVABLE);
  expand(m, 0, 0, 0, 3, MOVABLE);
  assertEquals(freeBlocks(m, 0), ["1/0", "512/0", "2/1", "4/2"]);
});

Deno.test("__rmqueue_smallest() hands a split block out in ascending page frames", () => {
  const machine = zone();
  const pages = Array.from({ length: 1024 }, () => takeBlock(machine, 0, 0, MOVABLE));
  assertEquals(pages, pages.map((_, i) => pages[0]! + i));
});

Deno.test("__free_one_page() merges up to the largest order and no further", () => {
  const machine = emptyZone();
  const { m } = machine;
  for (let pfn = 0; pfn < 2048; pfn++) give(machine, pfn, 0, MOVABLE);
  assertEquals(freeBlocks(m, 0), ["1024/10", "0/10"]);
  assertEquals([...m.zone.nr_free], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
});

Deno.test("__free_one_page() merges with a buddy of another type; the block takes the type of the last part", () => {
  const machine = emptyZone();
  const { m } = machine;
  give(machine, 64, 0, UNMOVABLE);
  give(machine, 65, 0, MOVABLE);
  assertEquals(nodesOf(m, freeListHead(m, 0, 1, MOVABLE)), [64]);
  assertEquals(freeBlocks(m, 0, [UNMOVABLE]), []);
});

Deno.test("__free_one_page() does not merge with a buddy of another order", () => {
  const machine = emptyZone();
  give(machine, 64, 0, MOVABLE);
  give(machine, 66, 1, MOVABLE);
  give(machine, 68, 2, MOVABLE);
  assertEquals(freeBlocks(machine.m, 0).sort(), ["64/0", "66/1", "68/2"]);
  give(machine, 65, 0, MOVABLE);
  assertEquals(freeBlocks(machine.m, 0), ["64/3"]);
});

Deno.test("__free_one_page() does not merge over the edge of a zone", () => {
  const { m } = memory({ zones: [{ pages: 512, index: ZONE.DMA32 }, { pages: 4096, startPfn: 512 }] });
  assertEquals(freeBlocks(m, 0), ["0/9"]);
  assertEquals(__rmqueue(m, 0, 1, 9, MOVABLE, 0), 4096); // what boot freed last lies at the head
  const pfn = __rmqueue(m, 0, 1, 9, MOVABLE, 0);
  assertEquals(pfn, 512);
  __free_one_page(m, 0, pfn, 1, 9, MOVABLE);
  assertEquals(freeBlocks(m, 0), ["0/9"]);
  assert(freeBlocks(m, 1).includes("512/9"));
});

Deno.test("__free_one_page() puts a block at the tail when the buddy one order up is free, else at the head", () => {
  const machine = emptyZone();
  const { m } = machine;
  give(machine, 256, 0, MOVABLE);
  give(machine, 128, 0, MOVABLE);
  assertEquals(nodesOf(m, freeListHead(m, 0, 0, MOVABLE)), [128, 256]);
  give(machine, 66, 1, MOVABLE); // the buddy of 64/1, so a merge of 64 or 65 is near
  give(machine, 65, 0, MOVABLE);
  assertEquals(nodesOf(m, freeListHead(m, 0, 0, MOVABLE)), [128, 256, 65]);
});

Deno.test("__free_one_page() never expects a merge into the largest order", () => {
  const machine = emptyZone();
  const { m } = machine;
  give(machine, 1024, 10, MOVABLE); // the buddy that a block of order 10 at 0 would have
  give(machine, 2560, 9, MOVABLE);
  give(machine, 512, 9, MOVABLE);
  assertEquals(nodesOf(m, freeListHead(m, 0, 9, MOVABLE)), [512, 2560]);
});

Deno.test("__free_one_page() keeps isolated and other pageblocks apart above pageblock_order only", () => {
  const machine = emptyZone();
  const { m } = machine;
  m.pageblock.migratetype[0] = ISOLATE;
  m.zone.nr_isolate_pageblock[0] = 1;
  const free = zone_page_state_snapshot(m, 0);
  give(machine, 0, 9, ISOLATE);
  assertEquals(zone_page_state_snapshot(m, 0), free); // isolated pages do not count as free
  give(machine, 512, 9, MOVABLE);
  assertEquals(freeBlocks(m, 0), ["512/9", "0/9"]);
  m.pageblock.migratetype[4] = ISOLATE;
  m.pageblock.migratetype[5] = ISOLATE;
  give(machine, 2048, 9, ISOLATE);
  give(machine, 2560, 9, ISOLATE);
  assert(freeBlocks(m, 0).includes("2048/10"));
});

Deno.test("__free_one_page() counts CMA pages apart", () => {
  const machine = emptyZone(4096, { cma: true });
  give(machine, 64, 2, CMA);
  assertEquals(machine.m.zone.nr_free_cma[0], 4);
  give(machine, 128, 2, MOVABLE);
  assertEquals(machine.m.zone.nr_free_cma[0], 4);
});

/** The maximal free blocks of a bitmap by brute force: largest first, aligned, inside the zone. */
function naiveBlocks(free: readonly boolean[]): Map<number, number> {
  const blocks = new Map<number, number>();
  const taken = free.map((f) => !f);
  for (let order = MAX; order >= 0; order--) {
    for (let pfn = 0; pfn + (1 << order) <= free.length; pfn += 1 << order) {
      if (taken.slice(pfn, pfn + (1 << order)).some(Boolean)) continue;
      taken.fill(true, pfn, pfn + (1 << order));
      blocks.set(pfn, order);
    }
  }
  return blocks;
}

Deno.test("__rmqueue() and __free_one_page() agree with a bitmap: conserved, aligned, split least, merged most", () => {
  const pages = 3072;
  const call = fc.tuple(fc.nat(MAX), fc.constantFrom(UNMOVABLE, MOVABLE, RECLAIMABLE), fc.nat(99));
  fc.assert(
    fc.property(fc.array(call, { minLength: 20, maxLength: 120 }), (calls) => {
      const machine = zone(pages);
      const { m } = machine;
      const sound = soundness(m);
      const free = new Array<boolean>(pages).fill(true);
      const held: { pfn: number; order: number; type: number }[] = [];
      for (const [order, type, pick] of calls) {
        if (pick < 40 && held.length > 0) {
          const [block] = held.splice(pick % held.length, 1);
          m.page.flags[block!.pfn] = PAGE.none;
          give(machine, block!.pfn, block!.order, block!.type);
          free.fill(true, block!.pfn, block!.pfn + (1 << block!.order));
        } else {
          const smallest = Math.min(...[...naiveBlocks(free).values()].filter((o) => o >= order));
          const pfn = takeBlock(machine, 0, order, type);
          assertEquals(pfn === NO_PAGE, smallest === Infinity);
          if (pfn === NO_PAGE) continue;
          assertEquals(pfn % (1 << order), 0);
          assert(
            free.slice(pfn, pfn + (1 << order)).every(Boolean),
            `block ${pfn} of order ${order} is taken twice`,
          );
          free.fill(false, pfn, pfn + (1 << order));
          held.push({ pfn, order, type });
        }
        assertEquals(freeCount(m, 0), free.filter(Boolean).length);
      }
      const blocks = [...naiveBlocks(free)].map(([pfn, order]) => `${pfn}/${order}`);
      assertEquals(freeBlocks(m, 0).sort(), blocks.sort());
      assertEquals(zone_page_state_snapshot(m, 0), freeCount(m, 0));
      assertEquals(sound(), null);
    }),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("fallbacks never lead to HIGHATOMIC, CMA or ISOLATE", () => {
  assertEquals(fallbacks, [[RECLAIMABLE, MOVABLE], [RECLAIMABLE, UNMOVABLE], [UNMOVABLE, MOVABLE]]);
});

/** A zone whose free blocks are those given, as pfn, order, type; the pageblocks have the type of their blocks. */
function withBlocks(blocks: readonly (readonly [number, number, number])[], build = {}): Machine {
  const machine = emptyZone(16384, build);
  for (const [pfn, order, type] of blocks) {
    machine.m.pageblock.migratetype[pfn >> 9] = type;
    give(machine, pfn, order, type);
  }
  return machine;
}

function steal(machine: Machine, order: number, type: number, flags = 0): number {
  return __rmqueue(machine.m, 0, 0, order, type, flags);
}

Deno.test("__rmqueue() falls back to the largest block of another type, first type of the row first", () => {
  const blocks = [[1024, 4, MOVABLE], [2048, 5, UNMOVABLE], [4096, 5, MOVABLE], [
    6144,
    3,
    UNMOVABLE,
  ]] as const;
  const machine = withBlocks(blocks);
  const seen = countEvents(machine.m, EVENT.mm_page_alloc_extfrag);
  assertEquals(steal(machine, 0, RECLAIMABLE), 2048);
  assertEquals(seen.last, [RECLAIMABLE, UNMOVABLE, 5]);
});

Deno.test("__rmqueue() for MOVABLE takes the smallest block when it cannot claim the pageblock (order under 4)", () => {
  const machine = withBlocks([[1024, 1, UNMOVABLE], [2048, 3, UNMOVABLE]]);
  assertEquals(steal(machine, 0, MOVABLE), 1024);
  assertEquals(get_pageblock_migratetype(machine.m, 1024), UNMOVABLE);
  const claims = withBlocks([[1024, 1, UNMOVABLE], [2048, 4, UNMOVABLE]]);
  assertEquals(steal(claims, 0, MOVABLE), 2048); // order 4 is half of pageblock_order
  const two = withBlocks([[1024, 0, UNMOVABLE], [2048, 2, UNMOVABLE], [3072, 3, UNMOVABLE]]);
  assertEquals(steal(two, 1, MOVABLE), 2048); // a single page would not do
});

Deno.test("__rmqueue() under NOFRAGMENT takes nothing below pageblock_order from another type", () => {
  const machine = withBlocks([[1024, 8, MOVABLE]]);
  assertEquals(steal(machine, 0, UNMOVABLE, ALLOC.NOFRAGMENT), NO_PAGE);
  assertEquals(steal(machine, 0, UNMOVABLE), 1024);
  const whole = withBlocks([[1024, 9, MOVABLE]]);
  assertEquals(steal(whole, 0, UNMOVABLE, ALLOC.NOFRAGMENT), 1024);
  assertEquals(get_pageblock_migratetype(whole.m, 1024), UNMOVABLE);
});

Deno.test("a steal of pageblock_order or more retags all its pageblocks and boosts nothing", () => {
  const machine = withBlocks([[2048, 10, MOVABLE]]);
  const { m } = machine;
  assertEquals(steal(machine, 0, UNMOVABLE, ALLOC.KSWAPD), 2048);
  assertEquals([get_pageblock_migratetype(m, 2048), get_pageblock_migratetype(m, 2560)], [
    UNMOVABLE,
    UNMOVABLE,
  ]);
  assertEquals([m.zone.watermark_boost[0], m.zone.boosted[0]], [0, 0]);
  assertEquals(freeCount(m, 0), 1023);
});

Deno.test("a steal moves the pageblock's free pages, and retags it from half of it on", () => {
  const enough = withBlocks([[1024, 7, MOVABLE], [1024 + 128, 6, MOVABLE], [1024 + 256, 6, MOVABLE]]);
  assertEquals(steal(enough, 0, UNMOVABLE), 1152); // all three are UNMOVABLE now, and an order-6 one is the smallest
  assertEquals(freeBlocks(enough.m, 0, [MOVABLE]), []);
  // 256 free, 256 allocated of which none is movable: alike, so all 512 count
  assertEquals(get_pageblock_migratetype(enough.m, 1024), UNMOVABLE);
});

Deno.test("a steal counts movable pages against a retag to UNMOVABLE and for one to MOVABLE", () => {
  const movable = (machine: Machine, count: number) => {
    for (let pfn = 1536 - count; pfn < 1536; pfn++) {
      machine.m.page.flags[pfn] = PAGE.allocated;
      lruAdd(machine.m, pfn);
    }
  };
  const kept = withBlocks([[1024, 6, MOVABLE]]);
  movable(kept, 257); // 64 free + (512 - 64 - 257) alike = 255
  assertEquals(steal(kept, 0, UNMOVABLE), 1024);
  assertEquals(get_pageblock_migratetype(kept.m, 1024), MOVABLE);
  const claimed = withBlocks([[1024, 6, MOVABLE]]);
  movable(claimed, 256);
  steal(claimed, 0, UNMOVABLE);
  assertEquals(get_pageblock_migratetype(claimed.m, 1024), UNMOVABLE);
  const wanted = withBlocks([[1024, 6, UNMOVABLE]]);
  movable(wanted, 192); // 64 free + 192 movable
  steal(wanted, 0, MOVABLE);
  assertEquals(get_pageblock_migratetype(wanted.m, 1024), MOVABLE);
  const tooFew = withBlocks([[1024, 6, UNMOVABLE]]);
  movable(tooFew, 191);
  steal(tooFew, 0, MOVABLE);
  assertEquals(get_pageblock_migratetype(tooFew.m, 1024), UNMOVABLE);
  const between = withBlocks([[1024, 7, RECLAIMABLE]]); // nothing is alike between these two
  steal(between, 0, UNMOVABLE);
  assertEquals(get_pageblock_migratetype(between.m, 1024), RECLAIMABLE);
});

Deno.test("a steal from a HIGHATOMIC pageblock takes the one block and leaves the tag", () => {
  const machine = withBlocks([[1024, 6, HIGHATOMIC], [1024 + 128, 6, HIGHATOMIC]]);
  const { m } = machine;
  move_to_free_list(m, 1024, 0, 6, MOVABLE); // as after a free that merged while the type changed
  assertEquals(steal(machine, 0, UNMOVABLE), 1024);
  assertEquals(get_pageblock_migratetype(m, 1024), HIGHATOMIC);
  assertEquals(freeBlocks(m, 0, [HIGHATOMIC]), ["1152/6"]);
  assertEquals(m.zone.watermark_boost[0], 0);
});

Deno.test("a steal below pageblock_order boosts the watermarks by a pageblock, up to 1.5 times HIGH", () => {
  const machine = withBlocks([[1024, 5, MOVABLE]]);
  const { m } = machine;
  m.zone.watermark.set([10, 500, 600]);
  steal(machine, 0, UNMOVABLE);
  assertEquals([m.zone.watermark_boost[0], m.zone.boosted[0]], [512, 0]);
  for (let i = 0; i < 3; i++) {
    m.pageblock.migratetype[8] = MOVABLE;
    give(machine, 4096, 5, MOVABLE);
    while (freeBlocks(m, 0, [UNMOVABLE]).length > 0) steal(machine, 0, UNMOVABLE);
    steal(machine, 0, UNMOVABLE, ALLOC.KSWAPD);
    while (freeBlocks(m, 0).length > 0) steal(machine, 0, UNMOVABLE);
  }
  assertEquals([m.zone.watermark_boost[0], m.zone.boosted[0]], [900, 1]);
});

Deno.test("boost_watermark() does nothing in a zone under four pageblocks, with factor 0 or a high mark of 0", () => {
  const boostOf = (pages: number, high: number, build = {}) => {
    const machine = memory({ zones: [{ pages, watermarks: [0, 0, high] }, { pages: 4096 }], build });
    const { m } = machine;
    while (takeBlock(machine, 0, 5, MOVABLE) !== NO_PAGE);
    give(machine, 64, 5, MOVABLE);
    steal(machine, 0, UNMOVABLE);
    return m.zone.watermark_boost[0];
  };
  assertEquals(boostOf(2048, 600), 512);
  assertEquals(boostOf(2016, 600), 0);
  assertEquals(boostOf(2048, 0), 0);
  assertEquals(boostOf(2048, 1), 512); // at least one pageblock
  assertEquals(boostOf(2048, 600, { watermark_boost_factor: 0 }), 0);
});

Deno.test("__rmqueue() with ALLOC_CMA takes CMA pages first while they are more than half of what is free", () => {
  const machine = withBlocks([[1024, 6, MOVABLE], [2048, 6, CMA], [2048 + 128, 6, CMA]], { cma: true });
  const { m } = machine;
  m.zone.stat_threshold[0] = 0; // the test reads NR_FREE_PAGES without the differences of CPUs
  m.zone.nr_free_pages[0] = 192;
  m.pcp.vm_stat_diff.fill(0);
  assertEquals(steal(machine, 0, MOVABLE, ALLOC.CMA) >= 2048, true);
  m.zone.nr_free_cma[0] = 96;
  assertEquals(steal(machine, 0, MOVABLE, ALLOC.CMA), 1024); // not more than half
  assertEquals(steal(machine, 6, MOVABLE, ALLOC.CMA), 2048); // nothing of its own: CMA before a steal
  assertEquals(steal(machine, 6, MOVABLE), NO_PAGE); // never as a fallback
});

Deno.test("move_freepages_block() moves every free block of the pageblock to the tail and nothing else", () => {
  const block = fc.tuple(fc.nat(511), fc.nat(6), fc.constantFrom(UNMOVABLE, MOVABLE, RECLAIMABLE));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
      const machine = emptyZone();
      const { m } = machine;
      const state = new Array<boolean>(512).fill(false);
      give(machine, 2048, 3, HIGHATOMIC);
      for (const [at, order, type] of blocks) {
        const pfn = 1024 + (at & ~((1 << order) - 1));
        if (state.slice(pfn - 1024, pfn - 1024 + (1 << order)).some(Boolean)) continue;
        state.fill(true, pfn - 1024, pfn - 1024 + (1 << order));
        give(machine, pfn, order, type);
      }
      let movable = 0;
      for (let i = 0; i < 512; i += 3) {
        if (state[i]) continue;
        m.page.flags[1024 + i] = PAGE.allocated | PAGE.lru;
        movable++;
      }
      const before = freeBlocks(m, 0).sort();
      const answer = move_freepages_block(m, 0, 1024 + 17, HIGHATOMIC);
      assertEquals(answer, { free: state.filter(Boolean).length, movable });
      assertEquals(freeBlocks(m, 0).sort(), before);
      assertEquals(freeBlocks(m, 0, [UNMOVABLE, MOVABLE, RECLAIMABLE]), []);
      const order3 = nodesOf(m, freeListHead(m, 0, 3, HIGHATOMIC));
      assertEquals(order3, [2048, ...order3.slice(1).sort((a, b) => a - b)]);
    }),
    { seed: 5, numRuns: 60 },
  );
});

Deno.test("move_freepages_block() starts at the page itself at the zone's start, and does nothing at its end", () => {
  const { m } = memory({ zones: [{ pages: 4096 + 100, startPfn: 200 }] });
  for (let order = 0; order <= MAX; order++) {
    for (let type = 0; type < 6; type++) initList(m, freeListHead(m, 0, order, type));
  }
  m.page.flags.fill(0);
  add_to_free_list(m, 256, 0, 4, MOVABLE);
  add_to_free_list(m, 320, 0, 4, MOVABLE);
  add_to_free_list(m, 4192, 0, 4, MOVABLE);
  assertEquals(move_freepages_block(m, 0, 320, UNMOVABLE).free, 16);
  assertEquals(move_freepages_block(m, 0, 4192, UNMOVABLE).free, 0);
  assertEquals(freeBlocks(m, 0, [MOVABLE]), ["4192/4", "256/4"]);
});

Deno.test("reserve_highatomic_pageblock() tags a pageblock once, up to a hundredth of the zone and one more", () => {
  const machine = zone(65536);
  const { m } = machine;
  for (let i = 0; i < 8; i++) reserve_highatomic_pageblock(m, 0, i * 512 + 3);
  // 655 + 512 pages may be passed by the block that crosses them
  assertEquals(m.zone.nr_reserved_highatomic[0], 1536);
  assertEquals([0, 1, 2, 3].map((b) => m.pageblock.migratetype[b]), [
    HIGHATOMIC,
    HIGHATOMIC,
    HIGHATOMIC,
    MOVABLE,
  ]);
  const again = zone(65536).m;
  reserve_highatomic_pageblock(again, 0, 1);
  reserve_highatomic_pageblock(again, 0, 2);
  assertEquals(again.zone.nr_reserved_highatomic[0], 512);
  again.pageblock.migratetype[5] = CMA;
  again.pageblock.migratetype[6] = ISOLATE;
  reserve_highatomic_pageblock(again, 0, 5 * 512);
  reserve_highatomic_pageblock(again, 0, 6 * 512);
  assertEquals(again.zone.nr_reserved_highatomic[0], 512);
});

Deno.test("reserve_highatomic_pageblock() of 6.8 sets whole pageblocks of a hundredth aside, or none", () => {
  for (
    const [pages, aligned, most] of [[65536, true, 1024], [65536, false, 1536], [32768, true, 0]] as const
  ) {
    const { m } = zone(pages, { highatomicAligned: aligned });
    for (let i = 0; i < 8; i++) reserve_highatomic_pageblock(m, 0, i * 512 + 3);
    assertEquals(m.zone.nr_reserved_highatomic[0], most);
  }
});

Deno.test("__free_one_page() of 5.18 merges no pageblocks of which one falls back to nothing", () => {
  for (const mergesAlike of [false, true]) {
    for (
      const [left, right, alike] of [[MOVABLE, UNMOVABLE, 1], [MOVABLE, CMA, 0], [
        HIGHATOMIC,
        MOVABLE,
        0,
      ]] as const
    ) {
      const machine = emptyZone(4096, { mergesAlike });
      const { m } = machine;
      m.pageblock.migratetype[2] = left;
      m.pageblock.migratetype[3] = right;
      give(machine, 1024, 9, left);
      give(machine, 1536, 9, right);
      assertEquals(m.zone.nr_free[9], mergesAlike && alike === 0 ? 2 : 0);
    }
  }
});

Deno.test("unreserve_highatomic_pageblock() keeps the last pageblock unless forced, and heeds the ceiling", () => {
  const { m } = memory({ zones: [{ pages: 65536 }, { pages: 65536, index: ZONE.MOVABLE }] });
  const blocks = (zone: number) => freeBlocks(m, zone, [HIGHATOMIC]).length;
  const reserve = (zone: number) =>
    reserve_highatomic_pageblock(m, zone, __rmqueue_smallest(m, zone, 0, MOVABLE));
  reserve(1);
  assertEquals(unreserve_highatomic_pageblock(m, 0, ZONE.NORMAL, UNMOVABLE, true), false);
  reserve(0);
  assert(blocks(0) > 0);
  assertEquals(unreserve_highatomic_pageblock(m, 0, ZONE.NORMAL, UNMOVABLE, false), false);
  assertEquals(unreserve_highatomic_pageblock(m, 0, ZONE.NORMAL, UNMOVABLE, true), true);
  assertEquals([m.zone.nr_reserved_highatomic[0], blocks(0)], [0, 0]);
});

Deno.test("without mobility grouping a claimed pageblock becomes UNMOVABLE", () => {
  const machine = memory({ zones: [{ pages: 2048 }] });
  const { m } = machine;
  while (takeBlock(machine, 0, MAX, MOVABLE) !== NO_PAGE);
  m.pageblock.migratetype.fill(RECLAIMABLE);
  give(machine, 64, 0, RECLAIMABLE);
  assertEquals(steal(machine, 0, UNMOVABLE), 64); // one free page is enough to claim all
  assertEquals(get_pageblock_migratetype(m, 64), UNMOVABLE);
});
