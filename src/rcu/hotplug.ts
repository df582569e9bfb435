/**
 * Taking a CPU down: it runs nothing any more, its lists go back to the buddy allocator, its callbacks and timers go to
 * the CPU that does this. What kvfree_rcu has gathered there stays in its kfree_rcu_cpu; the monitor moves with its
 * timer. Its partly filled rcu_free sheaves are sent through a grace period. And bringing it up again: it owes no
 * quiescent state to grace periods that it has missed.
 *
 * @kernel kernel/cpu.c, mm/page_alloc.c page_alloc_cpu_dead, kernel/rcu/tree.c rcutree_dead_cpu 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, LEVEL, ret, TASK } from "../sim/task.ts";
import { cpuOf, nowNs } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { CHANNEL, isUnbound, migrate_tasks, sleepJiffies, wakeIdleWorker } from "../cpu/sched.ts";
import { armTimer, moveTimer, TIMER } from "../cpu/timer.ts";
import { poolOf } from "../cpu/workqueue.ts";
import { drain_pages } from "../mm/drain.ts";
import { pcpOf } from "../mm/mm.ts";
import { free_pcppages_bulk } from "../mm/pcp.ts";
import { fold, STAT_INTERVAL_S } from "../mm/vmstat_work.ts";
import { entrainBeforeMove } from "./barrier.ts";
import { moveCallbacks } from "./cblist.ts";
import { sendSheaves } from "./kfree_sheaf.ts";
import { do_nocb_deferred_wakeup } from "./nocb_list.ts";
import { rcu_cpu_starting, rcu_report_dead, rcutree_prepare_cpu } from "./online.ts";
import { isOffloaded, type Rcu } from "./rcu.ts";
import { rcu_advance_cbs, rcu_gp_kthread_wake } from "./tree.ts";

/** Registers: argument CPU, then zone. */
const CPU = 0, ZONE_NO = 1;

/** Takes down the CPU of register 0, which must have nothing of the load on it; waits until its own work is done. */
export const cpu_down = operation<Rcu, "park" | "dead" | "drain">(
  "cpu_down",
  {
    park: TOUCHES.task | TOUCHES.work,
    dead: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer | TOUCHES.work | TOUCHES.task | TOUCHES.slabCpu,
    drain: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    park(m, t) {
      const dead = m.task.reg[frame(m, t) + CPU]!;
      bugOn(dead === cpuOf(m, t) || dead === 0, `CPU ${dead} cannot be taken down from CPU ${cpuOf(m, t)}`);
      // a CPU goes down between two pieces of work, never in an interrupt
      if (isParked(m, dead)) return at.dead;
      sleepJiffies(m, t, CHANNEL.timer, 1);
      return at.park;
    },
    dead(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const dead = reg[r + CPU]!;
      const here = cpuOf(m, t);
      if (!isIdle(m, dead)) return at.park; // an interrupt has come in between, and may be in the middle of a batch
      m.cpu.online[dead] = 0;
      m.cpu.nextTickNs[dead] = Infinity;
      m.cpu.irqDueNs[dead] = Infinity;
      m.cpu.softirqPending[here]! |= m.cpu.softirqPending[dead]!;
      m.cpu.softirqPending[dead] = 0;
      rcu_report_dead(m, t, dead);
      if (isOffloaded(m)) do_nocb_deferred_wakeup(m, t, dead);
      else rcutree_migrate_callbacks(m, t, dead);
      moveTimers(m, dead, here);
      moveWork(m, t, dead, here);
      migrate_tasks(m, t, dead);
      sendSheaves(m, t, dead);
      reg[r + ZONE_NO] = 0;
      // somebody else may be draining the dead CPU's lists: where they have a lock it is needed here too
      return m.pcpLock >= 0 ? call(m, t, drain_pages.start, at.drain, dead) : at.drain;
    },
    // one zone a step; lists that are protected by interrupts being off have no owner any more
    drain(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r + ZONE_NO]!;
      if (zone === m.nrZones) return ret(m, t, 0);
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      const pcp = pcpOf(m, zone, reg[r + CPU]!);
      if (m.pcpLock < 0) free_pcppages_bulk(m, t, zone, pcp, m.pcp.count[pcp]!);
      fold(m, zone, pcp);
      spin_unlock(m, t, zone);
      reg[r + ZONE_NO] = zone + 1;
      return at.drain;
    },
  }),
);

