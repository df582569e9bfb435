/**
 * Who may run next when time is not modelled: every task that the rules of interrupts and preemption allow, the tick
 * and a device interrupt included.
 */
import { type Cpus, mayInterrupt, mayRun } from "../cpu/cpu.ts";
import { resumeSame, switchTo } from "../cpu/sched.ts";
import { begin, LEVEL, TASK } from "../sim/task.ts";

/** Section that an idle task would start with if it were picked now, or -1. */
function idleStart(m: Cpus, t: number): number {
  const { roles, task, cpu } = m;
  const c = task.cpu[t]!;
  if (cpu.online[c] === 0) return -1;
  if (roles.tick[c] === t) return mayInterrupt(m, c, LEVEL.hardirq) ? roles.tickStart : -1;
  if (roles.softirq[c] === t) {
    return cpu.softirqPending[c] !== 0 && mayInterrupt(m, c, LEVEL.softirq) ? roles.softirqStart : -1;
  }
  if (roles.ipi[c] === t) {
    return cpu.ipiPending[c] !== 0 && mayInterrupt(m, c, LEVEL.hardirq) ? roles.ipiStart : -1;
  }
  if (roles.hrtimer[c] === t) {
    return cpu.hrtimerDueNs[c] !== Infinity && mayInterrupt(m, c, LEVEL.hardirq) ? roles.hrtimerStart : -1;
  }
  if (roles.device[c] === t) {
    return cpu.irqDueNs[c] !== Infinity && mayInterrupt(m, c, LEVEL.hardirq) ? roles.deviceStart : -1;
  }
  return -1;
}

/** Whether the task could run the next section. */
export function isCandidate(m: Cpus, t: number): boolean {
  const state = m.task.state[t];
  if (state === TASK.ready) return mayRun(m, t);
  return state === TASK.idle && idleStart(m, t) >= 0;
}

/** Puts a candidate on its CPU, starting its operation if it has none. */
export function dispatch(m: Cpus, t: number): void {
  if (m.task.state[t] === TASK.idle) begin(m, t, idleStart(m, t));
  const c = m.task.cpu[t]!;
  if (m.cpu.yields[c] !== 0 && m.cpu.curr[c] === t + 1) resumeSame(m, t);
  else switchTo(m, t);
}
