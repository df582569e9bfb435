/** Means and their intervals. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Prng } from "../sim/prng.ts";
import { estimate } from "./estimate.ts";

Deno.test("estimate() gives the interval of a textbook sample", () => {
  // n = 5, mean 3, s = 1.5811, t = 2.776
  const { mean, halfWidth } = estimate([1, 2, 3, 4, 5]);
  assertEquals(mean, 3);
  assertAlmostEquals(halfWidth, 1.963, 1e-3);
  assertEquals(estimate([7]).halfWidth, Infinity);
  assertEquals(estimate([7, 7, 7]), { mean: 7, halfWidth: 0 });
});

Deno.test("estimate() covers the true mean in about 95 of 100 samples", () => {
  const prng = new Prng("xor128:estimate");
  let covered = 0;
  for (let i = 0; i < 2000; i++) {
    const values = Array.from({ length: 4 }, () => prng.upTo(1000) + prng.upTo(1000) + prng.upTo(1000));
    const { mean, halfWidth } = estimate(values);
    if (Math.abs(mean - 1500) <= halfWidth) covered++;
  }
  assert(covered > 1860 && covered < 1940, `${covered} of 2000`);
});
