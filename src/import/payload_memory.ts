/**
 * Reads the payload of an event whose fields come as its kernel prints them: all of them, in the order of the table,
 * one blank apart. Keys are compared four bytes at a time, and what was made of words and flags is remembered.
 *
 * Never says what readPayload() would not say: whatever is not as expected (a field missing or out of its range, a
 * number that is long or hexadecimal) is left to it, from the first field on.
 *
 * @module
 */
import { type LineCursor, MINUS, SPACE, ZERO } from "./line_cursor.ts";
import { SeenTexts } from "./seen_texts.ts";
import { FIELD_TABLE, Reading } from "./trace_fields.ts";
import { EQUALS, readValue } from "./trace_payload.ts";
import { NO_PFN } from "./trace_slot.ts";

const FIELDS = FIELD_TABLE.reading.length;
/** Digits that fit into 32 bits. */
const DIGITS_MAX = 9;
/** Texts of flags, and of words, that are remembered. */
const ENTRIES = 64;

/** Keys with the blank in front of them in words of four bytes, the last one with zeros behind it. */
interface KeyWords {
  readonly words: Int32Array;
  /** Words of field f are those from first[f] up to first[f + 1]. */
  readonly first: Int32Array;
  /** By field: the bits of the last word that count, and bytes of all. */
  readonly mask: Int32Array;
  readonly length: Int32Array;
}

function keyWords(): KeyWords {
  const { keys, keyStart } = FIELD_TABLE;
  const [words, first, mask, lengths]: number[][] = [[], [0], [], []];
  for (let field = 0; field < FIELDS; field++) {
    const length = 1 + keyStart[field + 1]! - keyStart[field]!;
    const text = new Uint8Array(4 * Math.ceil(length / 4));
    text[0] = SPACE;
    text.set(keys.subarray(keyStart[field], keyStart[field + 1]), 1);
    const view = new DataView(text.buffer);
    for (let at = 0; at < text.length; at += 4) words!.push(view.getInt32(at, true));
    first!.push(words!.length);
    mask!.push(length % 4 === 0 ? -1 : 2 ** (8 * (length % 4)) - 1);
    lengths!.push(length);
  }
  const of = (numbers: number[] | undefined) => Int32Array.from(numbers!);
  return { words: of(words), first: of(first), mask: of(mask), length: of(lengths) };
}

const KEYS = keyWords();

/** Remembers the words and flags of one trace. */
export class PayloadMemory {
  /** By reading: its texts, and what they mean by their entries; only for readings of texts. */
  readonly #seen: SeenTexts[] = [];
  readonly #meaning: Int32Array[] = [];

  /** Remembers nothing yet. */
  constructor() {
    for (const reading of Object.values(Reading)) {
      this.#seen[reading] = new SeenTexts(ENTRIES);
      this.#meaning[reading] = new Int32Array(ENTRIES);
    }
  }

  /**
   * Reads the fields of an event of `kind` from the cursor to the end of the line.
   *
   * @param view The cursor's bytes.
   * @param end Last place behind which there are twice SEEN_REACH bytes.
   * @returns false for what is left to readPayload(); the cursor has not moved then.
   */
  read(cursor: LineCursor, view: DataView, end: number, kind: number, values: Float64Array): boolean {
    const { first, reading, min, max, slot } = FIELD_TABLE;
    const { pos: start } = cursor;
    const last = first[kind + 1]!;
    for (let field = first[kind]!; field < last; field++) {
      if (cursor.pos > end || !takeKey(cursor, view, field)) return back(cursor, start);
      const how = reading[field]!;
      if (how === Reading.skip) cursor.skipWord();
      else {
        const value = how <= Reading.pfn ? takeShort(cursor, how) : this.#text(cursor, view, field);
        if (!(value >= min[field]! && value <= max[field]!)) return back(cursor, start);
        values[slot[field]!] = value;
      }
    }
    // behind the last field nothing is read any more
    return cursor.bytes[cursor.pos]! <= SPACE || back(cursor, start);
  }

  /** Reads flags, a word or a zone; NaN for anything else. */
  #text(cursor: LineCursor, view: DataView, field: number): number {
    const { pos: start } = cursor;
    const reading = FIELD_TABLE.reading[field]!;
    const seen = this.#seen[reading]!;
    const hash = reading === Reading.gfp ? gfpHashOf(view, start) : view.getInt32(start, true);
    const entry = seen.find(view, start, hash);
    if (entry >= 0) {
      cursor.pos = start + seen.lengthOf(entry) - 1;
      return this.#meaning[reading]![entry]!;
    }
    // no blank and no word with this sign is the value of a field without a key; so none is remembered
    const { bytes } = cursor;
    if (reading === Reading.hex || bytes[start]! <= SPACE || hasEquals(bytes, start)) return NaN;
    const value = readValue(cursor, reading);
    const put = seen.put(view, start, cursor.pos + 1, hash);
    if (put >= 0) this.#meaning[reading]![put] = value;
    return value;
  }
}

/** Moves behind the blank and the key of a field if they stand here. */
function takeKey(cursor: LineCursor, view: DataView, field: number): boolean {
  const { words, first, mask, length } = KEYS;
  const last = first[field + 1]! - 1;
  let place = cursor.pos;
  for (let at = first[field]!; at < last; at++) {
    if (view.getInt32(place, true) !== words[at]) return false;
    place += 4;
  }
  if ((view.getInt32(place, true) & mask[field]!) !== words[last]) return false;
  cursor.pos += length[field]!;
  return true;
}

/** Reads a decimal number of a few digits that ends its word; NaN for anything else. */
function takeShort(cursor: LineCursor, reading: number): number {
  const { bytes } = cursor;
  const isNegative = bytes[cursor.pos] === MINUS;
  const start = isNegative ? cursor.pos + 1 : cursor.pos;
  let pos = start;
  let value = 0;
  for (let digit = bytes[pos]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++pos]! - ZERO) {
    value = (value * 10 + digit) | 0;
  }
  cursor.pos = pos;
  if (pos === start || pos - start > DIGITS_MAX) return NaN;
  if (value === 0 && reading === Reading.pfn) return NO_PFN;
  return isNegative ? -value : value;
}

function hasEquals(bytes: Uint8Array, pos: number): boolean {
  while (bytes[pos]! > SPACE && bytes[pos] !== EQUALS) pos++;
  return bytes[pos] === EQUALS;
}

/** For what is left to readPayload(). */
function back(cursor: LineCursor, start: number): false {
  cursor.pos = start;
  return false;
}

/** Of where flags differ: they begin alike. */
function gfpHashOf(view: DataView, pos: number): number {
  return Math.imul(view.getInt32(pos + 4, true), 0x85ebca6b) ^
    Math.imul(view.getInt32(pos + 12, true), 0xc2b2ae35) ^ view.getInt32(pos + 24, true);
}
