/**
 * Spinlocks: who gets one next, interrupts while waiting, and what happens when a host takes a core from the holder.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { quiet, smallMachine, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import type { Machine } from "../run/machine.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, LEVEL, ret, TASK } from "../sim/task.ts";
import { type Cpus, local_irq_restore, mayInterrupt, spend } from "./cpu.ts";
import { freeKeptLocks, keepLocks, spin_lock, spin_lock_irqsave, spin_trylock, spin_unlock } from "./lock.ts";

const HOLD_NS = 500;

/** Takes lock 0, holds it for a section, releases it; as often as register 0 says. */
function holderWith(name: string, lock: typeof spin_lock) {
  return operation<Cpus, "lock" | "hold" | "unlock">(
    name,
    { lock: TOUCHES.lock, hold: TOUCHES.own, unlock: TOUCHES.lock },
    (at) => ({
      lock: (m, t) => lock(m, t, 0) ? at.hold : BLOCK,
      hold(m, t) {
        spend(m, t, HOLD_NS);
        return at.unlock;
      },
      unlock(m, t) {
        spin_unlock(m, t, 0);
        return --m.task.reg[frame(m, t)]! > 0 ? at.lock : ret(m, t, 0);
      },
    }),
  );
}
const holder = holderWith("testLockHolder", spin_lock);
const irqHolder = holderWith("testLockIrqHolder", spin_lock_irqsave);

/** A machine whose boot has settled, with one thread on each CPU. */
function machineOf(cpus: number, virtualTime = false): Machine {
  const machine = quiet(smallMachine({ cpus, virtualTime }));
  machine.m.cpu.clockNs.fill(0);
  return machine;
}

const CPUS = 4;

Deno.test("spin_lock: in any order of steps tasks get the lock in the order of coming", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(CPUS - 1), { maxLength: 120 }),
    fc.boolean(),
    (choices, virtualTime) => {
      const machine = machineOf(CPUS, virtualTime);
      const { m } = machine;
      const came: number[] = []; // who has asked and has not got it
      const threads = Array.from({ length: CPUS }, (_, c) => threadOf(machine, c));
      threads.forEach((t) => start(machine, t, holder.start, 3));
      let taken = 0;
      m.events.subscribe({
        kinds: [EVENT.lockTaken],
        onEvent(_kind, t) {
          taken++;
          if (came.length > 0) assertEquals(t, came.shift(), "another came first");
        },
      });
      const tryOne = (t: number) => {
        if (!isCandidate(m, t)) return;
        stepTask(machine, t);
        if (m.task.state[t] === TASK.spinning && !came.includes(t)) came.push(t);
        assertEquals(m.lock.waiters[0]! + Number(m.lock.next[0] !== 0), came.length);
      };
      choices.forEach((i) => tryOne(threads[i]!));
      while (threads.some((t) => isCandidate(m, t))) threads.forEach(tryOne);
      assertEquals([taken, came.length, m.lock.owner[0], m.lock.next[0]], [3 * CPUS, 0, 0, 0]);
    },
  ));
});

Deno.test("spin_lock: who releases it and wants it again comes after those that wait", () => {
  const machine = machineOf(3);
  const { m } = machine;
  const [a, b, c] = [0, 1, 2].map((i) => threadOf(machine, i)) as [number, number, number];
  for (const t of [a, b, c]) start(machine, t, holder.start, 2);
  for (const t of [a, b, c, a, a]) stepTask(machine, t);
  assertEquals([m.lock.owner[0], m.lock.next[0], m.lock.waiters[0]], [0, b + 1, 1]);
  assert(!spin_trylock(m, a, 0), "the lock is free, but not for it");
  stepTask(machine, a);
  assertEquals([m.task.state[a], m.task.ahead[a]], [TASK.spinning, 1]);
  for (const t of [b, b, b]) stepTask(machine, t);
  assertEquals([m.lock.next[0], m.task.ahead[a]], [c + 1, 0]);
});

Deno.test("spin_lock: time spent spinning is time that the task has run", () => {
  const machine = machineOf(2, true);
  const { m } = machine;
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  start(machine, a, holder.start, 1);
  start(machine, b, holder.start, 1);
  stepTask(machine, a);
  stepTask(machine, b);
  const before = m.task.vruntimeNs[b]!;
  stepTask(machine, a);
  stepTask(machine, a);
  assertEquals(m.task.vruntimeNs[b]! - before, m.cost.lock + HOLD_NS);
  assertEquals(m.lock.waitNs[0], m.cost.lock + HOLD_NS);
});

