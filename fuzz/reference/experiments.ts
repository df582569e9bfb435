/**
 * The sweeps of the reference run: every named experiment, small enough to be made again by every CI run.
 */

/** One sweep. */
export interface ReferenceSweep {
  /** Name of the experiment, and of its folder. */
  readonly name: string;
  /** What makes it small. */
  readonly options: readonly string[];
}

/** The sweeps, in the order in which they are made; the picture is of the first. */
export const REFERENCE_SWEEPS: readonly ReferenceSweep[] = [
  { name: "pcp_sweep", options: ["--seeds", "3"] },
  { name: "pressure_sweep", options: ["--seeds", "3"] },
  { name: "rate_sweep", options: ["--seeds", "3"] },
  { name: "strategies", options: ["--seeds", "3"] },
  { name: "cpu_scaling", options: ["--seeds", "3", "--axis", "cpus=1,2,4"] },
  { name: "rt", options: ["--seeds", "3"] },
];

/** The command line of a sweep, as its meta.json and its report have it. */
export function commandOf({ name, options }: ReferenceSweep): string[] {
  return ["deno", "task", "sweep", name, ...options];
}
