/**
 * Virtual time: the CPU whose clock is smallest runs its next section. On each CPU interrupts come when they are due,
 * and tasks share the CPU by virtual run time, as far as the build's preemption lets them.
 */
import type { Cpus } from "../cpu/cpu.ts";
import { resumeSame, switchTo } from "../cpu/sched.ts";
import type { Recorder } from "../sim/schedule.ts";
import { begin, LEVEL, TASK } from "../sim/task.ts";
import type { Host } from "./host.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";

// copies that are not imported: docs/decisions.md, 23
const { softirq: SOFT, hardirq: HARD, nmi: NMI } = LEVEL;
const READY: number = TASK.ready;

/** The virtual-time scheduler. It draws nothing but what the host does: the order follows from the machine. */
export class VirtualTimeScheduler implements Scheduler {
  readonly name = "virtual";
  readonly virtualTime = true;
  readonly #recorder: Recorder | null;
  readonly #hostOf: ((m: Cpus) => Host) | null;
  #contexts: Contexts | null = null;

  /** Records what it chose, if it is told to; `hostOf` makes the host that hands out cores, if one does. */
  constructor(recorder: Recorder | null = null, hostOf: ((m: Cpus) => Host) | null = null) {
    this.#recorder = recorder;
    this.#hostOf = hostOf;
  }

  /** Advances idle clocks as far as needed; ties go to the lower CPU. */
  next(m: Cpus): number {
    let contexts = this.#contexts;
    if (contexts === null || contexts.m !== m) {
      contexts = this.#contexts = new Contexts(m, this.#hostOf?.(m) ?? null);
    }
    const t = contexts.next();
    if (t !== NOBODY) this.#recorder?.record(t, m.task.pc[t]!);
    return t;
  }
}

/**
 * Who runs next on each CPU of one machine. Profiled: loading every view through the machine anew took half of what
 * choosing costs, so the views are held here.
 */
class Contexts {
  readonly m: Cpus;
  readonly #state: Uint8Array;
  readonly #high: Uint8Array;
  readonly #cpuOf: Int16Array;
  readonly #vruntimeNs: Float64Array;
  readonly #clockNs: Float64Array;
  readonly #active: Int32Array;
  readonly #curr: Int32Array;
  readonly #irqOff: Int32Array;
  readonly #softirqPending: Int32Array;
  readonly #ipiPending: Int32Array;
  readonly #nextTickNs: Float64Array;
  readonly #irqDueNs: Float64Array;
  readonly #hrtimerDueNs: Float64Array;
  readonly #yields: Uint8Array;
  readonly #needResched: Uint8Array;
  readonly #voluntary: boolean;
  readonly #host: Host | null;

  constructor(m: Cpus, host: Host | null) {
    const { task, cpu } = m;
    this.m = m;
    this.#host = host;
    this.#state = task.state;
    this.#high = task.high;
    this.#cpuOf = task.cpu;
    this.#vruntimeNs = task.vruntimeNs;
    this.#clockNs = cpu.clockNs;
    this.#active = cpu.active;
    this.#curr = cpu.curr;
    this.#irqOff = cpu.irqOff;
    this.#softirqPending = cpu.softirqPending;
    this.#ipiPending = cpu.ipiPending;
    this.#nextTickNs = cpu.nextTickNs;
    this.#irqDueNs = cpu.irqDueNs;
    this.#hrtimerDueNs = cpu.hrtimerDueNs;
    this.#yields = cpu.yields;
    this.#needResched = cpu.needResched;
    this.#voluntary = m.profile.preemption === "voluntary";
  }

  /** Task that runs next, put in place, on the CPU with the smallest time at which something happens. */
  next(): number {
    const host = this.#host;
    for (;;) {
      let best = -1;
      let bestNs = Infinity;
      let bestBusy = false;
      let thread = -1; // the best CPU's, where nothing but it can be next there
      for (let c = 0; c < this.m.nrCpus; c++) {
        const now = this.#clockNs[c]!;
        if (now >= bestNs || (host !== null && host.waits(c))) continue; // whatever happens there happens later
        const undisturbed = this.#undisturbed(c, now);
        const busy = undisturbed >= 0 || this.#isBusy(c);
        const ns = busy ? now : host === null ? this.#dueNs(c) : host.nextNs(c, this.#dueNs(c));
        if (ns >= bestNs) continue;
        best = c;
        bestNs = ns;
        bestBusy = busy;
        thread = undisturbed;
      }
      if (best < 0) return NOBODY;
      if (host !== null && !host.lets(best, bestNs, bestBusy)) continue;
      if (!bestBusy) this.#idle(best, bestNs);
      const t = thread >= 0 ? thread : this.#contextOf(best);
      if (t >= 0) return t;
    }
  }

