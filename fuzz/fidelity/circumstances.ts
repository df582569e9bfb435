/**
 * What the recordings met besides their load: the machine with what lay on its per-CPU lists, and the host that it ran
 * on. Neither is the load's doing, so a prediction starts from both.
 */
import type { RunOptions } from "../../src/run/options.ts";

/** How fast a core is, how many of them a virtual machine has, and how much of their time others get. */
export type Host = Pick<RunOptions, "slowdown" | "hostCores" | "stolen">;

/** What a run met. */
export interface Circumstances {
  /** Folder in `machines` with the /proc files of the machine when the load began; null for the one of every task. */
  readonly machine: string | null;
  readonly host: Host;
}

/**
 * How fast the recorded machines were, in times of the nominal costs: the speed at which storms at 378/63 and 62/15
 * take as long as the recorded ones did on average, on the same hosts (320, 607 and 885 ms).
 */
const RECORDED_SLOWDOWN = 28;

const host = (hostCores: number, stolen: number): Host => ({
  slowdown: RECORDED_SLOWDOWN,
  hostCores,
  stolen,
});

/** Hosts of which nothing is known, since the load sleeps or the recording is not at hand: the mean of the others. */
const TWO_CORES = host(2, 0.4), ONE_CORE = host(1, 0.2);

/**
 * Hosts by recording. A CPU is taken to have a core from one of its events to the next that is less than 0.6 ms later,
 * while two threads of the load or more are busy. Two CPUs then have one at a time for up to 0.15 of what chance would
 * make of it: one core; or for 0.77 to 1.09 of that: two. (low_s2_ll_f1000 is between them, 0.43, and taken for one.)
 * Others got what is left. Waits for zone->lock in which all CPUs spin, and none has events, do not count.
 */
const HOSTS = {
  low_s2_ll_f0: host(1, 0.1),
  rep2_low_s2_ll_f0: host(1, 0.2),
  low_s2_ll_f1000: host(1, 0.35),
  rep2_low_s2_ll_f1000: host(1, 0.09),
  low_s2_ll_f4000: host(2, 0.12),
  low_s2_ll_f30000: host(2, 0.61),
  rep2_low_s2_ll_f30000: host(2, 0.71),
  mode_s2_gfp59_f0: host(2, 0.41),
  low_s4_ll_f0: host(1, 0.1),
  low_s4_ll_f30000: host(2, 0.59),
  flood_s2_ll_f0_b50000: host(1, 0.22),
  flood_s2_ll_f30000_b20000: host(2, 0.16),
  flood_s2_stock_f0_b50000: host(2, 0.29),
  flood_s4_ll_f0_b50000: host(2, 0.11),
} as const satisfies Readonly<Record<string, Host>>;

/** What recordings met. */
export function metBy(...recordings: readonly (keyof typeof HOSTS)[]): readonly Circumstances[] {
  return recordings.map((machine) => ({ machine, host: HOSTS[machine] }));
}

/** A machine on a host of either kind, for a load whose recording does not tell. */
export function onEither(machine: string | null): readonly Circumstances[] {
  return [TWO_CORES, ONE_CORE].map((host) => ({ machine, host }));
}

/** A machine on real hardware as fast as the nominal one, a little slower and a little faster. */
export function onHardware(machine: string | null): readonly Circumstances[] {
  return [0.9, 1, 1.1].map((slowdown) => ({ machine, host: { slowdown, hostCores: 0, stolen: 0 } }));
}
