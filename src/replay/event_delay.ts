/**
 * Holds events back for a while, because the trace tells too late what an earlier line means: pages that are freed
 * together are first all printed as freed, and reach the pcp only where they are printed a second time, as batched.
 * The first line of such a page is dropped here.
 *
 * Memory is a fixed number of events, each a row of whole numbers.
 *
 * @module
 */
import { TraceEvent } from "../import/trace_event.ts";
import { TRACE_KIND_NAMES, TraceKind } from "../import/trace_kind.ts";
import { Slot } from "../import/trace_slot.ts";
import type { EventAhead } from "./foresight.ts";
import { ReclaimWatch } from "./reclaim_watch.ts";

/** Events held at the beginning, which are read twice. */
export const EVENTS_HELD_FIRST = 1 << 15;
/**
 * Frees that are printed twice lie some thousand events apart at most: 510 pages of a gather batch, on several CPUs at
 * once. A task that waits for a drain of everybody's lists is away for longer.
 */
const EVENTS_HELD = 1 << 14;

/** Fields that are kept, all whole numbers below 2^31: first those of every event, then those of fewer and fewer. */
const KEPT = Int32Array.of(
  Slot.kind,
  Slot.cpu,
  Slot.pid,
  Slot.line,
  Slot.context,
  // of events about a page
  Slot.pfn,
  Slot.order,
  Slot.migratetype,
  Slot.gfpFlags,
  // of mm_page_alloc_extfrag
  Slot.fallback_order,
  Slot.fallback_migratetype,
  Slot.change_ownership,
  // of other lines
  Slot.word,
  Slot.nid,
  Slot.zone,
  Slot.count,
  Slot.high,
  Slot.batch,
  Slot.pages,
  Slot.unmovable,
  Slot.movable,
  Slot.reclaimable,
  Slot.failedSince,
);
/** By kind: how many of the fields in KEPT are kept. */
const FIELDS_OF = Uint8Array.from(TRACE_KIND_NAMES, (name) => {
  if (name === "GT_LL_miss") return KEPT.indexOf(Slot.pfn);
  if (name === "mm_page_alloc_extfrag") return KEPT.indexOf(Slot.word);
  return name.startsWith("mm_") ? KEPT.indexOf(Slot.fallback_order) : KEPT.length;
});
/** Where a row has what a look ahead needs. */
const AHEAD = {
  line: KEPT.indexOf(Slot.line),
  cpu: KEPT.indexOf(Slot.cpu),
  pfn: KEPT.indexOf(Slot.pfn),
  order: KEPT.indexOf(Slot.order),
  migratetype: KEPT.indexOf(Slot.migratetype),
} as const;
/** In place of the kind of an event that was dropped. */
const DROPPED = -1;

/** Events in the order of the trace, later. */
export class EventDelay {
  /** Batched lines whose first line had left already, or was never there. */
  unmatched = 0;

