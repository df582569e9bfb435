/**
 * Open-loop schedules: a task that keeps the times it was given.
 */
import { cpuOf, type Cpus, nowNs } from "../cpu/cpu.ts";
import { usleep_range } from "../cpu/hrtimer.ts";
import { LEVEL } from "../sim/task.ts";

/** Keeps an open-loop schedule: whoever is late does not sleep, so that a slow call delays none that come after it. */
export function sleepUntil(m: Cpus, t: number, dueNs: number): void {
  if (m.task.level[t] === LEVEL.hardirq) m.cpu.irqDueNs[cpuOf(m, t)] = Math.max(nowNs(m, t), dueNs);
  else if (dueNs > nowNs(m, t)) usleep_range(m, t, dueNs - nowNs(m, t));
}
