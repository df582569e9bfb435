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

/** What an idle task waits for. */
const WAITS = { nothing: 0, tick: 1, softirq: 2, ipi: 3, hrtimer: 4, device: 5 } as const;

/**
 * isCandidate for a scheduler that asks several times a step. Profiled: looking for the role of an idle task through
 * five arrays, and loading every view through the machine anew, took a fifth of a random step. Here the roles are one
 * byte a task and the views are held. isCandidate is the slow twin that the test compares it with.
 */
export class CandidateTest {
  readonly #m: Cpus;
  readonly #waits: Uint8Array;
  readonly #state: Uint8Array;
  readonly #level: Uint8Array;
  readonly #cpuOf: Int16Array;
  readonly #active: Cpus["cpu"]["active"];
  readonly #curr: Cpus["cpu"]["curr"];

  /** Looks at the tasks of `m`, whose roles must not change any more. */
  constructor(m: Cpus) {
    this.#m = m;
    this.#waits = new Uint8Array(m.nrTasks);
    for (let c = 0; c < m.nrCpus; c++) {
      for (const role of ["device", "hrtimer", "ipi", "softirq", "tick"] as const) {
        const t = m.roles[role][c]!;
        if (t >= 0 && t < m.nrTasks) this.#waits[t] = WAITS[role];
      }
    }
    this.#state = m.task.state;
    this.#level = m.task.level;
    this.#cpuOf = m.task.cpu;
    this.#active = m.cpu.active;
    this.#curr = m.cpu.curr;
  }

  /** Whether these are the tasks of `m`. */
  isOf(m: Cpus): boolean {
    return this.#m === m;
  }

  /** What isCandidate says. */
  has(t: number): boolean {
    const state = this.#state[t];
    if (state === TASK.ready) {
      if (this.#level[t] !== LEVEL.task) return mayRun(this.#m, t);
      const c = this.#cpuOf[t]!;
      const a = c * 4;
      if ((this.#active[a + 1]! | this.#active[a + 2]! | this.#active[a + 3]!) !== 0) return false;
      const curr = this.#curr[c]!;
      return curr === t + 1 || curr === 0 || mayRun(this.#m, t);
    }
    const waits = this.#waits[t]!;
    return state === TASK.idle && waits !== WAITS.nothing && this.#isDue(waits, t);
  }

  #isDue(waits: number, t: number): boolean {
    const m = this.#m;
    const { cpu } = m;
    const c = this.#cpuOf[t]!;
    if (cpu.online[c] === 0) return false;
    if (waits === WAITS.softirq) return cpu.softirqPending[c] !== 0 && mayInterrupt(m, c, LEVEL.softirq);
    if (waits === WAITS.ipi && cpu.ipiPending[c] === 0) return false;
    if (waits === WAITS.hrtimer && cpu.hrtimerDueNs[c] === Infinity) return false;
    if (waits === WAITS.device && cpu.irqDueNs[c] === Infinity) return false;
    return mayInterrupt(m, c, LEVEL.hardirq);
  }
}

/** Puts a candidate on its CPU, starting its operation if it has none. */
export function dispatch(m: Cpus, t: number): void {
  if (m.task.state[t] === TASK.idle) begin(m, t, idleStart(m, t));
  const c = m.task.cpu[t]!;
  if (m.cpu.yields[c] !== 0 && m.cpu.curr[c] === t + 1) resumeSame(m, t);
  else switchTo(m, t);
}
