/**
 * The kthreads of offloaded CPUs: one per group waits for grace periods, one per CPU invokes its callbacks. They are
 * bound to no CPU.
 *
 * @kernel kernel/rcu/tree_plugin.h 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, sleepOn } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { CHANNEL, cond_resched, sleepJiffies, wakeAll } from "../cpu/sched.ts";
import { currentJiffies } from "../cpu/timer.ts";
import { endBatch, hasTimeLimit, invokeNext, isBatchOver, startBatch } from "./batch.ts";
import { rcu_segcblist_pend_cbs, rcu_segcblist_ready_cbs } from "./cblist.ts";
import { hasOffloadedWork, isWaitOver, rcu_nocb_flush_bypass } from "./nocb_list.ts";
import { LIMITS } from "./overload.ts";
import { type Rcu, SEG } from "./rcu.ts";
import { seqBefore } from "./seq.ts";
import { hasDoneWaiting, rcu_advance_cbs, rcu_gp_kthread_wake } from "./tree.ts";

/** Registers of both: argument; the group's: CPU it is at, 1 when a bypass list waits; the other's are its batch's. */
const ARG = 0, AT = 1, BYPASS = 2;
/** Jiffies until a bypass list that was left is looked at again. */
const BYPASS_JIFFIES = 2;

/** Makes the group's callbacks wait for grace periods, and wakes who invokes them. Register 0 is the group. */
export const nocb_gp_wait = operation<Rcu, "scan" | "cpu" | "wait">(
  "nocb_gp_wait",
  {
    scan: TOUCHES.rcuCpu,
    cpu: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    wait: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer,
  },
  (at) => ({
    scan(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const first = reg[r + ARG]! * m.nocbStride;
      m.rdp.nocbGpWanted[first] = 0;
      m.rdp.nocb_gp_gp[first] = 0;
      reg[r + AT] = first;
      reg[r + BYPASS] = 0;
      cond_resched(m, t);
      return at.cpu;
    },
    // one CPU a step
    cpu(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + AT]!;
      if (cpu === Math.min(m.nrCpus, (reg[r + ARG]! + 1) * m.nocbStride)) return at.wait;
      reg[r + AT] = cpu + 1;
      spend(m, t, m.cost.rcuNode);
      if (!hasOffloadedWork(m, cpu)) return at.cpu;
      flushAged(m, t, cpu);
      if (m.rdp.bypassLen[cpu] !== 0) reg[r + BYPASS] = 1;
      if (rcu_advance_cbs(m, cpu)) rcu_gp_kthread_wake(m, t);
      waitForNext(m, reg[r + ARG]! * m.nocbStride, cpu);
      if (rcu_segcblist_ready_cbs(m, cpu)) wakeAll(m, CHANNEL.nocbCb + cpu, t);
      return at.cpu;
    },
    // woken by a first callback, by the end of a grace period, or when a bypass list has to be moved
    wait(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const group = reg[r + ARG]!;
      const first = group * m.nocbStride;
      if (m.rdp.nocbGpWanted[first] !== 0 || isWaitOver(m, first)) return at.scan;
      if (reg[r + BYPASS] !== 0) sleepJiffies(m, t, CHANNEL.nocbGp + group, BYPASS_JIFFIES);
      else sleepOn(m, t, CHANNEL.nocbGp + group);
      return at.scan;
    },
  }),
);

/** Of the grace periods that the group's CPUs wait for the kthread waits for the first one. */
function waitForNext(m: Rcu, first: number, cpu: number): void {
  const { nocb_gp_gp, nocb_gp_seq, segSeq } = m.rdp;
  if (!rcu_segcblist_pend_cbs(m, cpu)) return;
  const seq = segSeq[cpu * 4 + SEG.WAIT]!;
  if (nocb_gp_gp[first] === 0 || seqBefore(seq, nocb_gp_seq[first]!)) nocb_gp_seq[first] = seq;
  nocb_gp_gp[first] = 1;
}

/** Moves a bypass list that is older than a jiffy, or very long. */
function flushAged(m: Rcu, t: number, cpu: number): void {
  const { rdp } = m;
  const age = currentJiffies(m, m.task.cpu[t]!) - rdp.nocb_bypass_first[cpu]!;
  if (age > 1 || rdp.bypassLen[cpu]! > 2 * LIMITS.qhimark) rcu_nocb_flush_bypass(m, cpu);
}

/** What idleEntries never is. */
const NO_SNAPSHOT = -1;

/**
 * As if the CPU had been idle for a moment: a scan that has a snapshot of it reports it.
 *
 * @kernel kernel/rcu/tree.c rcu_momentary_dyntick_idle 5.9
 */
function rcu_momentary_dyntick_idle(m: Rcu, cpu: number): void {
  m.rdp.dynticks_snap[cpu] = NO_SNAPSHOT;
}

/** Invokes the callbacks of the CPU in register 0. */
export const nocb_cb_wait = operation<Rcu, "wait" | "callbacks">(
  "nocb_cb_wait",
  {
    wait: TOUCHES.rcuCpu | TOUCHES.rcu,
    callbacks: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.work | TOUCHES.task,
  },
  (at) => ({
    wait(m, t) {
      const cpu = m.task.reg[frame(m, t) + ARG]!;
      if (!rcu_segcblist_ready_cbs(m, cpu)) {
        sleepOn(m, t, CHANNEL.nocbCb + cpu);
        return BLOCK;
      }
      rcu_momentary_dyntick_idle(m, cpuOf(m, t));
      startBatch(m, t, cpu);
      return at.callbacks;
    },
    // one callback a step, and others may run between two unless the batch is timed; then it looks for more by itself
    callbacks(m, t) {
      if (!isBatchOver(m, t)) {
        const next = invokeNext(m, t, at.callbacks);
        if (!hasTimeLimit(m, t)) cond_resched(m, t);
        return next;
      }
      const cpu = m.task.reg[frame(m, t) + ARG]!;
      endBatch(m, t, cpu);
      if (hasDoneWaiting(m, cpu) && rcu_advance_cbs(m, cpu)) rcu_gp_kthread_wake(m, t);
      cond_resched(m, t);
      return at.wait;
    },
  }),
);
