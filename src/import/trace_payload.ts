/**
 * Reads the payload of one event: fields as the table says, in the order of the table when they come so, else looked
 * for by their key. A token that the table does not have is passed over.
 *
 * @module
 */
import { GFP_MASK_OF_NAME, GFP_UNKNOWN } from "./gfp_names.ts";
import { type LineCursor, MINUS, NINE, SPACE, ZERO } from "./line_cursor.ts";
import { NameTable } from "./name_table.ts";
import { FIELD_TABLE, Reading } from "./trace_fields.ts";
import { TRACE_WORDS, TRACE_ZONES } from "./trace_kind.ts";
import { NO_PFN } from "./trace_slot.ts";

const PIPE = 0x7c;
/** The byte `=`. */
export const EQUALS = 0x3d;
const GREATER = 0x3e;

const words = new NameTable(TRACE_WORDS.slice(1));
const zones = new NameTable(TRACE_ZONES);
const gfpNames = new NameTable([...GFP_MASK_OF_NAME.keys()]);
const gfpMasks = Int32Array.from(GFP_MASK_OF_NAME.values());

/**
 * Reads the fields of an event of `kind` from the cursor to the end of the line.
 *
 * @param values Of the event; only slots of this kind are written.
 * @returns false when a field that the kind must have is missing, or is no number, or is out of its range.
 */
export function readPayload(cursor: LineCursor, kind: number, values: Float64Array): boolean {
  const { first, required, reading, min, max, slot } = FIELD_TABLE;
  const { bytes } = cursor;
  const start = first[kind]!;
  const end = first[kind + 1]!;
  let seen = 0;
  let expected = start;
  for (;;) {
    let pos = cursor.pos;
    while (bytes[pos] === SPACE) pos++;
    cursor.pos = pos;
    if (bytes[pos]! < SPACE) break;
    const field = expected < end && takeKey(cursor, expected)
      ? expected
      : findField(cursor, start, end, seen);
    if (field < 0 || reading[field] === Reading.skip) cursor.skipWord();
    else {
      const value = readValue(cursor, reading[field]!);
      if (!(value >= min[field]! && value <= max[field]!)) return false;
      values[slot[field]!] = value;
    }
    if (field < 0) continue;
    seen |= 1 << (field - start);
    expected = field + 1;
  }
  if (seen !== (1 << (end - start)) - 1) clearUnseen(values, start, end, seen);
  return (seen & required[kind]!) === required[kind]!;
}

/** A field that may be left out, and was, is 0. */
function clearUnseen(values: Float64Array, start: number, end: number, seen: number): void {
  for (let field = start; field < end; field++) {
    const isUnseen = (seen & (1 << (field - start))) === 0;
    if (isUnseen && FIELD_TABLE.reading[field] !== Reading.skip) values[FIELD_TABLE.slot[field]!] = 0;
  }
}

/** Finds the field whose key stands here, wherever it is in the table, and moves behind the key; -1 for none. */
function findField(cursor: LineCursor, start: number, end: number, seen: number): number {
  for (let field = start; field < end; field++) {
    const isSeen = (seen & (1 << (field - start))) !== 0;
    const hasKey = FIELD_TABLE.keyStart[field + 1]! > FIELD_TABLE.keyStart[field]!;
    if (!isSeen && hasKey && takeKey(cursor, field)) return field;
  }
  return -1;
}

/** Moves behind the key of a field if it stands here. */
function takeKey(cursor: LineCursor, field: number): boolean {
  const { bytes, pos } = cursor;
  const { keys, keyStart } = FIELD_TABLE;
  const from = keyStart[field]!;
  const length = keyStart[field + 1]! - from;
  if (length === 0) return fitsPlace(bytes, pos, field);
  for (let at = 0; at < length; at++) {
    if (bytes[pos + at] !== keys[from + at]) return false;
  }
  cursor.pos = pos + length;
  return true;
}

/**
 * Whether a word can be the value of a field that is known by its place: it is not `name=value`, and for a number it
 * begins like one (a symbol may be followed by its module in brackets, which is neither).
 */
function fitsPlace(bytes: Uint8Array, pos: number, field: number): boolean {
  const byte = bytes[pos]!;
  if (FIELD_TABLE.reading[field] === Reading.number) return byte === MINUS || (byte >= ZERO && byte <= NINE);
  while (bytes[pos]! > SPACE && bytes[pos] !== EQUALS) pos++;
  return bytes[pos] !== EQUALS;
}

/** Reads a value; NaN when it is none or does not end where a value may end. */
export function readValue(cursor: LineCursor, reading: number): number {
  let value = 0;
  switch (reading) {
    case Reading.number:
    case Reading.pfn:
      value = cursor.takeNumber();
      break;
    case Reading.hex:
      value = cursor.takeHex(false);
      break;
    case Reading.gfp:
      return readGfp(cursor);
    case Reading.word:
      return readName(cursor, words) + 1;
    case Reading.zone:
      return readName(cursor, zones);
  }
  const next = cursor.bytes[cursor.pos]!;
  if (next > SPACE && next !== GREATER) return NaN;
  return value === 0 && reading === Reading.pfn ? NO_PFN : value;
}

function readName(cursor: LineCursor, names: NameTable): number {
  const { bytes, pos: from } = cursor;
  cursor.skipWord();
  return names.find(bytes, from, cursor.pos);
}

/** Reads names joined by `|` into a mask; what is no name of the table sets GFP_UNKNOWN. */
function readGfp(cursor: LineCursor): number {
  const { bytes } = cursor;
  let mask = 0;
  for (let from = cursor.pos;;) {
    let pos = from;
    while (bytes[pos]! > SPACE && bytes[pos] !== PIPE) pos++;
    const name = gfpNames.find(bytes, from, pos);
    mask |= name < 0 ? GFP_UNKNOWN : gfpMasks[name]!;
    from = pos + 1;
    if (bytes[pos] === PIPE) continue;
    cursor.pos = pos;
    return mask;
  }
}
