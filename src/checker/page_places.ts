/**
 * Every page is in exactly one place, and none is lost: free, on a pcp list, allocated, or dropped as bad (I2, I12).
 */
import { pfnOfNode } from "../mm/free_block.ts";
import { MAX_ORDER, MIGRATE_TYPES } from "../mm/gfp.ts";
import { freeListHead, PAGE, pageState, pcpListHead, pcpOf } from "../mm/mm.ts";
import { pindex_to_order } from "../mm/pcp_policy.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

const PLACES = ["nowhere", "the buddy lists", "a pcp list", "a user", "the bad pages"];

/** Walks all lists and descriptors; the number of pages found must never change. */
export const pagePlaces: Checker = {
  name: "page_places",
  claim: "every page is in exactly one place and none is lost",
  attach(m) {
    const place = new Uint8Array(m.nrPages);
    const first = survey(m, place);
    const total = typeof first === "number" ? first : -1;
    return {
      examine() {
        const found = survey(m, place);
        if (typeof found === "string") return found;
        return found === total ? null : `${found} pages are accounted for, and there were ${total}`;
      },
    };
  },
};

/** Number of pages accounted for, or what is wrong. */
function survey(m: Rcu, place: Uint8Array): number | string {
  place.fill(0);
  let pages = 0;
  const put = (pfn: number, count: number, where: number): string | null => {
    for (let p = pfn; p < pfn + count; p++) {
      if (place[p] !== 0) return `page ${p} is in ${PLACES[place[p]!]} and in ${PLACES[where]}`;
      place[p] = where;
    }
    pages += count;
    return null;
  };
  const broken = surveyFree(m, put) ?? surveyPcp(m, put) ?? surveyDescriptors(m, put);
  return broken ?? pages;
}

/** Whether a node is the head of a list. */
const isHead = (m: Rcu, node: number) => node >= m.nrPages && node < m.firstLargest;

type Put = (pfn: number, count: number, where: number) => string | null;

function surveyList(m: Rcu, head: number, count: number, where: number, put: Put): string | null {
  const { next } = m.link;
  let steps = 0;
  for (let node = next[head]!; node !== head; node = next[node]!) {
    const pfn = pfnOfNode(m, node);
    if (isHead(m, node) || ++steps > m.nrPages) return `the list at node ${head} is broken at node ${node}`;
    const wrong = put(pfn, count, where);
    if (wrong !== null) return wrong;
  }
  return null;
}

function surveyFree(m: Rcu, put: Put): string | null {
  for (let zone = 0; zone < m.nrZones; zone++) {
    for (let order = 0; order < MAX_ORDER; order++) {
      if (m.zone.nr_free[zone * MAX_ORDER + order] === 0) continue;
      for (let type = 0; type < MIGRATE_TYPES; type++) {
        const wrong = surveyList(m, freeListHead(m, zone, order, type), 1 << order, 1, put);
        if (wrong !== null) return wrong;
      }
    }
  }
  return null;
}

function surveyPcp(m: Rcu, put: Put): string | null {
  for (let zone = 0; zone < m.nrZones; zone++) {
    for (let cpu = 0; cpu < m.nrCpus; cpu++) {
      for (let list = 0; list < m.pcpLists; list++) {
        const head = pcpListHead(m, pcpOf(m, zone, cpu), list);
        const wrong = surveyList(m, head, 1 << pindex_to_order(list), 2, put);
        if (wrong !== null) return wrong;
      }
    }
  }
  return null;
}

function surveyDescriptors(m: Rcu, put: Put): string | null {
  const { flags, order } = m.page;
  for (let pfn = 0; pfn < flags.length; pfn++) {
    if (flags[pfn] === 0) continue;
    const state = pageState(m, pfn);
    if (state !== PAGE.allocated && state !== PAGE.leaked) continue;
    const wrong = put(pfn, 1 << order[pfn]!, state === PAGE.allocated ? 3 : 4);
    if (wrong !== null) return wrong;
  }
  return null;
}
