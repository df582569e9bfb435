/** Which runs have the canary's bug, and how it gets into their machine. */
import { CANARY_ONE_IN, releaseCanary } from "../mutation/canary.ts";
import { Prng } from "../sim/prng.ts";
import type { Machine } from "./machine.ts";
import type { RunOptions } from "./options.ts";
import { streamName } from "./plan.ts";

/** What to execute a run with so that it has the canary's bug if it is drawn, and whether it is. */
export function canaryOf(options: RunOptions): { prepare: (machine: Machine) => void; released: boolean } {
  const drawn = new Prng(streamName(options, "canary")).upTo(CANARY_ONE_IN - 1);
  return { prepare: (machine) => releaseCanary(machine, drawn), released: drawn === 0 };
}
