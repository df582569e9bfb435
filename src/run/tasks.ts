/**
 * Which tasks a machine has, where they run and what they start with.
 */
import type { Roles } from "../cpu/cpu.ts";
import { hrtimer_interrupt } from "../cpu/hrtimer.ts";
import { CHANNEL } from "../cpu/sched.ts";
import { armTimer, TIMER } from "../cpu/timer.ts";
import { poolOf, workerThread } from "../cpu/workqueue.ts";
import { drain_local_pages } from "../mm/drain.ts";
import type { Geometry } from "../mm/mm.ts";
import { kswapd } from "../mm/reclaim.ts";
import { refresh_cpu_vm_stats, STAT_INTERVAL_S } from "../mm/vmstat_work.ts";
import { softirq, tick } from "../rcu/core.ts";
import { rcu_gp_kthread } from "../rcu/gp_kthread.ts";
import { ipi } from "../rcu/ipi.ts";
import { flush_rcu_sheaf } from "../rcu/kfree_sheaf.ts";
import { kfree_rcu_work } from "../rcu/kfree_work.ts";
import { nocb_cb_wait, nocb_gp_wait } from "../rcu/nocb.ts";
import { kfree_rcu_monitor } from "../rcu/monitor.ts";
import { fill_page_cache_func } from "../rcu/page_cache.ts";
import { KFREE_N_BATCHES } from "../rcu/rcu.ts";
import { rcu_sr_normal_gp_cleanup_work } from "../rcu/sr_normal.ts";
import { begin, LEVEL, sleepOn } from "../sim/task.ts";
import { floodRegisters, type FloodSpec, kfreeFlood } from "../workload/kfree_flood.ts";
import { kfreeStorm } from "../workload/kfree_storm.ts";
import { pollScript } from "../workload/poll_script.ts";
import { program, type Workloads } from "../workload/program.ts";

/** Tasks of each CPU: tick, softirq, device, worker, high-priority worker, other CPUs' interrupts, its timers'. */
export const PER_CPU_TASKS = 7;

/** A thread of the load. */
export type ThreadSpec =
  | { readonly cpu: number; readonly program: Int32Array }
  | {
    readonly cpu: number;
    /** A thread of kfreeStorm: objects a loop, loops. */
    readonly storm: {
      readonly kfree_alloc_num: number;
      readonly kfree_loops: number;
    };
  }
  | { readonly cpu: number; /** A thread of kfreeFlood. */ readonly flood: FloodSpec }
  | {
    readonly cpu: number;
    /**
     * One end of pollScript's pipe: pause between rounds, which end its first process is, when its rounds begin. Not
     * part of the load.
     */
    readonly poll: { readonly pauseUs: number; readonly end: number; readonly waitUs: number };
  };

/** First task of the load: after those of each CPU, the grace-period kthread and a kswapd per node. */
export function firstThreadOf(geometry: Geometry): number {
  return geometry.cpuNodes.length * PER_CPU_TASKS + 1 + geometry.distance.length;
}

/** Worker of a CPU's pool. */
export function workerOf(cpu: number, high: boolean): number {
  return cpu * PER_CPU_TASKS + (high ? 4 : 3);
}

/** How many tasks a machine has, the first of its second workers, one a CPU, and of the nodes' workers behind them. */
interface TaskNumbers {
  readonly tasks: number;
  readonly spareTask: number;
  readonly unboundTask: number;
}

/**
 * Roles of all tasks of a machine with the given load; behind the load come kthreads for offloaded callbacks, and the
 * second workers.
 */
