/**
 * A CPU goes down and comes up again, time after time, while the others call kvfree_rcu(): what it has gathered, its
 * callbacks, timers and work items change hands, and grace periods begin and end without it. The thread of the CPU that
 * goes gives it its share of objects first and is over by then. It takes two CPUs.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** Times that the CPU goes down. */
const ROUNDS = 8;
/** Stands for the second CPU, if there is one. */
const SECOND_CPU = -1;

/** The load. */
export const hotplug: Load = {
  name: "hotplug",
  meaning: "the calls of poisson while a CPU goes down and comes up 8 times (2 CPUs at least)",
  vmalloc: false,
  thread(prng, options, index) {
    const calls = new Calls();
    if (index > 0) {
      for (let i = 0; i < options.calls; i++) calls.add(CODE.kvfree); // no sleep: a sleeper could not come back
      return calls.end();
    }
    const schedule = new PoissonSchedule(prng, options);
    const slice = (n: number) => Math.floor(options.calls * n / (2 * ROUNDS));
    let slices = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const code of [CODE.cpuDown, CODE.cpuUp]) {
        calls.add(code, SECOND_CPU);
        for (let i = slice(slices++); i < slice(slices); i++) {
          schedule.next(calls);
          calls.add(CODE.kvfree);
        }
        if (code === CODE.cpuUp) calls.add(CODE.sleep, prng.upTo(8));
      }
    }
    return calls.end();
  },
};
