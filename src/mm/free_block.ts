/**
 * Where the buddy allocator keeps what it knows of a free block. A free block of the largest order has a mark and a
 * list node in arrays with one entry for each such block, apart from the entries of its pages: a machine boots without
 * touching those, and memory that nobody takes a page of costs the host nothing, however much there is.
 */
import { MAX_ORDER } from "./gfp.ts";
import { type Mm, PAGE, pageState, setPageState } from "./mm.ts";

/** Order of the largest blocks. */
export const LARGEST = MAX_ORDER - 1;

/** Node of a free block in the free lists. */
export function freeNode(m: Pick<Mm, "firstLargest">, pfn: number, order: number): number {
  return order === LARGEST ? m.firstLargest + (pfn >> LARGEST) : pfn;
}

/** Page frame of the free block at a node that is no list head. */
export function pfnOfNode(m: Pick<Mm, "firstLargest">, node: number): number {
  return node < m.firstLargest ? node : (node - m.firstLargest) << LARGEST;
}

/** Marks a block as free and as a head of its order. */
export function markFree(m: Mm, pfn: number, order: number): void {
  if (order === LARGEST) {
    m.largest.free[pfn >> LARGEST] = 1;
    return;
  }
  setPageState(m, pfn, PAGE.buddy);
  m.page.order[pfn] = order;
}

/** Takes the mark off a free block. */
export function unmarkFree(m: Mm, pfn: number, order: number): void {
  if (order === LARGEST) m.largest.free[pfn >> LARGEST] = 0;
  else setPageState(m, pfn, PAGE.none);
}

/** Order of the free block that begins at a page frame of the machine, -1 when none does. */
export function freeOrder(m: Mm, pfn: number): number {
  if (pageState(m, pfn) === PAGE.buddy) return m.page.order[pfn]!;
  return (pfn & ((1 << LARGEST) - 1)) === 0 && m.largest.free[pfn >> LARGEST] !== 0 ? LARGEST : -1;
}
