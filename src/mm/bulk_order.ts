/**
 * In which order a bulk free takes pages from the lists of a pcp. It is told apart from what happens to the pages,
 * because a replay of a trace knows the lists but not the buddy lists behind them.
 *
 * @kernel mm/page_alloc.c free_pcppages_bulk 5.9, 5.14, 6.1
 */
import { bugOn } from "../sim/model_bug.ts";
import { MIGRATE_PCPTYPES } from "./gfp.ts";
import { type Mm, pcpListHead } from "./mm.ts";
import { pindex_to_order } from "./pcp_policy.ts";

/** What the order depends on. */
export type PcpHeads = Pick<Mm, "link" | "nrPages" | "nrZones" | "nrCpus" | "pcpLists" | "pcpPolicy">;

/** Must unlink the last block of the list with this head. */
export type TakeLast = (head: number, order: number) => void;

/**
 * Has blocks taken from the ends of a pcp's lists until `count` pages have gone. There must be that many on the lists.
 *
 * @param pindex List that versions which go list by list start with; the others visit them in turn.
 */
export function takeInBulkOrder(
  m: PcpHeads,
  pcp: number,
  count: number,
  pindex: number,
  takeLast: TakeLast,
): void {
  if (m.pcpPolicy.bulkOrder === "inTurn") listsInTurn(m, pcp, count, takeLast);
  else listByList(m, pcp, count, pindex, takeLast);
}

/** Where the kernel would hang: asked for more pages than the lists hold, it walks the empty ones. */
const ENDLESS = "free_pcppages_bulk walks empty lists for ever: the count says there are more pages";

/**
 * Lists of a pcp with those of transparent huge pages, one a type, which nobody here asks for: they stay empty, but
 * 5.14 passes them.
 */
const listsPassed = (m: PcpHeads) =>
  m.pcpLists === MIGRATE_PCPTYPES ? m.pcpLists : m.pcpLists + MIGRATE_PCPTYPES;

/** 5.9, 5.14: the lists in turn; each empty list passed raises the quota of the next one that is not. */
function listsInTurn(m: PcpHeads, pcp: number, count: number, takeLast: TakeLast): void {
  const { prev } = m.link;
  const lists = listsPassed(m);
  let left = count;
  let list = 0;
  let batchFree = 0;
  while (left > 0) {
    let head: number;
    let passed = 0;
    do {
      bugOn(passed++ === lists, ENDLESS);
      batchFree++;
      if (++list === lists) list = 0;
      head = pcpListHead(m, pcp, list);
    } while (list >= m.pcpLists || prev[head] === head);
    if (batchFree === lists) batchFree = left;
    const order = pindex_to_order(list);
    do {
      takeLast(head, order);
      left -= 1 << order;
    } while (left > 0 && --batchFree !== 0 && prev[head] !== head);
  }
}

/** 6.1: the list of the page that was freed first, emptied before the next one; a window shrinks past empty lists. */
function listByList(m: PcpHeads, pcp: number, count: number, pindex: number, takeLast: TakeLast): void {
  const { prev } = m.link;
  let left = count;
  let first = 0;
  let last = m.pcpLists - 1;
  let list = pindex - 1;
  while (left > 0) {
    let head: number;
    for (;;) {
      bugOn(first > last, ENDLESS);
      if (++list > last) list = first;
      head = pcpListHead(m, pcp, list);
      if (prev[head] !== head) break;
      if (list === last) last--;
      if (list === first) first++;
    }
    const order = pindex_to_order(list);
    do {
      takeLast(head, order);
      left -= 1 << order;
    } while (left > 0 && prev[head] !== head);
  }
}
