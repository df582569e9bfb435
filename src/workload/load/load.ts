/**
 * What a load of programs is: how it draws the program of each thread and of each CPU's device.
 */
import type { Prng } from "../../sim/prng.ts";

/** What a load's programs are drawn from. */
export interface LoadOptions {
  /** kvfree_rcu() calls of each thread or device, where the load has any. */
  readonly calls: number;
  /** Such calls a second, 0 for as fast as it goes. */
  readonly rateHz: number;
  /** Mean length of an on or off period in microseconds. */
  readonly gapUs: number;
}

/** A load whose threads run programs. */
export interface Load {
  /** Name on the command line. */
  readonly name: string;
  /** What it does, for people. */
  readonly meaning: string;
  /** Whether it gives vmalloc() areas to kvfree_rcu(). */
  readonly vmalloc: boolean;
  /** Draws the program of a thread. */
  readonly thread: (prng: Prng, options: LoadOptions, index: number) => Int32Array;
  /** Draws the program of a CPU's device, whose interrupts come in between. */
  readonly device?: (prng: Prng, options: LoadOptions) => Int32Array;
}
