/** Per-CPU lists: which end is used when, what a bulk free takes, where pages are checked, and drains. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  countEvents,
  freeBlocks,
  freeCount,
  memory,
  nodesOf,
  pcpPages,
  soundness,
  stockPcp,
  takeBlock,
} from "../../tests/support/memory.ts";
import { runOperation, runTask, settle, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { TASK } from "../sim/task.ts";
import { type Profile, profileNamed } from "../profile/profile.ts";
import { takeInBulkOrder } from "./bulk_order.ts";
import { PCP_POLICIES } from "./pcp_policy.ts";
import { drain_all_pages } from "./drain.ts";
import { __free_pages } from "./free.ts";
import { GFP_ATOMIC, GFP_KERNEL, MIGRATE, ZONE } from "./gfp.ts";
import { initList, list_add_tail, list_del } from "./list.ts";
import { get_pageblock_migratetype, NO_PAGE, PAGE, pageState, pcpListHead, pcpOf } from "./mm.ts";
import { __alloc_pages_nodemask } from "./page_alloc.ts";
import { free_pcppages_bulk, rmqueue_bulk, takeFromPcp } from "./pcp.ts";
import { zone_page_state_snapshot } from "./vmstat.ts";

const { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, CMA, ISOLATE } = MIGRATE;

/** Two CPUs, 64 MiB, lists of 20 pages with a batch of 5. */
function machineOf(build: Partial<Profile> = {}, pcp = { high: 20, batch: 5 }): Machine {
  return memory({ zones: [{ pages: 16384, pcp }], build });
}

const alloc = (machine: Machine, gfp = GFP_ATOMIC, order = 0, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __alloc_pages_nodemask.start, gfp, order);
const free = (machine: Machine, pfn: number, order = 0, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), __free_pages.start, pfn, order);
const lists = ({ m }: Machine, cpu = 0) => [0, 1, 2].map((type) => pcpPages(m, 0, cpu, type).length);

/** The letters of a bulk free of `count` pages from lists of the given lengths. */
function lettersOf(lengths: readonly number[], count: number): string {
  const m = {
    nrPages: 100,
    nrZones: 0,
    nrCpus: 1,
    pcpLists: 3,
    pcpPolicy: PCP_POLICIES.v5_9,
    link: { next: new Int32Array(110), prev: new Int32Array(110) },
  };
  let page = 0;
  lengths.forEach((length, type) => {
    initList(m, pcpListHead(m, 0, type));
    for (let i = 0; i < length; i++) list_add_tail(m, page++, pcpListHead(m, 0, type));
  });
  let letters = "";
  takeInBulkOrder(m, 0, count, 0, (head) => {
    letters += "UMR"[head - pcpListHead(m, 0, 0)];
    list_del(m, m.link.prev[head]!);
  });
  return letters;
}

Deno.test("free_pcppages_bulk() visits MOVABLE, RECLAIMABLE, UNMOVABLE round robin", () => {
  assertEquals(lettersOf([5, 5, 5], 7), "MRUMRUM");
});

Deno.test("free_pcppages_bulk() takes all from the only list that has pages", () => {
  assertEquals(lettersOf([10, 0, 0], 7), "UUUUUUU");
  assertEquals(lettersOf([0, 10, 0], 7), "MMMMMMM");
});

Deno.test("free_pcppages_bulk() raises the quota by each empty list it passes, and carries leftovers over", () => {
  assertEquals(lettersOf([9, 0, 9], 7), "RRURRUR");
  assertEquals(lettersOf([2, 1, 9], 10), "MRURRURRRR");
  assertEquals(lettersOf([9, 1, 0], 10), "MUUUUUUUUU");
  assertEquals(lettersOf([1, 0, 9], 10), "RRURRRRRRR");
  assertEquals(lettersOf([5, 0, 1], 6), "RUUUUU"); // RECLAIMABLE ran dry with one left of its quota
});

/** The rule as it is told in words: a cursor, a quota that only grows or is used up, the whole rest at three. */
function lettersBySimulation(lengths: readonly number[], count: number): string {
  const left = [...lengths];
  let cursor = 0;
  let quota = 0;
  let letters = "";
  while (letters.length < count) {
    do {
      quota += 1;
      cursor = [1, 2, 0][cursor]!;
    } while (left[cursor] === 0);
    if (quota === 3) quota = count - letters.length;
    for (;;) {
      left[cursor]!--;
      letters += "UMR"[cursor];
      if (letters.length === count) break;
      quota -= 1;
      if (quota === 0 || left[cursor] === 0) break;
    }
  }
  return letters;
}

