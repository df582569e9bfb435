/**
 * kvfree_rcu() calls at an average rate, each independent of all others.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** The load. */
export const poisson: Load = {
  name: "poisson",
  meaning: "kvfree_rcu calls at --rate, open loop",
  vmalloc: false,
  thread(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    for (let i = 0; i < options.calls; i++) {
      schedule.next(calls);
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
