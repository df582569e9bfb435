/**
 * Two rare calls: waiting until everything that was ever given to kvfree_rcu() is freed, and the moment of boot from
 * which work can be queued.
 *
 * @kernel kernel/rcu/tree.c kvfree_rcu_barrier 6.12, kfree_rcu_scheduler_running 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { comesNext, spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { CHANNEL, sleepJiffies } from "../cpu/sched.ts";
import { armTimer, cancelTimer } from "../cpu/timer.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { rcu_barrier } from "./barrier.ts";
import { flush_rcu_sheaf, holdsInSheaf } from "./kfree_sheaf.ts";
import { monitorDelay, queue_kfree_rcu_work } from "./monitor.ts";
import { KFREE_N_BATCHES, type Rcu } from "./rcu.ts";
import { reclaimWork } from "./reclaim_wq.ts";

/** Registers: CPU it is at, 1 in the second round, batch that it waits for, runs of its work that must have ended. */
const CPU = 0, SECOND = 1, BATCH = 2, DUE = 3;

/** Whether a worker of the CPU has taken the work that sends its sheaves, and has yet to do it. */
function isFlushing(m: Rcu, cpu: number): boolean {
  const pool = poolOf(cpu, false);
  return m.roles.workers[pool]!.some((worker) => m.task.pc[worker] === flush_rcu_sheaf.start);
}

const has = (m: Rcu, cpu: number) =>
  (m.krc.head[cpu]! | m.krc.bkvhead[cpu * 2]! | m.krc.bkvhead[cpu * 2 + 1]!) !== 0;

/**
 * Returns when every object given to kvfree_rcu() before is freed: sheaves first, then the other ways. It waits for
 * nothing that comes later, but takes back the monitor that is armed for it: such objects wait for their CPU's next
 * call. Here it looks every jiffy whether a work has ended.
 *
 * @kernel kernel/rcu/tree.c kvfree_rcu_barrier 6.12
 */
export const kvfree_rcu_barrier = operation<
  Rcu,
  "start" | "sheaves" | "cpu" | "monitor" | "batch" | "flush"
>(
  "kvfree_rcu_barrier",
  {
    start: TOUCHES.work | TOUCHES.task,
    sheaves: TOUCHES.slabCpu | TOUCHES.timer | TOUCHES.work | TOUCHES.task,
    cpu: TOUCHES.krc | TOUCHES.lock | TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer | TOUCHES.work |
      TOUCHES.task,
    monitor: TOUCHES.krc | TOUCHES.timer | TOUCHES.work,
    batch: TOUCHES.krc | TOUCHES.rcuCpu | TOUCHES.work,
    flush: TOUCHES.krc | TOUCHES.timer,
  },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + CPU] = 0;
      m.task.reg[frame(m, t) + SECOND] = 0;
      for (let cpu = 0; cpu < m.nrCpus; cpu++) {
        if (holdsInSheaf(m, cpu)) queue_work_on(m, t, m.sheafWork + cpu, poolOf(cpu, false));
      }
      return at.sheaves;
    },
    // every CPU sends its sheaves on their way, and their callbacks are waited for
    sheaves(m, t) {
      if (m.sheafCache < 0) return at.cpu;
      for (let cpu = 0; cpu < m.nrCpus; cpu++) {
        if (m.work.pending[m.sheafWork + cpu] === 0 && !isFlushing(m, cpu)) continue;
        sleepJiffies(m, t, CHANNEL.timer, 1);
        return at.sheaves;
      }
      return call(m, t, rcu_barrier.start, at.cpu);
    },
    // first every CPU's objects are given to a batch, then every CPU's monitor is taken back and its batches awaited
    cpu(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      if (cpu === m.nrCpus) {
        if (reg[r + SECOND] !== 0) return ret(m, t, 0);
        reg[r + SECOND] = 1;
        reg[r + CPU] = 0;
        return at.cpu;
      }
      if (reg[r + SECOND] !== 0) return at.monitor;
      // who has waited for the lock takes it, whatever has happened meanwhile
      if (has(m, cpu) || comesNext(m, t, m.krcLock + cpu)) {
        if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
        queue_kfree_rcu_work(m, t, cpu);
        spin_unlock(m, t, m.krcLock + cpu);
      }
      reg[r + BATCH] = 0;
      if (has(m, cpu)) return at.batch; // both are under way: they have to end first
      reg[r + CPU] = cpu + 1;
      return at.cpu;
    },
    monitor(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + CPU]!;
      cancelTimer(m, m.monitorTimer + cpu);
      m.krc.monitor_todo[cpu] = 0;
      if (m.work.pending[m.monitorWork + cpu] !== 0 || m.krc.draining[cpu] !== 0) {
        sleepJiffies(m, t, CHANNEL.timer, 1);
        return at.monitor;
      }
      reg[r + BATCH] = 0;
      return at.batch;
    },
    batch(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if (reg[r + BATCH] === KFREE_N_BATCHES) {
        if (reg[r + SECOND] !== 0) reg[r + CPU]!++;
        return at.cpu;
      }
      const krwp = batchOf(m, t);
      reg[r + DUE] = m.krwp.queued[krwp]!;
      const isPending = m.callback.queued[m.krwpCallback + krwp] !== 0 ||
        m.work.pending[m.krwpWork + krwp] !== 0;
      return isPending ? call(m, t, rcu_barrier.start, at.flush) : at.flush;
    },
    flush(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if (((m.krwp.ended[batchOf(m, t)]! - reg[r + DUE]!) | 0) < 0) {
        sleepJiffies(m, t, CHANNEL.timer, 1);
        return at.flush;
      }
      reg[r + BATCH]!++;
      return at.batch;
    },
  }),
);

/** The batch that a caller of {@link kvfree_rcu_barrier} is at. */
function batchOf(m: Rcu, t: number): number {
  const r = frame(m, t);
  return m.task.reg[r + CPU]! * KFREE_N_BATCHES + m.task.reg[r + BATCH]!;
}

/**
 * The scheduler runs from now on: what was queued before gets its monitor. Before 5.14 only the lists were looked at,
 * and blocks stayed until the CPU's next call (bug no. 24). From 6.1 on a block's worth of objects waits a jiffy only,
 * as it does later, and the timer is one of the CPU that boots.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_scheduler_running 5.9, 6.1
 */
export function kfree_rcu_scheduler_running(m: Rcu): void {
  m.rcu.schedulerRunning[0] = 1;
  for (let cpu = 0; cpu < m.nrCpus; cpu++) {
    if (m.cpu.online[cpu] === 0) continue;
    const waits = m.profile.bootBulkCheck ? has(m, cpu) : m.krc.head[cpu] !== 0;
    const armed = m.profile.kfreeDrainEarly
      ? m.timer.armed[m.monitorTimer + cpu] !== 0
      : m.krc.monitor_todo[cpu] !== 0;
    if (!waits || armed) continue;
    const early = m.profile.kfreeDrainEarly;
    if (!early) m.krc.monitor_todo[cpu] = 1;
    armTimer(
      m,
      m.monitorTimer + cpu,
      reclaimWork(m),
      m.monitorWork + cpu,
      early ? 0 : cpu,
      monitorDelay(m, cpu),
    );
  }
}