Deno.test("free_pcppages_bulk() follows the rule for all lengths and counts", () => {
  const length = fc.nat(12);
  fc.assert(
    fc.property(fc.tuple(length, length, length), fc.nat(36), (lengths, wanted) => {
      const count = Math.min(wanted, lengths[0] + lengths[1] + lengths[2]);
      assertEquals(lettersOf(lengths, count), lettersBySimulation(lengths, count));
    }),
    { seed: 6, numRuns: 500 },
  );
});

Deno.test("free_pcppages_bulk() takes no more than there is (88e8ac11d2ea) and merges what it frees", () => {
  const machine = machineOf();
  const { m } = machine;
  const before = freeCount(m, 0);
  stockPcp(machine, 0, 0, UNMOVABLE, 3);
  const seen = countEvents(m, EVENT.drain);
  assertEquals(free_pcppages_bulk(m, 0, 0, 0, 1000), 3);
  assertEquals([m.pcp.count[0], freeCount(m, 0)], [0, before]);
  assertEquals(seen.last, [0, 3, 3]);
  assertEquals(free_pcppages_bulk(m, 0, 0, 0, 1000), 0);
});

Deno.test("rmqueue_bulk() appends in ascending page frames at the tail and leaves the count to its caller", () => {
  const { m } = machineOf();
  const head = pcpListHead(m, pcpOf(m, 0, 1), MOVABLE);
  const freePages = zone_page_state_snapshot(m, 0);
  assertEquals(rmqueue_bulk(m, m.roles.tick[1]!, 0, 4, head, MOVABLE, 0), 4);
  assertEquals(rmqueue_bulk(m, m.roles.tick[1]!, 0, 4, head, MOVABLE, 0), 4);
  const pages = nodesOf(m, head);
  assertEquals(pages, pages.map((_, i) => pages[0]! + i));
  assertEquals(m.pcp.count[pcpOf(m, 0, 1)], 0);
  assertEquals(zone_page_state_snapshot(m, 0), freePages - 8);
});

Deno.test("rmqueue_bulk() stops when the free area runs dry", () => {
  const machine = memory({ zones: [{ pages: 4096, free: 3 }] });
  const { m } = machine;
  const head = pcpListHead(m, 0, UNMOVABLE);
  assertEquals(rmqueue_bulk(m, 0, 0, 10, head, UNMOVABLE, 0), 3);
  assertEquals(zone_page_state_snapshot(m, 0), 0);
});

Deno.test("rmqueue_bulk() drops a bad page, counts it as taken, and goes on (DEBUG_VM=n)", () => {
  const machine = machineOf();
  const { m } = machine;
  const first = takeBlock(machine, 0, 0, MOVABLE);
  m.page.flags[first + 2]! |= PAGE.badForever;
  const freePages = zone_page_state_snapshot(m, 0);
  const head = pcpListHead(m, 0, MOVABLE);
  assertEquals(rmqueue_bulk(m, 0, 0, 5, head, MOVABLE, 0), 4);
  assertEquals(nodesOf(m, head), [first + 1, first + 3, first + 4, first + 5]);
  assertEquals(zone_page_state_snapshot(m, 0), freePages - 5);
  assertEquals([pageState(m, first + 2), m.vm.leaked[0], m.vm.badReports[0]], [PAGE.leaked, 1, 1]);
});

Deno.test("rmqueue_bulk() takes CMA pages off the CMA counter by the list they came from", () => {
  const machine = memory({ zones: [{ pages: 16384, cmaPages: 1024 }], build: { cma: true } });
  const { m } = machine;
  while (takeBlock(machine, 0, 10, MOVABLE) !== NO_PAGE);
  assertEquals(m.zone.nr_free_cma[0], 1024);
  assertEquals(rmqueue_bulk(m, 0, 0, 5, pcpListHead(m, 0, MOVABLE), MOVABLE, 0x80), 5);
  assertEquals(m.zone.nr_free_cma[0], 1019);
});

