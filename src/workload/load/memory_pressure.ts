/**
 * A machine that has run out of free memory: the first thread holds anonymous memory (as a tmpfs does) and reads a
 * large file from start to end, as fast as it goes, so that kswapd and direct reclaim work all the time; the others
 * make the calls. In the end the first thread gives its memory up.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { poisson } from "./poisson.ts";

/** Anonymous pages that the first thread holds: 32 MiB. */
const HELD = 8192;
/** Pages that a readahead window brings. */
const READAHEAD = 32;

/** The load. */
export const memoryPressure: Load = {
  name: "memory_pressure",
  meaning: "thread 0 holds 32 MiB of anonymous memory and reads files, the rest are poisson",
  vmalloc: false,
  thread(prng, options, index) {
    if (index > 0) return poisson.thread(prng, options, index);
    const calls = new Calls();
    calls.add(CODE.fillAnon, HELD);
    for (let i = 0; i < options.calls; i++) {
      calls.add(CODE.fill, READAHEAD);
      calls.add(CODE.work, prng.between(1000, 20_000));
      calls.add(CODE.kvfree);
    }
    calls.add(CODE.dropAnon, HELD);
    return calls.end();
  },
};
