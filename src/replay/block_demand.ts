/**
 * When kvfree_rcu() needed a page for a new block of pointers, as a trace tells it: each lockless attempt, or else each
 * `GT_BLK` line, or else, on a kernel that prints neither, each block that RCU hands to kfree_bulk(). The last comes a
 * grace period after the need, so it says how many there were but not exactly when.
 *
 * @module
 */
import type { TraceEvent } from "../import/trace_event.ts";
import { TraceKind, traceWord } from "../import/trace_kind.ts";

/** Pointers that a block holds on a 64-bit kernel. */
const BLOCK_ENTRIES = 510;

/** What tells of needs, weakest first. */
export type DemandSource = "kfree_bulk" | "GT_BLK" | "GT_LL";
const NONE = traceWord("none");

/** Follows the needs of one trace. */
export class BlockDemand {
  /** The strongest source met so far. */
  source: DemandSource = "kfree_bulk";
  /** By CPU: objects that the block of an imagined hit still takes, which the real machine had no block for. */
  readonly #covered: Int32Array;

  /** Begins without needs. */
  constructor(cpus: number) {
    this.#covered = new Int32Array(cpus);
  }

  /** Number of pages that are needed at this event. */
  needsAt(event: TraceEvent, cpu: number): number {
    switch (event.kind) {
      case TraceKind.GT_LL_hit:
        this.source = "GT_LL";
        return this.#endCover(cpu) ? 0 : 1;
      case TraceKind.GT_LL_miss:
        this.source = "GT_LL";
        // every object tries again until one gets a block, unless the imagined machine has one already
        return this.#isCovered(cpu) ? 0 : 1;
      case TraceKind.GT_BLK:
        return this.source === "GT_LL" ? 0 : this.#printedBlock(event, cpu);
      case TraceKind.rcu_invoke_kfree_bulk_callback:
        return this.source === "kfree_bulk" ? 1 : 0;
      default:
        return 0;
    }
  }

  /** The imagined machine got a page that the real one did not get. */
  met(cpu: number): void {
    this.#covered[cpu] = BLOCK_ENTRIES - 1;
  }

  /** The real machine has a block now too; until then the imagined one had its own. */
  #endCover(cpu: number): boolean {
    const isCovered = this.#covered[cpu] !== 0;
    this.#covered[cpu] = 0;
    return isCovered;
  }

  #isCovered(cpu: number): boolean {
    if (this.#covered[cpu] === 0) return false;
    this.#covered[cpu]!--;
    return true;
  }

  /** A streak of failures is printed at its beginning, and its length with the next block. */
  #printedBlock({ word, failedSince }: TraceEvent, cpu: number): number {
    this.source = "GT_BLK";
    this.#covered[cpu] = 0;
    if (word === NONE) return 1;
    const inStreak = Math.max(0, Math.ceil(failedSince / BLOCK_ENTRIES) - 1);
    return 1 + inStreak;
  }
}
