/**
 * Every seeded bug is caught by a checker that claims it, every checker catches one, and none reports anything without.
 */
import { assert, assertEquals } from "@std/assert";
import { CHECKERS } from "../checker/registry.ts";
import { MUTATIONS } from "../mutation/registry.ts";
import type { Mutation } from "../mutation/mutation.ts";
import { execute, type RunResult } from "./execution.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

/** Runs tried until a mutation shows. */
const RUNS_MAX = 40;

/** Options of a short run under the conditions of a mutation. */
function optionsFor({ conditions = {} }: Mutation, run: number): RunOptions {
  const { nodes = 1, ...rest } = conditions;
  const geometry = geometryFromSize({ memoryBytes: nodes * 2 ** 25, cpus: 2, nodes });
  const zones = geometry.zones.map((z) => ({ ...z, pcp: rest.pcp ?? { high: 30, batch: 5 } }));
  return {
    ...defaultRunOptions({ ...geometry, zones }),
    seed: "mutations",
    run,
    calls: 300,
    kfree_alloc_num: 200,
    kfree_loops: 2,
    stepsMax: 1_000_000,
    ...rest,
    pcp: null,
  };
}

/** The first of a few runs in which something is reported, or the last one. */
function firstCaught(mutation: Mutation): RunResult {
  for (let run = 0;; run++) {
    const result = execute(optionsFor(mutation, run), {
      examineEvery: 1024,
      prepare(machine) {
        mutation.arrange?.(machine);
        mutation.apply(machine);
      },
    });
    if (result.violation !== null || run === RUNS_MAX - 1) return result;
  }
}

const caught = new Set<string>();

for (const mutation of MUTATIONS) {
  Deno.test(`mutation ${mutation.id} is caught: ${mutation.summary}`, () => {
    const { violation, options } = firstCaught(mutation);
    if (violation === null) throw new Error("nobody noticed");
    assert(
      mutation.caughtBy.includes(violation.checker),
      `caught by ${violation.checker}: ${violation.message}`,
    );
    caught.add(violation.checker);
    const { arrange } = mutation;
    const control = execute(
      optionsFor(mutation, options.run),
      arrange === undefined ? {} : { prepare: arrange },
    );
    assertEquals(control.violation, null, "something is reported without the mutation too");
  });
}

Deno.test("every checker catches a mutation", () => {
  assertEquals(CHECKERS.map((c) => c.name).filter((name) => !caught.has(name)), []);
});

Deno.test("mutations have different ids and name checkers that exist", () => {
  assertEquals(new Set(MUTATIONS.map((m) => m.id)).size, MUTATIONS.length);
  const known = new Set([...CHECKERS.map((c) => c.name), "progress", "kernel_bug"]);
  for (const { id, caughtBy } of MUTATIONS) {
    assert(caughtBy.length > 0 && caughtBy.every((name) => known.has(name)), id);
  }
});
