/**
 * A machine that has run out of free memory: the first thread holds huge pages of a tmpfs and reads a large file from
 * start to end, as fast as it goes, so that kswapd and direct reclaim work all the time; the others make the calls.
 */
import { Calls } from "../calls.ts";
import { GFP_NAMES } from "../gfps.ts";
import { CODE, SLOTS } from "../program.ts";
import type { Load } from "./load.ts";
import { poisson } from "./poisson.ts";

/** Order of a huge page. */
const HUGE = 9;
/** Pages that a readahead window brings. */
const READAHEAD = 32;

/** The load. */
export const memoryPressure: Load = {
  name: "memory_pressure",
  meaning: "thread 0 holds tmpfs pages and reads files, the rest are poisson",
  vmalloc: false,
  thread(prng, options, index) {
    if (index > 0) return poisson.thread(prng, options, index);
    const calls = new Calls();
    for (let slot = 0; slot < SLOTS; slot++) {
      calls.add(CODE.alloc, HUGE + 16 * GFP_NAMES.indexOf("HIGHUSER_MOVABLE"), slot);
    }
    for (let i = 0; i < options.calls; i++) {
      calls.add(CODE.fill, READAHEAD);
      calls.add(CODE.work, prng.between(1000, 20_000));
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
