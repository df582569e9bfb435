/**
 * The CPU layer: who may run and interrupt, interrupts and preemption off, locks in both time models, work items,
 * timers, sleeping and waking.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { quiet, smallMachine, start, stepTask, threadOf, tickCpu } from "../../tests/support/machines.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { KernelBug, ModelBug } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { frame, LEVEL, ret, sleepOn, TASK } from "../sim/task.ts";
import { workerOf } from "../run/tasks.ts";
import { isCandidate } from "../scheduler/candidates.ts";
import { step } from "../scheduler/engine.ts";
import {
  cpuOf,
  type Cpus,
  local_irq_restore,
  local_irq_save,
  mayInterrupt,
  mayRun,
  nowNs,
  preempt_disable,
  preempt_enable,
  spend,
} from "./cpu.ts";
import { IPI, smp_call_function_single, takeIpis } from "./ipi.ts";
import { spin_lock, spin_trylock, spin_unlock } from "./lock.ts";
import {
  CHANNEL,
  cond_resched,
  resumeSame,
  sleepJiffies,
  switchFrom,
  switchTo,
  wakeAll,
  wakeTask,
} from "./sched.ts";
import {
  armTimer,
  calc_wheel_index,
  cancelTimer,
  currentJiffies,
  dueTimer,
  earliestTimer,
  jiffiesLeft,
  moveTimer,
  TIMER,
} from "./timer.ts";
import { hrtimer_start } from "./hrtimer.ts";
import { mod_delayed_work, poolOf, queue_delayed_work, queue_work_on } from "./workqueue.ts";

/** Takes the lock of register 0, waits in one section with it held, releases it. */
const holder = operation<Cpus, "lock" | "hold" | "unlock">(
  "testHolder",
  { lock: TOUCHES.lock, hold: TOUCHES.own, unlock: TOUCHES.lock },
  (at) => ({
    lock: (m, t) => spin_lock(m, t, m.task.reg[frame(m, t)]!) ? at.hold : BLOCK,
    hold(m, t) {
      spend(m, t, 500);
      return at.unlock;
    },
    unlock(m, t) {
      spin_unlock(m, t, m.task.reg[frame(m, t)]!);
      return ret(m, t, 0);
    },
  }),
);

/** Sleeps on a channel until woken, for the given jiffies at most if register 1 is not 0. */
const sleeper = operation<Cpus, "sleep" | "woken">(
  "testSleeper",
  { sleep: TOUCHES.own, woken: TOUCHES.own },
  (at) => ({
    sleep(m, t) {
      const r = frame(m, t);
      if (m.task.reg[r + 1] === 0) sleepOn(m, t, CHANNEL.completion + m.task.reg[r]!);
      else sleepJiffies(m, t, CHANNEL.timer, m.task.reg[r + 1]!);
      return at.woken;
    },
    woken: (m, t) => ret(m, t, 1),
  }),
);

/** A work item that notes its argument and needs two sections. */
const worked: number[] = [];
const item = operation<Cpus, "first" | "second">(
  "testItem",
  { first: TOUCHES.own, second: TOUCHES.own },
  (at) => ({
    first(m, t) {
      worked.push(m.task.reg[frame(m, t)]!);
      return at.second;
    },
    second: (m, t) => ret(m, t, 0),
  }),
);

