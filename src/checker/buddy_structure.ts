/** Free blocks are aligned, inside their zone, counted, and never lie beside a free buddy of the same order (I3). */
import { MAX_ORDER, MIGRATE, MIGRATE_TYPES } from "../mm/gfp.ts";
import { freeListHead, get_pageblock_migratetype, PAGE, page_zone, pageState } from "../mm/mm.ts";
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
        for (let pfn = m.link.next[head]!; pfn !== head; pfn = m.link.next[pfn]!) {
          const wrong = examineBlock(m, zone, order, pfn);
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

function examineBlock(m: Rcu, zone: number, order: number, pfn: number): string | null {
  if (pfn >= m.nrPages || pageState(m, pfn) !== PAGE.buddy || m.page.order[pfn] !== order) {
    return `node ${pfn} is on a free list of order ${order} but is no such block`;
  }
  if ((pfn & ((1 << order) - 1)) !== 0) return `free block ${pfn} of order ${order} is not aligned`;
  if (page_zone(m, pfn) !== zone) {
    return `free block ${pfn} of zone ${page_zone(m, pfn)} is listed in zone ${zone}`;
  }
  if (order === MAX_ORDER - 1) return null;
  const buddy = pfn ^ (1 << order);
  const merges = buddy < m.nrPages && pageState(m, buddy) === PAGE.buddy && m.page.order[buddy] === order &&
    page_zone(m, buddy) === zone;
  if (!merges || isolated(m, pfn) !== isolated(m, buddy)) return null;
  return `free blocks ${pfn} and ${buddy} of order ${order} are buddies and not merged`;
}

const isolated = (m: Rcu, pfn: number) => get_pageblock_migratetype(m, pfn) === MIGRATE.ISOLATE;