Deno.test("rmqueue() takes the head of the request's own list only, and refills a batch when it is empty", () => {
  const machine = machineOf();
  const { m } = machine;
  const seen = countEvents(m, EVENT.refill);
  stockPcp(machine, 0, 0, MOVABLE, 2);
  const pfn = alloc(machine);
  assertEquals(seen.last, [0, 5, 2]);
  assertEquals(lists(machine), [4, 2, 0]);
  assertEquals(pcpPages(m, 0, 0, UNMOVABLE), [1, 2, 3, 4].map((i) => pfn + i));
  assertEquals(alloc(machine), pfn + 1);
  assertEquals(seen.count, 1);
  assertEquals(m.pcp.count[0], 5);
});

Deno.test("free_unref_page() puts the page at the head, so the one freed last is given out first", () => {
  const machine = machineOf();
  const pages = [alloc(machine), alloc(machine), alloc(machine)];
  for (const pfn of pages) free(machine, pfn);
  assertEquals(alloc(machine), pages[2]);
  assertEquals(alloc(machine), pages[1]);
});

Deno.test("free_unref_page() drains a batch, oldest first, when the count comes to high", () => {
  const machine = machineOf();
  const { m } = machine;
  const pages = Array.from({ length: 21 }, () => takeBlock(machine, 0, 0, UNMOVABLE));
  const seen = countEvents(m, EVENT.drain);
  for (const pfn of pages.slice(0, 19)) free(machine, pfn);
  assertEquals([m.pcp.count[0], seen.count], [19, 0]);
  free(machine, pages[19]!);
  assertEquals([m.pcp.count[0], seen.last], [15, [0, 5, 20]]);
  assertEquals(pcpPages(m, 0, 0, UNMOVABLE), pages.slice(5, 20).reverse());
});

Deno.test("free_unref_page() with high 0 gives every page back at once", () => {
  const machine = machineOf({}, { high: 0, batch: 1 });
  const { m } = machine;
  for (let i = 0; i < 3; i++) {
    free(machine, takeBlock(machine, 0));
    assertEquals(m.pcp.count[0], 0);
  }
});

Deno.test("free_unref_page() uses the lists of the CPU that frees", () => {
  const machine = machineOf();
  free(machine, takeBlock(machine, 0), 0, 1);
  assertEquals([lists(machine, 0), lists(machine, 1)], [[0, 0, 0], [1, 0, 0]]);
});

Deno.test("count may stay above high: refills trim nothing", () => {
  const machine = machineOf({}, { high: 6, batch: 5 });
  const { m } = machine;
  for (const gfp of [0xA20, 0xA28, 0xA30]) alloc(machine, gfp);
  assertEquals(m.pcp.count[0], 12);
});

Deno.test("free_unref_page() takes the type of the pageblock: HIGHATOMIC and CMA pages go on the MOVABLE list", () => {
  const machine = machineOf({ cma: true });
  const { m } = machine;
  for (const type of [HIGHATOMIC, CMA, RECLAIMABLE]) {
    const pfn = takeBlock(machine, 0, 0, MOVABLE);
    m.pageblock.migratetype[pfn >> 9] = type;
    free(machine, pfn);
    assertEquals(m.page.migratetype[pfn], type); // kept, so that a drain finds the right list
  }
  assertEquals(lists(machine), [0, 2, 1]);
});

Deno.test("free_unref_page() gives a page of an isolated pageblock straight to the buddy lists", () => {
  const machine = machineOf();
  const { m } = machine;
  const pfn = takeBlock(machine, 0, 0, MOVABLE);
  m.pageblock.migratetype[pfn >> 9] = ISOLATE;
  m.zone.nr_isolate_pageblock[0] = 1;
  const freePages = zone_page_state_snapshot(m, 0);
  free(machine, pfn);
  assertEquals([m.pcp.count[0], pageState(m, pfn)], [0, PAGE.buddy]);
  assertEquals([zone_page_state_snapshot(m, 0), m.vm.pgfree[0]], [freePages, 1]);
});

Deno.test("__free_pages() reads the type again under zone->lock while pageblocks are isolated", () => {
  const machine = machineOf();
  const { m } = machine;
  const pfn = takeBlock(machine, 0, 3, MOVABLE);
  const t = threadOf(machine, 0);
  start(machine, t, __free_pages.start, pfn, 3);
  runTask(machine, t, __free_pages.at.buddy);
  m.pageblock.migratetype[pfn >> 9] = ISOLATE; // another CPU isolates it between the two looks
  m.zone.nr_isolate_pageblock[0] = 1;
  runTask(machine, t);
  assertEquals(freeBlocks(m, 0, [ISOLATE]), [`${pfn}/9`]); // it was the last block of its pageblock that was not free
});

