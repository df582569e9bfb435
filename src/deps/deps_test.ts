import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parse, stringify } from "./csv.ts";
import { bold } from "./fmt.ts";
import { parseHTML } from "./linkedom.ts";
import { parseArgs } from "./parse_args.ts";
import { line, plot } from "./plot.ts";
import { xor128 } from "./xor128.ts";

Deno.test("stringify() writes the columns in the order asked for, with CRLF", () => {
  const text = stringify([{ b: 'x,"y"', a: 1 }], { columns: ["a", { prop: "b", header: "name" }] });
  assertEquals(text, 'a,name\r\n1,"x,""y"""\r\n');
});

Deno.test("parse() reads back what stringify() wrote", () => {
  const rows = [{ seed: "1", note: 'two\nlines, "quoted"' }, { seed: "2", note: "" }];
  assertEquals(parse(stringify(rows, { columns: ["seed", "note"] }), { skipFirstRow: true }), rows);
  assertEquals(parse("a,b\nc,d"), [["a", "b"], ["c", "d"]]);
});

Deno.test("parseArgs() keeps values as text, fills defaults and reports the unknown", () => {
  const unknown: string[] = [];
  const args = parseArgs(["--seed=007", "--pcp", "378/63", "--pcp", "8/2", "-h", "--sed", "file"], {
    boolean: ["help"],
    string: ["seed", "pcp", "out"],
    collect: ["pcp"],
    default: { out: "results" },
    alias: { help: "h" },
    unknown: (arg) => (unknown.push(arg), false),
  });
  assertEquals([args.seed, args.pcp, args.out, args.help], ["007", ["378/63", "8/2"], "results", true]);
  assertEquals(unknown, ["--sed"]);
});

Deno.test("bold() leaves the text whole, and adds nothing under NO_COLOR", () => {
  assertEquals(bold("pcp").includes("pcp"), true);
  assertEquals(bold("pcp") === "pcp", Deno.noColor);
});

Deno.test("plot() draws in a made document, the same each time", () => {
  const draw = () => {
    const { document } = parseHTML("<html><body></body></html>");
    const marks = [line([{ x: 1, y: 2 }, { x: 3, y: 4 }], { x: "x", y: "y" })];
    return plot({ document, className: "p", width: 100, height: 80, marks }).outerHTML;
  };
  assert(draw().startsWith("<svg") && draw().includes("<path"));
  assertEquals(draw(), draw());
});

Deno.test("xor128() goes on from a saved state that went through JSON", () => {
  const first = xor128("42", { state: true });
  for (let i = 0; i < 100; i++) first();
  const second = xor128("", { state: JSON.parse(JSON.stringify(first.state())) });
  for (let i = 0; i < 100; i++) assertEquals(second.int32(), first.int32());
  assertEquals(second.double(), first.double());
});

Deno.test("xor128() draws differ by seed and lie in [0, 1)", () => {
  const draws = ["0", "1", "2", "10"].map((seed) => {
    const random = xor128(seed, { state: true });
    return Array.from({ length: 1000 }, random);
  });
  for (const row of draws) assert(row.every((value) => value >= 0 && value < 1));
  for (let i = 1; i < draws.length; i++) assertNotEquals(draws[i], draws[0]);
});

/** Never runs: each line is a mistake that the local types must refuse, or `deno check` reports an unused directive. */
export function refusedByTypes(): unknown[] {
  return [
    // @ts-expect-error a row is an object or an array
    stringify(["text"]),
    // @ts-expect-error an option is spelt wrong
    stringify([], { column: ["a"] }),
    // @ts-expect-error without skipFirstRow a row is an array
    parse("a").map((row) => row.a),
    // @ts-expect-error there is no such option
    parseArgs([], { string: ["seed"] }).sed,
    // @ts-expect-error an option without a default may be absent
    parseArgs([], { string: ["seed"] }).seed.length,
    // @ts-expect-error only text has a colour
    bold(1),
    // @ts-expect-error a mark is made by a function
    plot({ document: null, className: "p", width: 1, height: 1, marks: [{}] }),
    // @ts-expect-error a channel is spelt wrong
    line([], { x: "x", why: "y" }),
    // @ts-expect-error text only
    parseHTML(1),
    // @ts-expect-error the number 0 would be the dead state
    xor128(0, { state: true }),
    // @ts-expect-error the state must be asked for
    xor128("1"),
  ];
}
