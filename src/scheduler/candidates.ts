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

// copies that are not imported: docs/decisions.md, 23
const { tick: TICK, softirq: SOFTIRQ, ipi: IPI, hrtimer: HRTIMER, device: DEVICE } = WAITS;
const { task: THREAD, softirq: SOFT, hardirq: HARD, nmi: NMI } = LEVEL;
const READY: number = TASK.ready;

/**
 * isCandidate and dispatch for a scheduler that asks several times a step. Profiled: looking for the role of an idle
 * task through five arrays, and loading every view through the machine anew, took a third of a random step. Here the
 * roles are one byte a task, the views are held, and the rules of src/cpu are written out for them. isCandidate and
 * dispatch are the slow twins that the tests compare it with.
 */
export class CandidateTest {
  readonly #m: Cpus;
  readonly #waits: Uint8Array;
  readonly #starts: Int32Array;
  readonly #state: Uint8Array;
  readonly #level: Uint8Array;
  readonly #cpuOf: Int16Array;
  readonly #active: Int32Array;
  readonly #curr: Int32Array;
  readonly #irqOff: Int32Array;
  readonly #online: Uint8Array;
  readonly #softirqPending: Int32Array;
  readonly #ipiPending: Int32Array;
  readonly #hrtimerDueNs: Float64Array;
  readonly #irqDueNs: Float64Array;

  /** Looks at the tasks of `m`, whose roles must not change any more. */
  constructor(m: Cpus) {
    const { roles, task, cpu } = m;
    this.#m = m;
    this.#waits = new Uint8Array(m.nrTasks);
    this.#starts = new Int32Array(m.nrTasks).fill(-1);
    for (let c = 0; c < m.nrCpus; c++) {
      for (const role of ["device", "hrtimer", "ipi", "softirq", "tick"] as const) {
        const t = roles[role][c]!;
        if (t < 0 || t >= m.nrTasks) continue;
        this.#waits[t] = WAITS[role];
        this.#starts[t] = roles[`${role}Start`];
      }
    }
    this.#state = task.state;
    this.#level = task.level;
    this.#cpuOf = task.cpu;
    this.#active = cpu.active;
    this.#curr = cpu.curr;
    this.#irqOff = cpu.irqOff;
    this.#online = cpu.online;
    this.#softirqPending = cpu.softirqPending;
    this.#ipiPending = cpu.ipiPending;
    this.#hrtimerDueNs = cpu.hrtimerDueNs;
    this.#irqDueNs = cpu.irqDueNs;
  }

  /** Whether these are the tasks of `m`. */
  isOf(m: Cpus): boolean {
    return this.#m === m;
  }

  /** What isCandidate says, in one piece: V8 makes it part of the loop that asks, and larger ones it would call. */
  has(t: number): boolean {
    const state = this.#state[t]!;
    if (state > READY) return false;
    const c = this.#cpuOf[t]!;
    const soft = this.#active[c * 4 + SOFT]!;
    const hard = this.#active[c * 4 + HARD]! | this.#active[c * 4 + NMI]!;
    if (state === READY) {
      const level = this.#level[t]!;
      if (level === HARD && this.#active[c * 4 + HARD] === t + 1) return this.#active[c * 4 + NMI] === 0;
      if (level !== THREAD || hard !== 0 || soft !== 0) {
        return level === SOFT && soft === t + 1 ? hard === 0 : level !== THREAD && mayRun(this.#m, t);
      }
      const curr = this.#curr[c]!;
      return curr === t + 1 || curr === 0 || mayRun(this.#m, t);
    }
    if (hard !== 0 || this.#irqOff[c] !== 0 || this.#online[c] === 0) return false;
    switch (this.#waits[t]) {
      case TICK:
        return true;
      case SOFTIRQ:
        return soft === 0 && this.#softirqPending[c] !== 0;
      case DEVICE:
        return this.#irqDueNs[c] !== Infinity;
      case IPI:
        return this.#ipiPending[c] !== 0;
      case HRTIMER:
        return this.#hrtimerDueNs[c] !== Infinity;
      default:
        return false;
    }
  }

  /** What {@link dispatch} does with a candidate. */
  dispatch(t: number): void {
    if (this.#state[t] === TASK.idle) begin(this.#m, t, this.#starts[t]!);
    putOnCpu(this.#m, t);
  }
}

/** Puts a candidate on its CPU, starting its operation if it has none. */
export function dispatch(m: Cpus, t: number): void {
  if (m.task.state[t] === TASK.idle) begin(m, t, idleStart(m, t));
  putOnCpu(m, t);
}

function putOnCpu(m: Cpus, t: number): void {
  const c = m.task.cpu[t]!;
  if (m.cpu.yields[c] !== 0 && m.cpu.curr[c] === t + 1) resumeSame(m, t);
  else switchTo(m, t);
}
