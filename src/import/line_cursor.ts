/**
 * A place in bytes of whole lines, and the numbers that stand there. Nothing here allocates; every loop ends at the
 * line feed that the caller guarantees behind the last line, so no loop asks for the end of the bytes.
 *
 * @module
 */

/** The byte that ends a line. */
export const LINE_FEED = 0x0a;
/** A blank. A word ends at a blank or any byte below it: line feed, the carriage return before it, tab. */
export const SPACE = 0x20;
/** The byte `-`. */
export const MINUS = 0x2d;
/** The digit `0`. */
export const ZERO = 0x30;
/** The digit `9`. */
export const NINE = 0x39;
/** The byte `:`. */
export const COLON = 0x3a;
const LOWER_X = 0x78;

/** Value of each hexadecimal digit by its byte, -1 for any other byte. */
export const HEX_DIGIT: Int8Array = Int8Array.from({ length: 256 }, (_, byte) => {
  const digit = String.fromCharCode(byte);
  return /[0-9a-f]/.test(digit) ? parseInt(digit, 16) : -1;
});

/** Digits that fit into 32 bits, which is the fast way to add them up. */
const INT_DIGITS = 9;
/** Digits that a number collects without rounding. */
const EXACT_DIGITS = 15;
const EXACT_HEX_DIGITS = 13;
/** 2^64 in two parts, because decimal text of 20 digits is read in two parts: 1e9 times the first, plus the second. */
const TWO_64_HIGH = 18446744073;
const TWO_64_LOW = 709551616;

/** Bytes and a place in them. */
export class LineCursor {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;

  /** Moves over blanks. */
  skipSpaces(): void {
    const { bytes } = this;
    let pos = this.pos;
    while (bytes[pos] === SPACE) pos++;
    this.pos = pos;
  }

  /** Moves to the blank or line end behind the word that stands here. */
  skipWord(): void {
    const { bytes } = this;
    let pos = this.pos;
    while (bytes[pos]! > SPACE) pos++;
    this.pos = pos;
  }

  /**
   * Reads a whole number: decimal with or without a minus, or hexadecimal behind 0x. Numbers from 2^63 up are taken
   * as negative, because that is what they are in the kernel.
   *
   * @returns NaN when there is no number, or one that is not exact.
   */
  takeNumber(): number {
    const { bytes } = this;
    const isNegative = bytes[this.pos] === MINUS;
    const start = isNegative ? this.pos + 1 : this.pos;
    let pos = start;
    let value = 0;
    for (; pos - start < INT_DIGITS; pos++) {
      const digit = bytes[pos]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = (value * 10 + digit) | 0;
    }
    const next = bytes[pos]!;
    this.pos = pos;
    if (next > SPACE && (next === LOWER_X || (next >= ZERO && next <= NINE))) {
      return this.#takeUnusualNumber(start, pos, isNegative);
    }
    if (pos === start) return NaN;
    return isNegative ? -value : value;
  }

  /** Reads a number that is hexadecimal or long, of which the digits up to `pos` have been seen. */
  #takeUnusualNumber(start: number, pos: number, isNegative: boolean): number {
    const { bytes } = this;
    if (bytes[pos] === LOWER_X) {
      if (pos - start !== 1 || bytes[start] !== ZERO || isNegative) return NaN;
      this.pos = pos + 1;
      return this.takeHex(true);
    }
    while (bytes[pos]! >= ZERO && bytes[pos]! <= NINE) pos++;
    this.pos = pos;
    const value = decimal(bytes, start, pos);
    return isNegative ? -value : value;
  }

  /**
   * Reads hexadecimal digits.
   *
   * @param isSigned Whether numbers from 2^63 up are negative; then a number that is not exact is NaN.
   */
  takeHex(isSigned: boolean): number {
    const { bytes } = this;
    const start = this.pos;
    let pos = start;
    let value = 0;
    for (let digit = HEX_DIGIT[bytes[pos]!]!; digit >= 0; digit = HEX_DIGIT[bytes[++pos]!]!) {
      value = value * 16 + digit;
    }
    this.pos = pos;
    const digits = pos - start;
    if (digits === 0 || digits > 16) return NaN;
    if (digits <= EXACT_HEX_DIGITS || !isSigned) return value;
    return longHex(bytes, start, pos);
  }
}

function exactOrNaN(value: number): number {
  return Number.isSafeInteger(value) ? value : NaN;
}

function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 20) return NaN;
  let high = 0;
  let low = 0;
  for (let pos = start; pos < end - 9; pos++) high = high * 10 + bytes[pos]! - ZERO;
  for (let pos = end - 9; pos < end; pos++) low = low * 10 + bytes[pos]! - ZERO;
  if (end - start <= EXACT_DIGITS) return high * 1e9 + low;
  if (high > TWO_64_HIGH || (high === TWO_64_HIGH && low >= TWO_64_LOW)) return NaN;
  const isNegative = high >= TWO_64_HIGH / 2;
  return exactOrNaN(isNegative ? (high - TWO_64_HIGH) * 1e9 + (low - TWO_64_LOW) : high * 1e9 + low);
}

function longHex(bytes: Uint8Array, start: number, end: number): number {
  let high = 0;
  let low = 0;
  for (let pos = start; pos < end - 8; pos++) high = high * 16 + HEX_DIGIT[bytes[pos]!]!;
  for (let pos = end - 8; pos < end; pos++) low = low * 16 + HEX_DIGIT[bytes[pos]!]!;
  if (high < 2 ** 31) return exactOrNaN(high * 2 ** 32 + low);
  return exactOrNaN((high - 2 ** 32) * 2 ** 32 + low);
}
