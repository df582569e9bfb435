/** Files of a result folder read back: fields by their names, and where in a file a fault is. */
import { assertEquals, assertThrows } from "@std/assert";
import { readBuckets, readRows, ResultFault } from "./result_files.ts";

/** A field that takes three lines of a file. */
const TALL = '"a\nb\nc"';
const NAMES = { what: "metric", low: "low", high: "high" };
const HEADER = "strategy,run,metric,low,high,count\n";

Deno.test("readRows() has each field under its column, whatever is in it, and needs no row", () => {
  assertEquals(readRows(`a,b\n1,${TALL}\n"x,""y""",\n`, "f", ["b"]), [
    { a: "1", b: "a\nb\nc" },
    { a: 'x,"y"', b: "" },
  ]);
  assertEquals(readRows("a,b\n", "f", ["a", "b"]), []);
});

Deno.test("readRows() counts the lines of the file, those inside of fields too", () => {
  const rows = (text: string) => () =>
    readRows(text, "f.csv", ["a"], ["b", "c"], text.startsWith("a,n") ? ["n"] : []);
  const refused: readonly (readonly [text: string, message: string])[] = [
    ["a,b\n1,2,3\n", "f.csv:2: expected 2 fields, got 3"],
    [`a,b\n${TALL},1\n${TALL},2\n1\n`, "f.csv:8: expected 2 fields, got 1"],
    [`a,b\n${TALL},1\n1,x\n`, 'f.csv:5: expected a number as b, got "x"'],
    ["a,b\n1,Infinity\n", 'f.csv:2: expected a number as b, got "Infinity"'],
    ["a,n\n1,2\n1,\n", 'f.csv:3: expected a number as n, got ""'],
    ["a,n\n1,-1\n", 'f.csv:2: expected a number as n, got "-1"'],
    ["a,n\n1,Infinity\n", 'f.csv:2: expected a number as n, got "Infinity"'],
    ['a,n\n1,2\n1,"2\n', "f.csv:3: expected rows of comma-separated values, got"],
    ["", 'f.csv:1: expected a column "a", got an empty file'],
  ];
  for (const [text, message] of refused) assertThrows(rows(text), ResultFault, message);
  assertEquals(rows("a,n,b\n1,0,-1.5\n1,1e3,\n")().map((row) => row.n), ["0", "1e3"], "and no c at all");
});

Deno.test("ResultFault keeps a message short, however much a file holds", () => {
  const { message } = assertThrows(() => readRows("x".repeat(9999), "f", ["a"]), ResultFault);
  assertEquals(message.length < 250, true, message);
});

Deno.test("readBuckets() has what is counted, the bucket's ends and the count of each row", () => {
  assertEquals(readBuckets(`${HEADER}s,4,m,0,7,9\nt,,n,8,15,0\n`, "f", NAMES), [
    { strategy: "s", run: "4", what: "m", low: 0, high: 7, count: 9 },
    { strategy: "t", run: "", what: "n", low: 8, high: 15, count: 0 },
  ]);
  assertEquals(readBuckets("strategy,run,low,high,count\ns,4,1,2,3\n", "f", { ...NAMES, what: null }), [
    { strategy: "s", run: "4", what: "", low: 1, high: 2, count: 3 },
  ]);
});

Deno.test("readBuckets() needs every column that it reads, and numbers from 0 on in three of them", () => {
  for (const name of HEADER.trimEnd().split(",")) {
    const without = HEADER.replace(name, "other");
    assertThrows(() => readBuckets(without, "f", NAMES), ResultFault, `f:1: expected a column "${name}"`);
  }
  for (const [name, row] of [["low", "s,0,m,-1,2,3"], ["high", "s,0,m,1,,3"], ["count", "s,0,m,1,2,many"]]) {
    const text = `${HEADER}${TALL},0,m,1,2,3\n${row}\n`;
    assertThrows(() => readBuckets(text, "f", NAMES), ResultFault, `f:5: expected a number as ${name}`);
  }
});
