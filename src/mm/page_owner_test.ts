/** page_owner: what noting a page's owner takes, the first time and later. */
import { assertEquals } from "@std/assert";
import {
  allocateObject,
  mendedProfile,
  runOperation,
  smallMachine,
  threadOf,
} from "../../tests/support/machines.ts";
import type { Machine } from "../run/machine.ts";
import { __rcu_alloc_page_lockless } from "./lockless.ts";
import { NO_PAGE } from "./mm.ts";

/** A machine with page_owner whose CPUs have pages on their lists. */
function withOwners(): Machine {
  const machine = smallMachine({ profile: mendedProfile({ pageOwner: true }), threadsPerCpu: 2 });
  allocateObject(machine, threadOf(machine, 0));
  return machine;
}

const lockless = (machine: Machine, thread: number) =>
  runOperation(machine, threadOf(machine, thread), __rcu_alloc_page_lockless.start);

Deno.test("set_page_owner() takes depot_lock for a task's first page, and pages for the depot's first stack", () => {
  const machine = withOwners();
  const { lock, depot, depotLock } = machine.m;
  const zoneLocks = () => [...lock.taken.subarray(0, machine.m.nrZones)].reduce((sum, n) => sum + n, 0);
  const before = zoneLocks();
  assertEquals(lockless(machine, 0) === NO_PAGE, false);
  assertEquals([lock.taken[depotLock], depot.room[0]], [1, 159]);
  assertEquals(zoneLocks() - before, 1); // the depot's block of order 2, which the RFC's function promised not to need

  // the stack is known now, and so is the depot's room for that of another task on the same CPU
  assertEquals(lockless(machine, 0) === NO_PAGE, false);
  assertEquals([lock.taken[depotLock], depot.room[0]], [1, 159]);
  assertEquals(lockless(machine, 2) === NO_PAGE, false);
  assertEquals([lock.taken[depotLock], depot.room[0]], [2, 158]);
  assertEquals(zoneLocks() - before, 1);
});

Deno.test("set_page_owner() is left out without page_owner", () => {
  const machine = smallMachine();
  allocateObject(machine, threadOf(machine, 0));
  assertEquals(lockless(machine, 0) === NO_PAGE, false);
  assertEquals(machine.m.lock.taken[machine.m.depotLock], 0);
});
