/**
 * Puts lists right when a page leaves that was not the one expected. That is evidence: of a pageblock's type, when the
 * pages in front all lie in one that may be of another type than thought; or of a drain that no event announces, as
 * drain_all_pages() of a direct reclaim makes it, when several pageblocks would have to have changed unseen.
 *
 * @module
 */
import { type BlockTypes, CERTAINTY } from "./block_types.ts";
import { UNKNOWN } from "./page_lists.ts";
import type { ReplayMachine } from "./replay_machine.ts";

/** What has been concluded so far. */
export interface Conclusions {
  /** Pageblocks whose type was another than thought. */
  retyped: number;
  /** Drains that no event announced. */
  silentDrains: number;
}

/** Pageblocks of which the type may have changed unseen, rather than that all lists were drained unseen. */
const BLOCKS_MISTAKEN = 1;

/** Draws conclusions. */
export class PutRight {
  /** Counts of what was concluded. */
  readonly conclusions: Conclusions = { retyped: 0, silentDrains: 0 };
  /**
   * Called for each pcp that lost pages to a drain that no event announced, with their number, and whether the drain
   * is one that has not been told of yet.
   */
  onSilentDrain: (pcp: number, pages: number, isNew: boolean) => void = () => {};
  /** Line before which the last drain that was foreseen has happened. */
  #foreseenUntil = -1;
  /** By list: first page that was passed over once; twice shows that it does not lie there. */
  readonly #skipped: Int32Array;
  readonly #m: ReplayMachine;
  readonly #blocks: BlockTypes;

  /** Works on the lists of a machine. */
  constructor(machine: ReplayMachine, blocks: BlockTypes) {
    this.#m = machine;
    this.#skipped = new Int32Array(machine.nrZones * machine.nrCpus * machine.pcpLists).fill(UNKNOWN);
    this.#blocks = blocks;
  }

  /**
   * Makes `pfn`, or a page that nothing is known of, the first entry of the list, or empties the list.
   *
   * @param pfn Page that left the list, and was not its first entry.
   */
  pageLeft(list: number, pfn: number): void {
    const { lists, pcpLists } = this.#m;
    const on = lists.listOf(pfn);
    const pcp = Math.floor(list / pcpLists);
    if (on >= 0 && on !== list) {
      if (Math.floor(on / pcpLists) === pcp && !this.#isSure(pfn)) {
        this.#blocks.prove(pfn, lists.typeOf(list));
        this.#moveBlock(pfn);
      } else {
        // it went to the buddy lists and came back with a refill; pages are drained from the end, so those behind it
        // have gone as well
        lists.cutFrom(on, pfn);
      }
    }
    const { above, isFound, isProved } = this.#above(list, pfn);
    const isStray = above.length === 1 && this.#skipped[list] === above[0];
    if (this.#blocksOf(above) > BLOCKS_MISTAKEN || (isProved && !isFound && !isStray)) {
      const since = lists.since[above[0]!]!;
      this.#drainedAll(since);
      if (since > this.#foreseenUntil) this.conclusions.silentDrains++;
      this.#cut(pcp, Infinity, since);
      return;
    }
    // an interrupt between a free and its line swaps two pages: that proves nothing against a single one
    const isSingle = above.length === 1 && isProved && lists.listOf(pfn) === list;
    if (isSingle && !isStray) {
      this.#skipped[list] = above[0]!;
      return;
    }
    for (const each of above) {
      if (lists.listOf(each) === list && lists.isRefilled[each] === 0) this.#notOf(each, list);
    }
  }

  /** The pcp's lists were all empty at some time since they were seen last. */
  emptied(pcp: number): void {
    this.conclusions.silentDrains++;
    this.#cut(pcp, Infinity);
  }

  /** Everybody's lists are drained before a line: what is found out later about that time is no other drain. */
  foreseen(beforeLine: number): void {
    this.conclusions.silentDrains++;
    this.#foreseenUntil = beforeLine;
  }

  /** All lists of a CPU were drained just now. */
  drainedOn(cpu: number): void {
    const { nrZones, nrCpus } = this.#m;
    for (let zone = 0; zone < nrZones; zone++) this.#cut(zone * nrCpus + cpu, Infinity, Infinity);
  }

  /** drain_all_pages() empties the lists of all CPUs: what was on them at that time has gone. */
  #drainedAll(since: number): void {
    const { nrZones, nrCpus } = this.#m;
    for (let pcp = 0; pcp < nrZones * nrCpus; pcp++) this.#cut(pcp, since);
  }

  /** Cuts what was put on a pcp's lists until `since`; the drain came after `drainedAfter`. */
  #cut(pcp: number, since: number, drainedAfter = since): void {
    const { lists, pcpLists, pcp: { count } } = this.#m;
    const before = count[pcp]!;
    for (let at = 0; at < pcpLists; at++) lists.cutOlder(pcp * pcpLists + at, since);
    if (count[pcp]! === before) return;
    this.onSilentDrain(pcp, before - count[pcp]!, drainedAfter > this.#foreseenUntil);
  }

  /** Number of pageblocks that the pages lie in of which the type is sure. */
  #blocksOf(pages: readonly number[]): number {
    return new Set(pages.filter((pfn) => this.#isSure(pfn)).map((pfn) => this.#blocks.firstPage(pfn))).size;
  }

  /** Known pages in front of `pfn` or of the first page that nothing is known of. */
  #above(list: number, pfn: number) {
    const above: number[] = [];
    let isProved = false;
    let isFound = false;
    this.#m.lists.each(list, (entry) => {
      isFound = entry === pfn || entry === UNKNOWN;
      if (isFound) return false;
      isProved ||= this.#isSure(entry);
      above.push(entry);
      return true;
    });
    return { above, isFound, isProved };
  }

  /** Whether the page surely was put on the list that it is thought to be on. */
  #isSure(pfn: number): boolean {
    return this.#m.lists.isRefilled[pfn] !== 0 || this.#blocks.certainty(pfn) === CERTAINTY.proof;
  }

  #notOf(pfn: number, list: number): void {
    this.conclusions.retyped++;
    this.#blocks.exclude(pfn, this.#m.lists.typeOf(list));
    this.#moveBlock(pfn);
  }

  /** Moves the pages of a pageblock to the lists of its type. */
  #moveBlock(pfn: number): void {
    const { lists, nrPages } = this.#m;
    const type = this.#blocks.listType(pfn);
    const from = this.#blocks.firstPage(pfn);
    const to = Math.min(nrPages, from + this.#blocks.blockPages);
    for (let page = from; page < to; page++) {
      if (lists.listOf(page) >= 0 && lists.isRefilled[page] === 0) lists.retype(page, type);
    }
  }
}
