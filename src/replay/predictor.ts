/**
 * Predicts what the pcp lists do, from allocations, frees and lockless attempts alone: pages leave at the head, freed
 * ones come back to the head, an empty list is refilled, a full pcp is drained. It never sees a line that says so.
 *
 * @module
 */
import { MIGRATE, MIGRATE_PCPTYPES, ZONE } from "../mm/gfp.ts";
import { order_to_pindex } from "../mm/pcp_policy.ts";
import { type BlockTypes, listedType } from "./block_types.ts";
import { NOTHING, UNKNOWN } from "./page_lists.ts";
import { PutRight } from "./put_right.ts";
import type { ReplayMachine } from "./replay_machine.ts";
import { ZoneMap } from "./zone_map.ts";

/** What the last call did. */
export interface Step {
  /** Pcp concerned, `zone * nrCpus + cpu`; -1 when the page went past the lists. */
  pcp: number;
  /** List concerned. */
  list: number;
  /** Pages that a predicted refill brought. */
  refilled: number;
  /** Pages that a predicted drain took. */
  drained: number;
  /** Pages on the pcp just before that drain. */
  beforeDrain: number;
  /** First entry of the list before the page left. */
  named: number;
}

/** How a predictor works. */
export interface PredictorOptions {
  /**
   * Whether the pages that really leave put the lists right. Not so when the lists are imagined other than they were:
   * other pages would leave then.
   */
  readonly learns: boolean;
  /**
   * Pages that a refill brought, in the order in which they were queued, or null when nobody says. Without this
   * function they are unknown.
   */
  readonly contents?: (list: number) => readonly number[] | null;
}

/** The lists, and the rules that move pages on and off them. */
export class Predictor {
  /** What the last call did; the same object each time. */
  readonly step: Step = { pcp: -1, list: -1, refilled: 0, drained: 0, beforeDrain: 0, named: NOTHING };
  /** Zone of each page. */
  readonly zones: ZoneMap;
  /** What evidence has told. */
  readonly putRight: PutRight;
  readonly #m: ReplayMachine;
  readonly #blocks: BlockTypes;
  readonly #options: PredictorOptions;

  /** Works on the lists of a machine, which hold what they hold at the start. */
  constructor(machine: ReplayMachine, blocks: BlockTypes, options: PredictorOptions) {
    this.#m = machine;
    this.#blocks = blocks;
    this.#options = options;
    this.zones = new ZoneMap(machine.geometry);
    this.putRight = new PutRight(machine, blocks);
  }

  /** A block was allocated on a CPU. */
  alloc(cpu: number, pfn: number, order: number, migratetype: number): void {
    const { step } = this;
    const m = this.#m;
    if (order > m.pcpOrderMax) {
      step.pcp = -1;
      this.#blocks.hint(pfn, migratetype);
      return;
    }
    const zone = this.zones.zoneOf(pfn);
    const list = this.#begin(zone, cpu, order_to_pindex(listedType(migratetype), order));
    m.policy.onAlloc(m, step.pcp);
    if (m.lists.isEmpty(list)) this.#refill(zone, order);
    step.named = m.lists.first(list);
    if (this.#options.learns && !this.#isExpected(pfn)) {
      this.putRight.pageLeft(list, pfn);
      if (m.lists.isEmpty(list)) this.#refill(zone, order);
    }
    this.#leave(pfn);
    this.#blocks.hint(pfn, migratetype);
  }

