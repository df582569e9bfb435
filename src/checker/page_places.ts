/**
 * Every page is in exactly one place, and none is lost: free, on a pcp list, allocated, or dropped as bad (I2, I12).
 */
import { LARGEST, pfnOfNode } from "../mm/free_block.ts";
import { MAX_ORDER, MIGRATE_TYPES } from "../mm/gfp.ts";
import { freeListHead, PAGE, pageState, pcpListHead, pcpOf } from "../mm/mm.ts";
import { pindex_to_order } from "../mm/pcp_policy.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";
import { UsedPages } from "./used_pages.ts";

const PLACES = ["nowhere", "the buddy lists", "a pcp list", "a user", "the bad pages"];

/** Walks all lists and descriptors; the number of pages found must never change. */
export const pagePlaces: Checker = {
  name: "page_places",
  claim: "every page is in exactly one place and none is lost",
  attach(m) {
    const survey = new Survey(m);
    const first = survey.take();
    const total = typeof first === "number" ? first : -1;
    return {
      examine() {
        const found = survey.take();
        if (typeof found === "string") return found;
        return found === total ? null : `${found} pages are accounted for, and there were ${total}`;
      },
    };
  },
};

/**
 * Where each page was found. A block of the largest order has one entry, so that free memory costs neither time nor
 * the host's memory page by page.
 */
class Survey {
  readonly #m: Rcu;
  readonly #used: UsedPages;
  /** Place of each page that was found by itself or in a smaller block. */
  readonly #place: Uint8Array;
  /** Place of each block of the largest order that was found as a whole. */
  readonly #whole: Uint8Array;
  /** 1 for such a block that has pages in #place. */
  readonly #parts: Uint8Array;
  #pages = 0;

  constructor(m: Rcu) {
    this.#m = m;
    this.#used = new UsedPages(m);
    this.#place = new Uint8Array(m.nrPages);
    this.#whole = new Uint8Array(m.largest.free.length);
    this.#parts = new Uint8Array(m.largest.free.length);
  }

  /** Number of pages accounted for, or what is wrong. */
  take(): number | string {
    for (let b = 0; b < this.#parts.length; b++) {
      if (this.#parts[b] !== 0) this.#place.fill(0, b << LARGEST, (b + 1) << LARGEST);
    }
    this.#parts.fill(0);
    this.#whole.fill(0);
    this.#pages = 0;
    const put: Put = (pfn, count, where) => this.#put(pfn, count, where);
    const wrong = surveyFree(this.#m, put) ?? surveyPcp(this.#m, put) ??
      surveyDescriptors(this.#m, this.#used, put);
    return wrong ?? this.#pages;
  }

  #put(pfn: number, count: number, where: number): string | null {
    this.#pages += count;
    const block = pfn >> LARGEST;
    if (count === 1 << LARGEST && pfn === block << LARGEST && this.#parts[block] === 0) {
      if (this.#whole[block] !== 0) return twice(pfn, this.#whole[block]!, where);
      this.#whole[block] = where;
      return null;
    }
    for (let p = pfn; p < pfn + count; p++) {
      const other = this.#whole[p >> LARGEST]! || this.#place[p]!;
      if (other !== 0) return twice(p, other, where);
      this.#place[p] = where;
      this.#parts[p >> LARGEST] = 1;
    }
    return null;
  }
}

function twice(pfn: number, one: number, other: number): string {
  return `page ${pfn} is in ${PLACES[one]} and in ${PLACES[other]}`;
}

type Put = (pfn: number, count: number, where: number) => string | null;

/** Whether a node is the head of a list. */
const isHead = (m: Rcu, node: number) => node >= m.nrPages && node < m.firstLargest;

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

function surveyDescriptors(m: Rcu, used: UsedPages, put: Put): string | null {
  const { order } = m.page;
  for (let pfn = used.from(0); pfn >= 0; pfn = used.from(pfn + 1)) {
    const state = pageState(m, pfn);
    if (state !== PAGE.allocated && state !== PAGE.leaked) continue;
    const wrong = put(pfn, 1 << order[pfn]!, state === PAGE.allocated ? 3 : 4);
    if (wrong !== null) return wrong;
  }
  return null;
}
