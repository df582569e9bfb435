/**
 * The load of rcuscale's kfree_rcu test: each thread allocates an object and gives it to kvfree_rcu, kfree_alloc_num
 * times in each of kfree_loops loops. Allocation and freeing share the per-CPU page lists, which is the point.
 *
 * @kernel kernel/rcu/rcuscale.c kfree_scale_thread 5.10
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { call, frame } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { set_user_nice } from "../cpu/fair.ts";
import { cond_resched } from "../cpu/sched.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import { finishThread, type Workloads } from "./program.ts";
import { startAfterOthers } from "./start_after_others.ts";

/** Registers: arguments kfree_alloc_num, kfree_loops, number of the thread; then objects of this loop, loops done. */
const ALLOC_NUM = 0, LOOPS = 1, THREAD = 2, INDEX = 3, LOOP = 4;

/** A thread that ends flushes its CPU's sheaves. */
const SHEAVES = TOUCHES.program | TOUCHES.work | TOUCHES.task;

/** A thread of the storm. */
export const kfreeStorm = operation<Workloads, "create" | "alloc" | "free" | "next">(
  "kfree_scale_thread",
  { create: TOUCHES.timer, alloc: TOUCHES.program, free: SHEAVES, next: SHEAVES },
  (at) => ({
    create(m, t) {
      set_user_nice(m, t);
      startAfterOthers(m, t, m.task.reg[frame(m, t) + THREAD]!);
      return at.alloc;
    },
    alloc(m, t) {
      spend(m, t, m.cost.program);
      return call(m, t, kmalloc.start, at.free, 0, GFP_KERNEL);
    },
    free(m, t) {
      const object = m.task.ret[t]!;
      if (object < 0) {
        m.workload.failed[0]!++; // the kernel's thread gives up with -ENOMEM
        return finishThread(m, t);
      }
      spend(m, t, m.cost.program);
      return call(m, t, kvfree_call_rcu.start, at.next, object, 0);
    },
    next(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      m.workload.calls[0]!++;
      if (++reg[r + INDEX]! < reg[r + ALLOC_NUM]!) return at.alloc;
      reg[r + INDEX] = 0;
      cond_resched(m, t);
      return ++reg[r + LOOP]! < reg[r + LOOPS]! ? at.alloc : finishThread(m, t);
    },
  }),
);
