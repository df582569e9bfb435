/**
 * Every seeded bug is caught by a checker that claims it, every checker catches one, and none reports anything without.
 */
import { assert, assertEquals } from "@std/assert";
import { CHECKERS } from "../checker/registry.ts";
import { MUTATIONS } from "../mutation/registry.ts";
import { execute } from "./execution.ts";
import { hunt, huntedRun, type HuntOptions } from "./hunt.ts";

const HUNT: HuntOptions = { scheduler: "random", seed: "mutations", runsMax: 40 };

const caught = new Set<string>();

for (const mutation of MUTATIONS) {
  Deno.test(`mutation ${mutation.id} is caught: ${mutation.summary}`, () => {
    const { found, executions } = hunt(mutation, HUNT);
    if (found?.violation == null) throw new Error("nobody noticed");
    const { violation } = found;
    assert(
      mutation.caughtBy.includes(violation.checker),
      `caught by ${violation.checker}: ${violation.message}`,
    );
    caught.add(violation.checker);
    const { arrange } = mutation;
    const control = execute(
      huntedRun(mutation, HUNT, executions - 1),
      arrange === undefined ? {} : { prepare: arrange },
    );
    assertEquals(control.violation, null, "something is reported without the mutation too");
  });
}

Deno.test("every checker catches a mutation", () => {
  assertEquals(CHECKERS.map((c) => c.name).filter((name) => !caught.has(name)), []);
});

Deno.test("every checker has a mutation that no other checker catches", () => {
  const names: readonly string[] = CHECKERS.map((c) => c.name);
  const alone = MUTATIONS.map(({ caughtBy }) => caughtBy.filter((name) => names.includes(name)))
    .filter((checkers) => checkers.length === 1).flat();
  assertEquals(names.filter((name) => !alone.includes(name)), []);
});

Deno.test("mutations have different ids and name checkers that exist", () => {
  assertEquals(new Set(MUTATIONS.map((m) => m.id)).size, MUTATIONS.length);
  const known = new Set([...CHECKERS.map((c) => c.name), "progress", "kernel_bug"]);
  for (const { id, caughtBy } of MUTATIONS) {
    assert(caughtBy.length > 0 && caughtBy.every((name) => known.has(name)), id);
  }
});
