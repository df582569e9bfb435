/**
 * Whether each page is in use, to find events that contradict each other: a page that is freed while it is free, or
 * allocated while it is in use. Such a trace has lost events, or is of a kernel that allocates without a trace event,
 * as the lockless function of the RFC does.
 *
 * @module
 */
import type { TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";

/** Contradictions, and the first of them. */
export interface Contradictions {
  /** Events that cannot be. */
  count: number;
  /** What the first one was, empty when there is none. */
  first: string;
}

/** What is known of a page, to be added to the time since when states count; less than that is unknown. */
const USE = { used: 1, free: 2 } as const;
/** From one time of losses to the next. */
const STATES = 2;

/** State of all pages; each block is told by its first page. */
export class PageUse {
  /** What was found. */
  readonly contradictions: Contradictions = { count: 0, first: "" };
  readonly #use: Int32Array;
  /** States up to this one are from before events were lost: there may be many losses and much memory to forget. */
  #since = 0;

  /** Nothing is known. */
  constructor(pages: number) {
    this.#use = new Int32Array(pages);
  }

  /** Takes the next event. */
  take(event: TraceEvent): void {
    switch (event.kind) {
      case TraceKind.mm_page_alloc:
        return this.#allocated(event, event.order);
      case TraceKind.GT_LL_hit:
        return this.#allocated(event, 0);
      case TraceKind.mm_page_free:
      case TraceKind.mm_page_free_batched:
        return this.#freed(event);
    }
  }

  /** Events were lost: whatever was known may have changed. */
  forget(): void {
    this.#since += STATES;
  }

  #allocated(event: TraceEvent, order: number): void {
    const { pfn } = event;
    if (this.#use[pfn] === this.#since + USE.used) this.#found(event, "allocated", "in use");
    // the pages behind the first may be freed one by one if the block is split
    if (order > 0) this.#use.fill(0, pfn, pfn + (1 << order));
    this.#use[pfn] = this.#since + USE.used;
  }

  #freed(event: TraceEvent): void {
    if (this.#use[event.pfn] === this.#since + USE.free) this.#found(event, "freed", "free");
    this.#use[event.pfn] = this.#since + USE.free;
  }

  #found({ line, pfn }: TraceEvent, action: string, state: string): void {
    if (this.contradictions.count++ > 0) return;
    this.contradictions.first = `line ${line}: page ${pfn} is ${action} while it is ${state}`;
  }
}
