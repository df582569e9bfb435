/**
 * Virtual time: the CPU whose clock is smallest runs its next section. On each CPU interrupts come when they are due,
 * and tasks share the CPU by virtual run time, as far as the build's preemption lets them.
 */
import { type Cpus, mayInterrupt } from "../cpu/cpu.ts";
import { resumeSame, switchTo } from "../cpu/sched.ts";
import type { Recorder } from "../sim/schedule.ts";
import { begin, LEVEL, TASK } from "../sim/task.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

/** The virtual-time scheduler. It draws nothing: the order follows from the machine and its load. */
export class VirtualTimeScheduler implements Scheduler {
  readonly name = "virtual";
  readonly virtualTime = true;
  readonly #recorder: Recorder | null;

  /** Records what it chose, if it is told to. */
  constructor(recorder: Recorder | null = null) {
    this.#recorder = recorder;
  }

  /** Advances idle clocks as far as needed; ties go to the lower CPU. */
  next(m: Cpus): number {
    for (;;) {
      const c = earliestCpu(m);
      if (c < 0) return NOBODY;
      const t = contextOf(m, c);
      if (t >= 0) {
        this.#recorder?.record(t, m.task.pc[t]!);
        return t;
      }
    }
  }
}

/** CPU with the smallest time at which something happens, -1 for none. */
function earliestCpu(m: Cpus): number {
  let best = -1;
  let bestNs = Infinity;
  for (let c = 0; c < m.nrCpus; c++) {
    const ns = isBusy(m, c) ? m.cpu.clockNs[c]! : dueNs(m, c);
    if (ns < bestNs) [best, bestNs] = [c, ns];
  }
  return best;
}

/** When the idle or spinning CPU is interrupted next. */
function dueNs(m: Cpus, c: number): number {
  if (!mayInterrupt(m, c, LEVEL.hardirq)) return Infinity;
  const ipiNs = m.cpu.ipiPending[c] !== 0 ? m.cpu.ipiSentNs[c]! : Infinity;
  const due = Math.min(m.cpu.nextTickNs[c]!, m.cpu.irqDueNs[c]!, m.cpu.hrtimerDueNs[c]!, ipiNs);
  return Math.max(due, m.cpu.clockNs[c]!);
}

function isBusy(m: Cpus, c: number): boolean {
  const { cpu, task } = m;
  const interrupt = cpu.active[c * 4 + LEVEL.hardirq]! || cpu.active[c * 4 + LEVEL.softirq]!;
  if (interrupt !== 0) return task.state[interrupt - 1] === TASK.ready; // else it spins
  if (cpu.softirqPending[c] !== 0 && cpu.irqOff[c] === 0) return true;
  const curr = cpu.curr[c]!;
  if (curr !== 0) return task.state[curr - 1] === TASK.ready;
  return bestThread(m, c) >= 0;
}

/** Ready task of the CPU with the least virtual run time, high-priority workers first; -1 for none. */
function bestThread(m: Cpus, c: number): number {
  const { state, vruntimeNs, high } = m.task;
  const threads = m.roles.threads[c]!;
  let best = -1;
  for (let i = 0; i < threads.length; i++) {
    const t = threads[i]!;
    if (state[t] !== TASK.ready) continue;
    if (
      best < 0 || high[t]! > high[best]! || (high[t] === high[best] && vruntimeNs[t]! < vruntimeNs[best]!)
    ) {
      best = t;
    }
  }
  return best;
}

/** Context that runs next on the CPU, put in place; -1 when the CPU had nothing to do and only moved its clock. */
function contextOf(m: Cpus, c: number): number {
  const { cpu, roles, task } = m;
  if (!isBusy(m, c)) {
    const now = dueNs(m, c);
    if (cpu.curr[c] === 0) {
      cpu.idleNs[c] = cpu.idleNs[c]! + now - cpu.clockNs[c]!;
      cpu.idleEntries[c]!++;
    }
    cpu.clockNs[c] = now;
  }
  const hard = cpu.active[c * 4 + LEVEL.hardirq]! - 1;
  if (hard >= 0) return hard;
  if (mayInterrupt(m, c, LEVEL.hardirq)) {
    const now = cpu.clockNs[c]!;
    if (cpu.ipiPending[c] !== 0 && cpu.ipiSentNs[c]! <= now) {
      return interrupt(m, roles.ipi[c]!, roles.ipiStart);
    }
    if (cpu.hrtimerDueNs[c]! <= now) return interrupt(m, roles.hrtimer[c]!, roles.hrtimerStart);
    if (cpu.irqDueNs[c]! <= now) return interrupt(m, roles.device[c]!, roles.deviceStart);
    if (cpu.nextTickNs[c]! <= now) return interrupt(m, roles.tick[c]!, roles.tickStart);
  }
  const soft = cpu.active[c * 4 + LEVEL.softirq]! - 1;
  if (soft >= 0) return task.state[soft] === TASK.ready ? soft : -1;
  if (cpu.softirqPending[c] !== 0 && mayInterrupt(m, c, LEVEL.softirq)) {
    return interrupt(m, roles.softirq[c]!, roles.softirqStart);
  }
  return threadOf(m, c);
}

function interrupt(m: Cpus, t: number, start: number): number {
  begin(m, t, start);
  switchTo(m, t);
  return t;
}

/** The thread that runs next on the CPU, switching when the current one has come to where it may be switched away. */
function threadOf(m: Cpus, c: number): number {
  const { cpu, task, profile } = m;
  const curr = cpu.curr[c]! - 1;
  if (curr >= 0) {
    if (task.state[curr] !== TASK.ready) return -1;
    const atomic = cpu.irqOff[c] !== 0 || cpu.preemptOff[c] !== 0;
    const anywhere = profile.preemption !== "voluntary" && cpu.needResched[c] !== 0;
    if (atomic || (cpu.yields[c] === 0 && !anywhere)) return curr;
    const best = bestThread(m, c);
    if (
      best === curr ||
      (task.high[best] === task.high[curr] && task.vruntimeNs[best]! >= task.vruntimeNs[curr]!)
    ) {
      resumeSame(m, curr);
      return curr;
    }
    return resume(m, c, best);
  }
  const best = bestThread(m, c);
  return best >= 0 ? resume(m, c, best) : -1;
}

function resume(m: Cpus, c: number, t: number): number {
  const { cpu, task } = m;
  switchTo(m, t);
  cpu.clockNs[c] = cpu.clockNs[c]! + m.cost.contextSwitch;
  if (task.vruntimeNs[t]! > cpu.minVruntimeNs[c]!) cpu.minVruntimeNs[c] = task.vruntimeNs[t]!;
  const next = (Math.floor(cpu.clockNs[c]! / m.tickNs) + 1) * m.tickNs;
  if (next < cpu.nextTickNs[c]!) cpu.nextTickNs[c] = next;
  return t;
}
