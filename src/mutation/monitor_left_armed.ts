/** M18: monitor_todo stays set after everything was drained, so nobody arms the monitor again. */
import { kfree_rcu_monitor } from "../rcu/monitor.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Sets monitor_todo again without a timer. */
export const monitorLeftArmed: Mutation = {
  id: "M18",
  summary: "monitor_todo stays set after a drain",
  caughtBy: ["progress"],
  apply(machine) {
    wrap(machine, kfree_rcu_monitor.at.start, (original, m, t) => {
      const cpu = m.task.reg[frame(m, t)]!;
      const next = original(m, t);
      m.krc.monitor_todo[cpu] = 1;
      return next;
    });
  },
};
