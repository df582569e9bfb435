/**
 * Pages of the refills that a trace shows, in the order in which the kernel queued them. They are not used to predict;
 * they give names to pages for the test of identity.
 *
 * @module
 */

/** Contents by list. */
export class RefillContents {
  /** Pages that nobody has asked for yet, by list. */
  readonly #lists: number[][];
  /** List whose run is open on each CPU, or -1. */
  readonly #open: Int32Array;

  /** No refill has been seen. */
  constructor(lists: number, cpus: number) {
    this.#lists = Array.from({ length: lists }, () => []);
    this.#open = new Int32Array(cpus).fill(-1);
  }

  /** A page was queued. */
  add(cpu: number, list: number, pfn: number): void {
    if (this.#open[cpu] !== list) {
      this.#open[cpu] = list;
      this.#lists[list] = [];
    }
    this.#lists[list]!.push(pfn);
  }

  /** Another event ends the run of a CPU. */
  close(cpu: number): void {
    this.#open[cpu] = -1;
  }

  /** Whether a refill has been seen that nobody has asked for. */
  has(list: number): boolean {
    return this.#lists[list]!.length > 0;
  }

  /** The pages of the refill; afterwards it has been asked for. */
  take(list: number): readonly number[] | null {
    const pages = this.#lists[list]!;
    if (pages.length === 0) return null;
    this.#lists[list] = [];
    return pages;
  }
}
