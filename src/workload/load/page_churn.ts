/**
 * Page traffic of a busy system around the calls: page faults and exits (movable), slabs of other caches (unmovable,
 * orders 0 to 3), inodes and dentries (reclaimable), file reads that stay in the page cache. It shares the per-CPU
 * lists with the blocks, fills them from one side and empties them from another.
 */
import type { Prng } from "../../sim/prng.ts";
import { Calls } from "../calls.ts";
import { GFP_NAMES } from "../gfps.ts";
import { CODE, SLOTS } from "../program.ts";
import type { Load } from "./load.ts";
import { PoissonSchedule } from "./schedule.ts";

const KERNEL = GFP_NAMES.indexOf("KERNEL");
const MOVABLE = GFP_NAMES.indexOf("HIGHUSER_MOVABLE");
const RECLAIMABLE = GFP_NAMES.indexOf("RECLAIMABLE");

/** Kinds of traffic: faults and slabs are the most frequent on any machine. */
const KIND_WEIGHTS = [8, 4, 2, 1];

/** The load. */
export const pageChurn: Load = {
  name: "page_churn",
  meaning: "the calls of poisson among page faults, slabs of other caches, file reads",
  vmalloc: false,
  thread(prng, options) {
    const calls = new Calls();
    const schedule = new PoissonSchedule(prng, options);
    for (let i = 0; i < options.calls; i++) {
      schedule.next(calls);
      addTraffic(calls, prng);
      calls.add(CODE.kvfree);
    }
    return calls.end();
  },
};

/** One piece of traffic: what a slot held goes, something else comes. */
function addTraffic(calls: Calls, prng: Prng): void {
  const slot = prng.upTo(SLOTS - 1);
  const kind = prng.weighted(KIND_WEIGHTS);
  if (kind === 3) return calls.add(CODE.fill, prng.between(1, 8));
  const order = kind === 1 && prng.chance(1, 3) ? prng.between(1, 3) : 0;
  calls.add(CODE.free, slot);
  calls.add(CODE.alloc, order + 16 * [MOVABLE, KERNEL, RECLAIMABLE][kind]!, slot);
}
