/**
 * What every scheduler is: the policy that names the task to run the next section. The engine runs it; everything
 * else, the rules of interrupts and preemption included, is the CPU layer's.
 */
import type { Cpus } from "../cpu/cpu.ts";

/** A policy. It outlives the steps of a run and keeps what it needs to choose. */
export interface Scheduler {
  /** Name on the command line and in CSV. */
  readonly name: string;
  /** True when jiffies follow the CPUs' clocks. */
  readonly virtualTime: boolean;
  /** The task whose section runs next, already put on its CPU; -1 when none can ever run again. */
  next(m: Cpus): number;
}

/** Nothing can run any more. */
export const NOBODY = -1;
