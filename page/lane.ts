/**
 * Draws one CPU: its lists as a stack of pages, and beside it how full they were of late, with every request that
 * failed. The newest column is at the right edge of the strip, next to the stack.
 */
/// <reference lib="dom" />
import { STRIP, STRIP_WORDS } from "../src/live/strip.ts";
import type { LiveCpu } from "../src/live/lab.ts";
import { STORM_MISSES } from "../src/live/watch.ts";
import type { Palette } from "./palette.ts";

/** Width of a column and of the stack, in CSS pixels. */
const COLUMN_PX = 3, STACK_PX = 64, GAP_PX = 12;
/** Columns remembered: enough for a wide screen. */
const COLUMNS_MAX = 640;
/** Pages up to which the stack shows each page by itself. */
const CELLS_MAX = 32;
/** Height of the rows for failed requests and for blocks that got a page. */
const MISS_ROW_PX = 26, HIT_ROW_PX = 8;

/** One CPU's lane. */
export class Lane {
  /** The card. */
  readonly element = document.createElement("article");
  readonly #says = document.createElement("span");
  readonly #canvas = document.createElement("canvas");
  readonly #columns = new Int32Array(COLUMNS_MAX * STRIP_WORDS);
  #count = 0;
  #width = 0;
  #height = 0;

  /** The lane of a CPU. */
  constructor(cpu: number) {
    this.element.className = "lane";
    const title = document.createElement("h3");
    title.append(`CPU ${cpu}`, this.#says);
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute(
      "aria-label",
      `Pages on the lists of CPU ${cpu} of late, and requests that failed`,
    );
    this.element.append(title, this.#canvas);
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
  }

  #resize(): void {
    const ratio = Math.min(2, devicePixelRatio);
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#canvas.getContext("2d")!.scale(ratio, ratio);
  }

  /** Adds this CPU's part of new columns. */
  add(columns: Int32Array, cpu: number, cpus: number): void {
    for (let at = cpu * STRIP_WORDS; at < columns.length; at += cpus * STRIP_WORDS) {
      if (this.#count === COLUMNS_MAX) {
        this.#columns.copyWithin(0, STRIP_WORDS);
        this.#count--;
      }
      this.#columns.set(columns.subarray(at, at + STRIP_WORDS), this.#count++ * STRIP_WORDS);
    }
  }

  /** Draws the lane. */
  draw(cpu: LiveCpu, palette: Palette): void {
    const total = cpu.lists[0]! + cpu.lists[1]! + cpu.lists[2]!;
    const storm = cpu.streak >= STORM_MISSES;
    const says = storm
      ? `storm: ${cpu.streak} requests failed in a row`
      : cpu.streak > 0
      ? `${cpu.streak} failed`
      : `${total} of ${cpu.high} pages`;
    if (this.#says.textContent !== says) this.#says.textContent = says;
    this.element.dataset.state = storm ? "storm" : "calm";
    const pen = this.#canvas.getContext("2d")!;
    pen.clearRect(0, 0, this.#width, this.#height);
    this.#drawStrip(pen, cpu, palette);
    this.#drawStack(pen, cpu, palette);
  }

  /** Height above the bottom row of so many pages. */
  #y(pages: number, high: number): number {
    const bottom = this.#height - HIT_ROW_PX - 4;
    const top = MISS_ROW_PX + 4;
    return bottom - Math.min(1, pages / (high * 1.15 + 1)) * (bottom - top);
  }

  #drawStrip(pen: CanvasRenderingContext2D, { high }: LiveCpu, palette: Palette): void {
    const right = this.#width - STACK_PX - GAP_PX;
    const shown = Math.min(this.#count, Math.floor(right / COLUMN_PX));
    const base = this.#y(0, high);
    for (let i = 0; i < shown; i++) {
      const at = (this.#count - shown + i) * STRIP_WORDS;
      const c = this.#columns;
      const x = right - (shown - i) * COLUMN_PX;
      const misses = c[at + STRIP.misses]!;
      if (misses > 0) {
        pen.fillStyle = palette.missSoft;
        pen.fillRect(x, 0, COLUMN_PX, base);
        pen.fillStyle = palette.miss;
        const height = Math.min(MISS_ROW_PX, 4 + 5 * Math.log2(misses));
        pen.fillRect(x, MISS_ROW_PX - height, COLUMN_PX, height);
      }
      const most = this.#y(c[at + STRIP.high]!, high);
      pen.fillStyle = palette.band;
      pen.fillRect(x, most, COLUMN_PX, base - most);
      pen.fillStyle = palette.unmovable;
      const least = this.#y(c[at + STRIP.low]!, high);
      pen.fillRect(x, most - 1, COLUMN_PX, Math.max(2, least - most));
      if (c[at + STRIP.hits]! > 0) {
        pen.fillStyle = palette.hit;
        pen.fillRect(x, this.#height - HIT_ROW_PX, COLUMN_PX - 1, HIT_ROW_PX);
      }
      if (c[at + STRIP.refills]! > 0) {
        pen.fillStyle = palette.refill;
        pen.fillRect(x, base - 1, COLUMN_PX - 1, 3);
      }
    }
    pen.fillStyle = palette.soft;
    for (let x = 0; x < right; x += 8) pen.fillRect(x, this.#y(high, high), 3, 1);
    pen.fillRect(0, base + 2, right, 1);
  }

  #drawStack(pen: CanvasRenderingContext2D, { lists, high }: LiveCpu, palette: Palette): void {
    const left = this.#width - STACK_PX;
    const colours = [palette.unmovable, palette.movable, palette.reclaimable];
    const cells = high <= CELLS_MAX;
    let below = 0;
    for (const [type, pages] of lists.entries()) {
      pen.fillStyle = colours[type]!;
      if (cells) {
        for (let i = 0; i < pages; i++) this.#drawPages(pen, left, below + i, below + i + 1, high);
      } else this.#drawPages(pen, left, below, below + pages, high);
      below += pages;
    }
    pen.fillStyle = palette.soft;
    pen.fillRect(left, this.#y(high, high), STACK_PX, 1);
    pen.fillRect(left, this.#y(0, high) + 2, STACK_PX, 1);
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "right";
    pen.fillText(`high ${high}`, this.#width, this.#y(high, high) - 4);
  }

  #drawPages(pen: CanvasRenderingContext2D, left: number, from: number, to: number, high: number): void {
    const top = this.#y(to, high);
    const height = this.#y(from, high) - top;
    if (height > 0) pen.fillRect(left, top, STACK_PX, height > 3 ? height - 1 : height);
  }
}
