/**
 * Small machines for tests of the model, and ways to run single operations on them.
 *
 * @module
 */
import { mendBugs } from "../../src/profile/known_bugs.ts";
import { type Profile, profileNamed } from "../../src/profile/profile.ts";
import { kmalloc } from "../../src/slab/kmalloc.ts";
import { vmalloc } from "../../src/slab/vmalloc.ts";
import { GFP_ATOMIC } from "../../src/mm/gfp.ts";
import { geometryFromSize } from "../../src/run/geometry.ts";
import { buildMachine, type Machine } from "../../src/run/machine.ts";
import type { MachineConfig } from "../../src/run/machine_config.ts";
import { firstThreadOf } from "../../src/run/tasks.ts";
import { dispatch, isCandidate } from "../../src/scheduler/candidates.ts";
import { runSteps, step } from "../../src/scheduler/engine.ts";
import type { Scheduler } from "../../src/scheduler/scheduler.ts";
import { DONE } from "../../src/sim/operation.ts";
import { begin, frame, FRAME_DEPTH, FRAME_REGS, LEVEL, TASK } from "../../src/sim/task.ts";
import { lockless } from "../../src/strategy/lockless.ts";

/** A profile of 5.9 without its known bugs, preemptible unless said otherwise. */
export function mendedProfile(changes: Partial<Profile> = {}, bugs: readonly string[] = []): Profile {
  return mendBugs(profileNamed("v5_9", { preemption: "full", ...changes }), bugs);
}

/** What tests leave in registers: no page, task, zone or count of anything. */
const SPOILT = 987_654_321;
/** Arguments that call() writes. */
const ARGUMENTS = 4;

function spoilTask({ m: { task } }: Machine, t: number): void {
  task.reg.fill(SPOILT, t * FRAME_DEPTH * FRAME_REGS, (t + 1) * FRAME_DEPTH * FRAME_REGS);
}

/**
 * Spoils the registers of a machine wherever they may hold anything: of tasks without an operation now, of a task whose
 * operation ends, and of each frame that is called, its arguments aside.
 */
export function spoilRegisters(machine: Machine): void {
  const { m, table } = machine;
  const { task } = m;
  for (let t = 0; t < m.nrTasks; t++) if (task.state[t] === TASK.idle) spoilTask(machine, t);
  table.forEach((section, pc) => {
    table[pc] = (world, t) => {
      const depth = task.sp[t]!;
      const next = section(world, t);
      if (next === DONE) spoilTask(machine, t);
      else if (task.sp[t]! > depth) {
        task.reg.fill(SPOILT, frame(m, t) + ARGUMENTS, frame(m, t) + FRAME_REGS);
      }
      return next;
    };
  });
}

/** What a test may say about its machine. */
export interface SmallMachine extends Partial<MachineConfig> {
  /** CPUs. */
  readonly cpus?: number;
  /** NUMA nodes. */
  readonly nodes?: number;
  /** Threads of the load on each CPU, with empty programs: tests give them operations. */
  readonly threadsPerCpu?: number;
}

/** pcp size of small machines: by the formula their zones would keep no page at all. */
const SMALL_PCP = { high: 30, batch: 5 };

/** A machine of 32 MiB a node that has booted; no operation finds anything in its registers but its arguments. */
export function smallMachine(options: SmallMachine = {}): Machine {
  const { cpus = 2, nodes = 1, threadsPerCpu = 1, ...over } = options;
  const empty = new Int32Array(3);
  const made = geometryFromSize({ memoryBytes: nodes * 2 ** 25, cpus, nodes });
  const config: MachineConfig = {
    geometry: { ...made, zones: made.zones.map((z) => ({ ...z, pcp: SMALL_PCP })) },
    profile: mendedProfile(),
    strategy: lockless,
    costEnd: "nominal",
    slowdown: 1,
    cachedBlocks: 2,
    blockEntries: 510,
    virtualTime: false,
    threads: Array.from({ length: cpus * threadsPerCpu }, (_, i) => ({ cpu: i % cpus, program: empty })),
    devices: new Array<null>(cpus).fill(null),
    caches: [{ size: 32, slabsMax: 64 }],
    vmallocMax: 64,
    bnodesMax: 64,
    pcpFraction: 0,
    traced: false,
    ...over,
  };
  const machine = buildMachine(config);
  const { m } = machine;
  spoilRegisters(machine);
  if (options.threads !== undefined) return machine;
  for (let i = 0; i < config.threads.length; i++) m.task.state[threadOf(machine, i)] = TASK.idle;
  m.workload.live[0] = 0;
  return machine;
}

/** Task of thread `i` of the load. */
export function threadOf({ m }: Machine, i: number): number {
  return firstThreadOf(m.geometry) + i;
}

