/**
 * A section that has waited for a lock takes it when it runs again. Nobody else can have the lock before, so a section
 * that looked at something first and went another way would stop all others for ever.
 */
import { assert, assertEquals } from "@std/assert";
import type { Workloads } from "../workload/program.ts";
import { execute } from "./execution.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

type Changes = Partial<RunOptions> & { readonly memoryBytes?: number };

/** Runs with every section watched; returns how often one that had waited took its lock. */
function takenAfterWaits({ memoryBytes = 2 ** 27, ...changes }: Changes): number {
  let taken = 0;
  const geometry = geometryFromSize({ memoryBytes, cpus: 4, nodes: 1 });
  const options = { ...defaultRunOptions(geometry), threads: 6, ...changes };
  const { violation } = execute(options, {
    prepare({ m, table }) {
      const nextOf = (t: number) => m.lock.next.indexOf(t + 1);
      table.forEach((section, pc) => {
        table[pc] = (m: Workloads, t: number) => {
          const lock = nextOf(t);
          const to = section(m, t);
          if (lock < 0) return to;
          // or the lock's holder has lost its core meanwhile, and it waits on
          assert(
            m.lock.next[lock] !== t + 1 || m.lock.keeper[lock] !== 0,
            `section ${pc} leaves lock ${lock}`,
          );
          if (m.lock.next[lock] !== t + 1) taken++;
          return to;
        };
      });
    },
  });
  assertEquals(violation, null, JSON.stringify(changes));
  return taken;
}

const SMALL_LISTS = { pcp: { high: 8, batch: 2 } };

// in older versions no lock that another CPU takes is held across sections
for (const profile of ["v6_1", "v6_12", "v6_18"]) {
  Deno.test(`in any order every section of ${profile} takes the lock that it has waited for`, () => {
    const load = { profile, scheduler: "random", calls: 300, pressure: 0.99, ...SMALL_LISTS } as const;
    const runs = ["nowait", "page_cache_work", "nolock", "sheaf"].flatMap((strategy) =>
      (["random", "page_churn", "mixed_channels"] as const).map((workload) =>
        takenAfterWaits({ ...load, strategy, workload, memoryBytes: 2 ** 25 })
      )
    );
    assert(runs.reduce((sum, n) => sum + n, 0) >= 5, `${runs}`);
  });
}

Deno.test("on a host with few cores every section takes zone->lock that it has waited for", () => {
  const host = { hostCores: 2, slowdown: 40, scheduler: "virtual", cachedBlocks: 0, kfree_loops: 4 } as const;
  const taken = (workload: RunOptions["workload"], threads: number) =>
    [1, 2, 3].map((run) => takenAfterWaits({ ...host, ...SMALL_LISTS, workload, threads, run }));
  const storms = taken("kfree_storm", 4);
  assert(Math.max(...storms) > 20, `${storms}`);
  for (const load of ["memory_pressure", "page_churn", "hotplug"]) taken(load, 6);
});