Deno.test("__free_pages() goes by the type that it read before zone->lock, but from 6.10 on by the pageblock's", () => {
  const types = ["v5_9", "v6_1", "v6_12"].map((name) => {
    const machine = machineOf({ ...profileNamed(name), preemption: "full" });
    const { m } = machine;
    const pfn = takeBlock(machine, 0, 4, MOVABLE);
    takeBlock(machine, 0, 4, MOVABLE); // its buddy: the block stays as it is
    const t = threadOf(machine, 0);
    start(machine, t, __free_pages.start, pfn, 4);
    runTask(machine, t, __free_pages.at.buddy);
    m.pageblock.migratetype[pfn >> 9] = RECLAIMABLE; // another CPU claims it meanwhile
    runTask(machine, t);
    return [MOVABLE, RECLAIMABLE].filter((type) => freeBlocks(m, 0, [type]).includes(`${pfn}/4`));
  });
  assertEquals(types, [[MOVABLE], [MOVABLE], [RECLAIMABLE]]);
});

Deno.test("free_pcppages_bulk() reads types again while a pageblock is isolated", () => {
  const machine = machineOf();
  const { m } = machine;
  const [pfn] = stockPcp(machine, 0, 0, MOVABLE, 1);
  m.pageblock.migratetype[pfn! >> 9] = ISOLATE;
  free_pcppages_bulk(m, 0, 0, 0, 1);
  assertEquals(zone_page_state_snapshot(m, 0), 16384); // nobody says that a block is isolated: cached type
  const [next] = stockPcp(machine, 0, 0, MOVABLE, 1);
  m.pageblock.migratetype[next! >> 9] = ISOLATE;
  m.zone.nr_isolate_pageblock[0] = 1;
  free_pcppages_bulk(m, 0, 0, 0, 1);
  assertEquals(zone_page_state_snapshot(m, 0), 16383);
});

/** Whether each of the four checks looks at a page, in the order of the table of builds. */
function checksOf(build: Partial<Profile>): boolean[] {
  const looks = (prepare: (machine: Machine) => number, act: (machine: Machine, pfn: number) => void) => {
    const machine = machineOf(build);
    const pfn = prepare(machine);
    machine.m.page.flags[pfn]! |= PAGE.badForever;
    act(machine, pfn);
    return machine.m.vm.badReports[0]! > 0;
  };
  const listed = (machine: Machine) => stockPcp(machine, 0, 0, UNMOVABLE, 1)[0]!;
  return [
    looks((machine) => takeBlock(machine, 0), (machine, pfn) => free(machine, pfn)),
    looks(listed, ({ m }) => free_pcppages_bulk(m, 0, 0, 0, 1)),
    looks((machine) => {
      const pfn = takeBlock(machine, 0, 0, UNMOVABLE);
      return pfn + 1;
    }, ({ m }) => rmqueue_bulk(m, 0, 0, 1, pcpListHead(m, 0, UNMOVABLE), UNMOVABLE, 0)),
    looks(listed, ({ m }) => takeFromPcp(m, 0, 0, UNMOVABLE)),
  ];
}

Deno.test("a page is checked on the user's side with DEBUG_VM, else on the buddy's; by debug_pagealloc on both", () => {
  assertEquals(checksOf({}), [false, true, true, false]);
  assertEquals(checksOf({ debugVm: true }), [true, false, false, true]);
  const all = [true, true, true, true];
  assertEquals(checksOf({ debugPagealloc: true, debugPageallocEnabled: true }), all);
  assertEquals(checksOf({ debugVm: true, debugPagealloc: true, debugPageallocEnabled: true }), all);
  assertEquals(checksOf({ debugPagealloc: true }), [false, true, true, false]); // compiled in means nothing
});

Deno.test("takeFromPcp() drops bad pages and takes the first good one (DEBUG_VM)", () => {
  const machine = machineOf({ debugVm: true });
  const { m } = machine;
  const pages = stockPcp(machine, 0, 0, UNMOVABLE, 3);
  m.page.flags[pages[0]!]! |= PAGE.badMapcount;
  m.page.flags[pages[1]!]! |= PAGE.badForever;
  assertEquals(takeFromPcp(m, 0, 0, UNMOVABLE), pages[2]);
  assertEquals([m.pcp.count[0], m.vm.leaked[0]], [0, 2]);
});

