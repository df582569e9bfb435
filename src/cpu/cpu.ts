/**
 * CPUs: which context runs, whether interrupts and preemption are off, what time it is there. Interrupts and
 * preemption are facts of a CPU that a scheduler must respect; it never decides them.
 */
import { struct, type StructPlan, type Views } from "../sim/layout.ts";
import type { Events } from "../sim/events.ts";
import type { Memory } from "../sim/memory.ts";
import { LEVEL, TASK, type Tasks } from "../sim/task.ts";
import type { CostTable } from "../profile/cost.ts";
import type { FairTimes } from "./fair.ts";
import type { Profile } from "../profile/profile.ts";
import { invariant } from "../sim/model_bug.ts";
import { EVENT } from "../sim/events.ts";

/** Fields of a CPU. */
const cpuFields = {
  /** Virtual time of this CPU in ns. */
  clockNs: "f64",
  /** Virtual time at which the next tick is due, Infinity while the tick is stopped. */
  nextTickNs: "f64",
  /** Virtual time at which the CPU's device interrupts next, Infinity for never. */
  irqDueNs: "f64",
  /** When the oldest pending interrupt from another CPU was sent, in ns. */
  ipiSentNs: "f64",
  /** When the CPU's earliest high-resolution timer is due, in ns; Infinity for none. */
  hrtimerDueNs: "f64",
  /** Jiffy before which no timer of the CPU expires: timer_base's next_expiry, but a timer taken back leaves it. */
  next_expiry: "f64",
  /** Timer + 1 that expired then when it was noted, 0 for none. */
  nextTimer: "i32",
  /** When interrupts went off last, in ns. */
  irqOffSinceNs: "f64",
  /** Longest time with interrupts off, in ns. */
  irqOffNsMax: "f64",
  /** Time spent idle, in ns. */
  idleNs: "f64",
  /** Task + 1 that runs at level task, 0 when idle. */
  curr: "i32",
  /** Task + 1 in progress at each interrupt level, 0 for none; entry 0 is not used. */
  active: ["i32", 4],
  /** Times the CPU has gone idle: RCU compares two readings. */
  idleEntries: "i32",
  /** Depth of interrupts being off. */
  irqOff: "i32",
  /** Depth of preemption being off. */
  preemptOff: "i32",
  /** Bits of raised softirqs. */
  softirqPending: "i32",
  /** Interrupts that other CPUs have sent and that have not been taken yet: bits of IPI. */
  ipiPending: "i32",
  /** Least virtual run time of this CPU's tasks, in ns. */
  minVruntimeNs: "f64",
  /** Virtual run time that the current task had when it was picked, in ns. */
  pickedAtNs: "f64",
  /** Somebody better than the current task is ready. */
  needResched: "u8",
  /** The current task has reached a point at which it may be switched away. */
  yields: "u8",
  /** 0 once the CPU is offline. */
  online: "u8",
  /** NUMA node. */
  node: "u8",
} as const;

/** Fields of a lock. */
const lockFields = {
  /** Virtual time at which it was or becomes free, in ns. */
  freeAtNs: "f64",
  /** When the owner took it, in ns. */
  takenNs: "f64",
  /** Total time held, in ns. */
  holdNs: "f64",
  /** Total time waited for it, in ns. */
  waitNs: "f64",
  /** Owning task + 1, 0 when free. */
  owner: "i32",
  /** Times taken. */
  taken: "i32",
  /** Times somebody had to wait. */
  contended: "i32",
  /** Tasks that spin for it now. */
  waiters: "i32",
  /** Task + 1 that has come first to the end of its wait, and takes it next; 0 for none. */
  next: "i32",
  /** CPU + 1 that holds it and has no core of its host, 0 for none. */
  keeper: "i32",
  /** CPU of the task that took it last. */
  cpu: "i16",
} as const;

/** Fields of a wheel timer. */
const timerFields = {
  /** Jiffy at or after which it fires: when the wheel gets to it. */
  expires: "i32",
  /** Jiffy before which it must not fire: what timer_list calls expires. */
  asked: "i32",
  /** What it does: a task to wake or a work item to queue. */
  target: "i32",
  /** CPU whose tick fires it. */
  cpu: "i16",
  /** 1 while armed. */
  armed: "u8",
  /** One of TIMER. */
  kind: "u8",
} as const;

/** Fields of a high-resolution timer. */
const hrtimerFields = {
  /** When it is due, in ns. */
  expiresNs: "f64",
  /** Work item that it queues with high priority, -1 for none. */
  work: "i32",
  /** Task + 1 that it wakes, 0 for none. */
  task: "i32",
  /** CPU whose interrupt fires it. */
  cpu: "i16",
  /** 1 while started. */
  armed: "u8",
} as const;