export function rolesOf(geometry: Geometry, load: readonly ThreadSpec[], n: TaskNumbers): Roles {
  const firstThread = firstThreadOf(geometry);
  const cpus = geometry.cpuNodes.length;
  const per = (offset: number) => Int32Array.from({ length: cpus }, (_, c) => c * PER_CPU_TASKS + offset);
  // nodes of the workers for unbound work, in the order of the tasks: as many for each node as it has CPUs
  const unbound = n.tasks > n.unboundTask ? geometry.cpuNodes.toSorted((a, b) => a - b) : [];
  const roams = roamsOf(geometry, firstThread + load.length, n, unbound);
  const threads = geometry.cpuNodes.map((_, c) => [workerOf(c, false), workerOf(c, true), n.spareTask + c]);
  roams.forEach((allowed, t) => allowed?.forEach((c) => threads[c]!.push(t)));
  load.forEach(({ cpu }, i) => threads[cpu]!.push(firstThread + i));
  return {
    ...workersOf(geometry, n, unbound),
    tick: per(0),
    tickStart: tick.start,
    softirq: per(1),
    softirqStart: softirq.start,
    ipi: per(5),
    ipiStart: ipi.start,
    hrtimer: per(6),
    hrtimerStart: hrtimer_interrupt.start,
    device: per(2),
    deviceStart: program.start,
    threads: threads.map((own) => Int32Array.from(own).sort()),
    roams,
  };
}

/**
 * CPUs of the tasks that may run on several: all for kthreads of RCU, the node's for a kswapd and for its workers for
 * unbound work; null for the rest.
 */
function roamsOf(
  { cpuNodes, distance }: Geometry,
  firstNocb: number,
  n: TaskNumbers,
  unbound: readonly number[],
): (Int32Array | null)[] {
  const all = Int32Array.from(cpuNodes.keys());
  const ofNode = distance.map((_, nid) => {
    const own = all.filter((c) => cpuNodes[c] === nid);
    return own.length > 0 ? own : all;
  });
  const gp = cpuNodes.length * PER_CPU_TASKS;
  const roams: (Int32Array | null)[] = Array(n.tasks).fill(null);
  roams[gp] = all;
  ofNode.forEach((own, nid) => roams[gp + 1 + nid] = own);
  roams.fill(all, firstNocb, n.spareTask);
  unbound.forEach((nid, i) => roams[n.unboundTask + i] = ofNode[nid]!);
  return roams;
}

/** Workers of the pools: for each CPU two of normal and one of high priority, then those of each node. */
function workersOf({ cpuNodes, distance }: Geometry, n: TaskNumbers, unbound: readonly number[]) {
  const workers = cpuNodes.flatMap((_, c) => [
    Int32Array.of(workerOf(c, false), n.spareTask + c),
    Int32Array.of(workerOf(c, true)),
  ]);
  for (const nid of unbound.length > 0 ? distance.keys() : []) {
    const own = unbound.flatMap((of, i) => of === nid ? [n.unboundTask + i] : []);
    workers.push(Int32Array.from(own));
  }
  const poolOfTask = new Int32Array(n.tasks).fill(-1);
  workers.forEach((own, pool) => own.forEach((t) => poolOfTask[t] = pool));
  return { workers, poolOfTask };
}

/** Gives every task its CPU, its level and its first operation, and every work item its operation. */
export function placeTasks(
  m: Workloads,
  load: readonly ThreadSpec[],
  devices: readonly (Int32Array | null)[],
): void {
  m.task.vruntimeRate.fill(1);
  for (let c = 0; c < m.nrCpus; c++) {
    placeCpuTasks(m, c);
    m.programOf[m.roles.device[c]!] = load.length + c;
    m.cpu.irqDueNs[c] = devices[c] == null ? Infinity : 0;
    placeWorks(m, c);
  }
  m.work.start[m.srsCleanupWork] = rcu_sr_normal_gp_cleanup_work.start;
  place(m, m.gpTask, 0, LEVEL.task);
  begin(m, m.gpTask, rcu_gp_kthread.start);
  for (let nid = 0; nid < m.geometry.distance.length; nid++) {
    const t = m.gpTask + 1 + nid;
    place(m, t, m.roles.roams[t]!.at(-1)!, LEVEL.task);
    begin(m, t, kswapd.start, nid);
  }
  load.forEach((thread, i) => placeThread(m, firstThreadOf(m.geometry) + i, thread, i));
  placeNocb(m);
  placeUnbound(m);
  m.workload.live[0] = load.filter((thread) => !("poll" in thread)).length;
}

