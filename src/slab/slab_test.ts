/** SLUB as page traffic: shapes of slabs, where freed objects and empty slabs go, bulk frees, vmalloc areas. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  countEvents,
  freeCount,
  type Memory,
  memory,
  nodesOf,
  pcpPages,
  soundness,
  takeAllBut,
  takeBlock,
} from "../../tests/support/memory.ts";
import { runOperation, runTask, settle, start, threadOf } from "../../tests/support/machines.ts";
import { __free_pages } from "../mm/free.ts";
import { GFP_ATOMIC, GFP_KERNEL, MIGRATE } from "../mm/gfp.ts";
import { lruAdd } from "../mm/lru.ts";
import { NO_PAGE } from "../mm/mm.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { TASK } from "../sim/task.ts";
import { kfree, kfree_bulk } from "./kfree.ts";
import { kmalloc } from "./kmalloc.ts";
import { partialHead } from "./partial.ts";
import { calculate_order, cpu_partial, is_vmalloc_addr, kmallocSize, min_partial } from "./slab.ts";
import { vfree, vmalloc } from "./vmalloc.ts";

Deno.test("kmallocSize() finds the smallest class, 96 and 192 included, and none above 8 KiB", () => {
  const table: [number, number][] = [
    [1, 8],
    [8, 8],
    [9, 16],
    [24, 32],
    [36, 64],
    [64, 64],
    [65, 96],
    [96, 96],
    [97, 128],
    [129, 192],
    [192, 192],
    [193, 256],
    [4097, 8192],
    [8192, 8192],
    [8193, 0],
  ];
  for (const [bytes, size] of table) assertEquals(kmallocSize(bytes), size, `${bytes} bytes`);
});

Deno.test("calculate_order() gives the orders and object counts of 8 CPUs", () => {
  const table: [number, number, number][] = [
    [8, 0, 512],
    [32, 0, 128],
    [64, 0, 64],
    [96, 0, 42],
    [128, 0, 32],
    [192, 0, 21],
    [256, 1, 32],
    [512, 2, 32],
    [1024, 3, 32],
    [2048, 3, 16],
    [4096, 3, 8],
    [8192, 3, 4],
  ];
  for (const [size, order, objects] of table) {
    const shape = calculate_order(size, 8);
    assertEquals([shape.order, shape.objects], [order, objects], `${size} bytes`);
    assertEquals([shape.minOrder, shape.minObjects], size === 8192 ? [1, 1] : [0, Math.floor(4096 / size)]);
  }
});

Deno.test("calculate_order() wants 4 * (fls(CPUs) + 1) objects: 8, 16, 20, 24, 32 for 1, 4, 8, 16, 64 CPUs", () => {
  // 256-byte objects: 16 fit into a page, 32 into two
  assertEquals([1, 4, 8, 16, 64].map((cpus) => calculate_order(256, cpus).order), [0, 0, 1, 1, 1]);
  assertEquals([1, 4, 8, 16, 64].map((cpus) => calculate_order(512, cpus).order), [0, 1, 2, 2, 2]);
});

Deno.test("calculate_order() allows a sixteenth of waste first, then more, then fewer objects", () => {
  assertEquals(calculate_order(1400, 1).order, 2); // wastes 984 of 16384, a sixteenth is 1024
  assertEquals(calculate_order(1500, 1).order, 3); // would waste 1384
  const { order, objects } = calculate_order(6000, 1);
  assertEquals([order, objects], [3, 5]); // wastes 2768 of 32768: an eighth will do
  const size = fc.integer({ min: 8, max: 8192 });
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 256 }), (bytes, cpus) => {
      const { order, objects, minOrder } = calculate_order(bytes, cpus);
      assert(order >= minOrder && order <= 3);
      assertEquals(objects, Math.floor((4096 << order) / bytes));
      // no smaller order is as good: as many objects with at most a sixteenth of waste
      const wanted = Math.min(4 * (32 - Math.clz32(cpus) + 1), Math.floor(32768 / bytes));
      for (let o = minOrder; o < order; o++) {
        const few = Math.floor((4096 << o) / bytes) < wanted;
        assert(few || (4096 << o) % bytes > (4096 << o) / 16, `${bytes} bytes, ${cpus} CPUs: order ${o}`);
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});

Deno.test("cpu_partial() and min_partial() go by the size of an object, from 5.16 on by half-full slabs", () => {
  const partials = (inSlabs: boolean) =>
    [8, 192, 256, 512, 1024, 2048, 4096, 8192].map((size) =>
      cpu_partial(size, calculate_order(size, 2).objects, inSlabs)
    );
  assertEquals(partials(false), [30, 30, 13, 13, 6, 6, 2, 2]);
  assertEquals(partials(true), [1, 12, 7, 7, 3, 3, 2, 3]);
  assertEquals([8, 512, 2048, 4096, 8192, 1 << 20, 1 << 22].map(min_partial), [5, 5, 5, 6, 6, 10, 10]);
});

/** kmalloc-512: with two CPUs 16 objects a slab of order 1, 13 objects on a CPU's partial list, 5 slabs on a node's. */
const KMALLOC_512 = { size: 512, slabsMax: 200 };
/** kmalloc-256: 16 objects a slab of order 0. */
const KMALLOC_256 = { size: 256, slabsMax: 200 };