/** Fields of a work item. */
const workFields = {
  /** Operation to run. */
  start: "i32",
  /** Its argument. */
  arg: "i32",
  /** Next item + 1 of the pool's queue. */
  next: "i32",
  /** Worker + 1 that runs it, 0 for none. */
  runner: "i32",
  /** 1 from queueing until a worker starts it. */
  pending: "u8",
  /** 1 when it has come up again while it ran: its worker runs it once more. */
  again: "u8",
} as const;

/** Fields of a worker pool: two for each CPU, of normal and of high priority, then one for each node or none. */
const poolFields = {
  /** First item + 1. */
  head: "i32",
  /** Last item + 1. */
  tail: "i32",
} as const;

/** Fields of the one system clock. */
const clockFields = {
  /** Sections run so far. */
  steps: "f64",
  /** Ticks since the machine started. */
  jiffies: "i32",
} as const;

/** How many of each the CPU layer has. */
export interface CpuCounts {
  /** Possible CPUs. */
  readonly cpus: number;
  /** Tasks. */
  readonly tasks: number;
  /** Locks. */
  readonly locks: number;
  /** Worker pools. */
  readonly pools: number;
  /** Work items. */
  readonly works: number;
  /** Timers; the first `tasks` of them are the tasks' sleep timers. */
  readonly timers: number;
  /** High-resolution timers. */
  readonly hrtimers: number;
}

/** Structs of the CPU layer. */
export type CpuPlan = {
  readonly cpu: StructPlan<typeof cpuFields>;
  readonly lock: StructPlan<typeof lockFields>;
  readonly timer: StructPlan<typeof timerFields>;
  readonly hrtimer: StructPlan<typeof hrtimerFields>;
  readonly work: StructPlan<typeof workFields>;
  readonly pool: StructPlan<typeof poolFields>;
  readonly clock: StructPlan<typeof clockFields>;
};

/** Plan of the CPU layer's structs. */
export const cpuStructs = (n: CpuCounts): CpuPlan => ({
  cpu: struct(n.cpus, cpuFields),
  lock: struct(n.locks, lockFields),
  timer: struct(n.timers, timerFields),
  hrtimer: struct(n.hrtimers, hrtimerFields),
  work: struct(n.works, workFields),
  pool: struct(n.pools, poolFields),
  clock: struct(1, clockFields),
});

/** Tasks that are started by the hardware or by a raised softirq, by CPU, and those that compete for each CPU. */
export interface Roles {
  /** Workers of each pool. */
  readonly workers: readonly Int32Array[];
  /** Pool of each task that is a worker, -1 for the others. */
  readonly poolOfTask: Int32Array;
  /** Tick task of each CPU. */
  readonly tick: Int32Array;
  /** First section of the tick. */
  readonly tickStart: number;
  /** Softirq task of each CPU. */
  readonly softirq: Int32Array;
  /** First section of the softirq. */
  readonly softirqStart: number;
  /** Task of each CPU for interrupts that other CPUs send. */
  readonly ipi: Int32Array;
  /** First section of it. */
  readonly ipiStart: number;
  /** Task of each CPU for interrupts of its high-resolution timers. */
  readonly hrtimer: Int32Array;
  /** First section of it. */
  readonly hrtimerStart: number;
  /** Device interrupt task of each CPU, -1 for none. */
  readonly device: Int32Array;
  /** First section of the device interrupt. */
  readonly deviceStart: number;
  /** Tasks of level task that may run on each CPU. */
  readonly threads: readonly Int32Array[];
  /** CPUs of each task that is bound to none of them, in order; null for the others. */
  readonly roams: readonly (Int32Array | null)[];
}

/** A machine as the CPU layer sees it. */
export interface Cpus extends Tasks, Views<CpuPlan> {
  /** Kernel version and build. */
  readonly profile: Profile;
  /** Costs of this run. */
  readonly cost: CostTable;
  /** Tracepoints. */
  readonly events: Events;
  /** Where the machine lies; for what is kept beside it as long as it runs. */
  readonly memory: Memory;
  /** Number of possible CPUs. */
  readonly nrCpus: number;
  /** Number of tasks. */
  readonly nrTasks: number;
  /** First of the pools' second workers, one a CPU. */
  readonly spareTask: number;
  /** First of the nodes' workers for unbound work; the last tasks of all. */
  readonly unboundTask: number;
  /** True when jiffies follow the clock, false when the scheduler decides when a tick comes. */
  readonly virtualTime: boolean;
  /** First run queue's lock; one per CPU follows. Only who wakes a worker while its CPU holds it is looked at. */
  readonly rqLock: number;
  /** Locks that stay held while their CPU has no core, the first ones: zone->lock and krcp->lock. */
  readonly keptLocks: number;
  /** Length of a jiffy in ns. */
  readonly tickNs: number;
  /** How threads share a CPU in virtual time. */
  readonly fair: FairTimes;
  /** Told when `prev` leaves its CPU: RCU counts this as a quiescent state. */
  readonly noteContextSwitch: (prev: number) => void;
  /** Told when a CPU goes idle: its tick stops unless something needs it. */
  readonly noteIdle: (cpu: number) => void;
  /** First of the tasks' own high-resolution timers. */
  readonly sleepHrtimer: number;
  /** Roles of the tasks that a scheduler starts by itself. */
  readonly roles: Roles;
}

