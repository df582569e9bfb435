/**
 * Reads what stands in front of the event name as trace_header.ts does, and remembers what it made of thread, CPU and
 * flag columns: they are the same bytes on line after line, and only the time behind them is new.
 *
 * Never says anything else than readHeader(): what is remembered is what readHeader() would look at before the time,
 * and where the time cannot be read behind it, readHeader() has the line.
 *
 * @module
 */
import { LINE_FEED, type LineCursor, NINE, ZERO } from "./line_cursor.ts";
import { SeenTexts } from "./seen_texts.ts";
import { COMM_COLUMNS, OPEN_BRACKET, readHeader, readThread, readTime } from "./trace_header.ts";
import { Slot } from "./trace_slot.ts";

/** Threads, times CPUs, times flags, that a trace goes to and fro between. */
const ENTRIES = 512;
/** Slots of an event that the text in front of the time tells. */
const TOLD = [Slot.cpu, Slot.pid, Slot.context, Slot.preemptDepth] as const;

/** Remembers the threads of one trace. */
export class HeaderMemory {
  readonly #seen = new SeenTexts(ENTRIES);
  /** By entry: the slots of TOLD. */
  readonly #told = new Int32Array(ENTRIES * TOLD.length);
  readonly #scratch = new Float64Array(Math.max(...TOLD) + 1);

  /**
   * Reads from the start of a line; see readHeader().
   *
   * @param view The cursor's bytes, of which SEEN_REACH must be there.
   */
  read(cursor: LineCursor, view: DataView, values: Float64Array): boolean {
    const start = cursor.pos;
    const entry = this.#seen.find(view, start, hashOf(view, start));
    if (entry >= 0) {
      const pos = cursor.pos = start + this.#seen.lengthOf(entry);
      const digit = cursor.bytes[pos]!;
      if (digit >= ZERO && digit <= NINE && readTime(cursor, values)) {
        const told = this.#told;
        const at = entry * TOLD.length;
        values[TOLD[0]] = told[at]!;
        values[TOLD[1]] = told[at + 1]!;
        values[TOLD[2]] = told[at + 2]!;
        values[TOLD[3]] = told[at + 3]!;
        return true;
      }
      cursor.pos = start;
    }
    if (!readHeader(cursor, values)) return false;
    const { pos } = cursor;
    this.#keep(cursor, view, start);
    cursor.pos = pos;
    return true;
  }

  /** Keeps the text in front of the time, when the first bracket behind comm may be the mark of the CPU. */
  #keep(cursor: LineCursor, view: DataView, start: number): void {
    const { bytes } = cursor;
    let mark = start;
    while (bytes[mark] !== LINE_FEED && (bytes[mark] !== OPEN_BRACKET || mark < start + COMM_COLUMNS)) mark++;
    if (bytes[mark] === LINE_FEED || !readThread(cursor, start, mark, this.#scratch)) return;
    const entry = this.#seen.put(view, start, cursor.pos, hashOf(view, start));
    if (entry >= 0) TOLD.forEach((slot, i) => this.#told[entry * TOLD.length + i] = this.#scratch[slot]!);
  }
}

/** Of where threads differ, in columns of ftrace: the end of comm, number, CPU, flags. */
function hashOf(view: DataView, pos: number): number {
  const a = Math.imul(view.getInt32(pos + 12, true), 0x85ebca6b) ^ view.getInt32(pos + 17, true);
  const b = Math.imul(view.getInt32(pos + 26, true), 0xc2b2ae35) ^ view.getInt32(pos + 31, true);
  return Math.imul(a, 0x27d4eb2f) ^ b;
}
