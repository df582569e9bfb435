/**
 * The smallest failing case of a faulty reference scenario, and what makes it the smallest: everything smaller has been
 * explored whole and does not fail.
 */
import { explore } from "./explore.ts";
import type { Exploration, Step } from "./exploration.ts";
import { type ReferenceBug, ReferenceProgram } from "./reference.ts";
import type { ReferenceSize } from "./reference_state.ts";

/** The smallest case. */
export interface Smallest {
  readonly size: ReferenceSize;
  readonly what: string;
  readonly steps: readonly Step[];
  /** Preemptions, with none of which fewer does. */
  readonly preemptions: number;
  /** Smaller cases that were explored whole and do not fail, and their states. */
  readonly smaller: { readonly cases: number; readonly states: number };
}

/** How far to shrink. */
export interface ShrinkOptions {
  /** Whether fewer CPUs are tried. @default true */
  readonly cpus?: boolean;
  /** Whether fewer pages are tried. @default true */
  readonly pages?: boolean;
}

/** Shrinks CPUs, then operations, then pages, then preemptions; null when no case of the size fails. */
export function shrink(size: ReferenceSize, bug: ReferenceBug, options: ShrinkOptions = {}): Smallest | null {
  const search = new ShrinkSearch(bug);
  if (!search.fails(size)) return null;
  const most = Math.max(...size.operations);
  let cpus = size.operations.length;
  if (options.cpus ?? true) {
    for (let n = 1; n < cpus; n++) if (search.fails({ ...size, operations: Array(n).fill(most) })) cpus = n;
  }
  let total = search.first(1, cpus * most, (sum) => search.among(sum, cpus, most, size) !== null);
  let pages = size.pages;
  if (options.pages ?? true) {
    pages = search.first(
      1,
      pages,
      (count) => search.among(total, cpus, most, { ...size, pages: count }) !== null,
    );
  }
  const bounded = { ...size, pages };
  // with fewer pages fewer operations may do
  total = search.first(1, total, (sum) => search.among(sum, cpus, most, bounded) !== null);
  for (let preemptions = 0;; preemptions++) {
    const found = search.among(total, cpus, most, bounded, preemptions);
    if (found === null) continue;
    return { ...found, preemptions, smaller: { cases: search.cases, states: search.states } };
  }
}

class ShrinkSearch {
  cases = 0;
  states = 0;
  readonly #bug: ReferenceBug;

  constructor(bug: ReferenceBug) {
    this.#bug = bug;
  }

  /** First number from `low` of which `isEnough` is true; `high` is known to be. */
  first(low: number, high: number, isEnough: (n: number) => boolean): number {
    let n = low;
    while (n < high && !isEnough(n)) n++;
    return n;
  }

  fails(size: ReferenceSize): boolean {
    return this.#explore(size, Infinity).failure !== null;
  }

  /** A failing case among all ways to share operations out; CPUs are alike, so each way is tried in one order. */
  among(
    total: number,
    cpus: number,
    most: number,
    size: ReferenceSize,
    preemptions = Infinity,
  ): { size: ReferenceSize; what: string; steps: readonly Step[] } | null {
    for (const operations of shares(total, cpus, most)) {
      const { failure } = this.#explore({ ...size, operations }, preemptions);
      if (failure !== null) return { size: { ...size, operations }, ...failure };
    }
    return null;
  }

  #explore(size: ReferenceSize, preemptions: number): Exploration {
    const reduction = preemptions === Infinity ? "chains" : "none";
    const found = explore(new ReferenceProgram(size, this.#bug), {
      reduction,
      preemptions,
      stopAtFirst: true,
    });
    if (found.failure === null) {
      this.cases++;
      this.states += found.states;
    }
    return found;
  }
}

/** Ways to write `total` as `parts` positive numbers of at most `most`, largest first. */
export function shares(total: number, parts: number, most: number): number[][] {
  if (parts === 0) return total === 0 ? [[]] : [];
  const ways: number[][] = [];
  for (let first = Math.min(most, total - parts + 1); first >= 1; first--) {
    for (const rest of shares(total - first, parts - 1, first)) ways.push([first, ...rest]);
  }
  return ways;
}