Deno.test("mayRun() and mayInterrupt() follow context, interrupts and preemption", () => {
  interface Case {
    readonly is: string;
    readonly set: (m: Cpus, a: number, b: number) => void;
    readonly preemption?: "voluntary";
    /** Whether the current thread, another one, a softirq, a hard interrupt and an NMI may run. */
    readonly may: readonly [boolean, boolean, boolean, boolean, boolean];
  }
  const cases: readonly Case[] = [
    { is: "idle", set: () => {}, may: [true, true, true, true, true] },
    { is: "a runs", set: (m, a) => switchTo(m, a), may: [true, true, true, true, true] },
    {
      is: "a runs with interrupts off",
      set: (m, a) => (switchTo(m, a), local_irq_save(m, a)),
      may: [true, false, false, false, true],
    },
    {
      is: "a runs with preemption off",
      set: (m, a) => (switchTo(m, a), preempt_disable(m, a)),
      may: [true, false, true, true, true],
    },
    {
      is: "a spins",
      set: (m, a) => {
        switchTo(m, a);
        m.task.state[a] = TASK.spinning;
      },
      may: [false, false, true, true, true],
    },
    {
      is: "a softirq runs",
      set: (m, a) => (switchTo(m, a), switchTo(m, m.roles.softirq[0]!)),
      may: [false, false, false, true, true],
    },
    {
      is: "a hard interrupt runs",
      set: (m, a) => (switchTo(m, a), switchTo(m, m.roles.tick[0]!)),
      may: [false, false, false, false, true],
    },
    {
      is: "a runs on a kernel that is not preemptible",
      set: (m, a) => switchTo(m, a),
      preemption: "voluntary",
      may: [true, false, true, true, true],
    },
    {
      is: "a offers to be switched away there",
      set: (m, a) => (switchTo(m, a), cond_resched(m, a)),
      preemption: "voluntary",
      may: [true, true, true, true, true],
    },
  ];
  for (const { is, set, preemption = "full", may } of cases) {
    const machine = quiet(smallMachine({ cpus: 1, threadsPerCpu: 2 }));
    const { m } = machine;
    Object.assign(m, { profile: { ...m.profile, preemption } });
    const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
    m.task.state[a] = m.task.state[b] = TASK.ready;
    set(m, a, b);
    const got = [
      mayRun(m, a),
      mayRun(m, b),
      mayInterrupt(m, 0, LEVEL.softirq),
      mayInterrupt(m, 0, LEVEL.hardirq),
      mayInterrupt(m, 0, LEVEL.nmi),
    ];
    assertEquals(got, [...may], is);
  }
});

Deno.test("mayRun() lets an interrupted softirq go on when the hard interrupt is over", () => {
  const { m } = smallMachine({ cpus: 1 });
  const [softirq, tick] = [m.roles.softirq[0]!, m.roles.tick[0]!];
  m.task.state[softirq] = m.task.state[tick] = TASK.ready;
  switchTo(m, softirq);
  switchTo(m, tick);
  assertEquals([mayRun(m, softirq), mayRun(m, tick)], [false, true]);
  switchFrom(m, tick);
  assertEquals(mayRun(m, softirq), true);
});

Deno.test("mayRun() is false for tasks that are idle, asleep or finished", () => {
  const machine = smallMachine({ cpus: 1 });
  const t = threadOf(machine, 0);
  for (const state of [TASK.idle, TASK.spinning, TASK.sleeping, TASK.finished]) {
    machine.m.task.state[t] = state;
    assertEquals(mayRun(machine.m, t), false);
  }
});

Deno.test("local_irq_save() nests, measures the longest time off, and tells only the outermost ends", () => {
  const machine = smallMachine();
  const { m } = machine;
  const t = threadOf(machine, 0);
  const seen: number[] = [];
  m.events.subscribe({ kinds: [EVENT.irqOff], onEvent: (_k, _t, a) => void seen.push(a) });
  local_irq_save(m, t);
  spend(m, t, 100);
  local_irq_save(m, t);
  spend(m, t, 50);
  local_irq_restore(m, t);
  assertEquals(m.cpu.irqOff[cpuOf(m, t)], 1);
  local_irq_restore(m, t);
  local_irq_save(m, t);
  local_irq_restore(m, t);
  assertEquals([m.cpu.irqOff[0], m.cpu.irqOffNsMax[0], m.cpu.irqOff[1]], [0, 150, 0]);
  assertEquals(seen, [1, 0, 1, 0]);
  assertThrows(() => local_irq_restore(m, t), ModelBug, "restored more often");
});

Deno.test("preempt_disable() nests and refuses to be undone too often", () => {
  const machine = smallMachine();
  const t = threadOf(machine, 1);
  preempt_disable(machine.m, t);
  preempt_disable(machine.m, t);
  preempt_enable(machine.m, t);
  assertEquals([...machine.m.cpu.preemptOff], [0, 1]);
  preempt_enable(machine.m, t);
  assertThrows(() => preempt_enable(machine.m, t), ModelBug, "enabled more often");
});

