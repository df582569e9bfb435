/**
 * Slab objects and vmalloc() areas in one stream: each kind has its own chain of blocks.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** One area comes among so many objects. */
const VMALLOC_EVERY = 4;

/** The load. */
export const mixedChannels: Load = {
  name: "mixed_channels",
  meaning: "the calls of poisson, one in four with a vmalloc() area",
  vmalloc: true,
  thread(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    for (let i = 0; i < options.calls; i++) {
      schedule.next(calls);
      if (prng.upTo(VMALLOC_EVERY - 1) === 0) calls.add(CODE.kvfreeVmalloc, 1);
      else calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
