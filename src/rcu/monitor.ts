/**
 * The monitor: every KFREE_DRAIN_JIFFIES it hands what a CPU has gathered to RCU, in one of two batches per CPU.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_monitor, queue_kfree_rcu_work 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { jiffiesLeft } from "../cpu/timer.ts";
import { mod_delayed_work, queue_delayed_work } from "../cpu/workqueue.ts";
import { kfree_rcu_work, ofMonitor, startsFreeing } from "./kfree_work.ts";
import { CALLBACK, CHANNELS, FREE_N_CHANNELS, KFREE_N_BATCHES, type Rcu } from "./rcu.ts";
import { call_rcu } from "./call_rcu.ts";
import { reclaimWork } from "./reclaim_wq.ts";
import { noteBatch, takeReadyBlocks, takeReadyHead } from "./snapshot.ts";

/**
 * Queues the batch's work to run after a grace period. Nothing happens when it is pending already, and nobody looks at
 * the result: that is how new objects can join an old grace period (bug B1).
 *
 * @kernel kernel/workqueue.c queue_rcu_work 5.9
 */
function queue_rcu_work(m: Rcu, t: number, krwp: number): void {
  const work = m.krwpWork + krwp;
  const cb = m.krwpCallback + krwp;
  if (m.work.pending[work] !== 0 || m.callback.queued[cb] !== 0) return;
  m.callback.func[cb] = CALLBACK.queueWork;
  m.callback.arg[cb] = work;
  m.krwp.queued[krwp]!++;
  call_rcu(m, t, cb);
}

/** Jiffies that the monitor of a CPU waits: one when it has a block's worth of objects, where versions look at that. */
export function monitorDelay(m: Rcu, cpu: number): number {
  const isFull = m.profile.kfreeDrainEarly && m.krc.count[cpu]! >= m.blockEntries;
  return isFull ? 1 : m.profile.kfreeDrainJiffies;
}

/**
 * Has the monitor run after KFREE_DRAIN_JIFFIES. Later versions wait much longer while less than a block's worth of
 * objects waits, and only ever move a monitor that is armed to an earlier time. krcp->lock is held.
 *
 * @kernel kernel/rcu/tree.c kvfree_call_rcu 5.9, schedule_delayed_monitor_work 6.1
 */
export function schedule_delayed_monitor_work(m: Rcu, t: number, cpu: number): void {
  const work = m.monitorWork + cpu;
  const timer = m.monitorTimer + cpu;
  const kind = reclaimWork(m);
  if (!m.profile.kfreeDrainEarly) {
    if (m.krc.monitor_todo[cpu] !== 0) return;
    m.krc.monitor_todo[cpu] = 1;
    queue_delayed_work(m, t, work, timer, m.profile.kfreeDrainJiffies, kind);
    return;
  }
  const delay = monitorDelay(m, cpu);
  if (m.work.pending[work] === 0 && m.timer.armed[timer] === 0) {
    queue_delayed_work(m, t, work, timer, delay, kind);
  } else if (m.timer.armed[timer] !== 0 && delay < jiffiesLeft(m, timer, cpuOf(m, t))) {
    mod_delayed_work(m, t, work, timer, delay, kind);
  }
}

const empty = (m: Rcu, krwp: number) =>
  (m.krwp.head_free[krwp]! | m.krwp.bkvhead_free[krwp * 2]! | m.krwp.bkvhead_free[krwp * 2 + 1]!) === 0;

/** Whether a batch could take something: its slot is free for a channel that has objects. */
function matches(m: Rcu, cpu: number, krwp: number): boolean {
  if (!empty(m, krwp)) {
    const waits = m.callback.queued[m.krwpCallback + krwp] !== 0 || m.work.pending[m.krwpWork + krwp] !== 0;
    if (!(waits ? m.profile.attachToPendingKrwp : m.profile.attachToStartingKrwp)) return false;
  }
  const { krc, krwp: w } = m;
  for (let i = 0; i < FREE_N_CHANNELS; i++) {
    if (krc.bkvhead[cpu * 2 + i] !== 0 && w.bkvhead_free[krwp * 2 + i] === 0) return true;
  }
  return krc.head[cpu] !== 0 && w.head_free[krwp] === 0;
}

