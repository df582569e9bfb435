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

// copies that are not imported: docs/decisions.md, 23
const {
  choose: CHOOSE,
  take: TAKE,
  pop: POP,
  alloc: ALLOC,
  refillLock: REFILL_LOCK,
  refill: REFILL,
  refillUnlock: REFILL_UNLOCK,
  look: LOOK,
  push: PUSH,
  full: FULL,
  drainLock: DRAIN_LOCK,
  drain: DRAIN,
  drainUnlock: DRAIN_UNLOCK,
  drainStore: DRAIN_STORE,
  end: END,
} = SECTION;

/** Names and reach of the sections, in the order of their numbers. */
function sectionsOf(bug: ReferenceBug): ExploredSection[] {
  const isUnlocked = bug === "drain-unlocked";
  const drained = isUnlocked ? REACH.unlocked : REACH.locked;
  const sections: [string, number][] = [
    ["begins", REACH.own],
    ["looks at its list", REACH.own],
    ["takes a page from its list", REACH.own],
    ["looks at its list", bug === "refill-early" ? REACH.unlocked : REACH.own],
    ["spin_lock(zone->lock)", REACH.lock],
    ["list <- zone, or has enough", REACH.locked],
    ["spin_unlock(zone->lock)", REACH.locked],
    ["looks at its list again", REACH.own],
    ["puts its newest page on its list", REACH.own],
    ["looks whether its list is full", REACH.own],
    ["spin_lock(zone->lock)", REACH.lock],
    ["zone <- list, or is done", drained],
    ["spin_unlock(zone->lock)", REACH.locked],
  ];
  if (isUnlocked) sections.push(["stores the page at the zone's old end", drained]);
  return sections.map(([name, reach], i) => ({ name, reach, hasChoices: i === CHOOSE }));
}

/**
 * The scenario over cells of any kind, with a fault in it if asked for. One switch runs all sections: calling a
 * function of each section's own took a third of a random walk's time.
 */
class Reference<C extends CellStore> implements Program<C> {
  readonly cells: C;
  readonly nrTasks: number;
  readonly sections: readonly ExploredSection[];
  readonly #s: ReferenceState<C>;
  readonly #isEarly: boolean;
  readonly #isUnlocked: boolean;
  readonly #forgets: boolean;
  #broken = "";

