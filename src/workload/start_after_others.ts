/**
 * Threads of a test module do not start together: its init function creates them one after the other.
 */
import { usleep_range } from "../cpu/hrtimer.ts";
import type { Workloads } from "./program.ts";

/** Lets the thread with the given number wait until those before it have been created. */
export function startAfterOthers(m: Workloads, t: number, thread: number): void {
  if (thread > 0) usleep_range(m, t, thread * m.cost.kthreadStart);
}
