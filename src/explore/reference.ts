/**
 * The reference scenario: CPUs with a page list each over one zone behind a lock. Every CPU makes a number of
 * operations and chooses each freely: a lockless take, an allocation that refills its list when that is empty, or a
 * free that drains its list when that is full. SPIN, TLC and fast-check have been given the same scenario, so that
 * counts and speed can be held against theirs.
 */
import { Cells, type CellStore, PlainCells } from "./cells.ts";
import { type ExploredSection, type Program, REACH } from "./program.ts";
import { SECTION } from "./reference_section.ts";
import { type ReferenceSize, ReferenceState } from "./reference_state.ts";

/** Faults that can be put in. */
export const REFERENCE_BUGS = ["none", "drain-unlocked", "refill-early", "free-forgets"] as const;
/**
 * `drain-unlocked`: the drain takes no lock, and reads the zone's end before it stores there. `refill-early`: the
 * refill counts the zone's pages before it takes the lock. `free-forgets`: a free that would fill the list loses the
 * page.
 */
export type ReferenceBug = typeof REFERENCE_BUGS[number];

type Run = (t: number, choice: number) => void;
const one = () => 1;

/** The scenario over cells of any kind, with a fault in it if asked for. */
class Reference<C extends CellStore> implements Program<C> {
  readonly cells: C;
  readonly nrTasks: number;
  readonly sections: readonly ExploredSection[];
  readonly #s: ReferenceState<C>;
  readonly #bug: ReferenceBug;
  #broken = "";

  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, bug: ReferenceBug, makeCells: (count: number, bits: number) => C) {
    this.#s = new ReferenceState(size, makeCells);
    this.#bug = bug;
    this.cells = this.#s.cells;
    this.nrTasks = size.operations.length;
    size.operations.forEach((k, t) => k === 0 && this.#go(t, SECTION.end));
    this.sections = [
      ...this.#takeAndAlloc(),
      ...this.#refillSections(),
      ...this.#freeSections(),
    ];
  }

  section(t: number): number {
    const pc = this.cells.at[this.#s.cpu(t)]!;
    return pc === SECTION.end ? -1 : pc;
  }

  isBetween(t: number): boolean {
    return this.cells.at[this.#s.cpu(t)] === SECTION.choose;
  }

  fault(): string {
    if (this.#broken === "") return this.#s.fault();
    const what = this.#broken;
    this.#broken = "";
    return what;
  }

  #takeAndAlloc(): ExploredSection[] {
    const { at } = this.cells;
    const s = this.#s;
    const begin: Run = (t, choice) => {
      this.#go(t, choice === 0 ? SECTION.take : choice === 1 ? SECTION.alloc : SECTION.push);
    };
    const pop: Run = (t) => {
      const b = s.cpu(t);
      this.#move(b + s.listed, b + s.list, b + s.held, b + s.owned);
      this.#finish(t);
    };
    const isEarly = this.#bug === "refill-early";
    const alloc: Run = (t) => {
      const b = s.cpu(t);
      if (at[b + s.listed] !== 0) return this.#go(t, SECTION.pop);
      if (isEarly) this.cells.put(b + s.moved, Math.max(0, s.size.batch - at[s.free]!)); // so many it leaves out
      this.#go(t, SECTION.refillLock);
    };
    return [
      section("begins", REACH.own, begin, (t) => at[s.cpu(t) + s.held] !== 0 ? 3 : 2),
      section("looks at its list", REACH.own, (t) => this.#popOrFinish(t)),
      section("takes a page from its list", REACH.own, pop),
      section("looks at its list", isEarly ? REACH.unlocked : REACH.own, alloc),
    ];
  }

  #refillSections(): ExploredSection[] {
    const { at } = this.cells;
    const s = this.#s;
    const { batch } = s.size;
    const isEarly = this.#bug === "refill-early";
    const refill: Run = (t) => {
      const b = s.cpu(t);
      const moved = at[b + s.moved]!;
      if (moved < batch && (at[s.free] !== 0 || isEarly)) {
        this.#move(s.free, s.zone, b + s.listed, b + s.list);
        this.cells.put(b + s.moved, moved + 1);
      } else {
        this.cells.put(b + s.moved, 0);
        this.#go(t, SECTION.refillUnlock);
      }
    };
    const unlock: Run = (t) => {
      this.#unlock(t);
      this.#go(t, SECTION.look);
    };
    return [
      this.#lockSection(SECTION.refill),
      section("list <- zone, or has enough", REACH.locked, refill),
      section("spin_unlock(zone->lock)", REACH.locked, unlock),
      section("looks at its list again", REACH.own, (t) => this.#popOrFinish(t)),
    ];
  }

  #freeSections(): ExploredSection[] {
    const { at } = this.cells;
    const s = this.#s;
    const isUnlocked = this.#bug === "drain-unlocked";
    const push: Run = (t) => {
      const b = s.cpu(t);
      if (this.#bug === "free-forgets" && at[b + s.listed] === s.size.high - 1) {
        const left = at[b + s.held]! - 1;
        this.cells.put(b + s.held, left);
        this.cells.put(b + s.owned + left, 0);
      } else this.#move(b + s.held, b + s.owned, b + s.listed, b + s.list);
      this.#go(t, SECTION.full);
    };
    const full: Run = (t) => {
      if (at[s.cpu(t) + s.listed]! < s.size.high) this.#finish(t);
      else this.#go(t, isUnlocked ? SECTION.drain : SECTION.drainLock);
    };
    const unlock: Run = (t) => {
      this.#unlock(t);
      this.#finish(t);
    };
    const reach = isUnlocked ? REACH.unlocked : REACH.locked;
    const store = section("stores the page at the zone's old end", reach, (t) => this.#drainStore(t));
    return [
      section("puts its newest page on its list", REACH.own, push),
      section("looks whether its list is full", REACH.own, full),
      this.#lockSection(SECTION.drain),
      section("zone <- list, or is done", reach, (t) => this.#drain(t)),
      section("spin_unlock(zone->lock)", REACH.locked, unlock),
      ...(isUnlocked ? [store] : []),
    ];
  }

  #drain(t: number): void {
    const { cells } = this;
    const s = this.#s;
    const b = s.cpu(t);
    const isUnlocked = this.#bug === "drain-unlocked";
    const moved = cells.at[b + s.moved]!;
    if (moved >= s.size.batch || cells.at[b + s.listed] === 0) {
      cells.put(b + s.moved, 0);
      if (isUnlocked) this.#finish(t);
      else this.#go(t, SECTION.drainUnlock);
      return;
    }
    cells.put(b + s.moved, moved + 1);
    if (isUnlocked) {
      cells.put(b + s.slot, cells.at[s.free]!);
      this.#go(t, SECTION.drainStore);
    } else this.#move(b + s.listed, b + s.list, s.free, s.zone);
  }

  #drainStore(t: number): void {
    const { cells } = this;
    const s = this.#s;
    const b = s.cpu(t);
    cells.put(s.free, cells.at[b + s.slot]!);
    this.#move(b + s.listed, b + s.list, s.free, s.zone);
    cells.put(b + s.slot, 0);
    this.#go(t, SECTION.drain);
  }

  #lockSection(next: number): ExploredSection {
    const lock: Run = (t) => {
      this.cells.put(this.#s.lock, t + 1);
      this.#go(t, next);
    };
    return section(
      "spin_lock(zone->lock)",
      REACH.lock,
      lock,
      () => this.cells.at[this.#s.lock] === 0 ? 1 : 0,
    );
  }

  #unlock(t: number): void {
    if (this.cells.at[this.#s.lock] !== t + 1) {
      this.#broken = "a CPU gives back a zone->lock that it does not hold";
    }
    this.cells.put(this.#s.lock, 0);
  }

  #move(fromCount: number, from: number, toCount: number, to: number): void {
    if (!this.#s.move(fromCount, from, toCount, to)) this.#broken = "a page is taken from an empty list";
  }

  #popOrFinish(t: number): void {
    if (this.cells.at[this.#s.cpu(t) + this.#s.listed] !== 0) this.#go(t, SECTION.pop);
    else this.#finish(t);
  }

  #finish(t: number): void {
    const cell = this.#s.cpu(t) + this.#s.done;
    const done = this.cells.at[cell]! + 1;
    this.cells.put(cell, done);
    this.#go(t, done === this.#s.size.operations[t] ? SECTION.end : SECTION.choose);
  }

  #go(t: number, pc: number): void {
    this.cells.put(this.#s.cpu(t) + this.#s.pc, pc);
  }
}

/** The scenario, ready to be explored. */
export class ReferenceProgram extends Reference<Cells> {
  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, bug: ReferenceBug = "none") {
    super(size, bug, (count, bits) => new Cells(count, bits));
    this.cells.top = 0;
  }
}

/** The scenario, ready for random walks. */
export class WalkedReference extends Reference<PlainCells> {
  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, bug: ReferenceBug = "none") {
    super(size, bug, (count) => new PlainCells(count));
  }
}

function section(
  name: string,
  reach: number,
  run: Run,
  choices: (t: number) => number = one,
): ExploredSection {
  return { name, reach, choices, run };
}
