/**
 * Machines with more CPUs than a leaf of the rcu_node tree has children: quiescent states travel up more than one node,
 * and nothing is freed before they have arrived at the root.
 */
import { assert, assertEquals } from "@std/assert";
import { execute } from "./execution.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions } from "./options.ts";
import { planMachine } from "./plan.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 27, cpus: 20, nodes: 1 });

for (const rcuBoot of [[], ["rcu_expedited"], ["rcu_nocbs"], ["rcu_normal_wake_from_gp"]]) {
  for (const scheduler of ["random", "virtual"] as const) {
    const boot = rcuBoot[0] ?? "no boot parameter";
    Deno.test(`20 CPUs in two leaves, ${scheduler} order, ${boot}: all is freed, nothing early`, () => {
      const profile = boot === "rcu_normal_wake_from_gp" ? "v6_18" : "v5_9";
      const how = { profile, scheduler, rcuBoot, calls: 40, blockEntries: 8 };
      const options = { ...defaultRunOptions(GEOMETRY), ...how };
      const leaves = new Set(planMachine(options).m.rdp.leaf);
      assertEquals(leaves.size, 2);
      const { violation, collector } = execute(options);
      assertEquals(violation, null);
      assert(collector.gracePeriods > 0 || rcuBoot.length > 0);
    });
  }
}
