/**
 * Tasks: everything that takes turns. A thread, a kworker, the grace-period kthread and an interrupt handler are all
 * tasks; they differ in the context level they run at. A task runs one operation at a time and has a small stack of
 * frames, because operations call operations (kvfree_call_rcu calls the page allocator).
 */
import { ModelBug } from "./model_bug.ts";
import { struct, type StructViews } from "./layout.ts";
import { BLOCK, DONE } from "./operation.ts";

/** Deepest call of operations: thread, kmalloc, allocator, slow path, reclaim, node, shrinker, monitor, work, kfree. */
export const FRAME_DEPTH = 12;
/** Registers of a frame; the first ones carry the arguments. */
export const FRAME_REGS = 10;
/** Registers that hold times, per task and shared by its frames. */
export const TASK_TIMES = 4;

/** What a task is doing. */
export const TASK = {
  /** Has no operation; only a new one, given by its owner, makes it run. */
  idle: 0,
  /** Can run its next section. */
  ready: 1,
  /** Spins for a lock: it cannot run and it keeps its CPU. */
  spinning: 2,
  /** Sleeps until woken or until its timer; its CPU may run others. */
  sleeping: 3,
  /** Its program is over. */
  finished: 4,
} as const;

/** Context levels, each interrupting the lower ones of its CPU. */
export const LEVEL = { task: 0, softirq: 1, hardirq: 2, nmi: 3 } as const;

/** Fields of a task. */
export const taskFields = {
  /** Virtual run time for the choice among tasks of one CPU, in ns. */
  vruntimeNs: "f64",
  /** Virtual run time for each ns that the task runs: 1 at nice 0. */
  vruntimeRate: "f64",
  /** Times that an operation keeps across sections, in ns. */
  timeNs: ["f64", TASK_TIMES],
  /** Program counter: the next section. */
  pc: "i32",
  /** Depth of the frame in use. */
  sp: "i32",
  /** Value returned by the operation that was called last. */
  ret: "i32",
  /** Channel the task waits on, 0 for none. */
  waitOn: "i32",
  /** Tasks that are before it among those that spin for the same lock. */
  ahead: "i32",
  /** Return addresses by depth. */
  stack: ["i32", FRAME_DEPTH],
  /** Registers by depth. */
  reg: ["i32", FRAME_DEPTH * FRAME_REGS],
  /** CPU the task is bound to. */
  cpu: "i16",
  /** One of TASK. */
  state: "u8",
  /** One of LEVEL. */
  level: "u8",
  /** 1 while the task is on behalf of a high-priority worker: it is picked before the others of its CPU. */
  high: "u8",
} as const;

/** Plan of the tasks' struct. */
export const taskStructs = (tasks: number) => ({ task: struct(tasks, taskFields) });

/** The part of a machine that tasks need. */
export interface Tasks {
  /** Views of the tasks. */
  readonly task: StructViews<typeof taskFields>;
}

/** Index of register 0 of the task's current frame. */
export function frame(m: Tasks, t: number): number {
  return (t * FRAME_DEPTH + m.task.sp[t]!) * FRAME_REGS;
}

/** Counts time that the task has had of its CPU, in ns: for more or less virtual run time, by how nice it is. */
export function addRunTime(m: Tasks, t: number, ns: number): void {
  const { vruntimeNs, vruntimeRate } = m.task;
  vruntimeNs[t] = vruntimeNs[t]! + ns * vruntimeRate[t]!;
}

/** Starts an operation as the task's outermost one. */
export function begin(m: Tasks, t: number, start: number, a = 0, b = 0, c = 0): void {
  const { task } = m;
  task.sp[t] = 0;
  task.pc[t] = start;
  task.state[t] = TASK.ready;
  const r = t * FRAME_DEPTH * FRAME_REGS;
  task.reg[r] = a;
  task.reg[r + 1] = b;
  task.reg[r + 2] = c;
}

/**
 * Calls an operation from a section: `return call(m, t, op.start, at.next, arguments)`. The result is in `task.ret`
 * when the section at `returnTo` runs.
 */
export function call(
  m: Tasks,
  t: number,
  start: number,
  returnTo: number,
  a = 0,
  b = 0,
  c = 0,
  d = 0,
): number {
  const { task } = m;
  const sp = task.sp[t]!;
  if (sp + 1 >= FRAME_DEPTH) throw new ModelBug(`task ${t} calls deeper than ${FRAME_DEPTH} frames`);
  task.stack[t * FRAME_DEPTH + sp] = returnTo;
  task.sp[t] = sp + 1;
  const r = (t * FRAME_DEPTH + sp + 1) * FRAME_REGS;
  task.reg[r] = a;
  task.reg[r + 1] = b;
  task.reg[r + 2] = c;
  task.reg[r + 3] = d;
  return start;
}

/** Returns from an operation with a value: `return ret(m, t, value)`. */
export function ret(m: Tasks, t: number, value: number): number {
  const { task } = m;
  task.ret[t] = value;
  const sp = task.sp[t]!;
  if (sp === 0) return DONE;
  task.sp[t] = sp - 1;
  return task.stack[t * FRAME_DEPTH + sp - 1]!;
}

/** Puts the task to sleep on a channel; the same section runs again after the wake-up. */
export function sleepOn(m: Tasks, t: number, channel: number): number {
  m.task.state[t] = TASK.sleeping;
  m.task.waitOn[t] = channel;
  return BLOCK;
}
