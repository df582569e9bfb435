/** Names of tasks and locks: each has one of its own, in every version and with every option that adds some. */
import { assert, assertEquals } from "@std/assert";
import { defaultRunOptions, type RunOptions } from "./options.ts";
import { geometryFromSize } from "./geometry.ts";
import { lockNames, taskNames } from "./names.ts";
import { planMachine } from "./plan.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 4, nodes: 2 });
const machineOf = (options: Partial<RunOptions>) =>
  planMachine({ ...defaultRunOptions(GEOMETRY), calls: 1, ...options }).m;

for (
  const options of [
    { profile: "v5_9" },
    { profile: "v6_1" },
    { profile: "v6_18", strategy: "sheaf" },
    { rcuBoot: ["rcu_nocbs"] },
  ]
) {
  Deno.test(`every task and lock has a name of its own: ${JSON.stringify(options)}`, () => {
    const m = machineOf(options);
    for (const names of [taskNames(m), lockNames(m)]) assertEquals(names.length, new Set(names).size);
  });
}

Deno.test("the kthreads of offloaded CPUs and the locks of later versions are called as in the kernel", () => {
  const tasks = taskNames(machineOf({ rcuBoot: ["rcu_nocbs"] }));
  for (const name of ["rcuop/0", "rcuop/3", "rcuog/0", "rcuog/2", "kswapd1"]) {
    assert(tasks.includes(name), name);
  }
  const locks = lockNames(machineOf({ profile: "v6_18", strategy: "sheaf" }));
  assert(locks.some((name) => name.startsWith("pcp->lock node 1")), String(locks));
  assert(locks.some((name) => name.startsWith("barn->lock")), String(locks));
});