Deno.test("switchFrom() calls sleeping with interrupts or preemption off a bug of the kernel", () => {
  for (const off of [local_irq_save, preempt_disable]) {
    const machine = smallMachine();
    const t = threadOf(machine, 0);
    start(machine, t, sleeper.start, 1);
    switchTo(machine.m, t);
    off(machine.m, t);
    assertThrows(() => stepTask(machine, t), KernelBug, "atomic context");
  }
});

for (const virtualTime of [false, true]) {
  const model = virtualTime ? "virtual time" : "any order";

  Deno.test(`spin_lock() makes another CPU spin until the owner releases (${model})`, () => {
    const machine = quiet(smallMachine({ virtualTime }));
    const { m } = machine;
    const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
    m.cpu.clockNs.set([1000, 1200]);
    start(machine, a, holder.start, 0);
    start(machine, b, holder.start, 0);
    stepTask(machine, a);
    stepTask(machine, b);
    assertEquals([m.task.state[b], m.lock.owner[0], m.lock.waiters[0]], [TASK.spinning, a + 1, 1]);
    assertEquals(m.cpu.curr[1], b + 1, "who spins keeps its CPU");
    assert(!isCandidate(m, b));
    stepTask(machine, a);
    stepTask(machine, a);
    assertEquals([m.task.state[b], m.lock.owner[0], m.lock.waiters[0]], [TASK.ready, 0, 0]);
    const released = 1000 + m.cost.lock + 500;
    assertEquals(m.cpu.clockNs[1], virtualTime ? released : 1200);
    assertEquals(m.lock.waitNs[0], virtualTime ? released - 1200 : 0);
    stepTask(machine, b);
    assertEquals([m.lock.owner[0], m.lock.taken[0], m.lock.contended[0]], [b + 1, 2, 1]);
    assertEquals(m.lock.holdNs[0], m.cost.lock + 500);
  });
}

Deno.test("spin_unlock() lets those go on who spin for this lock, not for another one", () => {
  const machine = quiet(smallMachine({ cpus: 4 }));
  const { m } = machine;
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => threadOf(machine, i)) as [number, number, number, number];
  for (const [t, lock] of [[a, 0], [b, 1], [c, 0], [d, 1]] as const) {
    start(machine, t, holder.start, lock);
    stepTask(machine, t);
  }
  assertEquals([...m.lock.waiters.slice(0, 2)], [1, 1]);
  stepTask(machine, a);
  stepTask(machine, a);
  assertEquals([m.task.state[c], m.task.state[d]], [TASK.ready, TASK.spinning]);
  assertEquals([...m.lock.waiters.slice(0, 2)], [0, 1]);
});

Deno.test("spin_trylock() costs what spin_lock() does, and gets a lock at the very moment it is free", () => {
  const machine = quiet(smallMachine({ virtualTime: true }));
  const { m } = machine;
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  m.cpu.clockNs.set([1000, 1000]);
  assert(spin_trylock(m, a, 0));
  assertEquals(nowNs(m, a), 1000 + m.cost.lock);
  spin_unlock(m, a, 0);
  m.cpu.clockNs[1] = nowNs(m, a);
  assert(spin_trylock(m, b, 0));
});

Deno.test("spin_lock() waits in virtual time for a lock that was released in its future", () => {
  const machine = quiet(smallMachine({ virtualTime: true }));
  const { m } = machine;
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  m.cpu.clockNs.set([1000, 400]);
  assert(spin_lock(m, a, 0));
  spend(m, a, 92);
  spin_unlock(m, a, 0);
  const released = nowNs(m, a);
  assert(!spin_trylock(m, b, 0), "not free yet at that time");
  const before = nowNs(m, b);
  assert(spin_lock(m, b, 0));
  assertEquals(nowNs(m, b), released + m.cost.lock);
  assertEquals(m.lock.waitNs[0], released - before);
});

