/**
 * synchronize_rcu: a callback that wakes the caller, or a place in the list of those whom the grace-period kthread
 * wakes.
 *
 * @kernel kernel/rcu/tree.c synchronize_rcu 5.9, synchronize_rcu_normal 6.10
 */
import { TOUCHES } from "../sim/footprint.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, ret, sleepOn } from "../sim/task.ts";
import { CHANNEL } from "../cpu/sched.ts";
import { rcu_blocking_is_gp } from "./blocking.ts";
import { CALLBACK, type Rcu } from "./rcu.ts";
import { call_rcu } from "./call_rcu.ts";
import { synchronize_rcu_expedited } from "./exp.ts";
import { rcu_sr_normal_add_req, wakesFromGp } from "./sr_normal.ts";
import { start_poll_synchronize_rcu_common } from "./tree.ts";

/** Sleeps until every reader that runs now has ended. */
export const synchronize_rcu = operation<Rcu, "start" | "add" | "ask" | "wait" | "expedited">(
  "synchronize_rcu",
  {
    start: TOUCHES.rcuCpu,
    add: TOUCHES.rcu,
    ask: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    wait: TOUCHES.own,
    expedited: TOUCHES.own,
  },
  (at) => ({
    start(m, t) {
      if (m.rcuTask.nesting[t] !== 0) {
        bugOn(true, `task ${t} calls synchronize_rcu inside a read-side section`);
      }
      if (rcu_blocking_is_gp(m)) return ret(m, t, 0);
      if (m.profile.rcu_expedited) return call(m, t, synchronize_rcu_expedited.start, at.expedited);
      if (wakesFromGp(m)) return at.add;
      m.rcuTask.done[t] = 0;
      m.callback.func[t] = CALLBACK.wake; // callback number t is the task's own
      m.callback.arg[t] = t;
      call_rcu(m, t, t);
      return at.wait;
    },
    add(m, t) {
      rcu_sr_normal_add_req(m, t);
      return at.ask;
    },
    // a grace period that has started since is for this waiter already: then one comes that nobody needs
    ask(m, t) {
      start_poll_synchronize_rcu_common(m, t);
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
