/**
 * kvfree_rcu() under locks: what 5.9 needs zone->lock for, and what the RFC's first patch needs the run queue's for.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allocateObject,
  mendedProfile,
  passJiffies,
  runOperation,
  settle,
  smallMachine,
  threadOf,
} from "../../tests/support/machines.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { pcpOf } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { STRATEGIES, strategyNamed } from "../strategy/registry.ts";
import { HELD, lockedCaller } from "./locked_caller.ts";

/** A machine that needs a new block at the next call, and whose CPU 0 has no page on its lists. */
function inNeed(strategy: string, bugs: readonly string[] = []): { machine: Machine; object: number } {
  const found = strategyNamed(strategy);
  const profile = mendedProfile({ ...found.changes, prefillCache: false }, bugs);
  const machine = smallMachine({ strategy: found, profile, cachedBlocks: 5 });
  settle(machine);
  const { m } = machine;
  const t = threadOf(machine, 0);
  const object = allocateObject(machine, t);
  const held = () => m.geometry.zones.reduce((sum, _, zone) => sum + m.pcp.count[pcpOf(m, zone, 0)]!, 0);
  while (held() > 0) runOperation(machine, t, __alloc_pages_nodemask.start, GFP_ATOMIC, 0);
  return { machine, object };
}

/** Calls with the lock held, and lets everything end; returns whether the object was freed. */
function callAndFree({ machine, object }: ReturnType<typeof inNeed>, which: number): boolean {
  const freed: number[] = [];
  machine.m.events.subscribe({ kinds: [EVENT.objectFreed], onEvent: (_kind, _t, o) => freed.push(o) });
  runOperation(machine, threadOf(machine, 0), lockedCaller.start, object, which);
  queue_work_on(machine.m, threadOf(machine, 0), machine.m.sheafWork, poolOf(0, false)); // else they wait
  passJiffies(machine, 60);
  return freed.includes(object);
}

/** Those whose callers ask the page allocator in the ordinary way: for a block, or for a sheaf. */
const ASKING = ["nowait", "sheaf"];

for (const name of ASKING) {
  Deno.test(`kvfree_rcu() under zone->lock takes zone->lock again and never gets it (${name})`, () => {
    assertThrows(() => callAndFree(inNeed(name), HELD.zone), KernelBug, "possible recursive locking");
  });
}

for (const { name } of STRATEGIES.filter((s) => !ASKING.includes(s.name))) {
  Deno.test(`kvfree_rcu() under zone->lock needs no zone->lock (${name})`, () => {
    assertEquals(callAndFree(inNeed(name), HELD.zone), true);
  });
}

/** Pairs of lock classes of which the second was taken while the first was held. */
function ordersOf({ m }: Machine): Set<string> {
  const classOf = (lock: number) =>
    lock >= m.rqLock ? "rq" : lock >= m.krcLock && lock < m.listLock ? "krcp" : "other";
  const held: { t: number; lock: number }[] = [];
  const orders = new Set<string>();
  m.events.subscribe({
    kinds: [EVENT.lockTaken, EVENT.lockReleased],
    onEvent(kind, t, lock) {
      if (kind === EVENT.lockTaken) {
        for (const h of held) if (h.t === t) orders.add(`${classOf(h.lock)} -> ${classOf(lock)}`);
        held.push({ t, lock });
      } else held.splice(held.findIndex((h) => h.t === t && h.lock === lock), 1);
    },
  });
  return orders;
}

Deno.test("the RFC's patch 1 takes rq->lock under krcp->lock, against the order of callers that hold rq->lock", () => {
  for (const [bugs, inverted] of [[["rfc1"], true], [[], false]] as const) {
    const need = inNeed("lockless+worker", bugs);
    const orders = ordersOf(need.machine);
    runOperation(need.machine, threadOf(need.machine, 0), kvfree_call_rcu.start, need.object, 0);
    assertEquals(orders.has("krcp -> rq"), inverted, "a caller with interrupts on");
    const other = inNeed("lockless+worker", bugs);
    const otherOrders = ordersOf(other.machine);
    assertEquals(callAndFree(other, HELD.runQueue), true);
    assert(otherOrders.has("rq -> krcp"), "a caller under rq->lock");
  }
});

Deno.test("queue_work() by who holds its CPU's run queue is a recursive lock: patch 1 without its irq-off test", () => {
  const { machine } = inNeed("lockless+worker");
  const { m } = machine;
  m.lock.owner[m.rqLock] = threadOf(machine, 0) + 1;
  assertThrows(
    () => queue_work_on(m, threadOf(machine, 0), m.pageCacheWork, poolOf(0, true)),
    KernelBug,
    "possible recursive locking: waking a worker takes rq->lock",
  );
});

for (const { name } of STRATEGIES) {
  Deno.test(`kvfree_rcu() under a run queue's lock wakes nobody (${name})`, () => {
    assertEquals(callAndFree(inNeed(name), HELD.runQueue), true);
  });
}
