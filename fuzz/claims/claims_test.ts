/**
 * `deno task claims` at smoke size: five verdicts, each with figures and the place where it stops.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { judge } from "./claim.ts";
import { claimRows } from "./experiments.ts";
import { main } from "./main.ts";

Deno.test("claimRows() judges all five claims, and blocks are better where it says so", () => {
  const rows = claimRows({ objects: 2000 });
  assertEquals(rows.map((r) => r.claim).join(""), "abcde");
  for (const row of rows) {
    assert(row.verdict !== "not confirmed" && row.stops.length > 20, row.claim);
    assert(row.comparisons.every((c) => c.blocks > 0 && c.list > 0), row.claim);
  }
  const [a, b, c] = rows.map((r) => r.comparisons);
  assert(
    a![0]!.list < a![0]!.blocks && a![5]!.list > 4 * a![5]!.blocks,
    "(a) turns around with the batch size",
  );
  assert(b![0]!.list / b![0]!.blocks > 7.9 && b![3]!.list < b![3]!.blocks, "(b) is of the pointers alone");
  assert(c![0]!.list > 1000 * c![0]!.blocks, "(c) a grace period is much longer than a call");
});

Deno.test("judge() finds a claim refuted where blocks are never better, and confirmed where they always are", () => {
  const figures = (blocks: number) => [{ when: "then", unit: "ns", blocks, list: 10 }];
  assertEquals([5, 10, 20].map((ns) => judge("x", "t", figures(ns), "r").verdict), [
    "confirmed",
    "not confirmed",
    "not confirmed",
  ]);
  const both = [...figures(5), ...figures(20)];
  assertEquals(judge("x", "t", both, "r").verdict, "confirmed within limits");
});

Deno.test("main() of claims refuses an unknown option, and helps", () => {
  const said: string[] = [];
  const { log, error } = console;
  console.log = (text: string) => void said.push(text);
  console.error = console.log;
  try {
    assertEquals([main(["--jsn"]), main(["--help"])], [2, 0]);
  } finally {
    Object.assign(console, { log, error });
  }
  assertMatch(said[0]!, /--json/);
});