function place(m: Workloads, t: number, cpu: number, level: number): void {
  m.task.cpu[t] = cpu;
  m.task.level[t] = level;
}

function placeCpuTasks(m: Workloads, c: number): void {
  const { roles } = m;
  place(m, roles.tick[c]!, c, LEVEL.hardirq);
  place(m, roles.softirq[c]!, c, LEVEL.softirq);
  place(m, roles.device[c]!, c, LEVEL.hardirq);
  place(m, roles.ipi[c]!, c, LEVEL.hardirq);
  place(m, roles.hrtimer[c]!, c, LEVEL.hardirq);
  for (const high of [false, true]) {
    const worker = workerOf(c, high);
    place(m, worker, c, LEVEL.task);
    begin(m, worker, workerThread.start, poolOf(c, high));
    m.task.high[worker] = high ? 1 : 0;
  }
  place(m, m.spareTask + c, c, LEVEL.task);
  begin(m, m.spareTask + c, workerThread.start, poolOf(c, false));
  sleepOn(m, m.spareTask + c, CHANNEL.pool + poolOf(c, false)); // idle until the first one sleeps in an item
}

/** Kthreads for offloaded callbacks, at first on the first CPU: one per CPU, then one per group. */
function placeNocb(m: Workloads): void {
  if (m.nocbTask < 0) return;
  for (let t = m.nocbTask; t < m.spareTask; t++) {
    const i = t - m.nocbTask;
    place(m, t, 0, LEVEL.task);
    if (i < m.nrCpus) begin(m, t, nocb_cb_wait.start, i);
    else begin(m, t, nocb_gp_wait.start, i - m.nrCpus);
  }
}

/** Workers for unbound work, idle on a CPU of their node each. */
function placeUnbound(m: Workloads): void {
  for (let t = m.unboundTask; t < m.nrTasks; t++) {
    const pool = m.roles.poolOfTask[t]!;
    const allowed = m.roles.roams[t]!;
    place(m, t, allowed[(t - m.unboundTask) % allowed.length]!, LEVEL.task);
    begin(m, t, workerThread.start, pool);
    sleepOn(m, t, CHANNEL.pool + pool);
  }
}

function placeWorks(m: Workloads, c: number): void {
  m.work.start[m.drainWork + c] = drain_local_pages.start;
  m.work.start[m.vmstatWork + c] = refresh_cpu_vm_stats.start;
  armTimer(m, m.vmstatTimer + c, TIMER.queueWork, m.vmstatWork + c, c, STAT_INTERVAL_S * m.profile.HZ);
  m.work.start[m.monitorWork + c] = kfree_rcu_monitor.start;
  m.work.arg[m.monitorWork + c] = c;
  m.work.start[m.pageCacheWork + c] = fill_page_cache_func.start;
  m.work.arg[m.pageCacheWork + c] = c;
  m.work.start[m.sheafWork + c] = flush_rcu_sheaf.start;
  for (let i = 0; i < KFREE_N_BATCHES; i++) {
    const krwp = c * KFREE_N_BATCHES + i;
    m.work.start[m.krwpWork + krwp] = kfree_rcu_work.start;
    m.work.arg[m.krwpWork + krwp] = krwp;
  }
}

function placeThread(m: Workloads, t: number, thread: ThreadSpec, index: number): void {
  place(m, t, thread.cpu, LEVEL.task);
  if ("program" in thread) {
    m.programOf[t] = index;
    begin(m, t, program.start);
  } else if ("poll" in thread) {
    const { pauseUs, end, waitUs } = thread.poll;
    begin(m, t, waitUs > 0 ? pollScript.start : pollScript.at.fork, pauseUs, end, waitUs);
  } else if ("flood" in thread) {
    begin(m, t, kfreeFlood.start);
    floodRegisters(m, t, thread.flood, index);
  } else {
    const { kfree_alloc_num, kfree_loops } = thread.storm;
    begin(m, t, kfreeStorm.start, kfree_alloc_num, kfree_loops, index);
  }
}