function machineOf(over: Partial<Memory> = {}): Machine {
  const zones = [{ pages: 8192, watermarks: [64, 96, 128] as const, pcp: { high: 30, batch: 5 } }];
  const machine = memory({ zones, caches: [KMALLOC_256, KMALLOC_512], threadsPerCpu: 2, ...over });
  machine.m.zone.stat_threshold.fill(0);
  settle(machine);
  return machine;
}

const SMALL = 0, LARGE = 1;
const alloc = (machine: Machine, cache = SMALL, gfp = GFP_ATOMIC, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), kmalloc.start, cache, gfp);
const release = (machine: Machine, object: number, thread = 0) =>
  runOperation(machine, threadOf(machine, thread), kfree.start, object);
const allocMany = (machine: Machine, count: number, cache = SMALL, thread = 0) =>
  Array.from({ length: count }, () => alloc(machine, cache, GFP_ATOMIC, thread));

/** Frees objects in bulk, as an array whose last element is freed first; returns the number of groups. */
function releaseBulk(machine: Machine, objects: readonly number[], thread = 0): number {
  const { m } = machine;
  objects.forEach((object, i) => m.object.next[object] = i === 0 ? 0 : objects[i - 1]! + 1);
  return runOperation(machine, threadOf(machine, thread), kfree_bulk.start, objects.at(-1)! + 1);
}

/** Slabs of a CPU's partial list from its head on. */
function cpuPartials({ m }: Machine, cache: number, cpu: number): number[] {
  const slabs: number[] = [];
  for (let s = m.slabCpu.partial[cache * m.nrCpus + cpu]!; s !== 0; s = m.slab.next[s - 1]!) {
    slabs.push(s - 1);
  }
  return slabs;
}

/** Slabs of a node's partial list from its head on. */
function nodePartials({ m }: Machine, cache: number, nid = 0): number[] {
  return nodesOf({ link: m.slabLink }, partialHead(m, cache * m.geometry.distance.length + nid));
}

/** What must hold of the slab layer between two operations. */
function slabFault({ m }: Machine, held: readonly number[]): string | null {
  if (new Set(held).size !== held.length) return "an object was handed out twice";
  const out = new Map<number, number>();
  for (const object of held) out.set(m.object.slab[object]!, (out.get(m.object.slab[object]!) ?? 0) + 1);
  const onCpu = new Map<number, number>();
  m.slabCpu.page.forEach((page, c) => {
    let length = 0;
    for (let o = m.slabCpu.freelist[c]!; o !== 0; o = m.object.next[o - 1]!) length++;
    if (page !== 0) onCpu.set(page - 1, length);
  });
  for (const slab of new Set([...out.keys(), ...onCpu.keys()])) {
    let free = 0;
    for (let o = m.slab.freelist[slab]!; o !== 0; o = m.object.next[o - 1]!) {
      if (m.object.slab[o - 1] !== slab) {
        return `slab ${slab} lists an object of slab ${m.object.slab[o - 1]}`;
      }
      free++;
    }
    const inuse = (out.get(slab) ?? 0) + (onCpu.get(slab) ?? 0);
    if (m.slab.inuse[slab] !== inuse) return `slab ${slab}: inuse is ${m.slab.inuse[slab]} and not ${inuse}`;
    if (free + inuse !== m.slab.objects[slab]) return `slab ${slab} has lost objects`;
  }
  m.slabNode.nr_partial.forEach((count, entry) => {
    const cache = Math.floor(entry / m.geometry.distance.length);
    const listed = nodePartials({ m } as Machine, cache, entry % m.geometry.distance.length).length;
    if (listed !== count) {
      throw new Error(`entry ${entry}: nr_partial is ${count} and the list holds ${listed}`);
    }
  });
  return null;
}

