/**
 * lineMisses(): what can be counted by hand comes out, and the factor of 8 is that of the pointers alone.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Prng } from "../sim/prng.ts";
import { lineMisses } from "./cache_lines.ts";

const OLD = { objects: 4096, size: 64, spread: true, ageLines: 200_000 };
const missesOf = (way: "blocks" | "list", change = {}) =>
  lineMisses(way, { ...OLD, ...change }, new Prng("xor128:lines"));

Deno.test("lineMisses() of old objects: the list misses once an object, blocks once a line of 8 records", () => {
  assertEquals(missesOf("list").pointer, 1);
  assertAlmostEquals(missesOf("blocks").pointer, 1 / 8, 0.002);
});

Deno.test("lineMisses() of objects that are still in the cache are few, for either way", () => {
  const young = { objects: 256, ageLines: 0 };
  for (const way of ["blocks", "list"] as const) assert(missesOf(way, young).pointer < 0.01);
});

Deno.test("lineMisses() in all: kfree_bulk() writes each object too, so that blocks do not miss less often", () => {
  const all = (way: "blocks" | "list") => missesOf(way).pointer + missesOf(way).kfree;
  assert(all("blocks") >= all("list"), `${all("blocks")} and ${all("list")}`);
});

Deno.test("lineMisses() of objects side by side: two of 32 bytes share a line, 64 of 64 bytes a struct page", () => {
  assertEquals(missesOf("list", { size: 32, spread: false }).pointer, 0.5);
  assertAlmostEquals(missesOf("list", { spread: false }).kfree, 1 / 64, 1e-9);
  assertEquals(missesOf("list").kfree, 1);
});
