/**
 * Checkers of structures say what is wrong, and where: each kind of damage is done to a sound machine and told from the
 * others.
 */
import { assertEquals, assertMatch } from "@std/assert";
import {
  allocateObject,
  mendedProfile,
  runOperation,
  smallMachine,
  threadOf,
} from "../../tests/support/machines.ts";
import { add_to_free_list, del_page_from_free_list } from "../mm/buddy.ts";
import { freeNode, LARGEST, pfnOfNode, unmarkFree } from "../mm/free_block.ts";
import { GFP_ATOMIC, MAX_ORDER, MIGRATE } from "../mm/gfp.ts";
import { list_add, list_del } from "../mm/list.ts";
import {
  freeListHead,
  NUMA,
  PAGE,
  pageState,
  pcpListHead,
  set_pageblock_migratetype,
  setPageState,
} from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { Prng } from "../sim/prng.ts";
import { blockPlaces } from "./block_places.ts";
import { buddyStructure } from "./buddy_structure.ts";
import type { Checker } from "./checker.ts";
import { cmaPages } from "./cma_pages.ts";
import { contextRestored } from "./context_restored.ts";
import { freePages } from "./free_pages.ts";
import { numaIdentity } from "./numa_identity.ts";
import { pageCounters } from "./page_counters.ts";
import { pagePlaces } from "./page_places.ts";
import { pcpCount } from "./pcp_count.ts";
import { refillOnItsWay } from "./refill_on_its_way.ts";
import { UsedPages } from "./used_pages.ts";

const ZONE = 1, TYPE = 1;
/** Order of a block that is free below the largest order. */
const BELOW = LARGEST - 1;

/** A sound machine with two zones, pages on the lists of CPU 0 and free blocks below the largest order. */
function sound(): Machine {
  const machine = smallMachine({ cpus: 1 });
  allocateObject(machine, threadOf(machine, 0));
  runOperation(machine, threadOf(machine, 0), __alloc_pages_nodemask.start, GFP_ATOMIC, 3);
  return machine;
}

/** Attaches a checker to a machine; what is returned asks it of the whole, as in the end. */
function watch(checker: Checker, { m }: Machine): () => string | null {
  const attached = checker.attach(m, () => {});
  return () => attached.examine?.() ?? attached.examineEnd?.() ?? null;
}

/** What a checker says of the whole machine, in the end. */
const saidBy = (checker: Checker, machine: Machine) => watch(checker, machine)();

/** First page of a list that has some. */
function firstOf({ m }: Pick<Machine, "m">, heads: readonly number[]): { head: number; pfn: number } {
  const head = heads.find((each) => m.link.next[each] !== each);
  if (head === undefined) throw new Error("no list has a page");
  return { head, pfn: pfnOfNode(m, m.link.next[head]!) };
}

const freeBlock = (machine: Pick<Machine, "m">, order: number, zone = ZONE) =>
  firstOf(machine, [0, 1, 2].map((type) => freeListHead(machine.m, zone, order, type)));
const pcpPage = (machine: Machine) =>
  firstOf(machine, [0, 1, 2].map((type) => pcpListHead(machine.m, ZONE, type)));

/** A kind of damage: the checker that sees it, what is done, what is said. */
interface Damage {
  readonly checker: Checker;
  readonly name: string;
  readonly harm: (machine: Machine) => void;
  readonly says: RegExp;
}