Deno.test("kmalloc() takes one page for a slab and hands its objects out one by one", () => {
  const machine = machineOf();
  const pages = countEvents(machine.m, EVENT.mm_page_alloc);
  const objects = allocMany(machine, 16);
  assertEquals(objects, objects.map((_, i) => objects[0]! + i));
  assertEquals([pages.count, pages.last.slice(1)], [1, [0, MIGRATE.UNMOVABLE]]);
  alloc(machine);
  assertEquals([pages.count, machine.m.cache.slabs[SMALL]], [2, 2]);
  alloc(machine, LARGE);
  assertEquals(pages.last.slice(1), [1, MIGRATE.UNMOVABLE]); // a slab of order 1
});

Deno.test("kfree() into the CPU's own slab is LIFO and takes no lock", () => {
  const machine = machineOf();
  const [a, b] = allocMany(machine, 2) as [number, number];
  const locks = countEvents(machine.m, EVENT.lockTaken);
  release(machine, a);
  release(machine, b);
  assertEquals([alloc(machine), alloc(machine), locks.count], [b, a, 0]);
});

Deno.test("kfree() into another CPU's active slab leaves it where it is", () => {
  const machine = machineOf();
  const objects = allocMany(machine, 16);
  release(machine, objects[3]!, 1);
  assertEquals([cpuPartials(machine, SMALL, 1), nodePartials(machine, SMALL)], [[], []]);
  assertEquals(alloc(machine), objects[3]); // found when the own list is empty
});

Deno.test("kfree() of the first object of a full slab puts it on the partial list of the CPU that frees", () => {
  const machine = machineOf();
  const objects = allocMany(machine, 17); // the first slab is full and nobody's
  const { m } = machine;
  const slab = m.object.slab[objects[0]!]!;
  assertEquals(m.slab.frozen[slab], 0);
  release(machine, objects[0]!, 1);
  assertEquals([cpuPartials(machine, SMALL, 1), m.slab.frozen[slab]], [[slab], 1]);
  release(machine, objects[1]!, 0); // it is frozen: nothing moves
  assertEquals([cpuPartials(machine, SMALL, 0), cpuPartials(machine, SMALL, 1)], [[], [slab]]);
  const pages = countEvents(m, EVENT.mm_page_alloc);
  assertEquals(alloc(machine, SMALL, GFP_ATOMIC, 1), objects[1]); // CPU 1 goes on with that slab
  assertEquals(pages.count, 0);
});

/** Fills `count` slabs and one more object, then frees one object of each slab on CPU 1. */
function partialSlabs(machine: Machine, cache: number, count: number): number[][] {
  const perSlab = machine.m.caches[cache]!.objects;
  const objects = allocMany(machine, count * perSlab + 1, cache);
  const slabs = Array.from({ length: count }, (_, i) => objects.slice(i * perSlab, (i + 1) * perSlab));
  for (const slab of slabs) release(machine, slab.pop()!, 1);
  return slabs;
}

Deno.test("a CPU's partial list with more than cpu_partial objects goes to the node, all of it", () => {
  const machine = machineOf();
  const { m } = machine;
  partialSlabs(machine, SMALL, 14);
  assertEquals([cpuPartials(machine, SMALL, 1).length, m.slabNode.nr_partial[SMALL]], [14, 0]);
  const other = machineOf();
  partialSlabs(other, SMALL, 15); // 14 objects are more than 13: the fifteenth finds the list too long
  assertEquals([cpuPartials(other, SMALL, 1).length, other.m.slabNode.nr_partial[SMALL]], [1, 14]);
  const first = other.m.caches[SMALL]!.firstSlab;
  assertEquals(nodePartials(other, SMALL), Array.from({ length: 14 }, (_, i) => first + 13 - i));
});

/** A machine of a kernel that counts the slabs of a CPU's partial list. */
const slabCounting = () => machineOf({ build: { cpuPartialInSlabs: true } });

