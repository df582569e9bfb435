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
  assertThrows(
    () => parseKept(round({ a: 1 }), "k"),
    ImportError,
    "k:1: Cannot read rounds: the file must be measurements",
  );
  const kept = { format: 1, runtime: "r", cpu: "c", benches: [bench("a", [0])] };
  assertThrows(() => parseKept(JSON.stringify(kept), "k"), ImportError, "a time above 0");
});
