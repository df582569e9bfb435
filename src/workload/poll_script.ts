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

/** Order-0 pages that are taken and then given back together: those of an address space; page tables and the like. */
interface Pages {
  readonly movable: number;
  readonly unmovable: number;
}

/** Pages of the programs, counted in 71 rounds of recordings. exec() gives back what fork() took, and takes anew. */
const FORKED: Pages = { movable: 10, unmovable: 10 };
const DMESG: Pages = { movable: 18, unmovable: 11 };
const GREP: Pages = { movable: 27, unmovable: 9 };
const SUBSHELL: Pages = { movable: 12, unmovable: 9 };
const USLEEP: Pages = { movable: 11, unmovable: 9 };
const NOTHING: Pages = { movable: 0, unmovable: 0 };

/** What the two ends of the pipe take in turn, each on a CPU of its own; the last is kept over the pause. */
const ENDS: readonly (readonly Pages[])[] = [
  [FORKED, DMESG, SUBSHELL, NOTHING],
  [FORKED, GREP, USLEEP],
];
/** Processes that an end runs in a round. */
const PROCESSES = 2;
/** Pages of each end in a round. */
const ROUND_PAGES = ENDS.map((end) => end.reduce((sum, p) => sum + p.movable + p.unmovable, 0));

/** Registers: pause in us, which end runs next, pages to take (at first us to wait), newest page held + 1, which. */
const PAUSE_US = 0, END = 1, LEFT = 2, HELD = 3, AT = 4;

/** What the end takes in this round. */
function endOf(m: Workloads, t: number): number {
  return m.task.reg[frame(m, t) + END]! % ENDS.length;
}

/** Goes on to what is taken at place `i` of the round. */
function enter(m: Workloads, t: number, i: number): void {
  const { movable, unmovable } = ENDS[endOf(m, t)]![i]!;
  const r = frame(m, t);
  m.task.reg[r + AT] = i;
  m.task.reg[r + LEFT] = movable + unmovable;
}

/**
 * One end of the pipe, round after round until the load is over (registers 0 and 1), from a while on (register 2).
 * Holds pages by their links.
 */
export const pollScript = operation<Workloads, "wait" | "fork" | "take" | "taken" | "give" | "pause">(
  "pollScript",
  {
    wait: TOUCHES.timer,
    fork: TOUCHES.program,
    take: TOUCHES.program,
    taken: TOUCHES.page,
    give: TOUCHES.page,
    pause: TOUCHES.timer,
  },
  (at) => ({
    wait(m, t) {
      usleep_range(m, t, m.task.reg[frame(m, t) + LEFT]! * 1000);
      return at.fork;
    },
    fork(m, t) {
      if (m.workload.live[0] === 0) {
        m.task.state[t] = TASK.finished;
        return BLOCK;
      }
      enter(m, t, 0);
      return at.take;
    },
    take(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const end = endOf(m, t);
      const left = reg[r + LEFT]--;
      if (left === 0) return reg[r + AT] === ENDS[end]!.length - 1 ? at.pause : at.give;
      spend(m, t, m.cost.processRun * PROCESSES / ROUND_PAGES[end]!);
      cond_resched(m, t);
      const gfp = left > ENDS[end]![reg[r + AT]!]!.unmovable ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL;
      return call(m, t, __alloc_pages_nodemask.start, at.taken, gfp, 0);
    },
    taken(m, t) {
      const r = frame(m, t);
      const pfn = m.task.ret[t]!;
      if (pfn === NO_PAGE) {
        m.task.reg[r + LEFT] = 0; // it is killed
        return at.take;
      }
      m.link.next[pfn] = m.task.reg[r + HELD]!;
      m.task.reg[r + HELD] = pfn + 1;
      return at.take;
    },
    give(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const pfn = reg[r + HELD]! - 1;
      if (pfn >= 0) {
        reg[r + HELD] = m.link.next[pfn]!;
        return call(m, t, __free_pages.start, at.give, pfn, 0);
      }
      if (reg[r + AT]! < ENDS[endOf(m, t)]!.length - 1) {
        enter(m, t, reg[r + AT]! + 1);
        return at.take;
      }
      reg[r + END] = 1 - reg[r + END]!; // the scheduler places a new process anew: here, on the other CPU
      return at.fork;
    },
    pause(m, t) {
      usleep_range(m, t, m.task.reg[frame(m, t) + PAUSE_US]! * 1000);
      return at.give;
    },
  }),
);