Deno.test("from 5.16 on a CPU's partial list goes to the node when it has as many slabs as it may hold", () => {
  for (const [slabs, onCpu, onNode] of [[7, 7, 0], [8, 1, 7], [15, 1, 14]] as const) {
    const machine = slabCounting();
    partialSlabs(machine, SMALL, slabs);
    assertEquals([cpuPartials(machine, SMALL, 1).length, machine.m.slabNode.nr_partial[SMALL]], [
      onCpu,
      onNode,
    ]);
  }
});

Deno.test("from 5.16 on kmalloc() fills half of what the CPU's partial list may hold, and one more", () => {
  const machine = slabCounting();
  const { m } = machine;
  partialSlabs(machine, SMALL, 15);
  const list = nodePartials(machine, SMALL);
  alloc(machine, SMALL, GFP_ATOMIC, 1); // CPU 1 has one partial slab
  alloc(machine, SMALL, GFP_ATOMIC, 1);
  assertEquals(cpuPartials(machine, SMALL, 1), list.slice(1, 5).reverse()); // 4 are more than 7 / 2
  assertEquals(m.slabNode.nr_partial[SMALL], 9);
});

Deno.test("an empty slab beyond min_partial is discarded: one page to the pcp, more to the buddy lists", () => {
  for (const cache of [SMALL, LARGE]) {
    const machine = machineOf();
    const { m } = machine;
    const slabs = partialSlabs(machine, cache, 15);
    const frees = countEvents(m, EVENT.mm_page_free);
    const pfn = m.slab.pfn[m.object.slab[slabs[0]![0]!]!]!;
    for (const object of slabs[0]!) release(machine, object, 1);
    const { order } = m.caches[cache]!;
    assertEquals([frees.count, frees.last.slice(0, 2)], [1, [pfn, order]]);
    assertEquals(pcpPages(m, 0, 1, MIGRATE.UNMOVABLE)[0] === pfn, order === 0);
    assertEquals(m.slabNode.nr_partial[cache], 13);
  }
});

Deno.test("up to min_partial slabs stay with the node although they are empty", () => {
  const machine = machineOf();
  const { m } = machine;
  const slabs = partialSlabs(machine, SMALL, 15);
  const frees = countEvents(m, EVENT.mm_page_free);
  for (const slab of slabs.slice(0, 14)) for (const object of slab) release(machine, object, 1);
  assertEquals([m.slabNode.nr_partial[SMALL], frees.count], [4, 10]); // the fifth was still needed when it became empty
});

Deno.test("unfreeze_partials() keeps min_partial of the empty slabs it finds and discards the others", () => {
  const machine = machineOf();
  const { m } = machine;
  const slabs = partialSlabs(machine, SMALL, 14);
  const frees = countEvents(m, EVENT.mm_page_free);
  for (const slab of slabs) for (const object of slab) release(machine, object, 1);
  assertEquals([cpuPartials(machine, SMALL, 1).length, frees.count], [14, 0]); // frozen, so nobody looks at them
  const [next] = allocMany(machine, 17); // fills CPU 0's slab and begins another
  release(machine, next!, 1);
  assertEquals([m.slabNode.nr_partial[SMALL], frees.count, cpuPartials(machine, SMALL, 1).length], [5, 9, 1]);
  assertEquals(m.cache.slabs[SMALL], 7);
});

Deno.test("kmalloc() prefers the CPU's partial slabs, then the node's, half of cpu_partial at a time", () => {
  const machine = machineOf();
  const { m } = machine;
  partialSlabs(machine, SMALL, 15);
  const pages = countEvents(m, EVENT.mm_page_alloc);
  const list = nodePartials(machine, SMALL);
  alloc(machine, SMALL, GFP_ATOMIC, 1); // CPU 1 has one partial slab
  assertEquals([m.slabNode.nr_partial[SMALL], pages.count], [14, 0]);
  alloc(machine, SMALL, GFP_ATOMIC, 1);
  // one object a slab: seven slabs are more than 13 / 2, the first of them is the active one
  assertEquals([m.slabNode.nr_partial[SMALL], pages.count], [7, 0]);
  assertEquals(cpuPartials(machine, SMALL, 1), list.slice(1, 7).reverse());
});

