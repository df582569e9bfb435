import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineCursor } from "./line_cursor.ts";

function cursorOn(text: string): LineCursor {
  const cursor = new LineCursor();
  cursor.bytes = new TextEncoder().encode(text + "\n");
  return cursor;
}

function number(text: string): number {
  return cursorOn(text).takeNumber();
}

Deno.test("LineCursor.takeNumber() reads decimal, negative and 0x numbers, and stops behind them", () => {
  assertEquals([number("0"), number("-992"), number("1055369 x"), number("0x101a89|")], [
    0,
    -992,
    1055369,
    0x101a89,
  ]);
  const cursor = cursorOn("42>7");
  assertEquals([cursor.takeNumber(), cursor.pos], [42, 2]);
});

Deno.test("LineCursor.takeNumber() takes numbers from 2^63 up as negative, as the kernel means them", () => {
  assertEquals(number("18446744073709551615"), -1);
  assertEquals(number("18446744073709550624"), -992);
  assertEquals(number("0xffffffffffffffff"), -1);
  assertEquals(number("0xfffffffffffffc20"), -992);
});

Deno.test("LineCursor.takeNumber() gives NaN for what is no number or not exact", () => {
  const none = ["", "x", "-", "0x", "-0x1", "1x2", "0xg", "9007199254740993", "0x20000000000001"];
  const tooLong = [
    "18446744073709551616",
    "99999999999999999999",
    "100000000000000000000",
    "0x10000000000000000",
  ];
  for (const text of [...none, ...tooLong, "9".repeat(400)]) assertEquals(number(text), NaN, text);
});

Deno.test("LineCursor.takeNumber() agrees with BigInt for every signed 64-bit number that is exact", () => {
  const int64 = fc.oneof(
    fc.bigInt(-(2n ** 53n) + 1n, 2n ** 53n - 1n),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  );
  fc.assert(
    fc.property(int64, (value) => {
      const expected = Number.isSafeInteger(Number(value)) ? Number(value) : NaN;
      const unsigned = BigInt.asUintN(64, value);
      assertEquals(number(`${unsigned}`), expected);
      assertEquals(number(`0x${unsigned.toString(16)}`), expected);
      if (value !== 0n && -(2n ** 53n) < value) assertEquals(number(`${value}`), expected);
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("LineCursor.takeHex() reads masks of 64 bits unsigned", () => {
  assertEquals(cursorOn("ff>1").takeHex(false), 255);
  assertEquals(cursorOn("8000000000000000").takeHex(false), 2 ** 63);
  assertEquals(cursorOn("-1").takeHex(false), NaN);
});

Deno.test("LineCursor.skipWord() and skipSpaces() stop at the end of the line", () => {
  const cursor = cursorOn("ab  \r");
  cursor.skipWord();
  assertEquals(cursor.pos, 2);
  cursor.skipSpaces();
  assertEquals(cursor.pos, 4);
  cursor.skipWord();
  assertEquals(cursor.pos, 4);
});