/**
 * Brings the CPU of register 0 up again, which is down.
 *
 * @kernel mm/vmstat.c vmstat_cpu_online 5.9
 */
export const cpu_up = operation<Rcu, "online">(
  "cpu_up",
  { online: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer | TOUCHES.task },
  () => ({
    online(m, t) {
      const born = m.task.reg[frame(m, t) + CPU]!;
      bugOn(m.cpu.online[born] !== 0, `CPU ${born} is up already`);
      m.cpu.online[born] = 1;
      m.cpu.clockNs[born] = Math.max(m.cpu.clockNs[born]!, nowNs(m, t));
      rcutree_prepare_cpu(m, born);
      rcu_cpu_starting(m, born);
      armTimer(
        m,
        m.vmstatTimer + born,
        TIMER.queueWork,
        m.vmstatWork + born,
        born,
        STAT_INTERVAL_S * m.profile.HZ,
      );
      m.noteIdle(born);
      return ret(m, t, 0);
    },
  }),
);

/**
 * Gives the callbacks of a CPU that has gone down to this one. Those whose grace period has ended are ready at once;
 * the others have a new one asked for.
 *
 * @kernel kernel/rcu/tree.c rcutree_migrate_callbacks 5.9
 */
function rcutree_migrate_callbacks(m: Rcu, t: number, dead: number): void {
  if (m.rdp.len[dead] === 0) return;
  const here = cpuOf(m, t);
  entrainBeforeMove(m, t, dead);
  const wake = rcu_advance_cbs(m, dead) || rcu_advance_cbs(m, here);
  moveCallbacks(m, dead, here);
  if (wake || rcu_advance_cbs(m, here)) rcu_gp_kthread_wake(m, t);
}

/** Nothing is in progress on the CPU, nor about to come in an interrupt of its own. */
function isIdle(m: Rcu, cpu: number): boolean {
  const { active, curr } = m.cpu;
  if (m.cpu.ipiPending[cpu] !== 0 || m.cpu.hrtimerDueNs[cpu] !== Infinity) return false;
  return (curr[cpu]! | active[cpu * 4 + 1]! | active[cpu * 4 + 2]! | active[cpu * 4 + 3]!) === 0;
}

/** The CPU is idle, and none of its threads could run. */
function isParked(m: Rcu, cpu: number): boolean {
  if (!isIdle(m, cpu)) return false;
  const threads = m.roles.threads[cpu]!;
  for (let i = 0; i < threads.length; i++) {
    const state = m.task.state[threads[i]!]!;
    const task = threads[i]!;
    if (m.task.cpu[task] !== cpu || m.task.level[task] !== LEVEL.task || state === TASK.finished) continue;
    if (state !== TASK.sleeping) return false;
    // a worker of its own that sleeps in the middle of an item is not done with it
    const pool = m.roles.poolOfTask[task]!;
    if (pool >= 0 && !isUnbound(m, pool) && m.task.waitOn[task] !== CHANNEL.pool + pool) return false;
  }
  return true;
}

function moveTimers(m: Rcu, from: number, to: number): void {
  const { armed, cpu } = m.timer;
  for (let id = 0; id < armed.length; id++) {
    if (armed[id] !== 0 && cpu[id] === from) moveTimer(m, id, to);
  }
}

/** Work that is queued on the dead CPU runs here. */
function moveWork(m: Rcu, t: number, from: number, to: number): void {
  const { pool, work } = m;
  for (const high of [false, true]) {
    const a = poolOf(from, high);
    const b = poolOf(to, high);
    if (pool.head[a] === 0) continue;
    if (pool.tail[b] === 0) pool.head[b] = pool.head[a]!;
    else work.next[pool.tail[b]! - 1] = pool.head[a]!;
    pool.tail[b] = pool.tail[a]!;
    pool.head[a] = 0;
    pool.tail[a] = 0;
    wakeIdleWorker(m, b, t);
  }
}
