import { ImportError } from "../import/import_error.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bandCoverage, compareBenches, compareCsv, median } from "./bench_compare.ts";
import { joinRounds, parseKept, parseRound } from "./bench_rounds.ts";

const bench = (name: string, ns: number[], group = "g") => ({ group, name, ns });

function round(times: Record<string, number>, change: object = {}): string {
  return JSON.stringify({
    version: 1,
    runtime: "Deno/2.9.6 x",
    cpu: "c",
    benches: Object.entries(times).map(([name, min]) => ({
      origin: "file:///b.ts",
      group: "g",
      name,
      baseline: false,
      results: [{ ok: { n: 1, min, max: min, avg: min, p75: min } }],
    })),
    ...change,
  });
}

Deno.test("median() is the middle, or between the two middle ones", () => {
  assertEquals([median([3]), median([9, 1, 5]), median([4, 1, 2, 9])], [3, 5, 3]);
});

Deno.test("compareBenches() calls a change only what every pair of rounds shows", () => {
  const rows = compareBenches(
    [
      bench("a", [100, 110, 105]),
      bench("b", [100, 100, 100]),
      bench("c", [100, 100, 100]),
      bench("old", [5]),
    ],
    [bench("a", [220, 210, 230]), bench("b", [50, 51, 49]), bench("c", [120, 130, 99]), bench("new", [7])],
  );
  assertEquals(rows.map((r) => [r.name, r.verdict]), [
    ["a", "slower"],
    ["b", "faster"],
    ["c", "noise"],
    ["new", "new"],
    ["old", "gone"],
  ]);
  assertEquals([rows[0]!.ratio, rows[1]!.ratioLow, rows[1]!.ratioHigh], [230 / 105, 0.49, 0.51]);
  assert(
    compareCsv(rows).startsWith(
      "group,name,rounds,base_ns,now_ns,ratio,ratio_low,ratio_high,verdict\ng,a,3,105.0,",
    ),
  );
  assert(compareCsv(rows).endsWith("g,old,0,5.0,,,,,gone\n"));
});

Deno.test("compareBenches() tells groups apart, and uses as many rounds as both have", () => {
  const rows = compareBenches(
    [bench("a", [1, 2], "x"), bench("a", [10, 20, 30], "y")],
    [bench("a", [10, 20], "y"), bench("a", [1, 2, 3], "x")],
  );
  assertEquals(rows.map((r) => [r.group, r.rounds, r.ratio]), [["y", 2, 1], ["x", 2, 1]]);
});

Deno.test("compareBenches() uses the first rounds of who has more, and calls equal times noise", () => {
  const base = [bench("a", [10, 30, 20, 1, 1]), bench("b", [10, 20])];
  const [a, b, c] = compareBenches(base, [
    bench("a", [20, 30, 40]),
    bench("b", [30, 20, 1, 1, 1]),
    bench("c", [9, 7]),
  ]);
  assertEquals([a!.rounds, a!.baseNs, a!.nowNs, a!.ratio, a!.ratioLow, a!.ratioHigh], [3, 20, 30, 2, 1, 2]);
  assertEquals([b!.rounds, b!.baseNs, b!.nowNs, b!.ratio, b!.ratioLow, b!.ratioHigh], [2, 15, 25, 2, 1, 3]);
  assertEquals([a!.verdict, b!.verdict, c!.verdict], ["noise", "noise", "new"]);
  assertEquals(compareCsv([a!, b!, c!]).split("\n").slice(1), [
    "g,a,3,20.0,30.0,2.0000,1.0000,2.0000,noise",
    "g,b,2,15.0,25.0,2.0000,1.0000,3.0000,noise",
    "g,c,0,,8.0,,,,new",
    "",
  ]);
  const [faster] = compareBenches([bench("a", [10, 10])], [bench("a", [9, 10])]);
  assertEquals(faster!.verdict, "noise", "a band that ends at 1");
});

