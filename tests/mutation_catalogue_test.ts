/**
 * The catalogue of mutations, M1 to M34: each is seeded and hunted, or a test that exists states the rule it breaks, or
 * it is said why there is none.
 */
import { assert, assertEquals } from "@std/assert";
import { NOT_SHOWN, SHOWN_ELSEWHERE } from "../src/mutation/elsewhere.ts";
import { MUTATIONS } from "../src/mutation/registry.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("every entry of the catalogue is a mutation, a test elsewhere, or has a reason, and only one of them", () => {
  const where = [
    ...MUTATIONS.map((m) => m.id),
    ...SHOWN_ELSEWHERE.map((s) => s.id),
    ...Object.keys(NOT_SHOWN),
  ].filter((id) => /^M\d+$/.test(id));
  const all = Array.from({ length: 34 }, (_, i) => `M${i + 1}`);
  assertEquals(where.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))), all);
});

Deno.test("the tests that stand for a mutation exist", () => {
  for (const { id, file, test } of SHOWN_ELSEWHERE) {
    const text = Deno.readTextFileSync(new URL(file, ROOT));
    assert(text.includes(`Deno.test("${test}`), `${id}: no test "${test}..." in ${file}`);
  }
});
