/** All schedulers that a run may choose by name. A new one is a file and an entry here. */
import type { Prng } from "../sim/prng.ts";
import type { Recorder } from "../sim/schedule.ts";
import { Host, type HostOptions } from "./host.ts";
import { type PctOptions, PctScheduler } from "./pct.ts";
import { RandomScheduler } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { VirtualTimeScheduler } from "./virtual_time.ts";

/** What schedulers are told. */
export interface SchedulerOptions {
  /** Of pct. */
  readonly pct: PctOptions;
  /** Of virtual. */
  readonly host: HostOptions;
}

/** How a scheduler is made. */
export interface SchedulerKind {
  /** Jiffies follow the CPUs' clocks, so that times mean something. */
  readonly virtualTime: boolean;
  /** Makes one that draws from `prng` and records what it chose, if it is told to. */
  readonly make: (prng: Prng, recorder: Recorder | null, options: SchedulerOptions) => Scheduler;
}

/** Name of a scheduler. */
export type SchedulerName = "random" | "pct" | "virtual";

/** Schedulers by name. */
export const SCHEDULER_KINDS: Readonly<Record<SchedulerName, SchedulerKind>> = {
  random: { virtualTime: false, make: (prng, recorder) => new RandomScheduler(prng, recorder) },
  pct: { virtualTime: false, make: (prng, recorder, { pct }) => new PctScheduler(prng, recorder, pct) },
  virtual: {
    virtualTime: true,
    make: (prng, recorder, { host }) => {
      const isOwn = host.hostCores === 0 && host.stolen === 0;
      return new VirtualTimeScheduler(recorder, isOwn ? null : (m) => new Host(m, host, prng));
    },
  },
};

/** Names of all schedulers. */
export const SCHEDULERS: readonly SchedulerName[] = Object.keys(SCHEDULER_KINDS) as SchedulerName[];
