/**
 * Registers of a frame hold whatever an earlier operation has left there: no operation may read one that it has not
 * written. Runs in which they are spoiled wherever an operation begins must come to the same as runs without.
 */
import { assert, assertEquals } from "@std/assert";
import { spoilRegisters } from "../../tests/support/machines.ts";
import { runsRow } from "../report/tables.ts";
import { execute } from "./execution.ts";
import { factsOf } from "./facts.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

const BASE: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 2 })),
  calls: 300,
  blockEntries: 4,
  pcp: { high: 20, batch: 5 },
};
const OPTIONS: readonly Partial<RunOptions>[] = [
  {},
  { scheduler: "virtual", pressure: 0.99 },
  { scheduler: "virtual", workload: "kfree_storm", strategy: "none" },
  { rcuBoot: ["rcu_expedited"], workload: "hotplug" },
  { rcuBoot: ["rcu_nocbs"], workload: "mixed_channels" },
  { profile: "v5_12", strategy: "page_cache_work", scheduler: "pct" },
  { profile: "v6_1", pressure: 0.99, strategy: "nolock", scheduler: "pct" },
  { profile: "v6_12", rcuBoot: ["rcu_normal_wake_from_gp"], workload: "one_argument" },
  { profile: "v6_18", strategy: "sheaf", scheduler: "virtual" },
];

for (const changes of OPTIONS) {
  Deno.test(`no operation reads a register that it has not written: ${JSON.stringify(changes)}`, () => {
    const [as, spoilt] = [{}, { prepare: spoilRegisters }].map((how) =>
      execute({ ...BASE, ...changes }, how)
    );
    assert(as!.collector.freed > 100);
    assertEquals([spoilt!.violation, spoilt!.steps], [as!.violation, as!.steps]);
    assertEquals(runsRow(factsOf(spoilt!)), runsRow(factsOf(as!)));
  });
}
