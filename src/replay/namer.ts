/**
 * A second predictor beside the first, whose refills get their contents from the trace, so that nearly every page on
 * its lists is known. It names the page that an allocation or a lockless hit takes, before it looks.
 *
 * @module
 */
import { type BlockTypes, listNumber } from "./block_types.ts";
import { NOTHING } from "./page_lists.ts";
import { Predictor } from "./predictor.ts";
import { RefillContents } from "./refill_contents.ts";
import type { ReplayMachine } from "./replay_machine.ts";

/** Names pages. */
export class Namer {
  /** Page named for the last allocation or hit; negative when nothing was known of it. */
  named = NOTHING;
  /** Times that a list was found in another state than thought, and was set to what the trace shows. */
  resyncs = 0;
  readonly #m: ReplayMachine;
  readonly #predictor: Predictor;
  readonly #contents: RefillContents;

  /** Works on lists of its own. */
  constructor(machine: ReplayMachine, blocks: BlockTypes) {
    this.#m = machine;
    const lists = machine.nrZones * machine.nrCpus * machine.pcpLists;
    this.#contents = new RefillContents(lists, machine.nrCpus);
    this.#predictor = new Predictor(machine, blocks, {
      learns: true,
      contents: (list) => this.#contents.take(list),
    });
  }

  /** It is later now, on the caller's clock. */
  set now(now: number) {
    this.#m.lists.now = now;
  }

  /** A page was queued on a list by a refill. */
  queued(cpu: number, list: number, pfn: number): void {
    if (pfn >= 0) this.#contents.add(cpu, list, pfn);
  }

  /** Another event ends the run of lines of a refill. */
  endOfRun(cpu: number): void {
    this.#contents.close(cpu);
  }

  /** A block was allocated. */
  alloc(cpu: number, pfn: number, order: number, migratetype: number): void {
    const m = this.#m;
    this.named = NOTHING;
    if (order <= m.pcpOrderMax) {
      const zone = this.#predictor.zones.zoneOf(pfn);
      const list = listNumber(m.pcpLists, zone * m.nrCpus + cpu, migratetype, order);
      if (this.#contents.has(list) && !m.lists.isEmpty(list)) this.#wasEmpty(list);
    }
    this.#predictor.alloc(cpu, pfn, order, migratetype);
    if (this.#predictor.step.pcp >= 0) this.named = this.#predictor.step.named;
    if (this.named >= 0 && this.named !== pfn) this.resyncs++;
  }

  /** A block was freed. */
  free(cpu: number, pfn: number, order: number): void {
    this.#predictor.free(cpu, pfn, order);
  }

  /** A lockless attempt took a page. */
  locklessHit(cpu: number, pfn: number, migratetype: number): void {
    this.#predictor.locklessHit(cpu, pfn, migratetype);
    this.named = this.#predictor.step.named;
    if (this.named >= 0 && this.named !== pfn) this.resyncs++;
  }

  /** A lockless attempt found nothing. */
  locklessMiss(cpu: number): void {
    this.#predictor.locklessMiss(cpu);
  }

  /** A pageblock changed its type. */
  ownershipChanged(pfn: number, pages: number, migratetype: number): void {
    this.#predictor.ownershipChanged(pfn, pages, migratetype);
  }

  /** A pageblock kept its type. */
  ownershipKept(pfn: number, fallback: number, taker: number): void {
    this.#predictor.ownershipKept(pfn, fallback, taker);
  }

  /** The length of a list was printed. */
  setLength(list: number, length: number): void {
    this.#m.lists.setLength(list, length);
  }

  /** A list that is refilled must have been empty. */
  #wasEmpty(list: number): void {
    this.resyncs++;
    this.#m.lists.clear(list);
  }
}