/** Threads of the load on a CPU. */
export function threadsOn({ m }: Machine, cpu: number): number[] {
  const first = firstThreadOf(m.geometry);
  return [...m.roles.threads[cpu]!].filter((t) => t >= first && t < m.spareTask && m.roles.roams[t] == null);
}

/** Runs one section of task `t`; fails when it may not run. */
export function stepTask({ m, table }: Machine, t: number): void {
  if (!isCandidate(m, t)) throw new Error(`task ${t} cannot run: state ${m.task.state[t]}`);
  dispatch(m, t);
  step(m, table, t);
}

/** Runs the sections of task `t` and no other until it ends, sleeps, or reaches the section `stopAt`. */
export function runTask(machine: Machine, t: number, stopAt = -1): void {
  const { m } = machine;
  for (let i = 0; i < 1e6; i++) {
    if (m.task.state[t] !== TASK.ready || m.task.pc[t] === stopAt) return;
    stepTask(machine, t);
  }
  throw new Error(`task ${t} does not end`);
}

/** Lets boot's workers and kthreads go to sleep. */
export function quiet(machine: Machine): Machine {
  const { m } = machine;
  for (let t = 0; t < m.nrTasks; t++) {
    while (isCandidate(m, t) && m.task.level[t] === LEVEL.task) stepTask(machine, t);
  }
  return machine;
}

/** Starts an operation on an idle task. */
export function start(machine: Machine, t: number, at: number, a = 0, b = 0, c = 0): void {
  if (machine.m.task.state[t] !== TASK.idle) throw new Error(`task ${t} is not idle`);
  begin(machine.m, t, at, a, b, c);
}

/** Runs an operation on a task to its end; returns its result. */
export function runOperation(machine: Machine, t: number, at: number, a = 0, b = 0, c = 0): number {
  start(machine, t, at, a, b, c);
  runTask(machine, t);
  if (machine.m.task.state[t] !== TASK.idle) throw new Error(`task ${t} sleeps`);
  return machine.m.task.ret[t]!;
}

/** An object of the first cache, allocated by task `t`. */
export function allocateObject(machine: Machine, t: number): number {
  return runOperation(machine, t, kmalloc.start, 0, GFP_ATOMIC);
}

/** A vmalloc area of one page, allocated by task `t`. */
export function allocateArea(machine: Machine, t: number): number {
  return runOperation(machine, t, vmalloc.start, 1);
}

/** Runs sections as the scheduler says until the condition holds; fails after `most` of them. */
export function runUntil(machine: Machine, scheduler: Scheduler, holds: () => boolean, most = 1e6): void {
  for (let i = 0; i < most; i++) {
    if (holds()) return;
    if (runSteps(machine.m, machine.table, scheduler, 1) === 0) break;
  }
  throw new Error("the condition was never met");
}

/** Lets every worker, kthread and interrupt that is ready go to sleep or end, tasks of the load excepted. */
export function settle(machine: Machine): void {
  const { m } = machine;
  const firstThread = firstThreadOf(m.geometry);
  for (let i = 0; i < 1e5; i++) {
    let ran = false;
    for (let t = 0; t < m.nrTasks; t++) {
      if (t >= firstThread && t < m.unboundTask) continue;
      const canStart = m.task.state[t] === TASK.ready || m.roles.hrtimer.includes(t); // timers that are due fire
      if (!canStart || !isCandidate(m, t)) continue;
      stepTask(machine, t);
      ran = true;
    }
    if (!ran) return;
  }
  throw new Error("the machine does not settle");
}

/** Lets the kthreads of offloaded CPUs, which stand behind the load, go to sleep; a machine without has none. */
export function settleNocb(machine: Machine): void {
  const { m } = machine;
  if (m.nocbTask < 0) return;
  for (let ran = true; ran;) {
    ran = false;
    for (let t = m.nocbTask; t < m.spareTask; t++) {
      const before = m.clock.steps[0]!;
      runTask(machine, t);
      ran ||= m.clock.steps[0] !== before;
    }
  }
}

/** Delivers a tick to the CPU and lets the softirqs that it raises run. */
export function tickCpu(machine: Machine, cpu: number): void {
  const { m } = machine;
  stepTask(machine, m.roles.tick[cpu]!);
  runSoftirq(machine, cpu);
}

/** Runs the pending softirqs of a CPU. */
export function runSoftirq(machine: Machine, cpu: number): void {
  const { m } = machine;
  const t = m.roles.softirq[cpu]!;
  for (let i = 0; i < 1e5 && isCandidate(m, t); i++) stepTask(machine, t);
}

/** Lets `jiffies` pass: a tick on every CPU that is up each, then everything that it has made ready. */
export function passJiffies(machine: Machine, jiffies: number): void {
  for (let i = 0; i < jiffies; i++) {
    for (let c = 0; c < machine.m.nrCpus; c++) if (machine.m.cpu.online[c] !== 0) tickCpu(machine, c);
    settle(machine);
  }
}
