/**
 * synchronize_rcu: a callback that wakes the caller.
 *
 * @kernel kernel/rcu/tree.c synchronize_rcu 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, ret, sleepOn } from "../sim/task.ts";
import { CHANNEL } from "../cpu/sched.ts";
import { CALLBACK, type Rcu } from "./rcu.ts";
import { call_rcu } from "./call_rcu.ts";
import { synchronize_rcu_expedited } from "./exp.ts";

/**
 * Whether blocking is a grace period by itself: on the only CPU of a kernel whose readers cannot be preempted.
 *
 * @kernel kernel/rcu/tree.c rcu_blocking_is_gp 5.9
 */
function rcu_blocking_is_gp(m: Rcu): boolean {
  return m.profile.preemption === "voluntary" && m.nrCpus === 1;
}

/** Sleeps until every reader that runs now has ended. */
export const synchronize_rcu = operation<Rcu, "start" | "wait" | "expedited">(
  "synchronize_rcu",
  { start: TOUCHES.rcuCpu, wait: TOUCHES.own, expedited: TOUCHES.own },
  (at) => ({
    start(m, t) {
      if (m.rcuTask.nesting[t] !== 0) {
        bugOn(true, `task ${t} calls synchronize_rcu inside a read-side section`);
      }
      if (rcu_blocking_is_gp(m)) return ret(m, t, 0);
      if (m.profile.rcu_expedited) return call(m, t, synchronize_rcu_expedited.start, at.expedited);
      m.rcuTask.done[t] = 0;
      m.callback.func[t] = CALLBACK.wake; // callback number t is the task's own
      m.callback.arg[t] = t;
      call_rcu(m, t, t);
      return at.wait;
    },
    wait(m, t) {
      if (m.rcuTask.done[t] !== 0) return ret(m, t, 0);
      sleepOn(m, t, CHANNEL.completion + t);
      return BLOCK;
    },
    expedited: (m, t) => ret(m, t, 0),
  }),
);
