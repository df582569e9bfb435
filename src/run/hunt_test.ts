/** Looking for a seeded bug: how many runs it takes, when it ends, and with how few calls the bug still shows. */
import { assertEquals } from "@std/assert";
import type { Conditions, Mutable, Mutation } from "../mutation/mutation.ts";
import { fewestCalls, hunt, huntedRun, type HuntOptions } from "./hunt.ts";
import { planMachine } from "./plan.ts";

const HUNT: HuntOptions = { scheduler: "random", seed: "hunt", runsMax: 5 };

/** A bug which every checker of lists sees at once, in the machines that it is asked to be in. */
function bugIn(isIn: (machine: Mutable) => boolean, conditions: Conditions = { calls: 40 }): Mutation {
  return {
    id: "T1",
    summary: "a list's count is one too high",
    caughtBy: ["pcp_count"],
    conditions,
    apply(machine) {
      if (isIn(machine)) machine.m.pcp.count[0]!++;
    },
  };
}

Deno.test("hunt() runs until the bug is reported, its runs are out or nobody wants more", () => {
  const found = (at: number, options: Partial<HuntOptions> = {}) => {
    let runs = 0;
    const { executions, found } = hunt(bugIn(() => runs++ === at), { ...HUNT, ...options });
    return [executions, found?.options.run, found?.violation?.checker, runs];
  };
  assertEquals(found(0), [1, 0, "pcp_count", 1]);
  assertEquals(found(3), [4, 3, "pcp_count", 4]);
  assertEquals(found(5), [5, undefined, undefined, 5]);
  let asked = 0;
  assertEquals(found(4, { goOn: () => ++asked <= 2 }), [2, undefined, undefined, 2]);
});

Deno.test("hunt() arranges the machine before it applies the bug", () => {
  const done: string[] = [];
  const mutation: Mutation = {
    ...bugIn(() => true),
    arrange: () => void done.push("arrange"),
    apply: () => void done.push("apply"),
  };
  assertEquals(hunt(mutation, { ...HUNT, runsMax: 2 }), { executions: 2, found: null });
  assertEquals(done, ["arrange", "apply", "arrange", "apply"]);
});

Deno.test("huntedRun() is a short run under the conditions of the bug, of another size when that is asked for", () => {
  const plain = huntedRun(bugIn(() => true, {}), HUNT, 7);
  assertEquals([plain.seed, plain.run, plain.scheduler, plain.calls, plain.kfree_alloc_num, plain.pcp], [
    ...["hunt", 7, "random", 300, 200],
    null,
  ]);
  const zones = (options: typeof plain) => options.geometry.zones.map(({ pcp, cmaPages }) => [pcp, cmaPages]);
  assertEquals(zones(plain), [[{ high: 30, batch: 5 }, 0], [{ high: 30, batch: 5 }, 0]]);
  const conditions = { nodes: 2, cmaPages: 512, pcp: { high: 8, batch: 2 }, calls: 40, profile: "v6_1" };
  const special = bugIn(() => true, conditions);
  const of = huntedRun(special, HUNT, 0);
  assertEquals([of.geometry.distance.length, of.profile, of.calls, of.pcp], [2, "v6_1", 40, null]);
  assertEquals(zones(of), of.geometry.zones.map(() => [{ high: 8, batch: 2 }, 512]));
  const { calls, kfree_alloc_num } = huntedRun(special, HUNT, 0, 9);
  assertEquals([calls, kfree_alloc_num], [9, 9]);
});

Deno.test("fewestCalls() halves the calls as long as the bug shows, and takes the last ones away one by one", () => {
  const objectsAt = (calls: number) =>
    planMachine(huntedRun(bugIn(() => true), HUNT, 0, calls)).m.object.slab.length;
  const fewest = (needed: number, goOn?: () => boolean) => {
    const least = objectsAt(needed);
    const mutation = bugIn(({ m }) => m.object.slab.length >= least);
    return fewestCalls(mutation, { ...HUNT, ...(goOn === undefined ? {} : { goOn }) });
  };
  // 40, 20, 10, 5, 3, 2, 1
  const expected: [needed: number, found: number][] = [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [7, 10], [
    11,
    20,
  ], [40, 40]];
  for (const [needed, found] of expected) assertEquals(fewest(needed), found, `${needed} needed`);
  let asked = 0;
  assertEquals(fewest(1, () => ++asked <= 2), 10, "two sizes were tried");
});

Deno.test("fewestCalls() gives a size eight runs to show the bug", () => {
  for (const [at, found] of [[7, 20], [8, 40]] as const) {
    let runs = 0;
    assertEquals(fewestCalls(bugIn(() => runs++ === at), HUNT), found);
  }
});
