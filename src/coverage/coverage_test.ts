/** What was reached is counted by runs, and what was not is told from the sections' own text. */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { sectionFacts, sectionNamed, sectionTable } from "../sim/operation.ts";
import { Recorder } from "../sim/schedule.ts";
import { branchMap } from "./branches.ts";
import { Coverage } from "./coverage.ts";

const OPTIONS = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
  calls: 100,
  blockEntries: 4,
};
const table = sectionTable();
const pc = (name: string) => sectionNamed(name);

Deno.test("branchMap() reads the branches of a section off its text", () => {
  const { branches, operationOf, isStart } = branchMap(table);
  const of = (name: string) =>
    branches[pc(name)]!.map((to) => to < 0 ? to : sectionFacts(to).name.split(".")[1]!).sort();
  assertEquals(of("__rcu_alloc_page_lockless.start"), ["walk"]);
  assertEquals(of("synchronize_rcu.wait"), [-1, -3]);
  assert(of("kfree_rcu_work.recycle").includes(-3), "it waits for krcp->lock");
  assertEquals(isStart[pc("kvfree_call_rcu.start")], 1);
  assertEquals(isStart[pc("kvfree_call_rcu.gotPage")], 0);
  assertEquals(operationOf[pc("kvfree_call_rcu.start")], operationOf[pc("kvfree_call_rcu.gotPage")]);
  // those whose helpers decide; a new one is a branch that coverage cannot name
  const silent = branches.flatMap((some, i) => some.length === 0 ? [sectionFacts(i).name] : []);
  assertEquals(silent.sort(), [
    "__rcu_alloc_page_lockless.end",
    "program.page",
    "program.queued",
    "vmalloc.start",
  ]);
});

/** A recording of tasks and sections by name. */
function recording(...steps: readonly (readonly [number, string])[]): Recorder {
  const recorder = new Recorder(100);
  for (const [t, name] of steps) recorder.record(t, pc(name));
  return recorder;
}

Deno.test("Coverage counts sections, branches and pairs by the runs that reached them", () => {
  const coverage = new Coverage(table);
  const one = recording([5, "synchronize_rcu.start"], [5, "synchronize_rcu.wait"], [
    5,
    "synchronize_rcu.wait",
  ]);
  assertEquals(coverage.add(one), 0, "one task makes no pair");
  const two = recording(
    [5, "synchronize_rcu.start"],
    [7, "tick.enter"],
    [5, "synchronize_rcu.wait"],
    [7, "tick.enter"],
    [5, "kvfree_call_rcu.synchronized"],
  );
  assertEquals([coverage.add(two), coverage.add(two)], [4, 0]);
  const runs = (what: string, from: string, to: string) =>
    [...coverage.all()].find((r) => r.what === what && r.from === from && r.to === to)?.runs;
  assertEquals(runs("section", "synchronize_rcu.wait", ""), 3);
  assertEquals(runs("section", "kfree.free", ""), 0);
  assertEquals(runs("branch", "synchronize_rcu.start", "synchronize_rcu.wait"), 3);
  assertEquals(runs("branch", "synchronize_rcu.wait", "(waits)"), 1);
  assertEquals(runs("branch", "synchronize_rcu.wait", "(returns)"), 2);
  assertEquals(runs("pair", "synchronize_rcu.start", "tick.enter"), 2);
  const { sections, newPairsARun, pairsAtLeast } = coverage.summary();
  assertEquals(sections, [4, table.length]);
  assertEquals([newPairsARun, pairsAtLeast], [0, 4], "every pair was in two runs");
  coverage.add(recording([1, "kfree.free"], [2, "kfree.free"], [1, "tick.enter"]));
  // two pairs in one run, four in two: 6 + 3/4 * 2 * 1 / (2 * 5)
  assertEquals([coverage.summary().newPairsARun, coverage.summary().pairsAtLeast], [2 / 4, 6]);
});

Deno.test("a run records its steps under every scheduler, and more runs reach more", () => {
  for (const scheduler of ["random", "pct", "virtual"] as const) {
    const coverage = new Coverage(table);
    const added = Array.from({ length: 12 }, (_, run) => {
      const recorder = new Recorder(1e6);
      const { steps } = execute({ ...OPTIONS, scheduler, run }, { recorder });
      assertEquals(recorder.length, steps);
      return coverage.add(recorder);
    });
    const sum = added.slice(1).reduce((a, b) => a + b, 0);
    assert(added[0]! > 50 && sum > 0 && sum < 11 * added[0]!, `${scheduler}: ${added}`);
    const { sections, branches, pairs, pairsAtLeast } = coverage.summary();
    for (const [reached, all] of [sections, branches, pairs]) {
      assert(reached > 0 && reached < all, `${scheduler}`);
    }
    assert(pairsAtLeast >= added[0]! + sum);
  }
});
