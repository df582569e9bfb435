/** M26 does what it says: what is left of a batch is on no list any more. */
import { assertEquals } from "@std/assert";
import { runSoftirq, smallMachine, threadOf } from "../../tests/support/machines.ts";
import { rcu_segcblist_accelerate, rcu_segcblist_advance } from "../rcu/cblist.ts";
import { call_rcu } from "../rcu/call_rcu.ts";
import { CALLBACK } from "../rcu/rcu.ts";
import { EVENT } from "../sim/events.ts";
import { leftoversDropped } from "./leftovers_dropped.ts";
import type { Mutable } from "./mutation.ts";

/** Callbacks that a softirq invokes of three that are done. */
function invoked(prepare: (machine: Mutable) => void): number {
  const machine = smallMachine({ cpus: 1, threadsPerCpu: 3 });
  prepare(machine);
  const { m } = machine;
  let count = 0;
  m.events.subscribe({ kinds: [EVENT.callbackInvoked], onEvent: () => void count++ });
  for (let i = 0; i < 3; i++) {
    const t = threadOf(machine, i);
    m.callback.func[t] = CALLBACK.count;
    call_rcu(m, threadOf(machine, 0), t);
  }
  rcu_segcblist_accelerate(m, 0, m.rcu.gp_seq[0]!);
  rcu_segcblist_advance(m, 0, m.rcu.gp_seq[0]!);
  m.cpu.softirqPending[0] = 2;
  runSoftirq(machine, 0);
  return count;
}

Deno.test("a softirq invokes all callbacks that are done, and the first alone when M26 drops the others", () => {
  assertEquals(invoked(() => {}), 3);
  assertEquals(invoked(leftoversDropped.apply), 1);
});
