/**
 * Programs: lists of calls that a thread or a device interrupt makes, fixed before the run. They are data, so that they
 * can be generated from a seed, replayed and shrunk.
 */
import { TOUCHES } from "../sim/footprint.ts";
import { struct, type StructPlan, type Views } from "../sim/layout.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, DONE, operation } from "../sim/operation.ts";
import { call, frame, LEVEL, TASK } from "../sim/task.ts";
import { cpuOf, local_irq_restore, local_irq_save, nowNs, spend } from "../cpu/cpu.ts";
import { CHANNEL, sleepJiffies } from "../cpu/sched.ts";
import { GFP_ATOMIC, GFP_KERNEL } from "../mm/gfp.ts";
import { GFPS } from "./gfps.ts";
import { __free_pages } from "../mm/free.ts";
import { LRU } from "../mm/lru.ts";
import { NO_PAGE, page_zone } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { cma_alloc } from "../mm/cma.ts";
import { cpu_down, cpu_up } from "../rcu/hotplug.ts";
import { queueSheafFlush } from "../rcu/kfree_sheaf.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import { rcu_read_lock, rcu_read_unlock } from "../rcu/reader.ts";
import type { Rcu } from "../rcu/rcu.ts";
import { dropAnon, fillLru } from "./fill.ts";
import { sleepUntil } from "./sleep_until.ts";
import { waitForReaders } from "./wait_for_readers.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import { vmalloc } from "../slab/vmalloc.ts";

/** Calls of a program; each is followed by its two arguments. */
export const CODE = {
  /** The program is over. */
  end: 0,
  /** kmalloc from a cache, then kvfree_rcu: cache, 1 for the one-argument form. */
  kvfree: 1,
  /** vmalloc, then kvfree_rcu: pages, 1 for the one-argument form. */
  kvfreeVmalloc: 2,
  /** Allocates pages into a slot: order + 16 * index into GFPS, slot. */
  alloc: 3,
  /** Frees a slot, if it holds pages: slot. */
  free: 4,
  /** rcu_read_lock. */
  readLock: 5,
  /** rcu_read_unlock. */
  readUnlock: 6,
  /** Sleeps: jiffies. */
  sleep: 7,
  /** Computes: ns. For a device, the time until its next interrupt. */
  work: 8,
  /** Fills memory with reclaimable pages: how many. */
  fill: 9,
  /** Touches new anonymous memory: how many pages. */
  fillAnon: 17,
  /** Gives anonymous memory up, as a process that ends does: how many pages. */
  dropAnon: 18,
  /** Turns interrupts off. */
  irqOff: 10,
  /** Turns them on again. */
  irqOn: 11,
  /** Takes a CPU down that has no load: CPU, or -1 for the second one, if there is one. */
  cpuDown: 12,
  /** Brings it up again: CPU, or -1. */
  cpuUp: 16,
  /** Waits for readers: one of WAIT. */
  wait: 14,
  /** Sleeps until a time of the schedule, if it is not past: microseconds since the load began. */
  until: 15,
  /** Tries to have a whole CMA range of MAX_ORDER: its first page. */
  cmaAlloc: 13,
} as const;

/** Words of a program's call. */
export const CALL_WORDS = 3;
/** Slots of a program for pages that it holds. */
export const SLOTS = 16;

/** Fields of a running program. */
const programFields = {
  /** Index of the next call. */
  at: "i32",
  /** Page frame + 1 by slot, 0 for empty. */
  slot: ["i32", SLOTS],
  /** Order by slot. */
  slotOrder: ["u8", SLOTS],
} as const;

/** Fields of the load as a whole. */
const workloadFields = {
  /** Calls of kvfree_rcu that have returned. */
  calls: "f64",
  /** When the last program of a thread or a device ended, in ns. */
  endNs: "f64",
  /** Threads whose program is not over. */
  live: "i32",
  /** Allocations that found no memory. */
  failed: "i32",
} as const;

/** Structs of the programs. */
export type ProgramPlan = {
  readonly program: StructPlan<typeof programFields>;
  readonly workload: StructPlan<typeof workloadFields>;
};

/** Plan of the programs' structs. */
export const programStructs = (programs: number): ProgramPlan => ({
  program: struct(programs, programFields),
  workload: struct(1, workloadFields),
});

/**
 * A machine as workloads see it.
 *
 * @internal
 */
export interface Workloads extends Rcu, Views<ProgramPlan> {
  /** The programs, CALL_WORDS words a call. */
  readonly programs: readonly Int32Array[];
  /** Program of each task, -1 for none. */
  readonly programOf: Int32Array;
}

/** Registers: program, the arguments of the current call. */
const PROGRAM = 0, ARG_A = 1, ARG_B = 2;

/** GFP mask of a kmalloc by the context it is made in. */
function kmallocGfp(m: Workloads, t: number): number {
  const c = cpuOf(m, t);
  const atomic = m.cpu.irqOff[c] !== 0 || m.cpu.preemptOff[c] !== 0 || m.rcuTask.nesting[t] !== 0;
  const sleeps = m.task.level[t] === LEVEL.task && !atomic;
  return sleeps ? GFP_KERNEL : GFP_ATOMIC;
}

/** The load lasts as long as the last of its threads and devices. */
function noteEnd(m: Workloads, t: number): void {
  m.workload.endNs[0] = Math.max(m.workload.endNs[0]!, nowNs(m, t));
}

/** Ends a thread of the load. */
export function finishThread(m: Workloads, t: number): number {
  const c = cpuOf(m, t);
  if (m.cpu.irqOff[c] !== 0) bugOn(true, `task ${t} ended with interrupts off`);
  queueSheafFlush(m, t);
  m.workload.live[0]!--;
  noteEnd(m, t);
  m.task.state[t] = TASK.finished;
  return BLOCK;
}

