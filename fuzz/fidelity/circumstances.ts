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

/** Hosts of which is not known how much others got: the load sleeps in between, or the recording is not at hand. */
const TWO_CORES = host(2, 0.1), ONE_CORE = host(1, 0.2);

/**
 * Hosts by recording. How many cores one had for the machine shows in how many CPUs have events within the same
 * millisecond while all threads of a load are busy: never two, or most of the time two, with two CPUs and with four.
 * What others got of them is the share of that time in which fewer CPUs have events than there are cores.
 */
const HOSTS = {
  low_s2_ll_f0: host(1, 0.17),
  rep2_low_s2_ll_f0: host(1, 0.25),
  low_s2_ll_f1000: host(1, 0.44),
  rep2_low_s2_ll_f1000: host(1, 0.16),
  low_s2_ll_f4000: host(2, 0.11),
  low_s2_ll_f30000: host(1, 0.38),
  rep2_low_s2_ll_f30000: host(1, 0.6),
  mode_s2_gfp59_f0: host(1, 0.14),
  low_s4_ll_f0: host(1, 0.23),
  low_s4_ll_f30000: host(1, 0.94),
  flood_s2_ll_f0_b50000: ONE_CORE,
  flood_s2_ll_f30000_b20000: TWO_CORES,
  flood_s2_stock_f0_b50000: ONE_CORE,
  flood_s4_ll_f0_b50000: TWO_CORES,
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
