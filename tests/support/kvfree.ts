/**
 * What tests of kvfree_rcu() do again and again.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { kvfree_call_rcu } from "../../src/rcu/kvfree.ts";
import type { Machine } from "../../src/run/machine.ts";
import { EVENT } from "../../src/sim/events.ts";
import { allocateObject, runOperation, threadOf } from "./machines.ts";

/** Gives `count` new objects to kvfree_rcu() on the CPU of a thread of the load; returns them. */
export function queueObjects(machine: Machine, count: number, thread = 0): number[] {
  const t = threadOf(machine, thread);
  const objects = Array.from({ length: count }, () => allocateObject(machine, t));
  for (const object of objects) assertEquals(runOperation(machine, t, kvfree_call_rcu.start, object, 0), 1);
  return objects;
}

/** Objects freed from now on, in this order. */
export function noteFreed({ m }: Machine): number[] {
  const freed: number[] = [];
  m.events.subscribe({ kinds: [EVENT.objectFreed], onEvent: (_kind, _t, object) => void freed.push(object) });
  return freed;
}