/**
 * Gives the CPU's objects to its batches; true when something had to stay. krcp->lock is held.
 *
 * @kernel kernel/rcu/tree.c queue_kfree_rcu_work 5.9
 */
export function queue_kfree_rcu_work(m: Rcu, t: number, cpu: number): boolean {
  const { krc, krwp: w } = m;
  let repeat = false;
  let handed = false;
  for (let i = 0; i < KFREE_N_BATCHES; i++) {
    const krwp = cpu * KFREE_N_BATCHES + i;
    if (matches(m, cpu, krwp)) {
      for (let channel = 0; channel < FREE_N_CHANNELS; channel++) {
        if (w.bkvhead_free[krwp * 2 + channel] !== 0) continue;
        w.bkvhead_free[krwp * 2 + channel] = krc.bkvhead[cpu * 2 + channel]!;
        krc.bkvhead[cpu * 2 + channel] = 0;
      }
      if (w.head_free[krwp] === 0) {
        w.head_free[krwp] = krc.head[cpu]!;
        krc.head[cpu] = 0;
      }
      noteBatch(m, krwp);
      krc.count[cpu] = 0; // even when a busy channel has kept its objects
      queue_rcu_work(m, t, krwp);
      handed = true;
    }
    // never taken back: a batch that takes the rest later in this loop still leaves the monitor armed
    if (hasObjects(m, cpu)) repeat = true;
  }
  if (m.profile.monitorRepeat === "sticky") return repeat;
  // before the fix of 2020 one channel that could be handed over was enough to be content
  return hasObjects(m, cpu) && (m.profile.monitorRepeat === "exact" || !handed);
}

const hasObjects = (m: Rcu, cpu: number) =>
  (m.krc.bkvhead[cpu * 2]! | m.krc.bkvhead[cpu * 2 + 1]! | m.krc.head[cpu]!) !== 0;

const MONITOR = TOUCHES.krc | TOUCHES.lock | TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.timer | TOUCHES.work |
  TOUCHES.task;

/**
 * The monitor work of the CPU in register 0. Where blocks know their grace period, what is ready is freed first and
 * without a further one.
 *
 * @kernel kernel/rcu/tree.c kfree_rcu_monitor 5.9; kvfree_rcu_drain_ready 6.3
 */
export const kfree_rcu_monitor = operation<Rcu, "start" | "drained">(
  "kfree_rcu_monitor",
  { start: MONITOR | TOUCHES.bnode, drained: MONITOR },
  (at) => ({
    start(m, t) {
      const cpu = m.task.reg[frame(m, t)]!;
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      spend(m, t, m.cost.irqSaveRestore + m.cost.kvfreeStore);
      if (m.profile.gpSnapshots === "none") {
        handOver(m, t, cpu);
        return ret(m, t, 0);
      }
      const slab = takeReadyBlocks(m, cpu, CHANNELS.slab);
      const vmalloc = takeReadyBlocks(m, cpu, CHANNELS.vmalloc);
      const head = takeReadyHead(m, cpu);
      if ((slab | vmalloc | head) === 0) {
        handOver(m, t, cpu);
        return ret(m, t, 0);
      }
      startsFreeing(m);
      m.krc.draining[cpu]!++;
      spin_unlock(m, t, m.krcLock + cpu);
      return call(m, t, kfree_rcu_work.at.gathered, at.drained, ofMonitor(cpu), slab, vmalloc, head);
    },
    drained(m, t) {
      const cpu = m.task.reg[frame(m, t)]!;
      if (!spin_lock_irqsave(m, t, m.krcLock + cpu)) return BLOCK;
      m.krc.draining[cpu]!--;
      handOver(m, t, cpu);
      return ret(m, t, 0);
    },
  }),
);

/** Gives what is there to a batch, and has the monitor run again when something stays. Releases krcp->lock. */
function handOver(m: Rcu, t: number, cpu: number): void {
  if (m.profile.kfreeDrainEarly || m.krc.monitor_todo[cpu] !== 0) {
    m.krc.monitor_todo[cpu] = 0;
    if (queue_kfree_rcu_work(m, t, cpu)) schedule_delayed_monitor_work(m, t, cpu);
  }
  spin_unlock(m, t, m.krcLock + cpu);
}
