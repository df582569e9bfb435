/**
 * Callers without an rcu_head: where no block comes, they wait for a grace period.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** The load. */
export const oneArgument: Load = {
  name: "one_argument",
  meaning: "the calls of poisson in the one-argument form, which waits where no block comes",
  vmalloc: false,
  thread(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    for (let i = 0; i < options.calls; i++) {
      schedule.next(calls);
      calls.add(CODE.kvfree, 0, 1);
    }
    return calls.end();
  },
};
