/** Means and their intervals. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Prng } from "../sim/prng.ts";
import { meanWithin, t95 } from "./student_t.ts";

Deno.test("meanWithin() gives the interval of a textbook sample", () => {
  // n = 5, mean 3, s = 1.5811, t = 2.776
  const { mean, halfWidth } = meanWithin([1, 2, 3, 4, 5]);
  assertEquals(mean, 3);
  assertAlmostEquals(halfWidth, 1.963, 1e-3);
  assertEquals(meanWithin([7]).halfWidth, Infinity);
  assertEquals(meanWithin([7, 7, 7]), { mean: 7, halfWidth: 0 });
});

Deno.test("meanWithin() covers the true mean in about 95 of 100 samples", () => {
  const prng = new Prng("xor128:estimate");
  let covered = 0;
  for (let i = 0; i < 2000; i++) {
    const values = Array.from({ length: 4 }, () => prng.upTo(1000) + prng.upTo(1000) + prng.upTo(1000));
    const { mean, halfWidth } = meanWithin(values);
    if (Math.abs(mean - 1500) <= halfWidth) covered++;
  }
  assert(covered > 1860 && covered < 1940, `${covered} of 2000`);
});

Deno.test("t95() never falls with fewer degrees of freedom, and is never below the true point", () => {
  const points = Array.from({ length: 300 }, (_, i) => t95(i + 1));
  for (let i = 1; i < points.length; i++) assert(points[i]! <= points[i - 1]!);
  // true points: 35 is 2.030, 50 is 2.009, 100 is 1.984, 300 is 1.968
  for (const [freedom, point] of [[35, 2.03], [50, 2.009], [100, 1.984], [300, 1.968]] as const) {
    assert(t95(freedom) >= point && t95(freedom) < point * 1.02, `${freedom}`);
  }
});