const DAMAGES: readonly Damage[] = [
  {
    checker: buddyStructure,
    name: "a free block that is not counted",
    harm: ({ m }) => m.zone.nr_free[ZONE * MAX_ORDER + LARGEST]!--,
    says: /^zone 1, order 10: nr_free is \d+, the lists hold \d+$/,
  },
  {
    checker: buddyStructure,
    name: "a free list that never comes back to its head",
    harm: (machine) => {
      const node = freeNode(machine.m, freeBlock(machine, LARGEST).pfn, LARGEST);
      machine.m.link.next[node] = node;
    },
    says: /^free list of zone 1, order 10, type \d is endless$/,
  },
  {
    checker: buddyStructure,
    name: "an allocated page on a free list",
    harm: (machine) => setPageState(machine.m, freeBlock(machine, BELOW).pfn, PAGE.allocated),
    says: /^node \d+ is on a free list of order 9 but is no such block$/,
  },
  {
    checker: buddyStructure,
    name: "a block of the largest order without its mark",
    harm: (machine) => unmarkFree(machine.m, freeBlock(machine, LARGEST).pfn, LARGEST),
    says: /^node \d+ is on a free list of order 10 but is no such block$/,
  },
  {
    checker: buddyStructure,
    name: "a block that does not begin at a multiple of its size",
    harm: ({ m }) => {
      const head = freeListHead(m, ZONE, BELOW, TYPE);
      const pfn = 4097;
      setPageState(m, pfn, PAGE.buddy);
      m.page.order[pfn] = BELOW;
      list_add(m, pfn, head);
    },
    says: /^free block 4097 of order 9 is not aligned$/,
  },
  {
    checker: buddyStructure,
    name: "a block on a list of another zone",
    harm: (machine) => {
      const { m } = machine;
      const { pfn } = freeBlock(machine, LARGEST, 0);
      const node = freeNode(m, pfn, LARGEST);
      list_del(m, node);
      m.zone.nr_free[LARGEST]!--;
      list_add(m, node, freeListHead(m, ZONE, LARGEST, TYPE));
    },
    says: /^free block \d+ of zone 0 is listed in zone 1$/,
  },
  {
    checker: pcpCount,
    name: "a page too many in the count",
    harm: ({ m }) => m.pcp.count[ZONE]!++,
    says: /^zone 1, CPU 0: count is \d+ and the lists hold \d+$/,
  },
  {
    checker: pcpCount,
    name: "a list whose links disagree",
    harm: (machine) => {
      const { m } = machine;
      m.link.prev[m.link.next[pcpPage(machine).pfn]!] = 0;
    },
    says: /^list \d of zone 1, CPU 0 is broken at node \d+$/,
  },
  {
    checker: pcpCount,
    name: "an allocated page on a pcp list",
    harm: (machine) => setPageState(machine.m, pcpPage(machine).pfn, PAGE.allocated),
    says: new RegExp(`^page \\d+ is on a pcp list but marked ${PAGE.allocated}$`),
  },
  {
    checker: pcpCount,
    name: "a page of another zone on a pcp list",
    harm: (machine) => {
      const { m } = machine;
      const { pfn } = freeBlock(machine, LARGEST, 0);
      del_page_from_free_list(m, pfn, 0, LARGEST);
      setPageState(m, pfn, PAGE.pcp);
      list_add(m, pfn, pcpPage(machine).head);
    },
    says: /^page \d+ of zone 0 is on a list of zone 1$/,
  },
  {
    checker: pagePlaces,
    name: "a page of a free block of the largest order that a user has",
    harm: (machine) => setPageState(machine.m, freeBlock(machine, LARGEST).pfn + 5, PAGE.allocated),
    says: /^page \d+ is in the buddy lists and in a user$/,
  },
  {
    checker: pagePlaces,
    name: "a page that is free by itself and in a block of the largest order",
    harm: (machine) => add_to_free_list(machine.m, freeBlock(machine, LARGEST).pfn + 5, ZONE, 0, TYPE),
    says: /^page \d+ is in the buddy lists and in the buddy lists$/,
  },
  {
    checker: pagePlaces,
    name: "a block of the largest order that is free and that a user has",
    harm: ({ m }) => {
      const { pfn } = freeBlock({ m }, LARGEST);
      setPageState(m, pfn, PAGE.allocated);
      m.page.order[pfn] = LARGEST;
    },
    says: /^page \d+ is in the buddy lists and in a user$/,
  },
  {
    checker: pagePlaces,
    name: "a free block that nobody has any more",
    harm: (machine) => {
      const { pfn } = freeBlock(machine, BELOW);
      del_page_from_free_list(machine.m, pfn, ZONE, BELOW);
      setPageState(machine.m, pfn, PAGE.none);
    },
    says: /^\d+ pages are accounted for, and there were \d+$/,
  },
  {
    checker: pagePlaces,
    name: "a page of a pcp list that a user has",
    harm: (machine) => setPageState(machine.m, pcpPage(machine).pfn, PAGE.allocated),
    says: /^page \d+ is in a pcp list and in a user$/,
  },
  {
    checker: freePages,
    name: "a free page too many in the counter of a zone",
    harm: ({ m }) => m.zone.nr_free_pages[ZONE]!++,
    says: /^zone 1: NR_FREE_PAGES is \d+ and \d+ pages are free$/,
  },
  {
    checker: pageCounters,
    name: "a page in use that was never counted",
    harm: (machine) => setPageState(machine.m, pcpPage(machine).pfn, PAGE.allocated),
    says: /^PGALLOC - PGFREE says \d+ pages are in use, and \d+ are$/,
  },
  {
    checker: numaIdentity,
    name: "a miss that was foreign to no zone",
    harm: ({ m }) => m.zone.numa[ZONE * 6 + NUMA.miss]!++,
    says: /^numa_miss sums to 1 and numa_foreign to 0$/,
  },
  {
    checker: refillOnItsWay,
    name: "a cache that waits for a worker which nobody has queued",
    harm: ({ m }) => m.krc.work_in_progress[0] = 1,
    says: /^CPU 0: work_in_progress is set and nobody will fill the cache$/,
  },
  {
    checker: contextRestored,
    name: "preemption that stays off",
    harm: ({ m }) => m.cpu.preemptOff[0] = 2,
    says: /^CPU 0 ends with preemption off, 2 deep$/,
  },
  {
    checker: contextRestored,
    name: "interrupts that stay off",
    harm: ({ m }) => m.cpu.irqOff[0] = 1,
    says: /^CPU 0 ends with interrupts off, 1 deep$/,
  },
  {
    checker: contextRestored,
    name: "a lock that stays held",
    harm: ({ m }) => m.lock.owner[ZONE] = 8,
    says: /^zone->lock \(lock 1\) is still held by task 7$/,
  },
  {
    checker: blockPlaces,
    name: "a cache that is shorter than it says",
    harm: ({ m }) => m.krc.nr_bkv_objs[0]!++,
    says: /^CPU 0: nr_bkv_objs is \d+ and the cache holds \d+ blocks$/,
  },
  {
    checker: blockPlaces,
    name: "a cache that is longer than its limit",
    harm: ({ m }) => (m as { cachedBlocks: number }).cachedBlocks--,
    says: /^CPU 0: 2 blocks cached, the limit is 1$/,
  },
];

