/**
 * RCU in interrupt context: the tick asks whether there is something to do, the softirq does it.
 *
 * @kernel kernel/rcu/tree.c rcu_sched_clock_irq, rcu_core, rcu_do_batch 5.9
 */
import { check_preempt_tick } from "../cpu/fair.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { LEVEL, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { wakeTask } from "../cpu/sched.ts";
import { cancelTimer, currentJiffies, dueTimer, earliestTimer, TIMER } from "../cpu/timer.ts";
import { queue_work } from "../cpu/workqueue.ts";
import { endBatch, invokeNext, isBatchOver, startBatch } from "./batch.ts";
import { rcu_segcblist_ready_cbs, rcu_segcblist_segempty } from "./cblist.ts";
import { rcu_report_exp_rdp } from "./exp_tree.ts";
import { do_nocb_deferred_wakeup } from "./nocb_list.ts";
import { isOffloaded, type Rcu, SEG } from "./rcu.ts";
import { rcu_preempt_deferred_qs } from "./reader.ts";
import {
  rcu_accelerate_cbs,
  rcu_check_quiescent_state,
  rcu_gp_in_progress,
  rcu_gp_kthread_wake,
} from "./tree.ts";

/** Softirq bits. */
const SOFTIRQ = { timer: 1, rcu: 2 } as const;

/** Whether callbacks of the CPU wait for a grace period that nobody has asked for. */
function needsGp(m: Rcu, cpu: number): boolean {
  return !isOffloaded(m) && !rcu_gp_in_progress(m) &&
    !rcu_segcblist_segempty(m, cpu, SEG.NEXT);
}

/**
 * Whether RCU has something to do on this CPU.
 *
 * @kernel kernel/rcu/tree.c rcu_pending 5.9
 */
function rcu_pending(m: Rcu, cpu: number): boolean {
  const { rdp, rnp } = m;
  if (rdp.core_needs_qs[cpu] !== 0 && rdp.cpu_no_qs[cpu] === 0 && rcu_gp_in_progress(m)) return true;
  if (rdp.nocb_defer_wakeup[cpu] !== 0) return true;
  if (!isOffloaded(m) && rcu_segcblist_ready_cbs(m, cpu)) return true;
  if (needsGp(m, cpu)) return true;
  return rnp.gp_seq[rdp.leaf[cpu]!] !== rdp.gp_seq[cpu];
}

/**
 * Whether RCU wants the CPU's tick although it is idle: callbacks wait there.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_needs_cpu 5.9
 */
function rcu_needs_cpu(m: Rcu, cpu: number): boolean {
  return m.rdp.len[cpu] !== 0 && !isOffloaded(m);
}

/**
 * What the tick sees of the code that it interrupted. In a kernel that is not preemptible an idle CPU is in a quiescent
 * state; in one that is, a CPU that runs outside of readers with preemption and softirqs on. The idle task has
 * preemption off: there an idle CPU is for the scans, which see that it is idle.
 *
 * @kernel kernel/rcu/tree_plugin.h rcu_flavor_sched_clock_irq 5.9
 */
function rcu_flavor_sched_clock_irq(m: Rcu, t: number): void {
  const cpu = cpuOf(m, t);
  if (m.cpu.active[cpu * 4 + LEVEL.softirq] !== 0) return;
  const curr = m.cpu.curr[cpu]! - 1;
  if (curr < 0) {
    if (m.profile.preemption === "voluntary") m.rdp.cpu_no_qs[cpu] = 0;
    if (m.rdp.exp_deferred_qs[cpu] !== 0) rcu_report_exp_rdp(m, t, cpu);
    return;
  }
  if (m.profile.preemption === "voluntary" || m.rcuTask.nesting[curr] !== 0 || m.cpu.preemptOff[cpu] !== 0) {
    return;
  }
  rcu_preempt_deferred_qs(m, curr, t);
  m.rdp.cpu_no_qs[cpu] = 0;
}

