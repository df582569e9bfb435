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
/** Among the pages that were seen: one was there twice, or was no page, which is 0. */
const TWICE = 1;
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
  /** Pages that the zone has room for: a faulty drain may store above its end. */
  readonly room: number;
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

  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, makeCells: (count: number, bits: number) => C) {
    checkSize(size);
    const { pages, high, batch, operations } = size;
    this.size = size;
    this.owned = this.list + high + batch;
    this.#stride = this.owned + Math.max(...operations) + 1;
    this.room = pages + batch;
    this.#cpus = this.zone + this.room;
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
    let total = at[this.free]!;
    let seen = this.#withStack(0, this.zone, total);
    for (let t = 0; t < operations.length; t++) {
      const b = this.cpu(t);
      const [listed, held] = [at[b + this.listed]!, at[b + this.held]!];
      total += listed + held;
      seen = this.#withStack(this.#withStack(seen, b + this.list, listed), b + this.owned, held);
    }
    if ((seen & TWICE) !== 0) return "a page is in two places, or a list holds none";
    return total === pages ? "" : "a page is lost";
  }

  /** The pages seen, a bit each, and those of a stack; TWICE with a page that was seen before, or with none. */
  #withStack(seen: number, first: number, n: number): number {
    const { at } = this.cells;
    for (let i = first; i < first + n; i++) {
      const page = 1 << at[i]!;
      seen |= (seen & page) === 0 ? page : TWICE;
    }
    return seen;
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
