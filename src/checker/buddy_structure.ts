/**
 * Free blocks are aligned, inside their zone, counted, never lie beside a free buddy of the same order (I3), and from
 * 6.10 on are on a list of their pageblock's type.
 */
import { isSorted } from "../mm/buddy.ts";
import { freeNode, freeOrder, LARGEST, pfnOfNode } from "../mm/free_block.ts";
import { MAX_ORDER, MIGRATE, MIGRATE_TYPES } from "../mm/gfp.ts";
import { freeListHead, get_pageblock_migratetype, page_zone } from "../mm/mm.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Walks the free areas. */
export const buddyStructure: Checker = {
  name: "buddy_structure",
  claim: "free blocks are aligned, in their zone, counted, and merged with free buddies of their order",
  attach: (m) => ({ examine: () => examine(m) }),
};

function examine(m: Rcu): string | null {
  for (let zone = 0; zone < m.nrZones; zone++) {
    for (let order = 0; order < MAX_ORDER; order++) {
      let blocks = 0;
      for (let type = 0; type < MIGRATE_TYPES; type++) {
        const head = freeListHead(m, zone, order, type);
        for (let node = m.link.next[head]!; node !== head; node = m.link.next[node]!) {
          const wrong = examineBlock(m, zone, order, type, node);
          if (wrong !== null) return wrong;
          if (++blocks > m.nrPages) {
            return `free list of zone ${zone}, order ${order}, type ${type} is endless`;
          }
        }
      }
      const counted = m.zone.nr_free[zone * MAX_ORDER + order]!;
      if (counted !== blocks) {
        return `zone ${zone}, order ${order}: nr_free is ${counted}, the lists hold ${blocks}`;
      }
    }
  }
  return null;
}

function examineBlock(m: Rcu, zone: number, order: number, type: number, node: number): string | null {
  const pfn = pfnOfNode(m, node);
  if (pfn >= m.nrPages || freeNode(m, pfn, order) !== node || freeOrder(m, pfn) !== order) {
    return `node ${node} is on a free list of order ${order} but is no such block`;
  }
  if ((pfn & ((1 << order) - 1)) !== 0) return `free block ${pfn} of order ${order} is not aligned`;
  if (page_zone(m, pfn) !== zone) {
    return `free block ${pfn} of zone ${page_zone(m, pfn)} is listed in zone ${zone}`;
  }
  if (isSorted(m) && get_pageblock_migratetype(m, pfn) !== type) {
    return `free block ${pfn} of order ${order} is on a list of type ${type}, its pageblock is of ${
      get_pageblock_migratetype(m, pfn)
    }`;
  }
  // later kernels keep pageblocks apart that were of CMA or of the reserve when they came
  if (order === LARGEST || (m.profile.mergesAlike && order >= m.profile.pageblock_order)) return null;
  const buddy = pfn ^ (1 << order);
  const merges = buddy < m.nrPages && freeOrder(m, buddy) === order &&
    page_zone(m, buddy) === zone;
  if (!merges || isolated(m, pfn) !== isolated(m, buddy)) return null;
  return `free blocks ${pfn} and ${buddy} of order ${order} are buddies and not merged`;
}

const isolated = (m: Rcu, pfn: number) => get_pageblock_migratetype(m, pfn) === MIGRATE.ISOLATE;