/** The tick of a CPU: jiffies, RCU, timers. */
export const tick = operation<Rcu, "enter">("tick", {
  enter: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer | TOUCHES.task,
}, () => ({
  enter(m, t) {
    const cpu = cpuOf(m, t);
    spend(m, t, m.cost.interrupt);
    if (!m.virtualTime && cpu === 0) {
      const jiffies = ++m.clock.jiffies[0]!;
      m.cpu.clockNs[0] = Math.max(m.cpu.clockNs[0]!, jiffies * m.tickNs);
    }
    rcu_flavor_sched_clock_irq(m, t);
    if (rcu_pending(m, cpu)) m.cpu.softirqPending[cpu]! |= SOFTIRQ.rcu;
    if (dueTimer(m, cpu) >= 0) m.cpu.softirqPending[cpu]! |= SOFTIRQ.timer;
    if (m.cpu.curr[cpu] !== 0 && check_preempt_tick(m, cpu)) m.cpu.needResched[cpu] = 1;
    m.cpu.nextTickNs[cpu] = nextTick(m, cpu);
    return ret(m, t, 0);
  },
}));

/**
 * A CPU goes idle, in virtual time: it stops its tick as far as it can, and does the wake-up that it has put off.
 *
 * @kernel kernel/rcu/tree.c rcu_eqs_enter 5.9
 */
export function noteIdle(m: Rcu, cpu: number): void {
  m.cpu.nextTickNs[cpu] = nextTick(m, cpu);
  do_nocb_deferred_wakeup(m, m.roles.tick[cpu]!, cpu);
}

/** Time of the CPU's next tick: the next jiffy while it is busy or RCU wants it, else the earliest timer. */
function nextTick(m: Rcu, cpu: number): number {
  const next = currentJiffies(m, cpu) + 1;
  const idle = m.cpu.curr[cpu] === 0 && !rcu_needs_cpu(m, cpu) && m.cpu.softirqPending[cpu] === 0;
  return (idle ? Math.max(next, earliestTimer(m, cpu)) : next) * m.tickNs;
}

/** The softirqs of a CPU: timers, then RCU. */
export const softirq = operation<Rcu, "start" | "timers" | "rcuCore" | "callbacks">(
  "softirq",
  {
    start: TOUCHES.own,
    timers: TOUCHES.timer | TOUCHES.work | TOUCHES.task,
    rcuCore: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    callbacks: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.work | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      const cpu = cpuOf(m, t);
      const pending = m.cpu.softirqPending[cpu]!;
      if ((pending & SOFTIRQ.timer) !== 0) {
        m.cpu.softirqPending[cpu]! &= ~SOFTIRQ.timer;
        return at.timers;
      }
      if ((pending & SOFTIRQ.rcu) === 0) return ret(m, t, 0);
      m.cpu.softirqPending[cpu]! &= ~SOFTIRQ.rcu;
      return at.rcuCore;
    },
    // one timer a step
    timers(m, t) {
      const cpu = cpuOf(m, t);
      const id = dueTimer(m, cpu);
      if (id < 0) return at.start;
      cancelTimer(m, id);
      const target = m.timer.target[id]!;
      if (m.timer.kind[id] === TIMER.wakeTask) wakeTask(m, target, t);
      else queue_work(m, t, target, m.timer.kind[id]!);
      return at.timers;
    },
    rcuCore(m, t) {
      const cpu = cpuOf(m, t);
      rcu_check_quiescent_state(m, t);
      if (needsGp(m, cpu) && rcu_accelerate_cbs(m, cpu)) rcu_gp_kthread_wake(m, t);
      do_nocb_deferred_wakeup(m, t, cpu);
      if (isOffloaded(m) || !rcu_segcblist_ready_cbs(m, cpu)) return at.start;
      startBatch(m, t, cpu);
      return at.callbacks;
    },
    // one callback a step; what has to wait is the next softirq's
    callbacks(m, t) {
      if (!isBatchOver(m, t)) return invokeNext(m, t, at.callbacks);
      const cpu = cpuOf(m, t);
      if (!endBatch(m, t, cpu)) return at.start;
      m.cpu.softirqPending[cpu]! |= SOFTIRQ.rcu;
      return ret(m, t, 0);
    },
  }),
);