  /** All pages in the zone, nothing done. */
  constructor(size: ReferenceSize, bug: ReferenceBug, makeCells: (count: number, bits: number) => C) {
    this.#s = new ReferenceState(size, makeCells);
    this.#isEarly = bug === "refill-early";
    this.#isUnlocked = bug === "drain-unlocked";
    this.#forgets = bug === "free-forgets";
    this.cells = this.#s.cells;
    this.nrTasks = size.operations.length;
    size.operations.forEach((k, t) => k === 0 && this.#go(this.#s.cpu(t), END));
    this.sections = sectionsOf(bug);
  }

  section(t: number): number {
    const pc = this.cells.at[this.#s.cpu(t)]!;
    return pc === END ? -1 : pc;
  }

  isBetween(t: number): boolean {
    return this.cells.at[this.#s.cpu(t)] === CHOOSE;
  }

  fault(): string {
    if (this.#broken === "") return this.#s.fault();
    const what = this.#broken;
    this.#broken = "";
    return what;
  }

  choices(t: number): number {
    const { at } = this.cells;
    const s = this.#s;
    const b = s.cpu(t);
    const pc = at[b];
    if (pc === CHOOSE) return at[b + s.held] !== 0 ? 3 : 2;
    if (pc === REFILL_LOCK || pc === DRAIN_LOCK) return at[s.lock] === 0 ? 1 : 0;
    return 1;
  }

  run(t: number, choice: number): number {
    const s = this.#s;
    const b = s.cpu(t);
    switch (this.cells.at[b]) {
      case CHOOSE:
        return this.#go(b, choice === 0 ? TAKE : choice === 1 ? ALLOC : PUSH);
      case TAKE:
      case LOOK:
        return this.#popOrFinish(t, b);
      case POP:
        this.#move(b + s.listed, b + s.list, b + s.held, b + s.owned);
        return this.#finish(t, b);
      case ALLOC:
        return this.#alloc(b);
      case REFILL_LOCK:
        return this.#lock(t, b, REFILL);
      case REFILL:
        return this.#refill(b);
      case REFILL_UNLOCK:
        this.#unlock(t);
        return this.#go(b, LOOK);
      case PUSH:
        return this.#push(b);
      case FULL:
        if (this.cells.at[b + s.listed]! < s.size.high) return this.#finish(t, b);
        return this.#go(b, this.#isUnlocked ? DRAIN : DRAIN_LOCK);
      case DRAIN_LOCK:
        return this.#lock(t, b, DRAIN);
      case DRAIN:
        return this.#drain(t, b);
      case DRAIN_UNLOCK:
        this.#unlock(t);
        return this.#finish(t, b);
      default: // DRAIN_STORE
        return this.#drainStore(b);
    }
  }

  #alloc(b: number): number {
    const { at } = this.cells;
    const s = this.#s;
    if (at[b + s.listed] !== 0) return this.#go(b, POP);
    // so many it leaves out
    if (this.#isEarly) this.cells.put(b + s.moved, Math.max(0, s.size.batch - at[s.free]!));
    return this.#go(b, REFILL_LOCK);
  }

  #refill(b: number): number {
    const { at } = this.cells;
    const s = this.#s;
    const moved = at[b + s.moved]!;
    if (moved < s.size.batch && (at[s.free] !== 0 || this.#isEarly)) {
      this.#move(s.free, s.zone, b + s.listed, b + s.list);
      this.cells.put(b + s.moved, moved + 1);
      return REFILL;
    }
    this.cells.put(b + s.moved, 0);
    return this.#go(b, REFILL_UNLOCK);
  }

  #push(b: number): number {
    const { at } = this.cells;
    const s = this.#s;
    if (this.#forgets && at[b + s.listed] === s.size.high - 1) {
      const left = at[b + s.held]! - 1;
      this.cells.put(b + s.held, left);
      this.cells.put(b + s.owned + left, 0);
    } else this.#move(b + s.held, b + s.owned, b + s.listed, b + s.list);
    return this.#go(b, FULL);
  }

  #drain(t: number, b: number): number {
    const { cells } = this;
    const s = this.#s;
    const moved = cells.at[b + s.moved]!;
    if (moved >= s.size.batch || cells.at[b + s.listed] === 0) {
      cells.put(b + s.moved, 0);
      return this.#isUnlocked ? this.#finish(t, b) : this.#go(b, DRAIN_UNLOCK);
    }
    cells.put(b + s.moved, moved + 1);
    if (this.#isUnlocked) {
      cells.put(b + s.slot, cells.at[s.free]!);
      return this.#go(b, DRAIN_STORE);
    }
    this.#move(b + s.listed, b + s.list, s.free, s.zone);
    return DRAIN;
  }

  #drainStore(b: number): number {
    const { cells } = this;
    const s = this.#s;
    const end = cells.at[b + s.slot]!;
    cells.put(s.free, end);
    if (end < s.room) this.#move(b + s.listed, b + s.list, s.free, s.zone);
    else this.#broken = "a page is stored above the zone's end"; // there the CPUs' cells begin
    cells.put(b + s.slot, 0);
    return this.#go(b, DRAIN);
  }

  #lock(t: number, b: number, next: number): number {
    this.cells.put(this.#s.lock, t + 1);
    return this.#go(b, next);
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

  #popOrFinish(t: number, b: number): number {
    return this.cells.at[b + this.#s.listed] !== 0 ? this.#go(b, POP) : this.#finish(t, b);
  }

  #finish(t: number, b: number): number {
    const cell = b + this.#s.done;
    const done = this.cells.at[cell]! + 1;
    this.cells.put(cell, done);
    if (done !== this.#s.size.operations[t]) return this.#go(b, CHOOSE);
    this.#go(b, END);
    return -1;
  }

  /** The section is the first of a CPU's cells. */
  #go(b: number, pc: number): number {
    this.cells.put(b, pc);
    return pc;
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