Deno.test("kmalloc() asks another node only when it has more than min_partial slabs, else its own for a page", () => {
  const zones = [0, 1].map((nid) => ({ pages: 8192, nid }));
  const machine = machineOf({ zones, cpuNodes: [0, 1] });
  const { m } = machine;
  // slabs of node 0, freed by CPU 1 of node 1: they go to node 0's list
  const slabs = partialSlabs(machine, SMALL, 15);
  assertEquals([m.slabNode.nr_partial[0], m.slabNode.nr_partial[1]], [14, 0]);
  alloc(machine, SMALL, GFP_ATOMIC, 1); // its own partial slab
  const pages = countEvents(m, EVENT.mm_page_alloc);
  alloc(machine, SMALL, GFP_ATOMIC, 1);
  assertEquals([m.slabNode.nr_partial[0], pages.count], [7, 0]);
  allocMany(machine, 6, SMALL, 1);
  alloc(machine, SMALL, GFP_ATOMIC, 1);
  assertEquals([m.slabNode.nr_partial[0], pages.count], [0, 0]);
  allocMany(machine, 6, SMALL, 1);
  alloc(machine, SMALL, GFP_ATOMIC, 1);
  assertEquals([slabs.length, pages.count, pages.last[0]! >= 8192], [15, 1, true]);
  const modest = machineOf({ zones, cpuNodes: [0, 1] });
  partialSlabs(modest, SMALL, 15);
  alloc(modest, SMALL, GFP_ATOMIC, 1);
  modest.m.slabNode.nr_partial[0] = 5; // no more than it would keep
  const own = countEvents(modest.m, EVENT.mm_page_alloc);
  alloc(modest, SMALL, GFP_ATOMIC, 1);
  assertEquals(own.count, 1);
});

Deno.test("kmalloc() keeps interrupts off while the page comes, unless the request may sleep", () => {
  for (const [gfp, off] of [[GFP_ATOMIC, 1], [GFP_KERNEL, 0]] as const) {
    const machine = machineOf();
    const t = threadOf(machine, 0);
    start(machine, t, kmalloc.start, SMALL, gfp);
    runTask(machine, t, kmalloc.at.newSlab);
    assertEquals(machine.m.cpu.irqOff[0], off);
    runTask(machine, t);
    assertEquals(machine.m.cpu.irqOff[0], 0);
  }
  const empty = machineOf();
  takeAllBut(empty, 0, 0);
  assertEquals([alloc(empty), empty.m.cpu.irqOff[0]], [-1, 0]);
});

Deno.test("when another context of the CPU got a slab meanwhile, that one is put away and loses nothing", () => {
  const machine = machineOf();
  const { m } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, kmalloc.start, SMALL, GFP_KERNEL);
  runTask(machine, t, kmalloc.at.install);
  const other = [alloc(machine, SMALL, GFP_KERNEL, 2), alloc(machine, SMALL, GFP_KERNEL, 2)];
  const slab = m.object.slab[other[0]!]!;
  runTask(machine, t);
  const own = m.task.ret[t]!;
  assert(m.object.slab[own] !== slab);
  assertEquals([nodePartials(machine, SMALL), m.slab.inuse[slab], m.slab.frozen[slab]], [[slab], 2, 0]);
  assertEquals(slabFault(machine, [...other, own]), null);
});

Deno.test("a slab is put away at the head of the node's list, at the tail when other CPUs have freed into it", () => {
  for (const remote of [false, true]) {
    const machine = machineOf();
    const t = threadOf(machine, 0);
    start(machine, t, kmalloc.start, SMALL, GFP_KERNEL);
    runTask(machine, t, kmalloc.at.install);
    const object = alloc(machine, SMALL, GFP_KERNEL, 2);
    alloc(machine, SMALL, GFP_KERNEL, 2);
    const slab = machine.m.object.slab[object]!;
    const full = allocMany(machine, 15 * 16 + 1, SMALL, 1);
    for (let i = 0; i < 15; i++) release(machine, full[i * 16]!, 1); // 14 slabs for the node
    if (remote) release(machine, object, 1);
    runTask(machine, t);
    const list = nodePartials(machine, SMALL);
    assertEquals([list.length, list.indexOf(slab)], [15, remote ? 14 : 0]);
  }
});

