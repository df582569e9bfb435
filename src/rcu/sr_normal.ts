/**
 * Waiters of synchronize_rcu on a list of their own: the grace-period kthread wakes them, however many callbacks wait
 * on their CPU. Whoever waits adds itself to one list without a lock. The start of a grace period puts a wait head on
 * it, which parts those behind it, whom this grace period is for, from those who come later and need the next one. The
 * end wakes a few of them and leaves the others to a work item. A wait head stays in the list while somebody may still
 * add in front of it, so the last one of a grace period is given back by a later one. It must never wake who stands in
 * front of the wait head.
 *
 * @kernel kernel/rcu/tree.c synchronize_rcu_normal 6.10
 */
import { TOUCHES } from "../sim/footprint.ts";
import { invariant } from "../sim/model_bug.ts";
import { operation } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import type { Rcu } from "./rcu.ts";

/**
 * Waiters that the end of a grace period wakes by itself.
 *
 * @kernel kernel/rcu/tree.h SR_MAX_USERS_WAKE_FROM_GP 6.10
 */
export const SR_MAX_USERS_WAKE_FROM_GP = 5;

/**
 * Most possible CPUs of a machine that has the list without being asked for it.
 *
 * @kernel kernel/rcu/tree.c WAKE_FROM_GP_CPU_THRESHOLD 6.17
 */
export const WAKE_FROM_GP_CPU_THRESHOLD = 16;

/** Register of the work item: node + 1 that it is at. */
const AT = 0;
/** Registers of the end of a grace period: its wait head + 1, waiters woken so far. */
const TAIL = 0, WOKEN = 1;

/** Whether the grace-period kthread wakes who waits in synchronize_rcu: else callbacks do. */
export function wakesFromGp(m: Rcu): boolean {
  const set = m.profile.rcu_normal_wake_from_gp;
  return set === "on" || (set === "smallMachines" && m.nrCpus <= WAKE_FROM_GP_CPU_THRESHOLD);
}

/** Node of the list of a wait head. Nodes before the first one are waiting tasks. */
const waitHead = (m: Rcu, i: number) => m.nrTasks + i;

/**
 * Whether a node of the list is a wait head.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_is_wait_head 6.10
 */
function rcu_sr_is_wait_head(m: Rcu, node: number): boolean {
  return node >= m.nrTasks;
}

/**
 * Takes a wait head; its node + 1, 0 when all are in use.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_get_wait_head 6.10
 */
function rcu_sr_get_wait_head(m: Rcu): number {
  const free = m.rcu.srs_inuse.indexOf(0);
  if (free < 0) return 0;
  m.rcu.srs_inuse[free] = 1;
  return waitHead(m, free) + 1;
}

/**
 * Gives a wait head back.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_put_wait_head 6.10
 */
function rcu_sr_put_wait_head(m: Rcu, node: number): void {
  m.rcu.srs_inuse[node - m.nrTasks] = 0;
}

/**
 * Puts a node in front of the list.
 *
 * @kernel include/linux/llist.h llist_add 6.10
 */
function llist_add(m: Rcu, node: number): void {
  m.srs.next[node] = m.rcu.srs_next[0]!;
  m.rcu.srs_next[0] = node + 1;
}

/**
 * Puts the calling task on the list; which grace period it waits for is settled when one starts.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_normal_add_req 6.10
 */
export function rcu_sr_normal_add_req(m: Rcu, t: number): void {
  m.rcuTask.done[t] = 0;
  llist_add(m, t);
  spend(m, t, m.cost.lock);
}

/**
 * Settles whom the grace period that starts now is for. Nothing to do when nobody has come since the last one. With
 * all wait heads in use this grace period is for nobody, and another one is asked for to try again. The lock of the
 * root is held from here until the grace period has its number.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_normal_gp_init 6.10
 * @returns Whether another grace period has to be asked for.
 */
