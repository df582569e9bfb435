/**
 * The CPU that a woken task runs on when it is bound to none: its last one while that is idle, else an idle one of the
 * same node, else the last one or its waker's, whichever has less to do. Who waits on a busy CPU is not fetched to one
 * that becomes idle. The CPUs of a node are taken to share a cache.
 * What was recorded of it: docs/decisions.md, 26.
 */
import { TASK } from "../sim/task.ts";
import type { Cpus } from "./cpu.ts";

/** Tasks that run on the CPU or wait for it. */
function nr_running(m: Cpus, c: number): number {
  const { cpu, state } = m.task;
  const threads = m.roles.threads[c]!;
  let running = 0;
  for (let i = 0; i < threads.length; i++) {
    const t = threads[i]!;
    if (cpu[t] === c && (state[t] === TASK.ready || state[t] === TASK.spinning)) running++;
  }
  return running;
}

/**
 * Whether the CPU has nothing to do but interrupts.
 *
 * @kernel kernel/sched/core.c available_idle_cpu 5.9
 */
export function available_idle_cpu(m: Cpus, c: number): boolean {
  return m.cpu.curr[c] === 0 && nr_running(m, c) === 0;
}

/**
 * Which of the two CPUs the task is drawn to: its last one, or its waker's. Loads are counted in tasks, since most of
 * what runs here runs all the time; with as many on both it stays, as was recorded.
 *
 * @kernel kernel/sched/fair.c wake_affine 5.9
 */
function wake_affine(m: Cpus, prev: number, waker: number): number {
  if (available_idle_cpu(m, prev)) return prev;
  if (available_idle_cpu(m, waker) && m.cpu.node[waker] === m.cpu.node[prev]) return waker;
  return nr_running(m, waker) < nr_running(m, prev) ? waker : prev;
}

/**
 * The target when it is idle, else the first idle CPU of its node that the task may run on, else the target.
 *
 * @kernel kernel/sched/fair.c select_idle_sibling 5.9
 */
function select_idle_sibling(m: Cpus, target: number, allowed: Int32Array): number {
  if (available_idle_cpu(m, target)) return target;
  const first = allowed.indexOf(target);
  for (let i = 1; i < allowed.length; i++) {
    const c = allowed[(first + i) % allowed.length]!;
    if (m.cpu.online[c] !== 0 && m.cpu.node[c] === m.cpu.node[target] && available_idle_cpu(m, c)) return c;
  }
  return target;
}

/** Whether the CPU is one that the task may run on now. */
function isAllowed(m: Cpus, c: number, allowed: Int32Array): boolean {
  return m.cpu.online[c] !== 0 && allowed.includes(c);
}

/**
 * The CPU for a task that wakes up.
 *
 * @param waker Task that wakes it.
 * @param allowed CPUs that it may run on, in order.
 * @kernel kernel/sched/fair.c select_task_rq_fair 5.9
 */
export function select_task_rq(m: Cpus, t: number, waker: number, allowed: Int32Array): number {
  const here = m.task.cpu[waker]!;
  const last = m.task.cpu[t]!;
  const prev = isAllowed(m, last, allowed) ? last : here;
  if (!isAllowed(m, prev, allowed)) return select_fallback_rq(m, here, allowed);
  if (!isAllowed(m, here, allowed)) return select_idle_sibling(m, prev, allowed);
  // a worker of this CPU is about to sleep: what it wakes comes next here
  const byWorker = m.roles.poolOfTask[waker]! >= 0 && m.roles.roams[waker] == null;
  if (byWorker && prev === here && nr_running(m, here) <= 1) return here;
  return select_idle_sibling(m, prev === here ? here : wake_affine(m, prev, here), allowed);
}

/**
 * Neither its last CPU nor its waker's is one for it: the first of its own that is up, or any when none is.
 *
 * @kernel kernel/sched/core.c select_fallback_rq 5.9
 */
function select_fallback_rq(m: Cpus, here: number, allowed: Int32Array): number {
  return allowed.find((c) => m.cpu.online[c] !== 0) ?? here;
}
