/**
 * Numbers and words of the present state: the figures, the sentence that says what is going on, and the storms of late.
 */
/// <reference lib="dom" />
import type { LiveState } from "../src/live/lab.ts";
import { STORM_MISSES } from "../src/live/watch.ts";

/** Storms in the table. */
const STORMS_SHOWN = 6;

const percent = (part: number, whole: number) => whole === 0 ? "–" : `${(100 * part / whole).toFixed(1)} %`;

/** A whole number with thin gaps, the same in every locale. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A time in the unit that suits it. */
function time(ns: number): string {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  return ns < 1e9 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}

const FIGURES: readonly (readonly [string, (s: LiveState) => string])[] = [
  ["requests that got a page", (s) => percent(s.hits, s.attempts)],
  ["blocks that got one at once", (s) => percent(s.hits, s.hits + s.missEpisodes)],
  ["objects that fell back", (s) => percent(s.fellBack, s.objects)],
  [
    `storms, ${STORM_MISSES} failures or more`,
    (s) => grouped(s.stormCount + s.cpus.filter((c) => c.streak >= STORM_MISSES).length),
  ],
  ["longest row of failures", (s) => grouped(s.longest)],
  ["objects wait to be freed", (s) => grouped(s.waiting)],
  ["grace periods", (s) => grouped(s.gracePeriods)],
  ["virtual time", (s) => time(s.nowNs)],
];

/** Text that is written only when it changes: layout is the costly part of a frame. */
function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The figures and the table. */
export class Figures {
  readonly #cells: HTMLElement[];
  readonly #rows: HTMLTableCellElement[][];

  /** Fills the list and the table with empty cells. */
  constructor(list: HTMLElement, body: HTMLElement) {
    this.#cells = FIGURES.map(([name]) => {
      const [pair, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term!.textContent = name;
      pair!.append(term!, value!);
      list.append(pair!);
      return value!;
    });
    this.#rows = Array.from({ length: STORMS_SHOWN }, () => {
      const row = document.createElement("tr");
      const cells = Array.from({ length: 4 }, () => document.createElement("td"));
      row.append(...cells);
      body.append(row);
      return cells;
    });
  }

  /** Writes the numbers of a state. */
  show(state: LiveState): void {
    for (const [i, [, value]] of FIGURES.entries()) write(this.#cells[i]!, value(state));
    const latest = state.storms.slice(-STORMS_SHOWN).reverse();
    for (const [i, cells] of this.#rows.entries()) {
      const storm = latest[i];
      const texts = storm === undefined
        ? ["\u00a0", "", "", ""]
        : [`${storm.number}`, `${storm.cpu}`, grouped(storm.misses), time(storm.endNs - storm.startNs)];
      for (const [k, cell] of cells.entries()) write(cell, texts[k]!);
    }
  }
}

/** One sentence on what is going on. */
export function sentenceOf(state: LiveState, playing: boolean): string {
  if (!playing && state.last !== null) return `CPU ${state.last.cpu} ran ${state.last.section}`;
  const inStorm = state.cpus.flatMap((c, cpu) => c.streak >= STORM_MISSES ? [cpu] : []);
  if (inStorm.length === 0) return state.stormCount === 0 ? "No storm so far." : "No storm now.";
  const who = inStorm.length === 1 ? `CPU ${inStorm[0]} is` : `CPUs ${inStorm.join(", ")} are`;
  return `${who} in a storm: the lists are empty, and every object asks again in vain.`;
}