/** Ends a program: a thread is finished, a device interrupts no more. */
function endProgram(m: Workloads, t: number): number {
  if (m.task.level[t] === LEVEL.task) return finishThread(m, t);
  queueSheafFlush(m, t);
  noteEnd(m, t);
  m.cpu.irqDueNs[cpuOf(m, t)] = Infinity;
  return DONE;
}

/** Runs the task's program; a device runs one call an interrupt. */
export const program = operation<
  Workloads,
  "next" | "object" | "queued" | "page"
>(
  "program",
  {
    next: TOUCHES.work | TOUCHES.program | TOUCHES.timer | TOUCHES.page | TOUCHES.rcu | TOUCHES.task,
    object: TOUCHES.program,
    queued: TOUCHES.program,
    page: TOUCHES.program,
  },
  (at) => {
    const after = (m: Workloads, t: number) => m.task.level[t] === LEVEL.task ? at.next : DONE;
    return {
      next(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const p = reg[r + PROGRAM] = m.programOf[t]!;
        const code = m.programs[p]!;
        const i = m.program.at[p]!;
        m.program.at[p] = i + 1;
        const a = reg[r + ARG_A] = code[i * CALL_WORDS + 1] ?? 0;
        reg[r + ARG_B] = code[i * CALL_WORDS + 2] ?? 0;
        spend(m, t, m.cost.program);
        switch (code[i * CALL_WORDS]) {
          case CODE.kvfree:
            return call(m, t, kmalloc.start, at.object, a, kmallocGfp(m, t));
          case CODE.kvfreeVmalloc:
            return call(m, t, vmalloc.start, at.object, a);
          case CODE.alloc:
            return call(m, t, __alloc_pages_nodemask.start, at.page, GFPS[a >> 4]!, a & 15);
          case CODE.free:
            return freeSlot(m, t, p, a, at.next);
          case CODE.fill:
            return call(m, t, fillLru.start, at.next, a, LRU.file);
          case CODE.fillAnon:
            return call(m, t, fillLru.start, at.next, a, LRU.anon);
          case CODE.dropAnon:
            return call(m, t, dropAnon.start, at.next, a);
          case CODE.cpuDown:
            return plug(m, t, cpu_down.start, a, at.next);
          case CODE.cpuUp:
            return plug(m, t, cpu_up.start, a, at.next);
          case CODE.wait:
            return call(m, t, waitForReaders.start, at.next, a);
          case CODE.cmaAlloc:
            return call(m, t, cma_alloc.start, at.next, a);
          default:
            return simpleCall(m, t, code[i * CALL_WORDS] ?? CODE.end, a, after(m, t));
        }
      },
      object(m, t) {
        const object = m.task.ret[t]!;
        if (object < 0) {
          m.workload.failed[0]!++;
          return after(m, t);
        }
        return call(m, t, kvfree_call_rcu.start, at.queued, object, m.task.reg[frame(m, t) + ARG_B]!);
      },
      queued(m, t) {
        m.workload.calls[0]!++;
        return after(m, t);
      },
      page(m, t) {
        const { reg } = m.task;
        const r = frame(m, t);
        const pfn = m.task.ret[t]!;
        const s = reg[r + PROGRAM]! * SLOTS + reg[r + ARG_B]!;
        if (pfn === NO_PAGE) m.workload.failed[0]!++;
        m.program.slot[s] = pfn + 1;
        m.program.slotOrder[s] = reg[r + ARG_A]! & 15;
        return after(m, t);
      },
    };
  },
);

/** A call that needs no other operation. */
function simpleCall(m: Workloads, t: number, code: number, a: number, next: number): number {
  switch (code) {
    case CODE.readLock:
      rcu_read_lock(m, t);
      return next;
    case CODE.readUnlock:
      rcu_read_unlock(m, t);
      return next;
    case CODE.sleep:
      sleepJiffies(m, t, CHANNEL.timer, a);
      return next;
    case CODE.work:
      if (m.task.level[t] === LEVEL.hardirq) m.cpu.irqDueNs[cpuOf(m, t)] = nowNs(m, t) + a;
      else spend(m, t, a);
      return next;
    case CODE.until:
      sleepUntil(m, t, a * 1000);
      return next;
    case CODE.irqOff:
      local_irq_save(m, t);
      return next;
    case CODE.irqOn:
      local_irq_restore(m, t);
      return next;
    default:
      return endProgram(m, t);
  }
}

/** Takes a CPU down or brings it up; -1 stands for the second one, if there is one. */
function plug(m: Workloads, t: number, start: number, cpu: number, next: number): number {
  const c = cpu < 0 ? 1 : cpu;
  return c < m.nrCpus ? call(m, t, start, next, c) : next;
}

/** Frees the pages of a slot; an empty slot is skipped. */
function freeSlot(m: Workloads, t: number, p: number, slot: number, next: number): number {
  const s = p * SLOTS + slot;
  const pfn = m.program.slot[s]! - 1;
  const task = m.task.level[t] === LEVEL.task;
  if (pfn < 0) return task ? next : DONE;
  m.program.slot[s] = 0;
  if (page_zone(m, pfn) >= m.nrZones) bugOn(true, `page ${pfn} is in no zone`);
  return call(m, t, __free_pages.start, task ? next : idleAgain.start, pfn, m.program.slotOrder[s]!);
}

/** Where a device's interrupt returns to after freeing: it is over. */
const idleAgain = operation<Workloads, "end">("deviceEnd", { end: TOUCHES.own }, () => ({
  end: () => DONE,
}));
