/**
 * Runs sections in the order that a scheduler names. One loop for all schedulers.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { switchFrom } from "../cpu/sched.ts";
import { BLOCK, DONE, type Section } from "../sim/operation.ts";
import { addRunTime, TASK } from "../sim/task.ts";
import type { Scheduler } from "./scheduler.ts";

/** Runs one section of task `t`, which is on its CPU, and takes it off again when it cannot go on. */
export function step<M extends Cpus>(m: M, table: readonly Section<M>[], t: number): void {
  const { task, clock, cpu } = m;
  const c = task.cpu[t]!;
  const before = cpu.clockNs[c]!;
  const next = table[task.pc[t]!]!(m, t);
  clock.steps[0]!++;
  addRunTime(m, t, cpu.clockNs[c]! - before);
  if (next >= 0) {
    task.pc[t] = next;
    if (task.state[t] !== TASK.ready) switchFrom(m, t);
  } else if (next === BLOCK) {
    if (task.state[t] !== TASK.spinning) switchFrom(m, t); // who spins keeps the CPU
  } else if (next === DONE) {
    task.state[t] = TASK.idle;
    switchFrom(m, t);
  }
}

/**
 * Runs up to `steps` sections. Returns how many ran: fewer means that nothing can run any more.
 */
export function runSteps<M extends Cpus>(
  m: M,
  table: readonly Section<M>[],
  scheduler: Scheduler,
  steps: number,
): number {
  for (let i = 0; i < steps; i++) {
    const t = scheduler.next(m);
    if (t < 0) return i;
    step(m, table, t);
  }
  return steps;
}
