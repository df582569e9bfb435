/**
 * Calls that come in bursts: periods at full rate and periods of silence, both of exponential length. The pcp lists and
 * the cache of blocks recover in the silence, or do not.
 */
import { Calls } from "../calls.ts";
import { CODE } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

/** The load. */
export const onOff: Load = {
  name: "on_off",
  meaning: "the same at --rate in bursts, with silences between; both last --gap_us on average",
  vmalloc: false,
  thread(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    let endUs = prng.exponential(options.gapUs);
    for (let i = 0; i < options.calls; i++) {
      if (schedule.us >= endUs) {
        const silenceUs = prng.exponential(options.gapUs);
        schedule.pause(silenceUs);
        endUs = schedule.us + prng.exponential(options.gapUs);
      }
      schedule.next(calls);
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};
