/**
 * Finds the moments at which a drain_all_pages() may have happened that no event tells of. A task whose request meets
 * no watermark reclaims pages by itself, and if then there is still none for it, has every CPU's lists drained and
 * tries again. In a trace that is: frees in batches by a task, a pause while it waits for the CPUs, and at last its
 * allocation, which may reclaim directly. The longest pause before the allocation is the likeliest.
 *
 * Memory is a fixed number of tasks.
 *
 * @module
 */
import { GfpFlag } from "../import/gfp_names.ts";
import { TraceContext, type TraceEvent } from "../import/trace_event.ts";
import { TraceKind } from "../import/trace_kind.ts";

/** Tasks followed at a time, by the low bits of their number. */
const TASKS = 1 << 10;
const INTERRUPT = TraceContext.hardirq | TraceContext.softirq | TraceContext.nmi;

/** A pause of a task that reclaims. */
export interface Pause {
  /** Number of its last event before. */
  readonly after: number;
  /** Number of its first event behind. */
  readonly before: number;
}

/** Follows what tasks free and allocate. */
export class ReclaimWatch {
  readonly #pid = new Int32Array(TASKS).fill(-1);
  /** Number and time of the task's last batched free. */
  readonly #freed = new Float64Array(TASKS);
  readonly #freedNs = new Float64Array(TASKS);
  /** Number of the free before its longest pause since its last allocation, -1 for none, and how long that was. */
  readonly #pause = new Float64Array(TASKS).fill(-1);
  readonly #pauseNs = new Float64Array(TASKS);
  readonly #pauseEnd = new Float64Array(TASKS);
  readonly #found = { after: 0, before: 0 };

  /**
   * Takes the next event, also of an allocation that failed.
   *
   * @param number Number of the event.
   * @returns The pause in which everybody's lists may have been drained, or null; the same object each time.
   */
  take(event: TraceEvent, number: number): Pause | null {
    const { kind, pid } = event;
    if (kind > TraceKind.mm_page_free_batched || (event.context & INTERRUPT) !== 0) return null;
    const at = pid & (TASKS - 1);
    if (kind === TraceKind.mm_page_alloc) return this.#allocated(event, at, number);
    if (this.#pid[at] !== pid) {
      // another task may lose its place: then a drain is found out by what follows from it only
      this.#pid[at] = pid;
      this.#freed[at] = this.#pause[at] = -1;
    }
    if (kind === TraceKind.mm_page_free) this.#paused(at, event.timeNs, number);
    else if (kind === TraceKind.mm_page_free_batched) {
      this.#freed[at] = number;
      this.#freedNs[at] = event.timeNs;
    }
    return null;
  }

  #allocated({ pid, gfpFlags, timeNs }: TraceEvent, at: number, number: number): Pause | null {
    if (this.#pid[at] !== pid) return null;
    this.#paused(at, timeNs, number);
    this.#pid[at] = -1;
    if ((gfpFlags & GfpFlag.DIRECT_RECLAIM) === 0 || this.#pause[at]! < 0) return null;
    this.#found.after = this.#pause[at]!;
    this.#found.before = this.#pauseEnd[at]!;
    return this.#found;
  }

  #paused(at: number, timeNs: number, number: number): void {
    if (this.#freed[at]! < 0) return;
    const pauseNs = timeNs - this.#freedNs[at]!;
    if (this.#pause[at]! < 0 || pauseNs > this.#pauseNs[at]!) {
      this.#pause[at] = this.#freed[at]!;
      this.#pauseNs[at] = pauseNs;
      this.#pauseEnd[at] = number;
    }
    this.#freed[at] = -1;
  }
}
