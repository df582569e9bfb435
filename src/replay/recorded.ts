/**
 * Refills and drains as the trace has them, for comparison only. A kernel that prints `GT_REFILL` and `GT_DRAIN` says
 * them outright. From any other, a refill is a run of mm_page_alloc_zone_locked lines of one list that no event of the
 * CPU interrupts, and a drain a run of mm_page_pcpu_drain lines of one zone. Both are followed, because which sort of
 * kernel it is shows only later.
 *
 * @module
 */
import { TraceContext, type TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";

/** Who says so. */
export const SOURCE = { printed: 0, inferred: 1 } as const;
/** Number of sources. */
export const SOURCES = 2;

/** What is counted of one pcp, by source. */
export interface RecordedMoves {
  readonly refills: Float64Array;
  readonly refillPages: Float64Array;
  readonly drains: Float64Array;
  readonly drainPages: Float64Array;
}

const INTERRUPT = TraceContext.hardirq | TraceContext.softirq | TraceContext.nmi;

/** Refills that no allocation has been seen for yet, of one source: by list, the context that refilled. */
class Pending {
  readonly #context: Float64Array;
  /** Refills whose page never showed up as an allocation. */
  unclaimed = 0;

  constructor(lists: number) {
    this.#context = new Float64Array(lists).fill(-1);
  }

  add(list: number, context: number): void {
    if (this.#context[list] !== -1) this.unclaimed++;
    this.#context[list] = context;
  }

  /** Whether the allocation of a page from the list is the one that refilled it. */
  claim(list: number, context: number): boolean {
    if (this.#context[list] !== context) return false;
    this.#context[list] = -1;
    return true;
  }
}

/** A run of lines of one CPU. */
interface Run {
  /** TraceKind of its lines, or -1 when there is none. */
  kind: number;
  /** List refilled, or pcp drained. */
  place: number;
}

/** Keeps the account. */
export class Recorded {
  readonly moves: RecordedMoves;
  /** Whether the kernel prints its refills and drains. */
  isPrinted = false;
  readonly #pending: readonly Pending[];
  readonly #runs: readonly Run[];
  readonly #pcps: number;
  readonly #listsOfPcp: number;

  /** Nothing has happened. */
  constructor(pcps: number, cpus: number, pcpLists: number) {
    const zeros = () => new Float64Array(pcps * SOURCES);
    this.moves = { refills: zeros(), refillPages: zeros(), drains: zeros(), drainPages: zeros() };
    this.#pending = [new Pending(pcps * pcpLists), new Pending(pcps * pcpLists)];
    this.#runs = Array.from({ length: cpus }, () => ({ kind: -1, place: -1 }));
    this.#pcps = pcps;
    this.#listsOfPcp = pcpLists;
  }

  /** Refills that nobody's allocation followed. */
  unclaimed(source: number): number {
    return this.#pending[source]!.unclaimed;
  }

  /** A block was taken from the buddy lists for a pcp list. */
  zoneLocked(event: TraceEvent, cpu: number, list: number): void {
    const at = this.#pcps * SOURCE.inferred + Math.floor(list / this.#listsOfPcp);
    if (this.#isNewRun(cpu, TraceKind.mm_page_alloc_zone_locked, list)) {
      this.moves.refills[at]!++;
      this.#pending[SOURCE.inferred]!.add(list, contextOf(event));
    }
    this.moves.refillPages[at]! += 1 << event.order;
  }

  /** A page of a pcp went back to the buddy lists. */
  pcpuDrain(cpu: number, pcp: number, pages: number): void {
    const at = this.#pcps * SOURCE.inferred + pcp;
    if (this.#isNewRun(cpu, TraceKind.mm_page_pcpu_drain, pcp)) this.moves.drains[at]!++;
    this.moves.drainPages[at]! += pages;
  }

  /** The kernel says that it refilled a list. */
  printedRefill(event: TraceEvent, list: number): void {
    this.isPrinted = true;
    const pcp = Math.floor(list / this.#listsOfPcp);
    this.moves.refills[pcp]!++;
    this.moves.refillPages[pcp]! += event.pages;
    this.#pending[SOURCE.printed]!.add(list, contextOf(event));
  }

  /** The kernel says that it drains a pcp. */
  printedDrain(event: TraceEvent, pcp: number): void {
    this.isPrinted = true;
    this.moves.drains[pcp]!++;
    this.moves.drainPages[pcp]! += event.pages;
  }

  /** An event of another kind happened on the CPU. */
  other(cpu: number): void {
    this.#runs[cpu]!.kind = -1;
  }

  /** Whether the allocation of a page from the list is the one that a source's last refill was for. */
  claim(source: number, event: TraceEvent, list: number): boolean {
    return this.#pending[source]!.claim(list, contextOf(event));
  }

  #isNewRun(cpu: number, kind: number, place: number): boolean {
    const run = this.#runs[cpu]!;
    const isNew = run.kind !== kind || run.place !== place;
    run.kind = kind;
    run.place = place;
    return isNew;
  }
}

/** Thread and level of interrupt as one number. */
function contextOf(event: TraceEvent): number {
  return event.pid * 64 + (event.context & INTERRUPT);
}
