/**
 * `deno task fidelity` at smoke size: a few predictions that have to stay in their band.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { FIDELITY_CASES } from "./cases.ts";
import { fidelityRows, main } from "./main.ts";
import { SCENES } from "./scenes.ts";

Deno.test("fidelityRows() predicts storms, floods and trickles within their bands", () => {
  const smoke = ["storm 62/15", "flood 378/63", "flood 8/2", "flood stock", "trickle 100/5ms"];
  const rows = fidelityRows(FIDELITY_CASES.filter((c) => smoke.includes(c.scene)));
  assertEquals(rows.filter((r) => !r.inBand).map((r) => r.name), []);
  assertEquals(rows.length, 16);
});

Deno.test("FIDELITY_CASES name scenes that exist, have a band, and differ in name", () => {
  for (const { name, scene, low, high } of FIDELITY_CASES) {
    assert(scene in SCENES && low <= high, name);
  }
  assertEquals(new Set(FIDELITY_CASES.map((c) => c.name)).size, FIDELITY_CASES.length);
  assertEquals(Object.keys(SCENES).filter((name) => !FIDELITY_CASES.some((c) => c.scene === name)), []);
});

Deno.test("main() of fidelity refuses an unknown option, and helps", () => {
  const said: string[] = [];
  const log = console.log, error = console.error;
  console.log = (text: string) => void said.push(text);
  console.error = console.log;
  try {
    assertEquals([main(["--jsn"]), main(["--help"])], [2, 0]);
  } finally {
    Object.assign(console, { log, error });
  }
  assertMatch(said[0]!, /--json/);
});
