/** The bar of a sweep. */
import { assertEquals } from "@std/assert";
import { barText } from "./bar.ts";

Deno.test("barText() says cells done, rate and time left", () => {
  assertEquals(
    barText(3, 12, 30, 6),
    "[######------------------] 3 of 12 cells, 5.0 runs a second, 18 s left",
  );
  assertEquals(barText(0, 2, 1, 1), "[------------------------] 0 of 2 cells, 1.0 runs a second");
});