for (const { checker, name, harm, says } of DAMAGES) {
  Deno.test(`${checker.name} tells of ${name}`, () => {
    const machine = sound();
    const say = watch(checker, machine);
    assertEquals(say(), null);
    harm(machine);
    assertMatch(say() ?? "nothing", says);
  });
}

Deno.test("UsedPages finds the pages that looking at each finds, wherever the descriptors begin", () => {
  const prng = new Prng("used pages");
  for (let round = 0; round < 400; round++) {
    const offset = prng.upTo(9);
    const flags = new Uint8Array(new ArrayBuffer(100), offset, prng.upTo(80));
    new Uint8Array(flags.buffer, 0, offset).fill(255);
    for (let i = prng.upTo(6); i > 0; i--) flags[prng.upTo(79)] = 1 + prng.upTo(254);
    const used = new UsedPages({ page: { flags, order: flags, migratetype: flags } });
    for (let from = 0; from <= flags.length; from++) {
      assertEquals(used.from(from), flags.findIndex((flag, pfn) => pfn >= from && flag !== 0));
    }
  }
});

/** What block_places reports of a sequence of events about one page, from a machine without cached blocks. */
function reported(...events: readonly (readonly [kind: number, how: number])[]): string[] {
  const { m } = smallMachine({ cpus: 1, cachedBlocks: 0 });
  const messages: string[] = [];
  const { listener } = blockPlaces.attach(m, (message) => messages.push(message));
  for (const [kind, how] of events) listener!.onEvent(kind, 0, 77, how, 0);
  return messages;
}

Deno.test("block_places follows a block from the allocator to a cache and back", () => {
  const { blockGot, blockFreed, blockCached, blockUncached } = EVENT;
  assertEquals(reported([blockGot, 1], [blockFreed, 1], [blockGot, 0], [blockFreed, 0]), []);
  assertEquals(reported([blockCached, 0], [blockUncached, 0]), []);
});

Deno.test("block_places tells a block that is in two places, or comes from one in which it was not", () => {
  const { blockGot, blockFreed, blockCached, blockUncached } = EVENT;
  assertEquals(reported([blockGot, 1], [blockGot, 1]), ["block at page 77 is taken while in use"]);
  assertEquals(reported([blockGot, 0]), ["block at page 77 came from where it was not"]);
  assertEquals(reported([blockFreed, 0]), ["block at page 77 is given up while not in use"]);
  assertEquals(reported([blockGot, 1], [blockCached, 0]), ["page 77 is cached and was a block already"]);
  assertEquals(reported([blockUncached, 0]), ["page 77 is taken from a cache in which it was not"]);
});

Deno.test("the machine that is damaged here has what the damages need", () => {
  const machine = sound();
  assertEquals(machine.m.nrZones, 2);
  assertEquals(pageState(machine.m, pcpPage(machine).pfn), PAGE.pcp);
});

Deno.test("cma_pages counts the pageblocks of CMA in a larger free block, whichever they are, and single pages", () => {
  for (const half of [0, 512]) {
    const machine = smallMachine({ cpus: 1, profile: mendedProfile({ cma: true }) });
    const { m } = machine;
    const say = watch(cmaPages, machine);
    const { pfn } = freeBlock(machine, LARGEST);
    set_pageblock_migratetype(m, pfn + half, MIGRATE.CMA);
    assertMatch(say()!, /^zone 1: NR_FREE_CMA_PAGES is 0 and 512 pages of CMA pageblocks are free$/);
    m.zone.nr_free_cma[ZONE] = 512;
    assertEquals(say(), null);
    del_page_from_free_list(m, pfn, ZONE, LARGEST);
    add_to_free_list(m, pfn + half + 7, ZONE, 0, TYPE);
    m.zone.nr_free_cma[ZONE] = 1;
    assertEquals(say(), null);
  }
});

Deno.test("buddy_structure sees a free block on the lists of another type than its pageblock's, from 6.10 on", () => {
  const said = ["v6_1", "v6_12"].map((name) => {
    const machine = smallMachine({ cpus: 1, profile: mendedProfile(profileNamed(name)) });
    assertEquals(saidBy(buddyStructure, machine), null);
    const { pfn } = freeBlock(machine, LARGEST);
    set_pageblock_migratetype(machine.m, pfn, MIGRATE.RECLAIMABLE);
    return saidBy(buddyStructure, machine)?.replace(/\d{3,}/, "N") ?? null;
  });
  assertEquals(said, [null, "free block N of order 10 is on a list of type 1, its pageblock is of 2"]);
});