Deno.test("the band encloses the true ratio as often as bandCoverage() says", () => {
  // a draw is above the true value with chance one half, whatever its size: a skewed noise is built from a fair bit
  const draws = fc.array(fc.record({ up: fc.boolean(), by: fc.double({ min: 0, max: 5, noNaN: true }) }), {
    minLength: 5,
    maxLength: 5,
  });
  let outside = 0;
  const runs = fc.sample(draws, { numRuns: 4000, seed: 7 });
  for (const noise of runs) {
    const now = noise.map(({ up, by }) => up ? 100 * (1.001 + by) : 100 / (1.001 + by / 10));
    const [row] = compareBenches([bench("a", [100, 100, 100, 100, 100])], [bench("a", now)]);
    if (row!.verdict !== "noise") outside++;
  }
  const share = outside / runs.length;
  assert(Math.abs(share - (1 - bandCoverage(5))) < 0.02, `${share}`);
});

Deno.test("parseRound() reads what deno bench prints, joinRounds() puts rounds together", () => {
  const rounds = [round({ a: 5, b: 7 }), round({ b: 8, a: 4, c: 1 })].map((text) => parseRound(text, "r"));
  assertEquals(joinRounds(rounds).benches, [bench("a", [5, 4]), bench("b", [7, 8])]);
  const [group, other] = ["g", "h"].map((name) =>
    parseRound(round({ a: 1 }).replaceAll('"g"', `"${name}"`), "r")
  );
  assertEquals(joinRounds([group!, other!]).benches, [], "the same name in another group");
  const kept = joinRounds(rounds);
  assertEquals(parseKept(JSON.stringify(kept), "k"), kept);
});

Deno.test("parseRound() and parseKept() say what they expected", () => {
  assertThrows(
    () => parseRound(round({}, { version: 2 }), "r.json"),
    ImportError,
    "r.json:1: Cannot read rounds: the file must be the output of",
  );
  assertThrows(() => parseRound("{", "r.json"), ImportError);
  const failed = round({ a: 1 }).replace('{"ok":', '{"failed":');
  assertThrows(() => parseRound(failed, "r"), ImportError, "of a benchmark that ran");
  const rounds: readonly (readonly [change: object, message: string])[] = [
    [{ runtime: 7 }, '"runtime" must be a text'],
    [{ cpu: null }, '"cpu" must be a text'],
    [{ benches: {} }, "the file must be the output of"],
    [{ benches: [7] }, '"benches/0" must be an object'],
    [{ benches: [{ name: 7 }] }, '"benches/0/name" must be a text'],
    [{ benches: [{ name: "a", results: {} }] }, '"benches/0/results" must be a list'],
    [{ benches: [{ name: "a", results: [] }] }, '"benches/0/results" must be of a benchmark that ran'],
    [{ benches: [{ name: "a", results: [{ ok: { min: "1" } }] }] }, "of a benchmark that ran"],
    [{ benches: [{ name: "a", results: [{ ok: { min: 0 } }] }] }, "of a benchmark that ran"],
  ];
  for (const [change, message] of rounds) {
    assertThrows(() => parseRound(round({}, change), "r"), ImportError, message);
  }
  assertThrows(
    () => parseKept(round({ a: 1 }), "k"),
    ImportError,
    "k:1: Cannot read rounds: the file must be measurements",
  );
  const refused: readonly (readonly [bench: unknown, message: string])[] = [
    [bench("a", [1, 0]), '"benches/0/ns/1" must be a time above 0'],
    [bench("a", []), '"benches/0/ns" must be a list of times'],
    [{ ...bench("a", [1]), group: undefined }, '"benches/0/group" must be a text'],
    [{ ...bench("a", [1]), name: 7 }, '"benches/0/name" must be a text'],
    [7, '"benches/0" must be an object'],
  ];
  for (const [each, message] of refused) {
    const kept = JSON.stringify({ format: 1, runtime: "r", cpu: "c", benches: [each] });
    assertThrows(() => parseKept(kept, "k"), ImportError, message);
  }
});