Deno.test("spin_lock() of a lock that this CPU holds is a self-deadlock", () => {
  const machine = quiet(smallMachine());
  const { m } = machine;
  const t = threadOf(machine, 0);
  assert(spin_lock(m, t, 3));
  assertThrows(() => spin_lock(m, t, 3), KernelBug, "recursive locking: CPU 0 waits for lock 3");
  assertThrows(() => spin_lock(m, m.roles.tick[0]!, 3), KernelBug, "recursive locking");
  assert(!spin_trylock(m, t, 3));
  assertThrows(() => spin_unlock(m, threadOf(machine, 1), 3), ModelBug, "does not hold");
});

Deno.test("queue_work_on() queues an item once, also again while it runs, in order", () => {
  const machine = quiet(smallMachine({ cpus: 1 }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  const worker = workerOf(0, false);
  worked.length = 0;
  for (const work of [0, 1, 2]) {
    m.work.start[work] = item.start;
    m.work.arg[work] = 100 + work;
  }
  const pool = poolOf(0, false);
  assertEquals([2, 0, 2, 0].map((work) => queue_work_on(m, t, work, pool)), [true, true, false, false]);
  assertEquals(m.task.state[worker], TASK.ready);
  stepTask(machine, worker); // fetches item 2
  assertEquals(m.work.pending[2], 0);
  stepTask(machine, worker);
  assertEquals(worked, [102]);
  assert(queue_work_on(m, t, 2, pool), "a running item can be queued again");
  while (isCandidate(m, worker)) stepTask(machine, worker);
  assertEquals(worked, [102, 100, 102]);
  assertEquals([m.task.state[worker], m.pool.head[pool], m.pool.tail[pool]], [TASK.sleeping, 0, 0]);
});

Deno.test("worker_thread: a second worker runs what is queued while the first one sleeps in an item", () => {
  const machine = quiet(smallMachine({ cpus: 1 }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  const pool = poolOf(0, false);
  const worker = workerOf(0, false);
  const spare = m.spareTask;
  worked.length = 0;
  m.work.start[0] = sleeper.start;
  m.work.arg[0] = 7; // sleeps on completion 7
  for (const work of [1, 2, 3]) {
    m.work.start[work] = item.start;
    m.work.arg[work] = 100 + work;
  }
  queue_work_on(m, t, 0, pool);
  queue_work_on(m, t, 1, pool);
  assertEquals(m.task.state[spare], TASK.sleeping, "one worker at a time");
  stepTask(machine, worker); // fetches item 0
  stepTask(machine, worker); // sleeps in it, with item 1 queued
  assertEquals([m.task.state[worker], m.task.state[spare]], [TASK.sleeping, TASK.ready]);
  stepTask(machine, spare); // fetches item 1
  wakeAll(m, CHANNEL.completion + 7, t);
  queue_work_on(m, t, 2, pool);
  while (m.task.state[spare] !== TASK.sleeping) stepTask(machine, spare);
  assertEquals(worked, [101], "item 2 is left to the first worker, which runs again");
  while (m.task.state[worker] !== TASK.sleeping) stepTask(machine, worker);
  assertEquals([worked, m.pool.head[pool]], [[101, 102], 0]);
  queue_work_on(m, t, 3, pool);
  assertEquals([m.task.state[worker], m.task.state[spare]], [TASK.ready, TASK.sleeping]);
});

Deno.test("queue_delayed_work() arms the timer once and queues when it fires", () => {
  const machine = quiet(smallMachine({ cpus: 1 }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  m.work.start[0] = item.start;
  assert(queue_delayed_work(m, t, 0, m.monitorTimer, 2));
  assert(!queue_delayed_work(m, t, 0, m.monitorTimer, 9), "an armed timer stays as it is");
  for (let jiffy = 1; jiffy <= 2; jiffy++) {
    tickCpu(machine, 0);
    assertEquals([m.clock.jiffies[0], m.work.pending[0]], [jiffy, 0], "never early");
  }
  tickCpu(machine, 0);
  assertEquals([m.work.pending[0], m.timer.armed[m.monitorTimer]], [1, 0]);
  assert(!queue_delayed_work(m, t, 0, m.monitorTimer, 1), "it is queued already");
});

Deno.test("queueing costs the same whatever it goes through, and whether or not it was queued already", () => {
  const machine = quiet(smallMachine({ cpus: 1 }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  const ways: readonly (() => unknown)[] = [
    () => queue_work_on(m, t, 0, poolOf(0, false)),
    () => queue_work_on(m, t, 0, poolOf(0, false)),
    () => queue_delayed_work(m, t, 1, m.monitorTimer, 2),
    () => queue_delayed_work(m, t, 1, m.monitorTimer, 2),
    () => mod_delayed_work(m, t, 1, m.monitorTimer, 3),
    () => hrtimer_start(m, t, 0, m.pageCacheWork, 1e6),
  ];
  for (const way of ways) {
    const before = nowNs(m, t);
    way();
    assertEquals(nowNs(m, t) - before, m.cost.queueWork, String(way));
  }
});

Deno.test("smp_call_function_single() costs its sender; what is not taken yet comes together, since the first", () => {
  const machine = quiet(smallMachine({ virtualTime: true }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  m.cpu.clockNs[0] = 1000;
  const sent = 1000 + m.cost.ipi;
  smp_call_function_single(m, t, 1, IPI.rcuBarrier);
  assertEquals([nowNs(m, t), m.cpu.ipiSentNs[1]], [sent, sent]);
  smp_call_function_single(m, t, 1, IPI.rcuExp);
  smp_call_function_single(m, t, 1, IPI.rcuExp);
  assertEquals(m.cpu.ipiSentNs[1], sent);
  assertEquals([takeIpis(m, 0), takeIpis(m, 1), takeIpis(m, 1)], [0, IPI.rcuBarrier | IPI.rcuExp, 0]);
  smp_call_function_single(m, t, 1, IPI.rcuExp);
  assertEquals(m.cpu.ipiSentNs[1], nowNs(m, t));
});

Deno.test("timers fire on the CPU that armed them, at or after their jiffy, earliest known", () => {
  const { m } = smallMachine();
  m.timer.armed.fill(0);
  assertEquals(earliestTimer(m, 0), Infinity);
  armTimer(m, 0, TIMER.wakeTask, 0, 0, 7);
  armTimer(m, 1, TIMER.wakeTask, 1, 0, 3);
  armTimer(m, 2, TIMER.wakeTask, 2, 1, 1);
  assertEquals([earliestTimer(m, 0), earliestTimer(m, 1)], [4, 2]);
  m.clock.jiffies[0] = 4;
  assertEquals([dueTimer(m, 0), dueTimer(m, 1)], [1, 2]);
  cancelTimer(m, 1);
  assertEquals([dueTimer(m, 0), earliestTimer(m, 0)], [-1, 8]);
});

Deno.test("calc_wheel_index() rounds up to the slots of the level: 1, 8, 64 jiffies", () => {
  const late = (now: number, jiffies: number) => calc_wheel_index(now + jiffies, now) - now - jiffies;
  assertEquals([0, 5, 62].map((jiffies) => late(1000, jiffies)), [1, 1, 1]);
  assertEquals([63, 64, 250, 503].map((jiffies) => late(1000, jiffies)), [1, 8, 6, 1]);
  assertEquals([504, 1250, 4031].map((jiffies) => late(1000, jiffies)), [32, 54, 25]);
  assertEquals(late(1000, 4032), 88);
});

Deno.test("moveTimer() lets another CPU's tick fire a timer that comes before all of its own", () => {
  const { m } = smallMachine({ cpus: 2 });
  m.timer.armed.fill(0);
  armTimer(m, 0, TIMER.wakeTask, 0, 0, 9);
  armTimer(m, 1, TIMER.wakeTask, 1, 1, 3);
  assertEquals(earliestTimer(m, 0), 10);
  moveTimer(m, 1, 0);
  m.clock.jiffies[0] = 4;
  assertEquals([earliestTimer(m, 0), dueTimer(m, 0), dueTimer(m, 1)], [4, 1, -1]);
});

Deno.test("a timer that was rounded up is moved by what was asked for: jiffiesLeft()", () => {
  const { m } = smallMachine({ cpus: 2 });
  armTimer(m, 0, TIMER.wakeTask, 0, 0, 1250);
  assertEquals([jiffiesLeft(m, 0, 0), m.timer.expires[0]], [1250, 1280]);
  m.clock.jiffies[0] = 1000; // by now it goes into a finer slot
  moveTimer(m, 0, 1);
  assertEquals([jiffiesLeft(m, 0, 1), m.timer.expires[0]], [250, 1256]);
});

Deno.test("dueTimer() and earliestTimer() find what looking at every timer finds", () => {
  const { m } = smallMachine({ cpus: 2 });
  const { armed, expires, cpu: on } = m.timer;
  const prng = new Prng("timers");
  let found = 0;
  for (let i = 0; i < 20_000; i++) {
    const id = prng.upTo(m.nrTasks - 1);
    const what = prng.upTo(2);
    if (what === 0) armTimer(m, id, TIMER.wakeTask, id, prng.upTo(1), prng.upTo(40));
    else if (what === 1) cancelTimer(m, id);
    else m.clock.jiffies[0]!++;
    for (const cpu of [0, 1]) {
      const now = m.clock.jiffies[0]!;
      const slow = armed.findIndex((is, other) => is !== 0 && on[other] === cpu && expires[other]! <= now);
      const own = [...expires].filter((_, other) => armed[other] !== 0 && on[other] === cpu);
      if (prng.chance(1, 2)) assertEquals(earliestTimer(m, cpu), Math.min(...own));
      assertEquals(dueTimer(m, cpu), slow);
      if (slow < 0 || prng.chance(1, 2)) continue;
      cancelTimer(m, slow);
      found++;
    }
  }
  assert(found > 1000, `${found} timers fired`);
});

Deno.test("armTimer() brings the tick of an idle CPU forward in virtual time", () => {
  const { m } = smallMachine({ virtualTime: true });
  m.cpu.clockNs[0] = 2.5 * m.tickNs;
  m.cpu.nextTickNs[0] = Infinity;
  armTimer(m, 0, TIMER.wakeTask, 0, 0, 1);
  assertEquals(currentJiffies(m, 0), 2);
  assertEquals(m.cpu.nextTickNs[0], 4 * m.tickNs, "1 to 2 jiffies from now, never less");
});

Deno.test("sleepJiffies() ends by the tick, and a wake-up cancels its timer", () => {
  const machine = quiet(smallMachine({ cpus: 1 }));
  const { m } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, sleeper.start, 0, 1);
  stepTask(machine, t);
  assertEquals([m.task.state[t], m.timer.armed[t], m.cpu.curr[0]], [TASK.sleeping, 1, 0]);
  tickCpu(machine, 0);
  assertEquals(m.task.state[t], TASK.sleeping);
  tickCpu(machine, 0);
  assertEquals([m.task.state[t], m.timer.armed[t]], [TASK.ready, 0]);
  stepTask(machine, t);
  start(machine, t, sleeper.start, 0, 5);
  stepTask(machine, t);
  wakeTask(m, t, t);
  assertEquals([m.task.state[t], m.timer.armed[t], m.task.waitOn[t]], [TASK.ready, 0, 0]);
});

Deno.test("wakeAll() wakes the sleepers of one channel and no others", () => {
  const machine = quiet(smallMachine({ threadsPerCpu: 2 }));
  const { m } = machine;
  const threads = [0, 1, 2, 3].map((i) => threadOf(machine, i));
  threads.forEach((t, i) => {
    start(machine, t, sleeper.start, i % 2);
    stepTask(machine, t);
  });
  wakeAll(m, CHANNEL.completion + 1, threads[0]!);
  assertEquals(threads.map((t) => m.task.state[t]), [TASK.sleeping, TASK.ready, TASK.sleeping, TASK.ready]);
});

Deno.test("wakeTask() brings an idle CPU to the waker's time and restarts its tick", () => {
  const machine = quiet(smallMachine({ virtualTime: true }));
  const { m } = machine;
  const t = threadOf(machine, 1);
  m.cpu.clockNs[1] = 100;
  start(machine, t, sleeper.start, 1);
  stepTask(machine, t);
  const idle = m.cpu.idleEntries[1]!;
  const before = m.cpu.clockNs[1]!;
  m.cpu.nextTickNs[1] = Infinity;
  m.cpu.clockNs[0] = 2.25 * m.tickNs;
  wakeTask(m, t, threadOf(machine, 0));
  assertEquals([m.cpu.clockNs[1], m.cpu.nextTickNs[1]], [2.25 * m.tickNs, 3 * m.tickNs]);
  assertEquals([m.cpu.idleNs[1], m.cpu.idleEntries[1]], [2.25 * m.tickNs - before, idle + 1]);
});

Deno.test("wakeTask() asks the current task to yield to one that has had a ms less of the CPU or comes first", () => {
  for (
    const [vruntimes, high, asked] of [
      [[5, 9], [0, 0], 0],
      [[1e6 + 5, 5], [0, 0], 0],
      [[1e6 + 6, 5], [0, 0], 1],
      [[5, 9], [0, 1], 1],
      [[1e6 + 6, 5], [1, 0], 0],
    ] as const
  ) {
    const machine = quiet(smallMachine({ cpus: 1, threadsPerCpu: 2 }));
    const { m } = machine;
    const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
    start(machine, b, sleeper.start, 1);
    stepTask(machine, b);
    m.task.state[a] = TASK.ready;
    switchTo(m, a);
    m.cpu.needResched[0] = 0;
    m.task.vruntimeNs[a] = vruntimes[0];
    m.task.vruntimeNs[b] = vruntimes[1];
    [m.task.high[a], m.task.high[b]] = high;
    wakeTask(m, b, a);
    assertEquals(m.cpu.needResched[0], asked);
  }
});

Deno.test("wakeTask() gives a long sleeper no more credit than half the latency before who has run meanwhile", () => {
  const machine = quiet(smallMachine({ cpus: 1, threadsPerCpu: 2 }));
  const { m } = machine;
  const [busy, t] = [threadOf(machine, 0), threadOf(machine, 1)];
  start(machine, t, sleeper.start, 1);
  stepTask(machine, t);
  m.task.state[busy] = TASK.ready;
  switchTo(m, busy);
  m.task.vruntimeNs[busy] = 1e9;
  wakeTask(m, t, busy);
  assertEquals([m.task.state[t], m.task.vruntimeNs[t]], [TASK.ready, 1e9 - 3e6]);
});

Deno.test("cond_resched() offers the CPU only when asked in virtual time, and never in atomic context", () => {
  for (
    const [virtualTime, needResched, irqOff, offered] of [
      [true, 0, 0, 0],
      [true, 1, 0, 1],
      [false, 0, 0, 1],
      [false, 1, 1, 0],
    ] as const
  ) {
    const machine = quiet(smallMachine({ cpus: 1, virtualTime }));
    const { m } = machine;
    const t = threadOf(machine, 0);
    m.task.state[t] = TASK.ready;
    switchTo(m, t);
    m.cpu.needResched[0] = needResched;
    m.cpu.irqOff[0] = irqOff;
    cond_resched(m, t);
    assertEquals(m.cpu.yields[0], offered);
  }
});

Deno.test("resumeSame() tells RCU that schedule() ran only when rescheduling was due", () => {
  for (const due of [0, 1]) {
    const machine = quiet(smallMachine({ cpus: 1 }));
    const { m } = machine;
    const t = threadOf(machine, 0);
    m.task.state[t] = TASK.ready;
    switchTo(m, t);
    m.rdp.cpu_no_qs[0] = 1;
    m.cpu.yields[0] = 1;
    m.cpu.needResched[0] = due;
    resumeSame(m, t);
    assertEquals([m.cpu.yields[0], m.cpu.needResched[0], m.rdp.cpu_no_qs[0]], [0, 0, 1 - due]);
  }
});

Deno.test("step() keeps a spinning task on its CPU and takes an ended one off", () => {
  const machine = quiet(smallMachine());
  const { m, table } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, holder.start, 2);
  for (let i = 0; i < 3; i++) stepTask(machine, t);
  assertEquals([m.task.state[t], m.cpu.curr[0]], [TASK.idle, 0]);
  m.lock.owner[2] = threadOf(machine, 1) + 1;
  start(machine, t, holder.start, 2);
  switchTo(m, t);
  step(m, table, t);
  assertEquals([m.task.state[t], m.cpu.curr[0], m.task.pc[t]], [TASK.spinning, t + 1, holder.at.lock]);
});