Deno.test("a refill of bad pages only is refilled again under DEBUG_VM", () => {
  const machine = machineOf({ debugVm: true });
  const { m } = machine;
  const first = takeBlock(machine, 0);
  for (let i = 1; i <= 5; i++) m.page.flags[first + i]! |= PAGE.badForever;
  assertEquals(alloc(machine), first + 6);
  assertEquals([m.pcp.count[0], m.vm.leaked[0]], [4, 5]);
});

Deno.test("free_pcppages_bulk() drops a bad page, and it uses up one of the count (DEBUG_VM=n)", () => {
  const machine = machineOf();
  const { m } = machine;
  const pages = stockPcp(machine, 0, 0, UNMOVABLE, 4);
  m.page.flags[pages[3]!]! |= PAGE.badForever;
  const before = freeCount(m, 0);
  assertEquals(free_pcppages_bulk(m, 0, 0, 0, 2), 2);
  assertEquals([freeCount(m, 0), m.vm.leaked[0], m.pcp.count[0]], [before + 1, 1, 2]);
});

Deno.test("bad_page() makes a page good again only if it was bad by its mapcount, and a user keeps the badness", () => {
  const machine = machineOf();
  const { m } = machine;
  const [mapcount, forever] = stockPcp(machine, 0, 0, UNMOVABLE, 2);
  m.page.flags[mapcount!]! |= PAGE.badMapcount;
  m.page.flags[forever!]! |= PAGE.badForever;
  assertEquals([alloc(machine), alloc(machine)], [mapcount, forever]); // nobody looks on this way
  free(machine, forever!);
  free(machine, mapcount!);
  free_pcppages_bulk(m, 0, 0, 0, 2); // here somebody does
  assertEquals([m.vm.badReports[0], m.vm.leaked[0]], [2, 2]);
  assertEquals([m.page.flags[mapcount!]! & PAGE.badMapcount, m.page.flags[forever!]! & PAGE.badForever], [
    0,
    16,
  ]);
});

Deno.test("a block of order > 0 is always checked, when it is freed and when it is taken", () => {
  const machine = machineOf();
  const { m } = machine;
  const block = alloc(machine, GFP_ATOMIC, 2);
  m.page.flags[block + 3]! |= PAGE.badMapcount;
  free(machine, block, 2);
  assertEquals([pageState(m, block), m.vm.leaked[0]], [PAGE.leaked, 4]);
  const other = alloc(machine, GFP_ATOMIC, 2);
  m.page.flags[other]! |= PAGE.badMapcount;
  free(machine, other, 2);
  assertEquals([pageState(m, other), m.vm.leaked[0]], [PAGE.leaked, 8]);
  const next = alloc(machine, GFP_ATOMIC, 2);
  free(machine, next, 2);
  m.page.flags[next + 1]! |= PAGE.badForever;
  const freePages = zone_page_state_snapshot(m, 0);
  assert(alloc(machine, GFP_ATOMIC, 2) !== next);
  // the dropped block stays in NR_FREE_PAGES: rmqueue() counts only what it hands out
  assertEquals([m.vm.leaked[0], zone_page_state_snapshot(m, 0)], [12, freePages - 4]);
});

Deno.test("pcp order: a CPU's lists are deques, refilled behind and drained behind, used in front", () => {
  const step = fc.tuple(fc.boolean(), fc.constantFrom(UNMOVABLE, MOVABLE, RECLAIMABLE), fc.nat(99));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const machine = machineOf({}, { high: 12, batch: 4 });
      const { m } = machine;
      const sound = soundness(m);
      const model: number[][] = [[], [], []];
      const held: { pfn: number; type: number }[] = [];
      for (const [gives, type, pick] of steps) {
        if (gives && held.length > 0) {
          const { pfn } = held.splice(pick % held.length, 1)[0]!;
          model[get_pageblock_migratetype(m, pfn)]!.unshift(pfn);
          free(machine, pfn);
          const total = model.reduce((sum, list) => sum + list.length, 0);
          if (total < 12) continue;
          for (const letter of lettersBySimulation(model.map((list) => list.length), 4)) {
            model["UMR".indexOf(letter)]!.pop();
          }
        } else {
          const refilled = model[type]!.length === 0;
          const pfn = alloc(machine, GFP_ATOMIC | type << 3);
          if (refilled) model[type] = [pfn, ...pcpPages(m, 0, 0, type)];
          assertEquals(pfn, model[type]!.shift());
          held.push({ pfn, type });
        }
        assertEquals([0, 1, 2].map((list) => pcpPages(m, 0, 0, list)), model);
      }
      assertEquals(sound(), null);
      assertEquals(m.zone.pgalloc[0]! - m.vm.pgfree[0]!, held.length);
    }),
    { seed: 7, numRuns: 60 },
  );
});

