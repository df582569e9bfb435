/**
 * A shell script that polls the kernel's log while the load runs, `dmesg | grep ...; usleep ...`, as the one did that
 * made the recordings. Its processes take pages from the same per-CPU lists, give them back when they end, and take
 * CPU time, so that the CPUs' monitors and workers do not stay in step with one another.
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, TASK } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { usleep_range } from "../cpu/hrtimer.ts";
import { cond_resched } from "../cpu/sched.ts";
import { __free_pages } from "../mm/free.ts";
import { GFP_HIGHUSER_MOVABLE, GFP_KERNEL } from "../mm/gfp.ts";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import type { Workloads } from "./program.ts";

/** Order-0 pages of a process, counted in the recordings: those of its address space; page tables and the like. */
interface ProcessPages {
  readonly movable: number;
  readonly unmovable: number;
}

/** What the two ends of the pipe take, each on a CPU of its own. */
const PROCESSES: readonly ProcessPages[] = [
  { movable: 25, unmovable: 17 }, // dmesg
  { movable: 32, unmovable: 14 }, // grep
];

/** Registers: pause in us, which end of the pipe the next process is; pages yet to take, newest page held + 1. */
const PAUSE_US = 0, END = 1, LEFT = 2, HELD = 3;

/** Pages of the process that runs next. */
function processOf(m: Workloads, t: number): ProcessPages {
  return PROCESSES[m.task.reg[frame(m, t) + END]! % PROCESSES.length]!;
}

/** One end of the pipe, round after round until the load is over (registers 0 and 1). Holds pages by their links. */
export const pollScript = operation<Workloads, "fork" | "take" | "taken" | "give" | "pause">(
  "pollScript",
  {
    fork: TOUCHES.program,
    take: TOUCHES.program,
    taken: TOUCHES.page,
    give: TOUCHES.page,
    pause: TOUCHES.timer,
  },
  (at) => ({
    fork(m, t) {
      if (m.workload.live[0] === 0) {
        m.task.state[t] = TASK.finished;
        return BLOCK;
      }
      const { movable, unmovable } = processOf(m, t);
      m.task.reg[frame(m, t) + LEFT] = movable + unmovable;
      return at.take;
    },
    take(m, t) {
      const r = frame(m, t);
      const { movable, unmovable } = processOf(m, t);
      const left = m.task.reg[r + LEFT]--;
      if (left === 0) return at.give;
      spend(m, t, m.cost.processRun / (movable + unmovable));
      cond_resched(m, t);
      const gfp = left > unmovable ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL;
      return call(m, t, __alloc_pages_nodemask.start, at.taken, gfp, 0);
    },
    taken(m, t) {
      const r = frame(m, t);
      const pfn = m.task.ret[t]!;
      if (pfn === NO_PAGE) return at.give; // it is killed
      m.link.next[pfn] = m.task.reg[r + HELD]!;
      m.task.reg[r + HELD] = pfn + 1;
      return at.take;
    },
    give(m, t) {
      const r = frame(m, t);
      const pfn = m.task.reg[r + HELD]! - 1;
      if (pfn < 0) return at.pause;
      m.task.reg[r + HELD] = m.link.next[pfn]!;
      return call(m, t, __free_pages.start, at.give, pfn, 0);
    },
    pause(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      reg[r + END] = 1 - reg[r + END]!; // the scheduler places a new process anew: here, on the other CPU
      usleep_range(m, t, reg[r + PAUSE_US]! * 1000);
      return at.fork;
    },
  }),
);