Deno.test("a slab put away with nothing in use stays with the node, or is discarded when that has min_partial", () => {
  const machine = machineOf();
  const { m } = machine;
  for (let i = 0; i < 6; i++) {
    const t = threadOf(machine, 0);
    m.slabCpu.page[0] = 0;
    m.slabCpu.freelist[0] = 0;
    start(machine, t, kmalloc.start, SMALL, GFP_KERNEL);
    if (i > 0) m.slabNode.nr_partial[SMALL] = 0; // hide the slabs that are there, so that a page is wanted
    runTask(machine, t, kmalloc.at.install);
    m.slabNode.nr_partial[SMALL] = i;
    m.slabCpu.partial[0] = 0;
    const nested = threadOf(machine, 2);
    start(machine, nested, kmalloc.start, SMALL, GFP_KERNEL);
    m.slabNode.nr_partial[SMALL] = 0;
    runTask(machine, nested);
    m.slabNode.nr_partial[SMALL] = i;
    release(machine, m.task.ret[nested]!, 2);
    const before = m.cache.slabs[SMALL]!;
    runTask(machine, t);
    assertEquals(m.slabNode.nr_partial[SMALL], Math.min(i + 1, 5));
    assertEquals(m.cache.slabs[SMALL], i < 5 ? before + 1 : before);
  }
});

Deno.test("a large slab falls back to the smallest order under fragmentation, without reclaim", () => {
  const machine = machineOf();
  const { m } = machine;
  for (const pfn of takeAllBut(machine, 0, 0, MIGRATE.MOVABLE)) {
    if (pfn % 2 === 0) runOperation(machine, threadOf(machine, 1), __free_pages.start, pfn, 0);
    else lruAdd(m, pfn);
  }
  const object = alloc(machine, LARGE, GFP_KERNEL);
  const slab = m.object.slab[object]!;
  assertEquals([m.slab.order[slab], m.slab.objects[slab]], [0, 8]);
  assertEquals([m.vm.allocstall[0], m.vm.pageoutrun[0]], [0, 0]); // the first attempt woke nobody either
  const rest = allocMany(machine, 8, LARGE); // 7 more, then the next slab
  assertEquals(rest.filter((o) => m.object.slab[o] === slab).length, 7);
  assertEquals(slabFault(machine, [object, ...rest]), null);
});

Deno.test("a slab's first attempt gives up early, the second has the caller's flags, also at the same order", () => {
  const machine = machineOf();
  const { m } = machine;
  takeAllBut(machine, 0, 0);
  assertEquals([alloc(machine, SMALL, GFP_KERNEL), m.vm.allocstall[0], m.vm.oomKill[0]], [-1, 2, 1]);
  const atomic = machineOf();
  takeAllBut(atomic, 0, 0);
  const slow = countEvents(atomic.m, EVENT.slowPath);
  assertEquals([alloc(atomic, SMALL, GFP_ATOMIC), slow.count, atomic.m.vm.allocstall[0]], [-1, 2, 0]);
});

/** build_detached_freelist as it is told in words, over an array: groups in the order in which they are freed. */
function groupsOf(objects: readonly number[], slabOf: (object: number) => number): number[][] {
  const array: (number | null)[] = [...objects];
  const groups: number[][] = [];
  let size = array.length;
  while (size > 0) {
    let first: number | null = null;
    while (first === null && size > 0) first = array[--size]!;
    if (first === null) break;
    array[size] = null;
    const group = [first];
    let skipped = 0; // index right above the first object that was passed over
    let budget = 3;
    for (let i = size - 1; i >= 0; i--) {
      const object = array[i]!;
      if (object === null) continue;
      if (slabOf(object) === slabOf(first)) {
        group.push(object);
        array[i] = null;
      } else {
        budget--;
        if (budget === 0) break;
        if (skipped === 0) skipped = i + 1;
      }
    }
    groups.push(group);
    size = skipped;
  }
  return groups;
}

