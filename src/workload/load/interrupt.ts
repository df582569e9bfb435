/**
 * Callers in hard interrupts: each CPU's device gives objects away at a rate, while its thread sleeps and wakes.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** The load. */
export const interrupt: Load = {
  name: "interrupt",
  meaning: "the calls of poisson from a device's interrupts on each CPU",
  vmalloc: false,
  thread() {
    const calls = new Calls();
    calls.add(CODE.sleep, 1);
    return calls.end();
  },
  device(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    for (let i = 0; i < options.calls; i++) {
      schedule.next(calls);
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
