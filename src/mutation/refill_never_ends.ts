/** M19: the page-cache worker leaves work_in_progress set when it got nothing. */
import { fill_page_cache_func } from "../rcu/page_cache.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Sets it again after a run. */
export const refillNeverEnds: Mutation = {
  id: "M19",
  summary: "fill_page_cache_func does not clear work_in_progress",
  caughtBy: ["refill_on_its_way"],
  conditions: { strategy: "page_cache_work", blockEntries: 4, calls: 600 },
  apply(machine) {
    wrap(machine, fill_page_cache_func.at.end, (original, m, t) => {
      const cpu = m.task.reg[frame(m, t)]!;
      const next = original(m, t);
      m.krc.work_in_progress[cpu] = 1;
      return next;
    });
  },
};
