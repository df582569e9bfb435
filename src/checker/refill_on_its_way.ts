/** A cache whose worker is said to be on its way will be filled again: somebody is going to run it (I11). */
import { EVENT } from "../sim/events.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Holds work_in_progress against timers, queues and workers. */
export const refillOnItsWay: Checker = {
  name: "refill_on_its_way",
  claim: "while work_in_progress is set, the page-cache worker is in a timer, queued, or running",
  attach(m: Rcu) {
    const running = new Uint8Array(m.nrCpus);
    return {
      listener: {
        kinds: [EVENT.work, EVENT.pageCacheFilled],
        onEvent(kind, _t, a, b) {
          if (kind === EVENT.pageCacheFilled) running[a] = 0;
          else if (b === 0 && a >= m.pageCacheWork && a < m.pageCacheWork + m.nrCpus) {
            running[a - m.pageCacheWork] = 1;
          }
        },
      },
      examine() {
        for (let cpu = 0; cpu < m.nrCpus; cpu++) {
          if (m.krc.work_in_progress[cpu] === 0 || running[cpu] !== 0) continue;
          const waits = m.hrtimer.armed[cpu]! | m.timer.armed[m.pageCacheTimer + cpu]! |
            m.work.pending[m.pageCacheWork + cpu]!;
          if (waits === 0) return `CPU ${cpu}: work_in_progress is set and nobody will fill the cache`;
        }
        return null;
      },
    };
  },
};
