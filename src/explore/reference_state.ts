/**
 * State of the reference scenario in cells: the zone, and for each CPU where it stands, its page list and its pages.
 */
import type { CellStore } from "./cells.ts";
import { AUX } from "./program.ts";

/** Size of the scenario. */
export interface ReferenceSize {
  /** Operations of each CPU; its length is the number of CPUs. */
  readonly operations: readonly number[];
  /** Pages, all in the zone at the beginning. */
  readonly pages: number;
  /** Pages in a list from which a free drains it. */
  readonly high: number;
  /** Pages that a refill or a drain moves. */
  readonly batch: number;
}

/** Most CPUs: the sleeping tasks are bits of one cell. */
const MAX_CPUS = 6;
/** Bits of a value: pages, operations and CPUs are at most 62. */
const VALUE_BITS = 6;

/** The cells and where everything is in them. */
export class ReferenceState<C extends CellStore> {
  readonly size: ReferenceSize;
  readonly cells: C;
  /** Zone lock (its holder plus one), free pages, and the stack of them. */
  readonly lock: number = AUX.count;
  readonly free: number = AUX.count + 1;
  readonly zone: number = AUX.count + 2;
  /** Offsets in a CPU's cells: section, operations done, slot that an unlocked store has read. */
  readonly pc = 0;
  readonly done = 1;
  readonly slot = 2;
  /** Pages moved by this refill or drain. */
  readonly moved = 3;
  /** Pages in the list and pages handed out, then the stacks of both. */
  readonly listed = 4;
  readonly held = 5;
  readonly list = 6;
  readonly owned: number;
  readonly #cpus: number;
  readonly #stride: number;
  readonly #seen: Uint8Array;

  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, makeCells: (count: number, bits: number) => C) {
    checkSize(size);
    const { pages, high, batch, operations } = size;
    this.size = size;
    this.owned = this.list + high + batch;
    this.#stride = this.owned + Math.max(...operations) + 1;
    this.#cpus = this.zone + pages + batch; // a faulty drain may store above the end
    this.#seen = new Uint8Array(pages + 1);
    const cells = makeCells(this.#cpus + operations.length * this.#stride, VALUE_BITS);
    cells.put(this.free, pages);
    for (let i = 0; i < pages; i++) cells.put(this.zone + i, pages - i);
    this.cells = cells;
  }

  /** First cell of a CPU. */
  cpu(t: number): number {
    return this.#cpus + t * this.#stride;
  }

  /** Moves the top of one stack to another (first the cell of its count, then its first entry); false when empty. */
  move(fromCount: number, from: number, toCount: number, to: number): boolean {
    const { cells } = this;
    const left = cells.at[fromCount]! - 1;
    if (left < 0) return false;
    const had = cells.at[toCount]!;
    cells.put(fromCount, left);
    cells.put(toCount, had + 1);
    cells.put(to + had, cells.at[from + left]!);
    cells.put(from + left, 0);
    return true;
  }

  /** What is wrong with where the pages are, "" when nothing is. */
  fault(): string {
    const { at } = this.cells;
    const { operations, pages } = this.size;
    this.#seen.fill(0);
    let total = at[this.free]!;
    let fine = this.#once(this.zone, total);
    for (let t = 0; t < operations.length; t++) {
      const b = this.cpu(t);
      total += at[b + this.listed]! + at[b + this.held]!;
      fine = this.#once(b + this.list, at[b + this.listed]!) &&
        this.#once(b + this.owned, at[b + this.held]!) && fine;
    }
    if (!fine) return "a page is in two places, or a list holds none";
    return total === pages ? "" : "a page is lost";
  }

  #once(first: number, n: number): boolean {
    for (let i = 0; i < n; i++) {
      const page = this.cells.at[first + i]!;
      if (page === 0 || this.#seen[page] !== 0) return false;
      this.#seen[page] = 1;
    }
    return true;
  }
}

function checkSize({ operations, pages, high, batch }: ReferenceSize): void {
  const whole = (name: string, value: number, min: number, max: number) => {
    if (Number.isInteger(value) && value >= min && value <= max) return;
    throw new RangeError(`Cannot build the scenario: expected ${name} from ${min} to ${max}, got ${value}`);
  };
  whole("CPUs", operations.length, 1, MAX_CPUS);
  for (const k of operations) whole("operations", k, 0, 2 ** VALUE_BITS - 2);
  whole("pages", pages, 1, 16);
  whole("high", high, 1, 16);
  whole("batch", batch, 1, 16);
}