/** Stocks both CPUs and starts drain_all_pages on thread 0 up to where it sleeps. */
function draining(): { machine: Machine; t: number } {
  const machine = machineOf();
  stockPcp(machine, 0, 0, UNMOVABLE, 7);
  stockPcp(machine, 0, 1, MOVABLE, 9);
  const t = threadOf(machine, 0);
  start(machine, t, drain_all_pages.start);
  runTask(machine, t);
  return { machine, t };
}

Deno.test("drain_all_pages() has each CPU empty its own lists, and waits for them", () => {
  const { machine, t } = draining();
  const { m } = machine;
  assertEquals([m.task.state[t], m.vm.drainsPending[0]], [TASK.sleeping, 2]);
  assertEquals([m.pcp.count[0], m.pcp.count[1]], [7, 9]); // nobody else touches a list
  settle(machine);
  assertEquals([m.pcp.count[0], m.pcp.count[1]], [0, 0]);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.task.ret[t], m.vm.drainOwner[0]], [TASK.idle, 1, 0]);
  assertEquals(freeCount(m, 0), 16384);
});

Deno.test("drain_all_pages() returns at once, having done nothing, while another one is under way", () => {
  const { machine } = draining();
  assertEquals(runOperation(machine, threadOf(machine, 1), drain_all_pages.start), 0);
  assertEquals([machine.m.pcp.count[1], machine.m.vm.drainAll[0]], [9, 1]);
});

Deno.test("drain_all_pages() for a zone waits for its turn and leaves other zones alone", () => {
  for (const name of ["v5_9", "v6_1"]) {
    const machine = memory({
      zones: [{ pages: 16384 }, { pages: 16384, index: ZONE.MOVABLE }],
      build: { ...profileNamed(name), preemption: "full" },
    });
    const { m } = machine;
    const [first, second] = [threadOf(machine, 0), threadOf(machine, 1)];
    m.vm.drainOwner[0] = first + 1;
    stockPcp(machine, 0, 0, UNMOVABLE, 5);
    stockPcp(machine, 1, 0, MOVABLE, 6);
    start(machine, second, drain_all_pages.start, 2);
    runTask(machine, second);
    assertEquals([m.task.state[second], m.vm.drainAll[0]], [TASK.sleeping, 0]);
    start(machine, first, drain_all_pages.at.wait); // the end of the other one
    runTask(machine, first);
    for (let i = 0; i < 2; i++) {
      runTask(machine, second);
      settle(machine);
    }
    runTask(machine, second);
    assertEquals([m.task.state[second], m.task.ret[second]], [TASK.idle, 1]);
    assertEquals([m.pcp.count[pcpOf(m, 0, 0)], m.pcp.count[pcpOf(m, 1, 0)]], [5, 0]);
  }
});

Deno.test("drain_all_pages() misses a CPU whose lists fill after it was looked at, and offline ones", () => {
  const machine = memory({ zones: [{ pages: 16384 }], cpuNodes: [0, 0, 0] });
  const { m } = machine;
  stockPcp(machine, 0, 1, UNMOVABLE, 4);
  stockPcp(machine, 0, 2, UNMOVABLE, 4);
  m.cpu.online[2] = 0;
  const t = threadOf(machine, 0);
  start(machine, t, drain_all_pages.start);
  stepTask(machine, t);
  stepTask(machine, t); // CPU 0 has been looked at and was empty
  stockPcp(machine, 0, 0, UNMOVABLE, 6);
  runTask(machine, t);
  settle(machine);
  runTask(machine, t);
  assertEquals([m.pcp.count[0], m.pcp.count[1], m.pcp.count[2]], [6, 0, 4]);
});

Deno.test("drain_all_pages() with nothing on any list does not sleep", () => {
  const machine = machineOf();
  assertEquals(runOperation(machine, threadOf(machine, 0), drain_all_pages.start), 1);
  assertEquals(machine.m.vm.drainAll[0], 1);
});

Deno.test("an allocation that may sleep is not allowed with interrupts off", () => {
  const machine = machineOf();
  machine.m.cpu.irqOff[0] = 1;
  assertThrows(() => alloc(machine, GFP_KERNEL), KernelBug, "sleeping function called from invalid context");
});