  /**
   * The CPU's thread when it goes on for certain: no interrupt is in progress, has come or is raised, and nobody asked
   * for another thread; else -1. Nearly all steps are such, and #isBusy and #contextOf would look at the same twice.
   */
  #undisturbed(c: number, now: number): number {
    const interrupt = this.#active[c * 4 + SOFT]! | this.#active[c * 4 + HARD]! | this.#active[c * 4 + NMI]!;
    const raised = this.#softirqPending[c]! | this.#ipiPending[c]!;
    if ((interrupt | raised | this.#yields[c]! | this.#needResched[c]!) !== 0) return -1;
    if (this.#nextTickNs[c]! <= now || this.#irqDueNs[c]! <= now || this.#hrtimerDueNs[c]! <= now) return -1;
    const t = this.#curr[c]! - 1;
    return t >= 0 && this.#state[t] === READY ? t : -1;
  }

  /** Whether a hard interrupt may start on the CPU now: what mayInterrupt() says. */
  #mayInterrupt(c: number): boolean {
    return this.#irqOff[c] === 0 &&
      (this.#active[c * 4 + HARD]! | this.#active[c * 4 + NMI]!) === 0;
  }

  /** When the idle or spinning CPU is interrupted next. */
  #dueNs(c: number): number {
    if (!this.#mayInterrupt(c)) return Infinity;
    const ipiNs = this.#ipiPending[c] !== 0 ? this.m.cpu.ipiSentNs[c]! : Infinity;
    const due = Math.min(this.#nextTickNs[c]!, this.#irqDueNs[c]!, this.#hrtimerDueNs[c]!, ipiNs);
    return Math.max(due, this.#clockNs[c]!);
  }

  #isBusy(c: number): boolean {
    const interrupt = this.#active[c * 4 + HARD]! || this.#active[c * 4 + SOFT]!;
    if (interrupt !== 0) return this.#state[interrupt - 1] === READY; // else it spins
    if (this.#softirqPending[c] !== 0 && this.#irqOff[c] === 0) return true;
    const curr = this.#curr[c]!;
    if (curr !== 0) return this.#state[curr - 1] === READY;
    return this.#someThread(c);
  }

  /** Whether bestThread() would find one. */
  #someThread(c: number): boolean {
    const state = this.#state;
    const threads = this.m.roles.threads[c]!;
    for (let i = 0; i < threads.length; i++) {
      if (state[threads[i]!] === READY && this.#cpuOf[threads[i]!] === c) return true;
    }
    return false;
  }

  /** Ready task of the CPU with the least virtual run time, high-priority workers first; -1 for none. */
  #bestThread(c: number): number {
    const threads = this.m.roles.threads[c]!;
    const high = this.#high;
    const vruntimeNs = this.#vruntimeNs;
    let best = -1;
    for (let i = 0; i < threads.length; i++) {
      const t = threads[i]!;
      if (this.#state[t] !== READY || this.#cpuOf[t] !== c) continue;
      if (
        best < 0 || high[t]! > high[best]! || (high[t] === high[best] && vruntimeNs[t]! < vruntimeNs[best]!)
      ) {
        best = t;
      }
    }
    return best;
  }

  /** The CPU had nothing to do until `now`, or spun. */
  #idle(c: number, now: number): void {
    const { cpu } = this.m;
    if (this.#curr[c] === 0) {
      cpu.idleNs[c] = cpu.idleNs[c]! + now - this.#clockNs[c]!;
      cpu.idleEntries[c]!++;
    }
    this.#clockNs[c] = now;
  }

  /** Context that runs next on the CPU, put in place; -1 when there was none. */
  #contextOf(c: number): number {
    const hard = this.#active[c * 4 + HARD]! - 1;
    if (hard >= 0) return hard;
    if (this.#mayInterrupt(c)) {
      const due = this.#dueInterrupt(c, this.#clockNs[c]!);
      if (due >= 0) return due;
    }
    const soft = this.#active[c * 4 + SOFT]! - 1;
    if (soft >= 0) return this.#state[soft] === READY ? soft : -1;
    if (this.#softirqPending[c] !== 0 && this.#mayInterrupt(c)) {
      const { roles } = this.m;
      return this.#interrupt(roles.softirq[c]!, roles.softirqStart);
    }
    const curr = this.#curr[c]! - 1;
    if (curr < 0) {
      const best = this.#bestThread(c);
      return best >= 0 ? this.#resume(c, best) : -1;
    }
    if (this.#state[curr] !== READY) return -1;
    const asked = this.#yields[c] !== 0 || (!this.#voluntary && this.#needResched[c] !== 0);
    return asked ? this.#reschedule(c, curr) : curr;
  }

  /** Hard interrupt that has come by now, put in place; -1 for none. */
  #dueInterrupt(c: number, now: number): number {
    const { cpu, roles } = this.m;
    if (this.#ipiPending[c] !== 0 && cpu.ipiSentNs[c]! <= now) {
      return this.#interrupt(roles.ipi[c]!, roles.ipiStart);
    }
    if (this.#hrtimerDueNs[c]! <= now) return this.#interrupt(roles.hrtimer[c]!, roles.hrtimerStart);
    if (this.#irqDueNs[c]! <= now) return this.#interrupt(roles.device[c]!, roles.deviceStart);
    if (this.#nextTickNs[c]! <= now) return this.#interrupt(roles.tick[c]!, roles.tickStart);
    return -1;
  }

  #interrupt(t: number, start: number): number {
    begin(this.m, t, start);
    switchTo(this.m, t);
    return t;
  }

  /** The current thread has come to where it may be switched away: the thread that runs next on the CPU. */
  #reschedule(c: number, curr: number): number {
    const { cpu, task } = this.m;
    if (cpu.irqOff[c] !== 0 || cpu.preemptOff[c] !== 0) return curr;
    const best = this.#bestThread(c);
    if (
      best === curr ||
      (task.high[best] === task.high[curr] && task.vruntimeNs[best]! >= task.vruntimeNs[curr]!)
    ) {
      resumeSame(this.m, curr);
      return curr;
    }
    return this.#resume(c, best);
  }

  #resume(c: number, t: number): number {
    const { m } = this;
    const { cpu, task } = m;
    switchTo(m, t);
    cpu.clockNs[c] = cpu.clockNs[c]! + m.cost.contextSwitch;
    if (task.vruntimeNs[t]! > cpu.minVruntimeNs[c]!) cpu.minVruntimeNs[c] = task.vruntimeNs[t]!;
    const next = (Math.floor(cpu.clockNs[c]! / m.tickNs) + 1) * m.tickNs;
    if (next < cpu.nextTickNs[c]!) cpu.nextTickNs[c] = next;
    return t;
  }
}
