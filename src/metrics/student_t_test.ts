/** Means and their intervals. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Prng } from "../sim/prng.ts";
import { meanWithin, t95 } from "./student_t.ts";

Deno.test("meanWithin() gives the interval of a textbook sample", () => {
  // n = 5, mean 3, s = 1.5811, t = 2.776
  const { mean, halfWidth } = meanWithin([1, 2, 3, 4, 5]);
  assertEquals(mean, 3);
  assertAlmostEquals(halfWidth, 1.963, 1e-3);
  assertEquals(meanWithin([7]), { mean: 7, halfWidth: Infinity });
  assertEquals(meanWithin([]), { mean: NaN, halfWidth: Infinity });
  for (const equal of [7, 508.475, 0.1]) {
    assertEquals(meanWithin([equal, equal, equal]), { mean: equal, halfWidth: 0 }); // 1e-13 would be rounding
  }
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

/** Probability that Student's t of so many degrees of freedom is at most `x`, by Simpson's rule. */
function studentBelow(x: number, freedom: number): number {
  let ratio = freedom % 2 === 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2; // of two gamma functions
  for (let n = freedom % 2 === 1 ? 1 : 2; n < freedom; n += 2) ratio *= (n + 1) / n;
  const density = (t: number) =>
    ratio / Math.sqrt(freedom * Math.PI) * (1 + t * t / freedom) ** (-(freedom + 1) / 2);
  const steps = 2000;
  const width = x / steps;
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += density(i * width) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + sum * width / 3;
}

Deno.test("t95() leaves a fortieth above, for the degrees of freedom in its table, and less between them", () => {
  const rounding = 3e-5; // three decimals of the point
  for (let freedom = 1; freedom <= 300; freedom++) {
    const above = 1 - studentBelow(t95(freedom), freedom);
    assert(above <= 0.025 + rounding && above > 0.0235, `${freedom}: ${above}`);
    if (freedom <= 30 || [40, 60, 120].includes(freedom)) assertAlmostEquals(above, 0.025, rounding);
  }
});

Deno.test("t95() never falls with fewer degrees of freedom", () => {
  const points = Array.from({ length: 300 }, (_, i) => t95(i + 1));
  for (let i = 1; i < points.length; i++) assert(points[i]! <= points[i - 1]!);
});