export function rcu_sr_normal_gp_init(m: Rcu): boolean {
  const first = m.rcu.srs_next[0]!;
  if (first === 0 || rcu_sr_is_wait_head(m, first - 1)) return false;
  const head = rcu_sr_get_wait_head(m);
  if (head === 0) return true;
  llist_add(m, head - 1);
  if (m.rcu.srs_wait_tail[0] !== 0) {
    invariant(false, "a grace period starts while the waiters of the last one are not taken over");
  }
  m.rcu.srs_wait_tail[0] = head;
  return false;
}

/**
 * Wakes a waiter.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_normal_complete 6.10
 */
function rcu_sr_normal_complete(m: Rcu, t: number, waiter: number): void {
  spend(m, t, m.cost.callback);
  m.rcuTask.done[waiter] = 1;
  wakeAll(m, CHANNEL.completion + waiter, t);
}

/**
 * The end of a grace period that had a wait head: wakes the first waiters behind it, one a step, and leaves what is
 * left to the work item.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_normal_gp_cleanup 6.12
 */
export const rcu_sr_normal_gp_cleanup = operation<Rcu, "take" | "wake" | "publish">(
  "rcu_sr_normal_gp_cleanup",
  {
    take: TOUCHES.rcu,
    wake: TOUCHES.rcu | TOUCHES.task,
    publish: TOUCHES.rcu | TOUCHES.work | TOUCHES.task,
  },
  (at) => ({
    take(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      reg[r + TAIL] = m.rcu.srs_wait_tail[0]!;
      reg[r + WOKEN] = 0;
      m.rcu.srs_wait_tail[0] = 0;
      return at.wake;
    },
    wake(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const tail = reg[r + TAIL]! - 1;
      const first = m.srs.next[tail]!;
      if (first === 0 || rcu_sr_is_wait_head(m, first - 1)) return at.publish;
      m.srs.next[tail] = m.srs.next[first - 1]!; // who is awake may use its node again
      rcu_sr_normal_complete(m, t, first - 1);
      reg[r + WOKEN]!++;
      return reg[r + WOKEN] === SR_MAX_USERS_WAKE_FROM_GP ? at.publish : at.wake;
    },
    publish(m, t) {
      const { next } = m.srs;
      const tail = m.task.reg[frame(m, t) + TAIL]! - 1;
      const last = next[tail]! - 1;
      // only the wait head of an earlier grace period is left, and no work item looks at it
      const spent = last >= 0 && rcu_sr_is_wait_head(m, last) && next[last] === 0;
      if (spent && m.rcu.srs_cleanups_pending[0] === 0) {
        rcu_sr_put_wait_head(m, last);
        next[tail] = 0;
      }
      m.rcu.srs_done_tail[0] = tail + 1;
      if (next[tail] === 0) return ret(m, t, 0);
      const queued = queue_work_on(m, t, m.srsCleanupWork, poolOf(cpuOf(m, t), false));
      if (queued) m.rcu.srs_cleanups_pending[0]!++;
      return ret(m, t, 0);
    },
  }),
);

/**
 * The work item: wakes who is behind the wait head of the last grace period that ended, and gives back the wait heads
 * of earlier ones, one node a step.
 *
 * @kernel kernel/rcu/tree.c rcu_sr_normal_gp_cleanup_work 6.10
 */
export const rcu_sr_normal_gp_cleanup_work = operation<Rcu, "take" | "each">(
  "rcu_sr_normal_gp_cleanup_work",
  { take: TOUCHES.rcu, each: TOUCHES.rcu | TOUCHES.task },
  (at) => ({
    take(m, t) {
      const done = m.rcu.srs_done_tail[0]! - 1;
      m.task.reg[frame(m, t) + AT] = m.srs.next[done]!;
      m.srs.next[done] = 0;
      return at.each;
    },
    each(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const node = reg[r + AT]! - 1;
      if (node < 0) {
        m.rcu.srs_cleanups_pending[0]!--;
        return ret(m, t, 0);
      }
      reg[r + AT] = m.srs.next[node]!;
      if (rcu_sr_is_wait_head(m, node)) rcu_sr_put_wait_head(m, node);
      else rcu_sr_normal_complete(m, t, node);
      return at.each;
    },
  }),
);
