/**
 * Machines made of a few zones for tests of the allocators, and looks at their lists.
 *
 * @module
 */
import { MAX_ORDER, MIGRATE_TYPES, ZONE } from "../../src/mm/gfp.ts";
import {
  freeListHead,
  type Geometry,
  type Mm,
  NO_PAGE,
  PAGE,
  pcpListHead,
  pcpOf,
  setPageState,
  type ZoneGeometry,
} from "../../src/mm/mm.ts";
import { pfnOfNode } from "../../src/mm/free_block.ts";
import { list_add_tail } from "../../src/mm/list.ts";
import { __rmqueue } from "../../src/mm/fallback.ts";
import { modFreePages } from "../../src/mm/vmstat.ts";
import { equalDistances } from "../../src/run/geometry.ts";
import type { Machine } from "../../src/run/machine.ts";
import { buddyStructure } from "../../src/checker/buddy_structure.ts";
import { contextRestored } from "../../src/checker/context_restored.ts";
import { freePages } from "../../src/checker/free_pages.ts";
import { numaIdentity } from "../../src/checker/numa_identity.ts";
import { pagePlaces } from "../../src/checker/page_places.ts";
import { pcpCount } from "../../src/checker/pcp_count.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Workloads } from "../../src/workload/program.ts";
import { mendedProfile, type SmallMachine, smallMachine } from "./machines.ts";

/** A zone of a test: its size, and what differs from the formulas. */
export interface TestZone extends Partial<ZoneGeometry> {
  /** Pages: spanned and managed. */
  readonly pages: number;
}

/** Zones one after the other, each from a multiple of 1024 pages on; Normal of node 0 unless said otherwise. */
export function zonesOf(zones: readonly TestZone[]): ZoneGeometry[] {
  let next = 0;
  return zones.map(({ pages, ...over }) => {
    const startPfn = next;
    next = Math.ceil((startPfn + pages) / 1024) * 1024;
    const zone = { nid: 0, index: ZONE.NORMAL, startPfn, spanned: pages, managed: pages };
    return { ...zone, free: null, watermarks: null, pcp: null, ...over };
  });
}

/** What a test may say about its memory. */
export interface Memory extends Partial<Omit<SmallMachine, "geometry">> {
  /** Zones. */
  readonly zones: readonly TestZone[];
  /** Node of each CPU. @default two CPUs on node 0 */
  readonly cpuNodes?: readonly number[];
  /** Distances of the nodes. @default 10 and 20 */
  readonly distance?: readonly (readonly number[])[];
  /** Changes of the 5.9 profile. */
  readonly build?: Partial<Profile>;
}

/** A machine with the given memory and one idle thread a CPU; kvfree_rcu has no pages of its own. */
export function memory({ zones, cpuNodes = [0, 0], distance, build = {}, ...over }: Memory): Machine {
  const nodes = 1 + Math.max(...cpuNodes, ...zones.map((z) => z.nid ?? 0));
  const geometry: Geometry = {
    cpuNodes,
    zones: zonesOf(zones),
    distance: distance ?? equalDistances(nodes),
  };
  const profile = mendedProfile(build);
  return smallMachine({ cpus: cpuNodes.length, geometry, profile, cachedBlocks: 0, ...over });
}

/** Nodes of a list from its head on. */
export function nodesOf(m: Pick<Mm, "link">, head: number): number[] {
  const nodes: number[] = [];
  for (let n = m.link.next[head]!; n !== head; n = m.link.next[n]!) nodes.push(n);
  return nodes;
}

/** Pages of a CPU's list from its head on. */
export function pcpPages(m: Mm, zone: number, cpu: number, type: number): number[] {
  return nodesOf(m, pcpListHead(m, pcpOf(m, zone, cpu), type));
}

/** Page frames of a free list's blocks from its head on. */
export function freePfns(m: Mm, zone: number, order: number, type: number): number[] {
  return nodesOf(m, freeListHead(m, zone, order, type)).map((node) => pfnOfNode(m, node));
}

/** Free blocks of a zone as `pfn/order`, by order, type, and place in the list. */
export function freeBlocks(m: Mm, zone: number, types: readonly number[] = [0, 1, 2, 3, 4, 5]): string[] {
  const blocks: string[] = [];
  for (let order = 0; order < MAX_ORDER; order++) {
    for (let type = 0; type < MIGRATE_TYPES; type++) {
      if (!types.includes(type)) continue;
      for (const pfn of freePfns(m, zone, order, type)) blocks.push(`${pfn}/${order}`);
    }
  }
  return blocks;
}

/** Takes a block from the buddy lists for nobody in particular; its pages count as allocated. */
export function takeBlock({ m }: Machine, zone: number, order = 0, type = 0): number {
  const pfn = __rmqueue(m, m.roles.tick[0]!, zone, order, type, 0);
  if (pfn === NO_PAGE) return pfn;
  modFreePages(m, 0, zone, -(1 << order), type);
  setPageState(m, pfn, PAGE.allocated);
  m.page.order[pfn] = order;
  return pfn;
}

/**
 * Takes order-0 pages until only `left` of the zone are free; returns them in the order of their numbers. Steals leave
 * no boost behind.
 */
export function takeAllBut(machine: Machine, zone: number, left: number, type = 0): number[] {
  const pages: number[] = [];
  for (let free = freeCount(machine.m, zone); free > left; free--) {
    pages.push(takeBlock(machine, zone, 0, type));
  }
  machine.m.zone.watermark_boost[zone] = 0;
  return pages.sort((a, b) => a - b);
}

/** Free pages of a zone by its free areas. */
export function freeCount(m: Mm, zone: number): number {
  let pages = 0;
  for (let order = 0; order < MAX_ORDER; order++) pages += m.zone.nr_free[zone * MAX_ORDER + order]! << order;
  return pages;
}

/** Moves `count` pages from the buddy lists to the end of a CPU's list; returns them. */
export function stockPcp(machine: Machine, zone: number, cpu: number, type: number, count: number): number[] {
  const { m } = machine;
  const pcp = pcpOf(m, zone, cpu);
  return Array.from({ length: count }, () => {
    const pfn = takeBlock(machine, zone, 0, type);
    setPageState(m, pfn, PAGE.pcp);
    list_add_tail(m, pfn, pcpListHead(m, pcp, type));
    m.pcp.count[pcp]!++;
    return pfn;
  });
}

/** Watches the world: what it returns tells what the checkers of pages, lists and counters find wrong now. */
export function soundness(m: Workloads): () => string | null {
  const fail = (message: string) => {
    throw new Error(message);
  };
  const checkers = [pcpCount, pagePlaces, buddyStructure, freePages, numaIdentity, contextRestored];
  const attached = checkers.map((checker) => checker.attach(m, fail));
  return () => {
    for (const a of attached) {
      const wrong = a.examine?.() ?? a.examineEnd?.() ?? null;
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

/** Counts the events of the given kinds from now on. */
export function countEvents(m: Mm, ...kinds: number[]): { count: number; readonly last: number[] } {
  const seen = { count: 0, last: [] as number[] };
  m.events.subscribe({
    kinds,
    onEvent(_kind, _t, a, b, c) {
      seen.count++;
      seen.last = [a, b, c];
    },
  });
  return seen;
}