  readonly #emit: (event: TraceEvent) => void;
  readonly #passed: () => void;
  /** Numbers of the events held that have lost ones before them, and the first of these, Infinity for none. */
  #gaps: number[] = [];
  #gap = Infinity;
  /** The event that is handed out; it is filled anew each time. */
  readonly #event = new TraceEvent();
  #rows = new Int32Array(EVENTS_HELD_FIRST * KEPT.length);
  #mask = EVENTS_HELD_FIRST - 1;
  /** Numbers of the oldest event held and of the next one. */
  #oldest = 0;
  #next = 0;
  /** By page frame: number of its last mm_page_free, plus one. */
  readonly #freed: Float64Array;
  readonly #reclaim = new ReclaimWatch();
  /** By row: time of the event in ns. */
  #timeNs = new Float64Array(EVENTS_HELD_FIRST);
  /** By row: number of the event before which everybody's lists may have been drained, -1 when they were not. */
  #mayDrain = new Float64Array(EVENTS_HELD_FIRST);
  readonly #ahead = {
    number: 0,
    timeNs: 0,
    line: 0,
    kind: 0,
    cpu: 0,
    pfn: 0,
    order: 0,
    migratetype: 0,
    mayDrainBefore: -1,
  };

  /**
   * Holds events of a machine with `pages` page frames back.
   *
   * @param passed Called before the first event behind a gap goes.
   */
  constructor(pages: number, emit: (event: TraceEvent) => void, passed: () => void = () => {}) {
    this.#emit = emit;
    this.#passed = passed;
    this.#freed = new Float64Array(pages);
  }

  /** Number of events held. */
  get size(): number {
    return this.#next - this.#oldest;
  }

  /** Number of the event that was handed out last. */
  get current(): number {
    return this.#oldest - 1;
  }

  /** Time of that event in ns. */
  get currentNs(): number {
    return this.#timeNs[this.current & this.#mask]!;
  }

  /** Number of the event before which, and behind the current one, everybody's lists may have been drained, or -1. */
  get mayDrainBefore(): number {
    return this.#mayDrain[this.current & this.#mask]!;
  }

  /** An allocation failed: a line about no page, which is not held. */
  failed(event: TraceEvent): void {
    this.#watch(event);
  }

  /** Events are lost here: what comes behind says nothing about what came before. */
  lost(): void {
    if (this.#gaps.at(-1) === this.#next) return;
    this.#gaps.push(this.#next);
    this.#gap = this.#gaps[0]!;
  }

  /** Visits the events behind the one that was handed out last, oldest first, until told to stop or up to a gap. */
  readonly ahead = (visit: (event: EventAhead) => boolean): void => {
    const event = this.#ahead;
    const end = Math.min(this.#next, this.#gap);
    for (let number = this.#oldest; number < end; number++) {
      const row = this.#rowOf(number);
      event.kind = this.#rows[row]!;
      if (event.kind === DROPPED) continue;
      event.number = number;
      event.timeNs = this.#timeNs[number & this.#mask]!;
      event.line = this.#rows[row + AHEAD.line]!;
      event.cpu = this.#rows[row + AHEAD.cpu]!;
      event.pfn = this.#rows[row + AHEAD.pfn]!;
      event.order = this.#rows[row + AHEAD.order]!;
      event.migratetype = this.#rows[row + AHEAD.migratetype]!;
      event.mayDrainBefore = this.#mayDrain[number & this.#mask]!;
      if (!visit(event)) return;
    }
  };

  /** Takes an event in; when no more can be held, the oldest one goes. */
  put(event: TraceEvent): void {
    if (this.size > this.#mask) this.#emitOldest();
    const { values } = event;
    const kind = values[Slot.kind]!;
    const pfn = values[Slot.pfn]!;
    const order = kind === TraceKind.mm_page_free_batched ? this.#dropFirstLine(pfn) : 0;
    if (kind === TraceKind.mm_page_free) this.#freed[pfn] = this.#next + 1;
    this.#mayDrain[this.#next & this.#mask] = -1;
    this.#timeNs[this.#next & this.#mask] = event.timeNs;
    this.#watch(event);
    const rows = this.#rows;
    const row = this.#rowOf(this.#next++);
    const fields = FIELDS_OF[kind]!;
    for (let at = 0; at < fields; at++) rows[row + at] = values[KEPT[at]!]!;
    if (kind === TraceKind.mm_page_free_batched) rows[row + AHEAD.order] = order;
  }

  #watch(event: TraceEvent): void {
    const pause = this.#reclaim.take(event, this.#next);
    if (pause !== null && pause.after >= this.#oldest) {
      this.#mayDrain[pause.after & this.#mask] = pause.before;
    }
  }

  /** Visits all events held, oldest first. */
  each(visit: (event: TraceEvent) => void): void {
    for (let number = this.#oldest; number < this.#next; number++) this.#show(number, visit);
  }

  /** Lets events go until no more are held than lines may be apart; from now on fewer are held. */
  shorten(): void {
    while (this.size > EVENTS_HELD) this.#emitOldest();
    const rows = new Int32Array(EVENTS_HELD * KEPT.length);
    const mayDrain = new Float64Array(EVENTS_HELD);
    const timeNs = new Float64Array(EVENTS_HELD);
    for (let number = this.#oldest; number < this.#next; number++) {
      const row = this.#rowOf(number);
      rows.set(this.#rows.subarray(row, row + KEPT.length), (number & (EVENTS_HELD - 1)) * KEPT.length);
      mayDrain[number & (EVENTS_HELD - 1)] = this.#mayDrain[number & this.#mask]!;
      timeNs[number & (EVENTS_HELD - 1)] = this.#timeNs[number & this.#mask]!;
    }
    this.#rows = rows;
    this.#mayDrain = mayDrain;
    this.#timeNs = timeNs;
    this.#mask = EVENTS_HELD - 1;
  }

  /** Lets all events go. */
  flush(): void {
    while (this.#oldest < this.#next) this.#emitOldest();
  }

  #emitOldest(): void {
    if (this.#oldest >= this.#gap) {
      this.#gaps.shift();
      this.#gap = this.#gaps[0] ?? Infinity;
      this.#passed();
    }
    this.#show(this.#oldest++, this.#emit);
  }

  #show(number: number, visit: (event: TraceEvent) => void): void {
    const rows = this.#rows;
    const row = this.#rowOf(number);
    const kind = rows[row]!;
    if (kind === DROPPED) return;
    const { values } = this.#event;
    const fields = FIELDS_OF[kind]!;
    for (let at = 0; at < fields; at++) values[KEPT[at]!] = rows[row + at]!;
    visit(this.#event);
  }

  #rowOf(number: number): number {
    return (number & this.#mask) * KEPT.length;
  }

  /** Returns the block's order, 0 when nobody says: those of 6.10 are about all orders, and print 0. */
  #dropFirstLine(pfn: number): number {
    const number = this.#freed[pfn]! - 1;
    if (number < this.#oldest) {
      this.unmatched++;
      return 0;
    }
    const row = this.#rowOf(number);
    this.#rows[row] = DROPPED;
    this.#freed[pfn] = 0;
    return this.#rows[row + AHEAD.order]!;
  }
}