  /** A block was freed on a CPU. */
  free(cpu: number, pfn: number, order: number): void {
    const { step } = this;
    const m = this.#m;
    if (m.lists.listOf(pfn) >= 0) m.lists.remove(pfn);
    if (order > m.pcpOrderMax) {
      step.pcp = -1;
      return;
    }
    const pindex = order_to_pindex(this.#blocks.listType(pfn), order);
    this.#putBack(this.zones.zoneOf(pfn), cpu, pindex, order, this.#options.learns ? pfn : UNKNOWN);
  }

  /** An unmovable page that nothing is known of was freed on a CPU. */
  freeUnmovable(cpu: number, zone: number): void {
    this.#putBack(zone, cpu, order_to_pindex(MIGRATE.UNMOVABLE, 0), 0, UNKNOWN);
  }

  /** List that a lockless attempt on a CPU takes from, or -1. */
  lockless(cpu: number): number {
    const m = this.#m;
    const zonelist = m.zonelists[cpu]!;
    for (let at = 0; at < zonelist.length; at++) {
      const zone = zonelist[at]!;
      const pcp = zone * m.nrCpus + cpu;
      if (m.pcp.count[pcp] === 0 || m.zone.index[zone]! > ZONE.NORMAL) continue;
      const first = pcp * m.pcpLists;
      for (let type = 0; type < MIGRATE_PCPTYPES; type++) {
        if (!m.lists.isEmpty(first + type)) return first + type;
      }
    }
    return -1;
  }

  /** A lockless attempt took a page from the list of a type. */
  locklessHit(cpu: number, pfn: number, migratetype: number): void {
    const { step } = this;
    const m = this.#m;
    const list = this.#begin(this.zones.zoneOf(pfn), cpu, order_to_pindex(listedType(migratetype), 0));
    step.named = m.lists.first(list);
    if (this.#options.learns && !this.#isExpected(pfn)) this.putRight.pageLeft(list, pfn);
    this.#leave(pfn);
    this.#blocks.hint(pfn, migratetype);
  }

  /** A lockless attempt found nothing: whatever the lists of this CPU were thought to hold has gone. */
  locklessMiss(cpu: number): void {
    const m = this.#m;
    const zonelist = m.zonelists[cpu]!;
    for (let at = 0; at < zonelist.length; at++) {
      const zone = zonelist[at]!;
      const pcp = zone * m.nrCpus + cpu;
      if (m.zone.index[zone]! <= ZONE.NORMAL && m.pcp.count[pcp] !== 0) this.putRight.emptied(pcp);
    }
  }

  /** A pageblock changed its type. */
  ownershipChanged(pfn: number, pages: number, migratetype: number): void {
    for (let page = pfn; page < pfn + pages; page += this.#blocks.blockPages) {
      if (page < this.#m.nrPages) this.#blocks.prove(page, migratetype);
    }
  }

  /** A pageblock kept its type although requests of another one took free pages of it. */
  ownershipKept(pfn: number, fallback: number, taker: number): void {
    if (this.#blocks.listType(pfn) === taker) this.#blocks.stolenFrom(pfn, fallback, taker);
  }

  #begin(zone: number, cpu: number, pindex: number): number {
    const { step } = this;
    step.pcp = zone * this.#m.nrCpus + cpu;
    step.list = step.pcp * this.#m.pcpLists + pindex;
    step.refilled = 0;
    step.drained = 0;
    return step.list;
  }

  /** Whether the page is the first entry, or the first entry is unknown and the page nowhere else. */
  #isExpected(pfn: number): boolean {
    const { step } = this;
    const { lists } = this.#m;
    if (step.named === pfn && lists.isRefilled[pfn] === 0) this.#blocks.prove(pfn, lists.typeOf(step.list));
    return step.named === pfn || (step.named === UNKNOWN && lists.listOf(pfn) < 0);
  }

  #leave(pfn: number): void {
    const { lists } = this.#m;
    const { list } = this.step;
    if (lists.listOf(pfn) === list) lists.remove(pfn);
    else if (!lists.isEmpty(list)) lists.takeFirst(list);
  }

  #putBack(zone: number, cpu: number, pindex: number, order: number, entry: number): void {
    const { step } = this;
    const m = this.#m;
    m.lists.addFirst(this.#begin(zone, cpu, pindex), entry);
    step.beforeDrain = m.pcp.count[step.pcp]!;
    const pages = m.policy.drainCount(m, zone, step.pcp, order);
    if (pages > 0) step.drained = m.lists.drain(step.pcp, pages, pindex);
  }

  #refill(zone: number, order: number): void {
    const m = this.#m;
    const { step } = this;
    const blocks = m.policy.refillCount(m, zone, step.pcp, order);
    step.refilled = blocks << order;
    const contents = this.#options.contents?.(step.list) ?? null;
    if (contents !== null) { for (const pfn of contents) this.#queue(pfn); }
    else for (let i = 0; i < blocks; i++) m.lists.addLast(step.list, UNKNOWN);
  }

  #queue(pfn: number): void {
    const { lists } = this.#m;
    if (lists.listOf(pfn) >= 0) lists.remove(pfn);
    lists.addLast(this.step.list, pfn);
  }
}