Deno.test("spin_lock_irqsave() keeps interrupts off while it waits, not longer, and counts that time", () => {
  const machine = machineOf(2, true);
  const { m } = machine;
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  start(machine, a, irqHolder.start, 1);
  start(machine, b, irqHolder.start, 1);
  stepTask(machine, a);
  assert(mayInterrupt(m, 0, LEVEL.hardirq), "it did not have to wait");
  stepTask(machine, b);
  assert(!mayInterrupt(m, 1, LEVEL.hardirq) && mayInterrupt(m, 1, LEVEL.nmi));
  stepTask(machine, a);
  stepTask(machine, a);
  assert(!mayInterrupt(m, 1, LEVEL.hardirq), "it comes next, but has not got the lock yet");
  stepTask(machine, b);
  assert(mayInterrupt(m, 1, LEVEL.hardirq));
  assertEquals(m.cpu.irqOffNsMax[1], 2 * m.cost.lock + HOLD_NS);
  assertThrows(() => local_irq_restore(m, b), Error, "more often");
});

Deno.test("spin_lock() waits with interrupts as they are", () => {
  const machine = machineOf(2);
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  start(machine, a, holder.start, 1);
  start(machine, b, holder.start, 1);
  stepTask(machine, a);
  stepTask(machine, b);
  assert(mayInterrupt(machine.m, 1, LEVEL.hardirq));
});

Deno.test("spin_lock: an interrupt that waits for what its own CPU holds is a deadlock that is told", () => {
  const machine = machineOf(1);
  const { m } = machine;
  start(machine, threadOf(machine, 0), holder.start, 1);
  stepTask(machine, threadOf(machine, 0));
  assertThrows(() => spin_lock(m, m.roles.device[0]!, 0), KernelBug, "recursive");
});

/** Thread a of CPU 0 has held lock 0 from 0 to 500 ns in one piece; returns the machine and both threads. */
function heldInOnePiece() {
  const machine = machineOf(3, true);
  const { m } = machine;
  const [a, b, c] = [0, 1, 2].map((i) => threadOf(machine, i)) as [number, number, number];
  for (const t of [a, b, c]) start(machine, t, holder.start, 2);
  assert(spin_lock(m, a, 0));
  m.cpu.clockNs[0] = HOLD_NS;
  spin_unlock(m, a, 0);
  return { machine, m, a, b, c };
}

Deno.test("keepLocks() keeps what the CPU held when its core went, until freeKeptLocks()", () => {
  const { machine, m, b, c } = heldInOnePiece();
  const hold = m.lock.holdNs[0]!;
  m.cpu.clockNs.set([HOLD_NS, 200, 300]);
  keepLocks(m, 0, 100);
  assert(!spin_trylock(m, b, 0));
  const asked = m.cpu.clockNs[1]!;
  stepTask(machine, b);
  stepTask(machine, c);
  assertEquals([m.task.state[b], m.task.state[c], m.lock.contended[0]], [TASK.spinning, TASK.spinning, 2]);
  freeKeptLocks(m, 1, 8000);
  assertEquals(m.task.state[b], TASK.spinning, "another CPU has a core again");
  freeKeptLocks(m, 0, 9000);
  assertEquals([m.task.state[b], m.task.state[c]], [TASK.ready, TASK.spinning]);
  assertEquals([m.cpu.clockNs[1], m.lock.waitNs[0]], [9000, 9000 - asked]);
  assertEquals(m.lock.holdNs[0], hold + 9000 - HOLD_NS);
  stepTask(machine, b);
  assertEquals([m.lock.owner[0], m.lock.freeAtNs[0]], [b + 1, 9000]);
});

Deno.test("keepLocks() sends who comes next, and has not taken the lock yet, back to its place", () => {
  const { machine, m, a, b, c } = heldInOnePiece();
  assert(spin_lock(m, a, 0));
  stepTask(machine, b);
  stepTask(machine, c);
  m.cpu.clockNs[0] = 2000;
  spin_unlock(m, a, 0);
  keepLocks(m, 0, 1500);
  stepTask(machine, b);
  assertEquals([m.task.state[b], m.lock.next[0], m.lock.waiters[0]], [TASK.spinning, b + 1, 1]);
  freeKeptLocks(m, 0, 7000);
  assertEquals([m.task.state[b], m.task.state[c]], [TASK.ready, TASK.spinning]);
  stepTask(machine, b);
  assertEquals([m.lock.owner[0], m.lock.contended[0]], [b + 1, 2]);
});

for (
  const [what, c, ns] of [
    ["was held on another CPU", 1, 100],
    ["was free again when the core went", 0, HOLD_NS],
    ["was taken later", 0, -1],
  ] as const
) {
  Deno.test(`keepLocks() leaves alone what ${what}`, () => {
    const { m, b } = heldInOnePiece();
    keepLocks(m, c, ns);
    m.cpu.clockNs[1] = HOLD_NS;
    assert(spin_trylock(m, b, 0));
  });
}

Deno.test("keepLocks() leaves alone locks that nobody can wait for across sections: a list_lock", () => {
  const { m, a } = heldInOnePiece();
  const lock = m.listLock;
  m.cpu.clockNs[0] = 1000;
  assert(spin_lock(m, a, lock));
  spend(m, a, 100);
  spin_unlock(m, a, lock);
  keepLocks(m, 0, 1050);
  assertEquals(m.lock.keeper[lock], 0);
});