/** CPU of a task. */
export function cpuOf(m: Tasks, t: number): number {
  return m.task.cpu[t]!;
}

/** Virtual time where the task runs, in ns. */
export function nowNs(m: Cpus, t: number): number {
  return m.cpu.clockNs[m.task.cpu[t]!]!;
}

/** Charges a cost in ns to the task's CPU. */
export function spend(m: Cpus, t: number, ns: number): void {
  const c = m.task.cpu[t]!;
  m.cpu.clockNs[c] = m.cpu.clockNs[c]! + ns;
}

/**
 * Turns interrupts off across sections; nests.
 *
 * @kernel include/linux/irqflags.h local_irq_save 5.9
 */
export function local_irq_save(m: Cpus, t: number): void {
  const c = m.task.cpu[t]!;
  const depth = m.cpu.irqOff[c]!;
  if (depth === 0) {
    m.cpu.irqOffSinceNs[c] = m.cpu.clockNs[c]!;
    m.events.emit(EVENT.irqOff, t, 1);
  }
  m.cpu.irqOff[c] = depth + 1;
}

/**
 * Restores interrupts to what they were before the matching local_irq_save.
 *
 * @kernel include/linux/irqflags.h local_irq_restore 5.9
 */
export function local_irq_restore(m: Cpus, t: number): void {
  const c = m.task.cpu[t]!;
  const depth = m.cpu.irqOff[c]! - 1;
  if (depth < 0) invariant(false, `interrupts of CPU ${c} restored more often than saved`);
  m.cpu.irqOff[c] = depth;
  if (depth === 0) {
    const offNs = m.cpu.clockNs[c]! - m.cpu.irqOffSinceNs[c]!;
    if (offNs > m.cpu.irqOffNsMax[c]!) m.cpu.irqOffNsMax[c] = offNs;
    m.events.emit(EVENT.irqOff, t, 0);
  }
}

/**
 * Turns preemption off across sections; nests.
 *
 * @kernel include/linux/preempt.h preempt_disable 5.9
 */
export function preempt_disable(m: Cpus, t: number): void {
  m.cpu.preemptOff[m.task.cpu[t]!]!++;
}

/**
 * Undoes one preempt_disable.
 *
 * @kernel include/linux/preempt.h preempt_enable 5.9
 */
export function preempt_enable(m: Cpus, t: number): void {
  const c = m.task.cpu[t]!;
  m.cpu.preemptOff[c]!--;
  if (m.cpu.preemptOff[c]! < 0) invariant(false, `preemption of CPU ${c} enabled more often than disabled`);
}

/** Whether an interrupt of the given level may start on the CPU now. */
export function mayInterrupt(m: Cpus, cpu: number, level: number): boolean {
  const { active, irqOff } = m.cpu;
  for (let l = level; l <= LEVEL.nmi; l++) if (active[cpu * 4 + l] !== 0) return false;
  return level === LEVEL.nmi || irqOff[cpu] === 0;
}

/**
 * Whether the task may run its next section now: it is ready, no higher context of its CPU is in progress, and it is
 * the CPU's current task or the current one can be preempted: anywhere on a preemptible kernel, else only where it has
 * offered to be.
 */
export function mayRun(m: Cpus, t: number): boolean {
  if (m.task.state[t] !== TASK.ready) return false;
  const c = m.task.cpu[t]!;
  const level = m.task.level[t]!;
  const { active, irqOff, preemptOff, curr } = m.cpu;
  if (level !== LEVEL.task) {
    return active[c * 4 + level] === t + 1 ? higherThan(m, c, level) === 0 : mayInterrupt(m, c, level);
  }
  if ((active[c * 4 + 1]! | active[c * 4 + 2]! | active[c * 4 + 3]!) !== 0) return false;
  const other = curr[c]!;
  if (other === t + 1 || other === 0) return true;
  // a spinning task has preemption off by itself
  if (irqOff[c] !== 0 || preemptOff[c] !== 0 || m.task.state[other - 1] === TASK.spinning) return false;
  return m.profile.preemption !== "voluntary" || m.cpu.yields[c] !== 0;
}

/** Task + 1 of the lowest context above `level` in progress on the CPU, 0 for none. */
function higherThan(m: Cpus, cpu: number, level: number): number {
  for (let l = level + 1; l <= LEVEL.nmi; l++) {
    const t = m.cpu.active[cpu * 4 + l]!;
    if (t !== 0) return t;
  }
  return 0;
}
