/**
 * Free-only bursts: each thread allocates a round's objects first and then gives them to kvfree_rcu() in one go, so
 * that nothing is allocated between two of them and nothing refills the per-CPU lists; then it sleeps. And the trickle,
 * the same with allocation and freeing in turn. Both are the loads of the recorded `flood` module, which lets others
 * run every 1024 objects: in the recordings workers get their turn when a multiple of that has been queued.
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { usleep_range } from "../cpu/hrtimer.ts";
import { cond_resched } from "../cpu/sched.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import { finishThread, type Workloads } from "./program.ts";
import { startAfterOthers } from "./start_after_others.ts";

/** What a thread of the flood does. */
export interface FloodSpec {
  /** Objects a round. */
  readonly num: number;
  /** Rounds. */
  readonly loops: number;
  /** Sleep between two rounds, in microseconds. */
  readonly gapUs: number;
  /** All objects of a round are allocated before the first is freed. */
  readonly preallocate: boolean;
}

/** Registers: what the thread does, its number; then objects of this round, rounds done, first and last kept + 1. */
const NUM = 0, LOOPS = 1, GAP_US = 2, PREALLOCATE = 3, THREAD = 4, INDEX = 5, LOOP = 6, HEAD = 7, TAIL = 8;

/** Objects after which the thread lets others run. */
const RESCHED_EVERY = 1024;

/** Gives a thread that starts what it is to do. */
export function floodRegisters(m: Workloads, t: number, spec: FloodSpec, thread = 0): void {
  const { reg } = m.task;
  const r = frame(m, t);
  reg[r + NUM] = spec.num;
  reg[r + LOOPS] = spec.loops;
  reg[r + GAP_US] = spec.gapUs;
  reg[r + PREALLOCATE] = spec.preallocate ? 1 : 0;
  reg[r + THREAD] = thread;
}

/** A thread of the flood. Kept objects are chained through their own memory, first allocated first freed. */
export const kfreeFlood = operation<
  Workloads,
  "create" | "alloc" | "keep" | "free" | "freed" | "round" | "wake"
>(
  "gtflood",
  {
    create: TOUCHES.timer,
    alloc: TOUCHES.program,
    keep: TOUCHES.program | TOUCHES.object,
    free: TOUCHES.object,
    freed: TOUCHES.program,
    round: TOUCHES.program | TOUCHES.timer,
    wake: TOUCHES.own,
  },
  (at) => ({
    create(m, t) {
      startAfterOthers(m, t, m.task.reg[frame(m, t) + THREAD]!);
      return at.alloc;
    },
    alloc(m, t) {
      spend(m, t, m.cost.program);
      return call(m, t, kmalloc.start, at.keep, 0, GFP_KERNEL);
    },
    keep(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = m.task.ret[t]!;
      if (object < 0) {
        m.workload.failed[0]!++;
        return finishThread(m, t);
      }
      m.object.next[object] = 0;
      if (reg[r + PREALLOCATE] === 0) {
        reg[r + HEAD] = object + 1;
        return at.free;
      }
      if (reg[r + HEAD] === 0) reg[r + HEAD] = object + 1;
      else m.object.next[reg[r + TAIL]! - 1] = object + 1;
      reg[r + TAIL] = object + 1;
      const kept = ++reg[r + INDEX]!;
      if (kept % RESCHED_EVERY === 0) cond_resched(m, t);
      if (kept < reg[r + NUM]!) return at.alloc;
      reg[r + INDEX] = 0;
      return at.free;
    },
    free(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const object = reg[r + HEAD]! - 1;
      reg[r + HEAD] = m.object.next[object]!;
      return call(m, t, kvfree_call_rcu.start, at.freed, object, 0);
    },
    freed(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      m.workload.calls[0]!++;
      const freed = ++reg[r + INDEX]!;
      if (freed % RESCHED_EVERY === 0) cond_resched(m, t);
      if (freed === reg[r + NUM]!) return at.round;
      spend(m, t, m.cost.program);
      return reg[r + PREALLOCATE] === 0 ? at.alloc : at.free;
    },
    round(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      reg[r + INDEX] = 0;
      reg[r + TAIL] = 0;
      if (++reg[r + LOOP]! >= reg[r + LOOPS]!) return finishThread(m, t);
      usleep_range(m, t, reg[r + GAP_US]! * 1000);
      return at.wake;
    },
    wake: () => at.alloc,
  }),
);
