/** Names of tasks and locks: each has one of its own, in every version and with every option that adds some. */
import { assert, assertEquals } from "@std/assert";
import { poolOf } from "../cpu/workqueue.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";
import { geometryFromSize } from "./geometry.ts";
import { lockNames, taskNames, zoneNames } from "./names.ts";
import { planMachine } from "./plan.ts";
import { firstThreadOf } from "./tasks.ts";

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
    for (const names of [taskNames(m), lockNames(m)]) {
      assertEquals(names.length, new Set(names).size);
      assertEquals(names.filter((name) => /undefined|NaN|-/.test(name.replace("->lock", ""))), []);
    }
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

Deno.test("taskNames() calls each task by what it does on which CPU", () => {
  for (const rcuBoot of [[], ["rcu_nocbs"]] as const) {
    const m = machineOf({ rcuBoot, threads: 3 });
    const names = taskNames(m);
    const { roles } = m;
    for (let c = 0; c < m.nrCpus; c++) {
      for (const role of ["tick", "softirq", "device", "ipi", "hrtimer"] as const) {
        assertEquals(names[roles[role][c]!], `${role}/${c}`);
      }
      const workers = (high: boolean) => [...roles.workers[poolOf(c, high)]!].map((t) => names[t]!);
      assertEquals(workers(false), [`kworker/${c}`, `kworker/${c}:1`]);
      assertEquals(workers(true), [`kworker(high)/${c}`]);
    }
    const first = firstThreadOf(m.geometry);
    const end = m.nocbTask < 0 ? m.spareTask : m.nocbTask;
    assertEquals(names.slice(m.gpTask, end), [
      "rcu_gp",
      "kswapd0",
      "kswapd1",
      "thread 0",
      "thread 1",
      "thread 2",
    ]);
    assertEquals(names[first], "thread 0");
    const offloaded = rcuBoot.length === 0
      ? []
      : ["rcuop/0", "rcuop/1", "rcuop/2", "rcuop/3", "rcuog/0", "rcuog/2"];
    assertEquals(names.slice(end, m.spareTask), offloaded);
  }
  const m = machineOf({ profile: "v6_12" });
  const unbound = ["kworker/u0:0", "kworker/u0:1", "kworker/u1:2", "kworker/u1:3"];
  assertEquals(taskNames(m).slice(m.unboundTask), unbound);
});

Deno.test("lockNames() calls each lock by whose it is", () => {
  const zones = ["node 0 DMA", "node 0 DMA32", "node 1 DMA32"];
  for (const profile of ["v5_9", "v6_1", "v6_18"]) {
    const m = machineOf({ profile, strategy: profile === "v6_18" ? "sheaf" : "lockless" });
    const names = lockNames(m);
    const sizes = m.caches.map(({ size }, cache) => cache === m.sheafCache ? "sheaves" : `${size} B`);
    const of = (first: number, count: number) => first < 0 ? [] : names.slice(first, first + count);
    const at = (first: number, expected: readonly string[]) =>
      assertEquals(of(first, expected.length), first < 0 ? [] : expected, profile);
    const cpus = [0, 1, 2, 3];
    at(0, zones.map((zone) => `zone->lock ${zone}`));
    at(m.krcLock, cpus.map((c) => `krcp->lock ${c}`));
    at(m.listLock, sizes.flatMap((size) => [0, 1].map((node) => `list_lock ${size}, node ${node}`)));
    at(m.depotLock, ["depot_lock"]);
    at(m.rqLock, cpus.map((c) => `rq->lock ${c}`));
    at(m.pcpLock, zones.flatMap((zone) => cpus.map((c) => `pcp->lock ${zone}, CPU ${c}`)));
    assertEquals([m.pcpLock >= 0, m.barnLock < names.length], [profile !== "v5_9", profile === "v6_18"]);
    if (profile === "v6_18") assertEquals(names[m.barnLock + 1], `barn->lock ${m.caches[0]!.size} B, node 1`);
  }
  const small = defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 1, nodes: 1 }));
  assertEquals(
    zoneNames(planMachine({ ...small, calls: 1 }).m),
    ["DMA", "DMA32"],
    "one node needs no number",
  );
});
