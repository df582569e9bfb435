/**
 * Reads the name of an event, and the `GT_` word behind it where that is the name, and tells the kind. What it made of
 * a name is remembered, because a trace has few of them; it must never say anything else of a name seen before.
 *
 * @module
 */
import { COLON, type LineCursor, SPACE } from "./line_cursor.ts";
import { NameTable } from "./name_table.ts";
import { SeenTexts } from "./seen_texts.ts";
import { TRACE_KIND_NAMES, TraceKind } from "./trace_kind.ts";

const GT_PREFIX = [0x47, 0x54, 0x5f];
const LETTER_H = 0x68;

const kinds = new NameTable(TRACE_KIND_NAMES);
// `GT_LL` alone names two kinds; the word behind it decides
const GT_LL = TRACE_KIND_NAMES.length;
const gtKinds = new NameTable([...TRACE_KIND_NAMES, "GT_LL"]);
const outcomes = new NameTable(["hit", "miss"]);

/** Names that a trace goes to and fro between, and as many `GT_` words. */
const ENTRIES = 128;

/** Reads names of one trace. */
export class EventName {
  /** The name read last lies in bytes[from, to); where there was none, a word without a colon does. */
  from = 0;
  to = 0;
  /** Whether a subsystem stood in front of it. */
  hasSubsystem = false;
  /** TraceKind of it, -1 for none. */
  kind = -1;
  readonly #seen = new SeenTexts(ENTRIES);
  /** By entry: where the name begins behind its subsystem, and its kind. */
  readonly #begin = new Int32Array(ENTRIES);
  readonly #kind = new Int32Array(ENTRIES);
  readonly #seenGt = new SeenTexts(ENTRIES);
  readonly #gtKind = new Int32Array(ENTRIES);

  /**
   * Reads the name at the cursor, which stands on the fields afterwards.
   *
   * @param view The cursor's bytes, of which twice SEEN_REACH must be there; null to remember nothing.
   * @returns false when no name stands here.
   */
  read(cursor: LineCursor, view: DataView | null): boolean {
    const start = cursor.pos;
    const entry = view === null ? -1 : this.#seen.find(view, start, hashOf(view, start));
    if (entry >= 0) {
      this.from = start + this.#begin[entry]!;
      this.kind = this.#kind[entry]!;
      cursor.pos = start + this.#seen.lengthOf(entry) - 1;
      this.to = cursor.pos - 1;
      this.hasSubsystem = this.from > start;
    } else if (!this.#readAnew(cursor, view)) return false;
    if (this.kind < 0) this.kind = this.#readGt(cursor, view);
    return true;
  }

  #readAnew(cursor: LineCursor, view: DataView | null): boolean {
    const { bytes, pos: start } = cursor;
    let from = start;
    let pos = start;
    for (let byte = bytes[pos]!;; byte = bytes[++pos]!) {
      if (byte <= SPACE) break;
      if (byte !== COLON) continue;
      if (bytes[pos + 1]! <= SPACE) break;
      from = pos + 1;
    }
    this.from = from;
    this.to = pos;
    if (bytes[pos]! <= SPACE) return false;
    this.hasSubsystem = from > start;
    this.kind = kinds.find(bytes, from, pos);
    cursor.pos = pos + 1;
    const entry = view === null ? -1 : this.#seen.put(view, start, pos + 2, hashOf(view, start));
    if (entry >= 0) {
      this.#begin[entry] = from - start;
      this.#kind[entry] = this.kind;
    }
    return true;
  }

  /** Kind that a `GT_` word behind the name tells, or -1; the cursor then stands on the fields. */
  #readGt(cursor: LineCursor, view: DataView | null): number {
    const { bytes, pos: start } = cursor;
    if (view === null || bytes[start] !== SPACE) return findGtKind(cursor);
    const entry = this.#seenGt.find(view, start + 1, gtHashOf(view, start + 1));
    if (entry >= 0) {
      cursor.pos = start + this.#seenGt.lengthOf(entry);
      return this.#gtKind[entry]!;
    }
    const kind = findGtKind(cursor);
    if (kind >= 0 && hasGtPrefix(bytes, start + 1)) this.#keepGt(cursor, view, start + 1, kind);
    return kind;
  }

  /** Keeps a `GT_` word with the blank behind it; hit and miss are no fields, so they belong to it. */
  #keepGt(cursor: LineCursor, view: DataView, from: number, kind: number): void {
    const { bytes, pos } = cursor;
    if (kind === TraceKind.GT_LL_hit || kind === TraceKind.GT_LL_miss) {
      cursor.skipWord();
      if (outcomes.find(bytes, pos, cursor.pos) < 0) {
        cursor.pos = pos;
        return;
      }
    }
    const entry = this.#seenGt.put(view, from, cursor.pos + 1, gtHashOf(view, from));
    if (entry >= 0) this.#gtKind[entry] = kind;
  }
}

/**
 * Finds a `GT_` word behind the name, or behind one more word with a colon (trace-cmd prints `bprint:` and the
 * function). Afterwards the cursor stands on the fields; -1 when there is none.
 */
function findGtKind(cursor: LineCursor): number {
  const { bytes } = cursor;
  cursor.skipSpaces();
  if (!hasGtPrefix(bytes, cursor.pos)) {
    cursor.skipWord();
    if (bytes[cursor.pos - 1] !== COLON) return -1;
    cursor.skipSpaces();
    if (!hasGtPrefix(bytes, cursor.pos)) return -1;
  }
  const from = cursor.pos;
  cursor.skipWord();
  const kind = gtKinds.find(bytes, from, cursor.pos);
  if (kind !== GT_LL) return kind;
  cursor.skipSpaces();
  return bytes[cursor.pos] === LETTER_H ? TraceKind.GT_LL_hit : TraceKind.GT_LL_miss;
}

function hasGtPrefix(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === GT_PREFIX[0] && bytes[pos + 1] === GT_PREFIX[1] && bytes[pos + 2] === GT_PREFIX[2];
}

/** Of where names differ: most begin alike. */
function hashOf(view: DataView, pos: number): number {
  return Math.imul(view.getInt32(pos + 8, true), 0x85ebca6b) ^ view.getInt32(pos + 12, true);
}

/** Of the four bytes behind `GT_`; the last one tells a hit from a miss. */
function gtHashOf(view: DataView, pos: number): number {
  return view.getInt32(pos + 3, true);
}
