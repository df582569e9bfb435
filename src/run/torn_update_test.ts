/**
 * Hazards that hit inside an update of a list, which a section otherwise runs to its end: H17, PREEMPT_RT, where a
 * sleeping lock protects the lists instead of interrupts being off, and H19, an NMI, which nothing turns off. Here the
 * allocator's update has the seam of mutation M2: the page is chosen first and taken off its list a section later.
 */
import { assert, assertEquals } from "@std/assert";
import { runTask, settle, smallMachine, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import { CHECKERS } from "../checker/registry.ts";
import { local_irq_restore, local_irq_save } from "../cpu/cpu.ts";
import { get_page_from_freelist } from "../mm/freelist.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { pcpOf } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { pcpUnprotected } from "../mutation/pcp_unprotected.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { begin, LEVEL, TASK } from "../sim/task.ts";
import { fillLists } from "./start_state.ts";
import type { Machine } from "./machine.ts";

/** A machine whose first CPU has unmovable pages on its list, and one thread in the seam of an allocation. */
function inSeam(irqsOff: boolean): { machine: Machine; owner: number; zone: number; finish: () => number } {
  const machine = smallMachine({ cpus: 1, threadsPerCpu: 2 });
  const { m } = machine;
  settle(machine);
  const zone = m.nrZones - 1;
  fillLists(m, [{ zone, cpu: 0, pages: [8, 0, 0] }], m.geometry.zones);
  pcpUnprotected.apply(machine);
  const owner = threadOf(machine, 0);
  start(machine, owner, __alloc_pages_nodemask.start, GFP_KERNEL, 0);
  runTask(machine, owner, get_page_from_freelist.at.pcp);
  stepTask(machine, owner);
  assertEquals(m.task.pc[owner], get_page_from_freelist.at.pcp, "the page is chosen and still listed");
  if (irqsOff) local_irq_save(m, owner);
  return {
    machine,
    owner,
    zone,
    finish() {
      if (irqsOff) local_irq_restore(m, owner);
      runTask(machine, owner);
      return m.task.ret[owner]!;
    },
  };
}

/** What the checkers say of the machine as it is. */
function complaints({ m }: Machine): string[] {
  return CHECKERS.flatMap((checker) => {
    const message = checker.attach(m, () => {}).examine?.() ?? null;
    return message === null ? [] : [checker.name];
  });
}

/** A handler of the CPU at a level, about to call the lockless function. */
function handler({ m }: Machine, level: number): number {
  const t = m.roles.device[0]!;
  m.task.level[t] = level;
  begin(m, t, __rcu_alloc_page_lockless.start);
  return t;
}

Deno.test("H19: an NMI that calls the lockless function inside a list update gets the page that is being taken", () => {
  const { machine, zone, finish } = inSeam(true);
  const { m } = machine;
  const before = m.pcp.count[pcpOf(m, zone, 0)]!;
  const nmi = handler(machine, LEVEL.nmi);
  assert(isCandidate(m, nmi), "interrupts being off do not keep it out");
  runTask(machine, nmi);
  const pfn = m.task.ret[nmi]!;
  assertEquals(finish(), pfn, "both have the page");
  assertEquals(m.pcp.count[pcpOf(m, zone, 0)], before - 2);
  assert(complaints(machine).includes("pcp_count"), "and the count says two were taken");
});

Deno.test("H19: an interrupt is kept out of a list update, and the lists stay whole", () => {
  const { machine, finish } = inSeam(true);
  const irq = handler(machine, LEVEL.hardirq);
  assert(!isCandidate(machine.m, irq));
  const owned = finish();
  runTask(machine, irq);
  assert(machine.m.task.ret[irq] !== owned);
  assertEquals(complaints(machine), []);
});

Deno.test("H17: on PREEMPT_RT a task that preempts the owner of the lists takes the page it is about to take", () => {
  // the owner holds the per-CPU local lock, which sleeps: interrupts and preemption stay on
  const { machine, finish } = inSeam(false);
  const { m } = machine;
  const other = threadOf(machine, 1);
  start(machine, other, __rcu_alloc_page_lockless.start);
  assert(isCandidate(m, other), "nothing keeps it out: the lockless function cannot take a lock that sleeps");
  runTask(machine, other);
  const pfn = m.task.ret[other]!;
  assertEquals(finish(), pfn, "both have the page");
  assert(complaints(machine).includes("pcp_count"));
});

Deno.test("H17: with interrupts off instead of the local lock nobody preempts the owner", () => {
  const { machine, finish } = inSeam(true);
  const { m } = machine;
  const other = threadOf(machine, 1);
  start(machine, other, __rcu_alloc_page_lockless.start);
  assert(!isCandidate(m, other));
  const owned = finish();
  runTask(machine, other);
  assertEquals(m.task.state[other], TASK.idle);
  assert(m.task.ret[other] !== owned);
  assertEquals(complaints(machine), []);
});
