/** CMA: a range with movable pages in it is emptied by moving them; nothing is lost whatever comes of it. */
import { assertEquals } from "@std/assert";
import {
  mendedProfile,
  runOperation,
  runTask,
  settle,
  smallMachine,
  start,
  threadOf,
} from "../../tests/support/machines.ts";
import { geometryFromSize } from "../run/geometry.ts";
import type { Machine } from "../run/machine.ts";
import { TASK } from "../sim/task.ts";
import { fillLru } from "../workload/fill.ts";
import { cma_alloc } from "./cma.ts";
import { LRU } from "./lru.ts";
import { get_pageblock_migratetype, PAGE } from "./mm.ts";
import { MIGRATE } from "./gfp.ts";

const RANGE = 1024;

/** 32 MiB of which half belongs to CMA, and the first page of its first range. */
function withCma(): { machine: Machine; first: number } {
  const made = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 1, nodes: 1 });
  const zones = made.zones.map((z, i) => ({
    ...z,
    cmaPages: i === made.zones.length - 1 ? 2 * RANGE : 0,
    pcp: { high: 30, batch: 5 },
  }));
  const machine = smallMachine({
    cpus: 1,
    geometry: { ...made, zones },
    profile: mendedProfile({ cma: true }),
  });
  let first = 0;
  while (get_pageblock_migratetype(machine.m, first) !== MIGRATE.CMA) first += RANGE;
  return { machine, first };
}

/** Pages on the LRU lists that lie in the range, and all of them. */
function cached({ m }: Machine, first: number): { inRange: number; all: number } {
  let [inRange, all] = [0, 0];
  for (let pfn = 0; pfn < m.nrPages; pfn++) {
    if ((m.page.flags[pfn]! & PAGE.lru) === 0) continue;
    all++;
    if (pfn >= first && pfn < first + RANGE) inRange++;
  }
  return { inRange, all };
}

/** Runs a CMA allocation, and the workers that it waits for; returns whether the range was whole. */
function allocateRange(machine: Machine, first: number): number {
  const thread = threadOf(machine, 0);
  start(machine, thread, cma_alloc.start, first);
  for (let i = 0; i < 10_000 && machine.m.task.state[thread] !== TASK.idle; i++) {
    runTask(machine, thread);
    settle(machine);
  }
  assertEquals(machine.m.task.state[thread], TASK.idle);
  return machine.m.task.ret[thread]!;
}

Deno.test("cma_alloc() moves page cache out of its range, and every page of it stays in the cache", () => {
  const { machine, first } = withCma();
  const thread = threadOf(machine, 0);
  // page cache until some of it lies in the range: movable pages come from CMA when that has most of what is free
  let filled = 0;
  while (cached(machine, first).inRange < 40 && filled < 4096) {
    runOperation(machine, thread, fillLru.start, 32, LRU.file);
    filled += 32;
  }
  assertEquals(cached(machine, first).all, filled);
  assertEquals(allocateRange(machine, first), 1);
  assertEquals(cached(machine, first), { inRange: 0, all: filled });
  // the range was given back, and can be had again
  assertEquals(get_pageblock_migratetype(machine.m, first), MIGRATE.CMA);
  assertEquals(allocateRange(machine, first), 1);
  assertEquals([...machine.m.vm.cmaAllocs], [0, 2]);
});

Deno.test("cma_alloc() refuses a range that is not CMA", () => {
  const { machine } = withCma();
  assertEquals(get_pageblock_migratetype(machine.m, 0) === MIGRATE.CMA, false);
  assertEquals(allocateRange(machine, 0), 0);
  assertEquals([...machine.m.vm.cmaAllocs], [0, 0]);
});