Deno.test("build_detached_freelist() passes two objects of other slabs, and the third ends the group", () => {
  const machine = machineOf();
  const objects = allocMany(machine, 64);
  const [a, b, c, d] = [0, 16, 32, 48].map((i) => objects.slice(i, i + 16)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const order = (objects: number[]) => {
    const freed: number[] = [];
    machine.m.events.subscribe({
      kinds: [EVENT.objectFreed],
      onEvent: (_k, _t, object) => freed.push(object),
    });
    const groups = releaseBulk(machine, objects);
    return { groups, freed };
  };
  // freed from the end: A, over B and C, A again; D would be the third
  const mixed = [a[0]!, d[0]!, a[1]!, c[0]!, b[0]!, a[2]!];
  const { groups, freed } = order(mixed);
  assertEquals([groups, freed], [5, [a[2]!, a[1]!, b[0]!, c[0]!, d[0]!, a[0]!]]);
});

Deno.test("kfree_bulk() groups objects like a plain walk over the array, whatever their slabs", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(79), { minLength: 1, maxLength: 60 }), fc.nat(1), (picks, thread) => {
      const machine = machineOf();
      const { m } = machine;
      const objects = allocMany(machine, 80);
      const chosen = [...new Set(picks)].map((i) => objects[i]!);
      const slabs = new Map(objects.map((object) => [object, m.object.slab[object]!]));
      const expected = groupsOf(chosen, (object) => slabs.get(object)!);
      const freed: number[] = [];
      m.events.subscribe({ kinds: [EVENT.objectFreed], onEvent: (_k, _t, object) => freed.push(object) });
      assertEquals(releaseBulk(machine, chosen, thread), expected.length);
      assertEquals(freed, expected.flat());
      assertEquals(slabFault(machine, objects.filter((object) => !chosen.includes(object))), null);
    }),
    { seed: 12, numRuns: 150 },
  );
});

Deno.test("kmalloc(), kfree() and kfree_bulk() on two CPUs lose and double nothing", () => {
  const call = fc.tuple(
    fc.constantFrom("alloc", "alloc", "alloc", "free", "bulk"),
    fc.nat(1),
    fc.nat(1),
    fc.nat(199),
  );
  fc.assert(
    fc.property(fc.array(call, { minLength: 60, maxLength: 250 }), (calls) => {
      const machine = machineOf();
      const { m } = machine;
      const sound = soundness(m);
      const held: number[] = [];
      for (const [what, cache, thread, pick] of calls) {
        if (what === "alloc") {
          for (let i = 0; i < 5; i++) held.push(alloc(machine, cache, GFP_ATOMIC, thread));
        } else if (what === "free") {
          if (held.length > 0) release(machine, held.splice(pick % held.length, 1)[0]!, thread);
        } else {
          const objects = held.splice(pick % (held.length + 1), 40).filter((object) => {
            const same = m.slab.cache[m.object.slab[object]!] === cache;
            if (!same) held.push(object);
            return same;
          });
          if (objects.length > 0) releaseBulk(machine, objects, thread);
        }
      }
      assertEquals(slabFault(machine, held), null);
      for (const object of held) release(machine, object, 0);
      assertEquals(slabFault(machine, []), null);
      assertEquals(sound(), null);
      const pages = m.caches.map((_, c) => m.cache.slabs[c]! << m.caches[c]!.order).reduce((a, b) => a + b);
      assertEquals(m.zone.pgalloc[0]! - m.vm.pgfree[0]!, pages);
    }),
    { seed: 13, numRuns: 40 },
  );
});

Deno.test("vmalloc() takes its pages one by one, and vfree() frees them in the same order", () => {
  const machine = machineOf();
  const { m } = machine;
  const pages = countEvents(m, EVENT.mm_page_alloc);
  const area = runOperation(machine, threadOf(machine, 0), vmalloc.start, 4);
  assert(is_vmalloc_addr(m, area));
  assertEquals(pages.count, 4);
  const first = pages.last[0]! - 3;
  const freed: number[] = [];
  m.events.subscribe({ kinds: [EVENT.mm_page_free], onEvent: (_k, _t, pfn) => freed.push(pfn) });
  runOperation(machine, threadOf(machine, 0), vfree.start, area);
  assertEquals(freed, [0, 1, 2, 3].map((i) => first + i));
  assertEquals(runOperation(machine, threadOf(machine, 0), vmalloc.start, 1), area);
});

Deno.test("vmalloc() gives its pages back when one of them is not to be had", () => {
  const machine = machineOf();
  const { m } = machine;
  const sound = soundness(m);
  takeAllBut(machine, 0, 64 + 20);
  const t = threadOf(machine, 0);
  start(machine, t, vmalloc.start, 60);
  for (let i = 0; i < 100 && m.task.state[t] !== TASK.idle; i++) {
    runTask(machine, t);
    settle(machine);
  }
  assertEquals([m.task.state[t], m.task.ret[t]], [TASK.idle, -1]);
  assertEquals([freeCount(m, 0) + m.pcp.count[0]! + m.pcp.count[1]!, sound()], [84, null]);
  assertEquals(takeBlock(machine, 0) !== NO_PAGE, true);
});
