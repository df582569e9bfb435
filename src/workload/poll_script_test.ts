/**
 * The polling script: what its processes take they give back, it ends with the load, and it brings movable pages.
 */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";

function storm(changes: Partial<RunOptions>): RunOptions {
  return {
    ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
    scheduler: "virtual",
    workload: "kfree_storm",
    kfree_alloc_num: 8000,
    kfree_loops: 20,
    pcp: { high: 20, batch: 5 },
    slowdown: 10,
    ...changes,
  };
}

Deno.test("pollScript takes pages in every round and gives them back, under both schedulers", () => {
  for (const scheduler of ["virtual", "random"] as const) {
    const loops = scheduler === "random" ? 1 : 20;
    const [without, polled] = [0, 1000].map((pollUs) =>
      execute(storm({ scheduler, pollUs, kfree_loops: loops, slowdown: 1 }))
    );
    assertEquals([without!.violation, polled!.violation], [null, null]);
    assertEquals(polled!.collector.freed, 2 * 8000 * loops);
    const more = polled!.collector.order0Allocs - without!.collector.order0Allocs;
    assert(more >= 40, `${scheduler}: ${more} pages more`);
  }
});

Deno.test("pollScript leaves movable pages behind on the lists that blocks are taken from", () => {
  const [without, polled] = [0, 2000].map((pollUs) => execute(storm({ pollUs })).collector.hitsByType);
  assert(polled![1]! > 2 * without![1]! && polled![1]! > 10, `${polled} for ${without}`);
});

Deno.test("pollScript keeps no run alive: it ends once the threads of the load have", () => {
  const { m, violation, collector } = execute(storm({ pollUs: 10_000_000, kfree_loops: 1 }));
  assertEquals([violation, m.workload.live[0]], [null, 0]);
  assert(collector.lastFreedNs < 1e9, `${collector.lastFreedNs} ns`);
});
