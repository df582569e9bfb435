/**
 * Small random programs over every kernel version and every strategy, in any order that interrupts and preemption
 * allow: all that is given to kvfree_rcu() is freed, nothing before its readers have ended, and no page is lost.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PROFILES } from "../profile/profile.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { STRATEGIES } from "../strategy/registry.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 });
/** Programs tried of each strategy in each version. */
const RUNS = 12;

for (const profile of Object.keys(PROFILES)) {
  for (const { name: strategy } of STRATEGIES) {
    Deno.test(`kvfree_rcu() of ${profile}, ${strategy}: all is freed, none too early, no page is lost`, () => {
      // kernels since 6.1 drain other CPUs' lists under a lock that the RFC's function does not take (hazard H18)
      const drainsRemotely = PROFILES[profile]!.pcpLocked && strategy.startsWith("lockless");
      fc.assert(
        fc.property(
          fc.nat(1e6),
          fc.constantFrom(1, 4, 64),
          fc.constantFrom(0, drainsRemotely ? 0 : 0.99),
          fc.constantFrom("voluntary" as const, "full" as const),
          fc.constantFrom("random" as const, "virtual" as const),
          (seed, blockEntries, pressure, preemption, scheduler) => {
            const choice = { seed: `${seed}`, blockEntries, pressure, preemption, scheduler };
            const base = { ...defaultRunOptions(GEOMETRY), profile, strategy, calls: 120, stepsMax: 3e6 };
            const { violation, collector } = execute({ ...base, ...choice });
            assertEquals(violation, null);
            assert(collector.freed > 0);
          },
        ),
        { seed: 20200918, numRuns: RUNS },
      );
    });
  }
}
