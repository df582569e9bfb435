/**
 * The pcp lists of a machine whose pages are partly known: an entry is a page frame, or a placeholder for a page that
 * no event has named yet. Lists, heads and their numbers are those of the model, so its own functions work on them.
 *
 * Memory follows the size of the machine, never the length of a trace.
 *
 * @module
 */
import { type PcpHeads, takeInBulkOrder } from "../mm/bulk_order.ts";
import { initList, type Links, list_add, list_add_tail, list_del } from "../mm/list.ts";
import { MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import { pcpListHead } from "../mm/mm.ts";
import { pindex_to_order } from "../mm/pcp_policy.ts";

/** A page on a list that no event has named. */
export const UNKNOWN = -1;
/** What stands for the first entry of an empty list. */
export const NOTHING = -2;
/** Placeholders made at a time. */
const GROWTH = 1 << 14;

/** What the lists need of a machine. */
export type ListMachine = Omit<PcpHeads, "link"> & {
  /** Links of pages, then heads, then placeholders; replaced by longer ones as placeholders are needed. */
  link: Links["link"];
  /** Pages on each pcp's lists. */
  readonly pcp: { readonly count: Int32Array };
};

/** Lists by `pcp * pcpLists + pindex`. */
export class PageLists {
  /** By page frame, then by placeholder: when it was put on its list, by the caller's clock. */
  since: Int32Array;
  /** By page frame: 1 when it lies on its list for the type of a request, not for that of its pageblock. */
  readonly isRefilled: Uint8Array;
  /** The caller's clock: what `since` gets. */
  now = 0;

  /** By page frame: list it is on plus one, so that the pages of a large machine cost nothing before they are met. */
  readonly #listOf: Int32Array;
  readonly #m: ListMachine;
  /** Head of list 0; the other heads follow. */
  readonly #firstHead: number;
  /** By list: its pcp, and the pages of its blocks. */
  readonly #pcpOf: Int32Array;
  readonly #blockPages: Int32Array;
  /** First placeholder node, and how many there are. */
  readonly #firstPlaceholder: number;
  #placeholders = GROWTH;
  /** Free placeholders, linked by `next`; -1 ends them. */
  #free: number;

  /** Makes all lists empty. */
  constructor(m: ListMachine) {
    this.#m = m;
    const first = this.#firstHead = pcpListHead(m, 0, 0);
    const heads = m.nrZones * m.nrCpus * m.pcpLists;
    this.#pcpOf = Int32Array.from({ length: heads }, (_, list) => Math.floor(list / m.pcpLists));
    this.#blockPages = Int32Array.from(
      { length: heads },
      (_, list) => 1 << pindex_to_order(list % m.pcpLists),
    );
    const free = this.#free = this.#firstPlaceholder = first + heads;
    m.link = { next: new Int32Array(free + GROWTH), prev: new Int32Array(free + GROWTH) };
    for (let list = 0; list < heads; list++) initList(m, first + list);
    chain(m.link.next, free);
    this.#listOf = new Int32Array(m.nrPages);
    this.isRefilled = new Uint8Array(m.nrPages);
    this.since = new Int32Array(free + GROWTH);
  }

  /** List that a page is on, or -1. */
  listOf(pfn: number): number {
    return this.#listOf[pfn]! - 1;
  }

  /** First entry: a page frame, UNKNOWN, or NOTHING. */
  first(list: number): number {
    return this.#entry(this.#m.link.next[this.#head(list)]!);
  }

  /** Whether the list has no entry. */
  isEmpty(list: number): boolean {
    const head = this.#head(list);
    return this.#m.link.next[head] === head;
  }

  /** Number of blocks on a list; it walks the list. */
  length(list: number): number {
    const head = this.#head(list);
    const { next } = this.#m.link;
    let length = 0;
    for (let node = next[head]!; node !== head; node = next[node]!) length++;
    return length;
  }

  /** Puts a page that is freed, or UNKNOWN, at the head of a list. */
  addFirst(list: number, entry: number): void {
    if (entry >= 0) this.isRefilled[entry] = 0;
    const node = this.#nodeOf(list, entry);
    list_add(this.#m, node, this.#head(list));
  }

  /** Puts a page of a refill, or UNKNOWN, at the end of a list. */
  addLast(list: number, entry: number): void {
    if (entry >= 0) this.isRefilled[entry] = 1;
    const node = this.#nodeOf(list, entry);
    list_add_tail(this.#m, node, this.#head(list));
  }

  /** Takes the first entry, which there must be. */
  takeFirst(list: number): number {
    return this.#unlink(this.#m.link.next[this.#head(list)]!, list);
  }

  /** Takes the last entry, which there must be. */
  takeLast(list: number): number {
    return this.#unlink(this.#m.link.prev[this.#head(list)]!, list);
  }

  /** Migratetype of a list. */
  typeOf(list: number): number {
    return list % this.#m.pcpLists % MIGRATE_PCPTYPES;
  }

  /** Moves a block to the list of its pcp and order for another type, to the place that its age gives it there. */
  retype(pfn: number, type: number): void {
    const m = this.#m;
    const from = this.listOf(pfn);
    const list = from - this.typeOf(from) + type;
    const since = this.since[pfn]!;
    this.remove(pfn);
    const head = this.#head(list);
    let before = head;
    for (let node = m.link.next[head]!; node !== head && this.since[node]! > since;) {
      before = node;
      node = m.link.next[node]!;
    }
    list_add(m, pfn, before);
    this.#listOf[pfn] = list + 1;
    this.#count(list, 1);
  }

  /** Node of the first entry, or of the head when the list is empty: for a walk that is taken up again later. */
  firstNode(list: number): number {
    return this.#m.link.next[this.#head(list)]!;
  }

  /** The node behind. */
  nodeBehind(node: number): number {
    return this.#m.link.next[node]!;
  }

  /** What a node stands for: a page frame, UNKNOWN, or NOTHING for the head of a list. */
  entryAt(node: number): number {
    return this.#entry(node);
  }

  /** Calls with each entry from the head on until told to stop. */
  each(list: number, visit: (entry: number) => boolean): void {
    const head = this.#head(list);
    const { next } = this.#m.link;
    for (let node = next[head]!; node !== head;) {
      const after = next[node]!;
      if (!visit(this.#entry(node))) return;
      node = after;
    }
  }

  /** Takes a page off the list that it is on. */
  remove(pfn: number): void {
    this.#unlink(pfn, this.listOf(pfn));
  }

  /** Takes `count` pages in the order of a bulk free; fewer when there are fewer. Returns how many went. */
  drain(pcp: number, count: number, pindex: number, gone?: (entry: number) => void): number {
    const before = this.#m.pcp.count[pcp]!;
    takeInBulkOrder(this.#m as PcpHeads, pcp, Math.min(count, before), pindex, (head) => {
      const entry = this.takeLast(head - this.#head(0));
      gone?.(entry);
    });
    return before - this.#m.pcp.count[pcp]!;
  }

  /** Makes a list as long as is known from elsewhere: unknown pages come to, or any pages go from, its end. */
  setLength(list: number, length: number): void {
    let have = this.length(list);
    for (; have < length; have++) this.addLast(list, UNKNOWN);
    for (; have > length; have--) this.takeLast(list);
  }

  /** Takes a page and all entries behind it off a list. */
  cutFrom(list: number, pfn: number): void {
    while (this.takeLast(list) !== pfn);
  }

  /** Takes the entries off a list that were put there at `since` or before. */
  cutOlder(list: number, since: number): void {
    const head = this.#head(list);
    const { prev } = this.#m.link;
    while (prev[head] !== head && this.since[prev[head]!]! <= since) this.takeLast(list);
  }

  /** Empties a list; returns the number of pages that were on it. */
  clear(list: number): number {
    let pages = 0;
    const each = 1 << pindex_to_order(list % this.#m.pcpLists);
    for (; !this.isEmpty(list); pages += each) this.takeLast(list);
    return pages;
  }

  #head(list: number): number {
    return this.#firstHead + list;
  }

  #entry(node: number): number {
    if (node < this.#m.nrPages) return node;
    return node >= this.#firstPlaceholder ? UNKNOWN : NOTHING;
  }

  #nodeOf(list: number, entry: number): number {
    this.#count(list, 1);
    let node = entry;
    if (entry === UNKNOWN) {
      if (this.#free < 0) this.#grow();
      node = this.#free;
      this.#free = this.#m.link.next[node]!;
    } else this.#listOf[entry] = list + 1;
    this.since[node] = this.now;
    return node;
  }

  #unlink(node: number, list: number): number {
    const { link, nrPages } = this.#m;
    list_del(this.#m, node);
    this.#count(list, -1);
    if (node < nrPages) {
      this.#listOf[node] = 0;
      return node;
    }
    link.next[node] = this.#free;
    this.#free = node;
    return UNKNOWN;
  }

  #count(list: number, blocks: number): void {
    this.#m.pcp.count[this.#pcpOf[list]!]! += blocks * this.#blockPages[list]!;
  }

  #grow(): void {
    const { link } = this.#m;
    const from = this.#firstPlaceholder + this.#placeholders;
    const added = Math.max(GROWTH, this.#placeholders);
    const longer = (nodes: Int32Array) => {
      const copy = new Int32Array(from + added);
      copy.set(nodes);
      return copy;
    };
    const next = longer(link.next);
    chain(next, from);
    this.#m.link = { next, prev: longer(link.prev) };
    this.since = longer(this.since);
    this.#free = from;
    this.#placeholders += added;
  }
}

/** Links the nodes from `first` to the end as free ones. */
function chain(next: Int32Array, first: number): void {
  for (let node = first; node < next.length; node++) next[node] = node + 1 < next.length ? node + 1 : -1;
}
