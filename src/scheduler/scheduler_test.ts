/**
 * Schedulers: what each must do, the random one's uniformity, replay, the number of interleavings, virtual time.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { mendedProfile, settle, smallMachine, start, threadOf } from "../../tests/support/machines.ts";
import { spend } from "../cpu/cpu.ts";
import type { Cpus } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { CHANNEL, cond_resched, sleepJiffies } from "../cpu/sched.ts";
import { followerOf } from "../run/follow.ts";
import { geometryFromSize } from "../run/geometry.ts";
import type { Machine } from "../run/machine.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { taskNames } from "../run/names.ts";
import { planMachine } from "../run/plan.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation, sectionFacts } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { Recorder } from "../sim/schedule.ts";
import { begin, frame, LEVEL, ret, TASK } from "../sim/task.ts";
import { CandidateTest, dispatch, isCandidate } from "./candidates.ts";
import { runSteps, step } from "./engine.ts";
import { RandomScheduler } from "./random.ts";
import { SCHEDULER_KINDS, SCHEDULERS as SCHEDULER_NAMES } from "./registry.ts";
import { ReplayScheduler, ScheduleDiverged } from "./replay.ts";
import { NOBODY, type Scheduler } from "./scheduler.ts";
import { VirtualTimeScheduler } from "./virtual_time.ts";

const OPTIONS: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 })),
  calls: 200,
  blockEntries: 8,
};

const SCHEDULERS: readonly {
  name: "random" | "virtual";
  make: (seed: string, recorder?: Recorder) => Scheduler;
}[] = [
  { name: "random", make: (seed, recorder) => new RandomScheduler(new Prng(seed), recorder) },
  { name: "virtual", make: () => new VirtualTimeScheduler() },
];

/** Runs `steps` sections of a fresh machine; returns the tasks in order and the world's bytes after them. */
function runOf(
  name: "random" | "virtual",
  scheduler: Scheduler,
  steps: number,
): { tasks: number[]; bytes: Uint8Array } {
  const { m, table, bytes } = planMachine({ ...OPTIONS, scheduler: name });
  const tasks: number[] = [];
  for (let i = 0; i < steps; i++) {
    const t = scheduler.next(m);
    if (t < 0) break;
    tasks.push(t);
    step(m, table, t);
  }
  return { tasks, bytes };
}

for (const { name, make } of SCHEDULERS) {
  Deno.test(`${name}: the same seed gives the same schedule and the same world`, () => {
    const [a, b] = [runOf(name, make("s"), 20_000), runOf(name, make("s"), 20_000)];
    assertEquals(a.tasks, b.tasks);
    assertEquals(a.bytes, b.bytes);
    assertEquals(make("s").name, name);
    assertEquals(make("s").virtualTime, name === "virtual");
  });

  Deno.test(`${name}: picks only tasks that may run, and leaves them in place`, () => {
    for (const preemption of ["full", "voluntary"] as const) {
      const { m, table } = planMachine({ ...OPTIONS, scheduler: name, preemption });
      const scheduler = make("candidates");
      for (let i = 0; i < 20_000; i++) {
        const may = Array.from({ length: m.nrTasks }, (_, t) => isCandidate(m, t));
        const t = scheduler.next(m);
        if (t === NOBODY) break;
        assert(may[t], `step ${i} runs task ${t}, which may not run`);
        const [c, level] = [m.task.cpu[t]!, m.task.level[t]!];
        assertEquals(level === LEVEL.task ? m.cpu.curr[c] : m.cpu.active[c * 4 + level], t + 1);
        step(m, table, t);
      }
    }
  });

  Deno.test(`${name}: names nobody when no task can ever run again`, () => {
    const { m } = smallMachine({ virtualTime: name === "virtual" });
    m.task.state.fill(TASK.finished);
    m.timer.armed.fill(0);
    m.cpu.nextTickNs.fill(Infinity);
    m.cpu.irqDueNs.fill(Infinity);
    assertEquals(make("nobody").next(m), NOBODY);
  });
}

for (const name of SCHEDULER_NAMES) {
  Deno.test(`${name}: goes on with whichever machine it is asked about`, () => {
    const { virtualTime, make } = SCHEDULER_KINDS[name];
    const pct = { depth: 3, sections: 100 };
    const scheduler = make(new Prng("two machines"), null, { pct, host: { hostCores: 0, stolen: 0 } });
    const machines = [1, 3].map((cpus) => smallMachine({ cpus, virtualTime }));
    for (let i = 0; i < 40; i++) {
      const { m, table } = machines[i % 3 === 0 ? 0 : 1]!;
      const may = Array.from({ length: m.nrTasks }, (_, t) => isCandidate(m, t));
      const t = scheduler.next(m);
      assert(may[t], `task ${t} at ${i}`);
      step(m, table, t);
    }
  });
}

Deno.test("random: another seed gives another schedule", () => {
  const [a, b] = ["a", "b"].map((seed) => runOf("random", new RandomScheduler(new Prng(seed)), 200).tasks);
  assert(a!.some((t, i) => t !== b![i]));
});

Deno.test("random: every candidate is as likely as any other", () => {
  const { m } = planMachine(OPTIONS);
  const candidates = Array.from({ length: m.nrTasks }, (_, t) => t).filter((t) => isCandidate(m, t));
  const scheduler = new RandomScheduler(new Prng("uniform"));
  const counts = new Map(candidates.map((t) => [t, 0]));
  const draws = 4000 * candidates.length;
  const { state, pc, sp } = m.task;
  const saved = [state.slice(), pc.slice(), sp.slice(), m.cpu.curr.slice(), m.cpu.active.slice()];
  for (let i = 0; i < draws; i++) {
    const t = scheduler.next(m);
    counts.set(t, counts.get(t)! + 1);
    [state, pc, sp, m.cpu.curr, m.cpu.active].forEach((view, v) => view.set(saved[v]!));
  }
  assert(candidates.length >= 6 && counts.size === candidates.length);
  const chi = [...counts.values()].reduce((sum, n) => sum + (n - 4000) ** 2 / 4000, 0);
  // 99.9 % of a chi-square with k degrees of freedom lies below k + 3.1 sqrt(2k) + 6
  const free = candidates.length - 1;
  assert(chi < free + 3.1 * Math.sqrt(2 * free) + 6, `chi-square is ${chi} for ${free} degrees of freedom`);
});

Deno.test("random: a single candidate among many tasks is found however rare it is", () => {
  const { m } = smallMachine({ cpus: 40, threads: [], cachedBlocks: 0 });
  m.task.state.fill(TASK.finished);
  m.task.state[m.gpTask] = TASK.ready;
  const scheduler = new RandomScheduler(new Prng("rare"));
  for (let i = 0; i < 50; i++) assertEquals(scheduler.next(m), m.gpTask);
  m.task.state[m.gpTask] = TASK.finished;
  for (const t of [0, m.nrTasks - 1]) {
    m.task.state[t] = TASK.ready;
    assertEquals(scheduler.next(m), t, "the first and the last task");
    m.task.state[t] = TASK.finished;
  }
});

Deno.test("replay: a recorded schedule gives the same world", () => {
  const recorder = new Recorder(1e6);
  const first = runOf("random", new RandomScheduler(new Prng("r"), recorder), 30_000);
  assertEquals([...recorder.tasks()], first.tasks);
  const { m } = planMachine(OPTIONS);
  const again = runOf("random", followerOf(m, recorder.labelled((t) => taskNames(m)[t]!)!), 40_000);
  assertEquals(again.tasks, first.tasks);
  assertEquals(again.bytes, first.bytes);
});

Deno.test("replay: stops where a task cannot come to where it was and says where that is", () => {
  const { m } = planMachine(OPTIONS);
  const softirq = m.roles.softirq[0]!;
  const thread = m.roles.threads[0]![0]!;
  const diverged = (segments: number[], message: string) =>
    assertThrows(
      () => runOf("random", new ReplayScheduler(segments, (t) => `T${t}`), 1 << 21),
      ScheduleDiverged,
      message,
    );
  const pc = m.task.pc[thread]!;
  const { name } = sectionFacts(pc);
  diverged(
    [thread, pc, 1, softirq, pc, 2],
    `segment 2 of 2 runs T${softirq} to ${name} for the 2th time, but`,
  );
  diverged([softirq, pc, 1], "idle, and cannot run after 0 sections of the segment");
});

Deno.test("followerOf() refuses a schedule whose tasks or sections do not exist here", () => {
  const { m } = planMachine(OPTIONS);
  const follow = (schedule: { tasks?: string[]; sections?: string[] }) => () =>
    followerOf(m, { tasks: [], sections: [], ...schedule, segments: new Uint32Array() });
  assertThrows(
    follow({ tasks: ["thread 7"] }),
    ScheduleDiverged,
    'it names task "thread 7", which this machine',
  );
  assertThrows(
    follow({ sections: ["magic.now"] }),
    ScheduleDiverged,
    'section "magic.now", which this version',
  );
});

/** Runs as many sections as register 0 says and changes nothing. */
const steps = operation<Cpus, "one">("testSteps", { one: TOUCHES.own }, (at) => ({
  one(m, t) {
    return --m.task.reg[frame(m, t)]! > 0 ? at.one : ret(m, t, 0);
  },
}));

/** Number of orders in which the tasks can run to their ends, by trying all of them. */
function interleavings({ m, table, bytes }: Machine, tasks: readonly number[]): number {
  const runnable = tasks.filter((t) => isCandidate(m, t));
  if (runnable.length === 0) {
    assert(tasks.every((t) => m.task.state[t] === TASK.idle), "nobody can run and somebody has not ended");
    return 1;
  }
  const saved = bytes.slice();
  let orders = 0;
  for (const t of runnable) {
    dispatch(m, t);
    step(m, table, t);
    orders += interleavings({ m, table, bytes, places: [] }, tasks);
    bytes.set(saved);
  }
  return orders;
}

/** Orders of two tasks of `k` steps, on two CPUs or on one. */
function ordersOf(k: number, cpus: number, preemption: "full" | "voluntary"): number {
  const machine = smallMachine({ cpus, threadsPerCpu: 2 / cpus, profile: mendedProfile({ preemption }) });
  const tasks = [threadOf(machine, 0), threadOf(machine, 1)];
  for (const t of tasks) start(machine, t, steps.start, k);
  return interleavings(machine, tasks);
}

Deno.test("two tasks of k steps have C(2k, k) interleavings", () => {
  assertEquals([1, 2, 3, 4, 5].map((k) => ordersOf(k, 2, "full")), [2, 6, 20, 70, 252]);
  assertEquals(ordersOf(5, 1, "full"), 252, "preemption between any two sections");
  assertEquals(ordersOf(5, 1, "voluntary"), 2, "no preemption: one after the other");
});

/** Computes in slices of register 0 ns, as many as register 1 says, yielding after each. */
const compute = operation<Cpus, "slice">("testCompute", { slice: TOUCHES.own }, (at) => ({
  slice(m, t) {
    const r = frame(m, t);
    spend(m, t, m.task.reg[r]!);
    cond_resched(m, t);
    return --m.task.reg[r + 1]! > 0 ? at.slice : ret(m, t, 0);
  },
}));

Deno.test("virtual time: tasks of one CPU share it by virtual run time", () => {
  for (const preemption of ["full", "voluntary"] as const) {
    const machine = smallMachine({
      cpus: 1,
      threadsPerCpu: 3,
      virtualTime: true,
      profile: mendedProfile({ preemption }),
    });
    const { m, table } = machine;
    const threads = [0, 1, 2].map((i) => threadOf(machine, i));
    // slices of different lengths, far more work than fits into the time looked at
    threads.forEach((t, i) => start(machine, t, compute.start, 20_000 * (i + 1), 1e6));
    const scheduler = new VirtualTimeScheduler();
    while (m.cpu.clockNs[0]! < 600e6) runSteps(m, table, scheduler, 100);
    const shares = threads.map((t) => m.task.vruntimeNs[t]!);
    assert(Math.min(...shares) > 180e6, `${preemption}: ${shares}`);
    assert(Math.max(...shares) - Math.min(...shares) <= 2 * m.tickNs, `${preemption}: ${shares}`);
  }
});

/** Takes lock 0 for register 0 ns, once. */
const locker = operation<Cpus, "lock" | "unlock">(
  "testLocker",
  { lock: TOUCHES.lock, unlock: TOUCHES.lock },
  (at) => ({
    lock: (m, t) => spin_lock(m, t, 0) ? at.unlock : BLOCK,
    unlock(m, t) {
      spend(m, t, m.task.reg[frame(m, t)]!);
      spin_unlock(m, t, 0);
      return ret(m, t, 0);
    },
  }),
);

Deno.test("virtual time: who meets a lock waits exactly until it is released", () => {
  const machine = smallMachine({ virtualTime: true });
  const { m, table } = machine;
  const scheduler = new VirtualTimeScheduler();
  settle(machine);
  m.timer.armed.fill(0);
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  const base = Math.max(...m.cpu.clockNs) + 1000;
  m.cpu.clockNs.fill(base);
  m.cpu.nextTickNs.fill(Infinity);
  begin(m, a, locker.start, 7000);
  begin(m, b, locker.start, 1000);
  runSteps(m, table, scheduler, 5);
  const { lock, contextSwitch } = m.cost;
  assertEquals(m.cpu.clockNs[0], base + contextSwitch + lock + 7000);
  assertEquals(m.cpu.clockNs[1], base + contextSwitch + lock + 7000 + lock + 1000);
  assertEquals([m.lock.waitNs[0], m.lock.contended[0]], [lock + 7000, 1]);
});

Deno.test("virtual time: an interrupt that spins lets the owner of the lock go on", () => {
  const machine = smallMachine({ virtualTime: true, devices: [null, Int32Array.of(0, 0, 0)] });
  const { m, table } = machine;
  const scheduler = new VirtualTimeScheduler();
  const [a, device] = [threadOf(machine, 0), m.roles.device[1]!];
  Object.assign(m.roles, { deviceStart: locker.start });
  settle(machine);
  m.timer.armed.fill(0);
  m.cpu.irqDueNs[1] = Infinity;
  const base = Math.max(...m.cpu.clockNs) + 1000;
  m.cpu.clockNs.fill(base);
  m.cpu.nextTickNs.fill(Infinity);
  begin(m, a, locker.start, 7000);
  runSteps(m, table, scheduler, 1);
  assertEquals(m.lock.owner[0], a + 1);
  m.cpu.irqDueNs[1] = base;
  runSteps(m, table, scheduler, 1);
  assertEquals(m.task.state[device], TASK.spinning);
  m.cpu.irqDueNs[1] = Infinity;
  runSteps(m, table, scheduler, 3);
  assertEquals([m.task.state[a], m.task.state[device], m.lock.owner[0]], [TASK.idle, TASK.idle, 0]);
});

/** Sleeps for register 0 jiffies. */
const nap = operation<Cpus, "sleep" | "end">("testNap", { sleep: TOUCHES.timer, end: TOUCHES.own }, (at) => ({
  sleep(m, t) {
    sleepJiffies(m, t, CHANNEL.timer, m.task.reg[frame(m, t)]!);
    return at.end;
  },
  end: (m, t) => ret(m, t, 0),
}));

Deno.test("virtual time: an idle CPU skips the ticks that nothing needs", () => {
  const machine = smallMachine({ virtualTime: true });
  const { m, table } = machine;
  m.timer.armed.fill(0);
  const scheduler = new VirtualTimeScheduler();
  const t = threadOf(machine, 1);
  start(machine, t, nap.start, 40);
  let ticks = 0;
  while (m.task.state[t] !== TASK.idle) {
    const next = scheduler.next(m);
    if (next === m.roles.tick[0] || next === m.roles.tick[1]) ticks++;
    step(m, table, next);
  }
  assertEquals(Math.floor(m.cpu.clockNs[1]! / m.tickNs), 41);
  assert(ticks <= 4, `${ticks} ticks in 41 jiffies of two idle CPUs`);
  assert(m.cpu.idleNs[1]! > 40 * m.tickNs * 0.99);
});

Deno.test("virtual time: clocks never run backwards and the smallest runs first", () => {
  const { m, table } = planMachine({ ...OPTIONS, scheduler: "virtual" });
  const scheduler = new VirtualTimeScheduler();
  let before = m.cpu.clockNs.slice();
  for (let i = 0; i < 30_000; i++) {
    const t = scheduler.next(m);
    if (t < 0) break;
    step(m, table, t);
    m.cpu.clockNs.forEach((ns, c) => assert(ns >= before[c]!, `CPU ${c} goes back in time at step ${i}`));
    before = m.cpu.clockNs.slice();
  }
});

/** Every candidate is put on its CPU by both; the world is left as it was. */
function assertSameDispatch({ m, bytes }: Pick<Machine, "m" | "bytes">, candidates: CandidateTest): void {
  const saved = bytes.slice();
  for (let t = 0; t < m.nrTasks; t++) {
    if (!candidates.has(t)) continue;
    dispatch(m, t);
    const slow = bytes.slice();
    bytes.set(saved);
    candidates.dispatch(t);
    assertEquals(bytes, slow);
    bytes.set(saved);
  }
}

Deno.test("CandidateTest says and does with every task what isCandidate and dispatch say and do", () => {
  const runs = [{ preemption: "voluntary" }, { preemption: "full" }, {
    workload: "hotplug",
    calls: 20,
  }] as const;
  for (const options of runs) {
    const { m, table, bytes } = planMachine({ ...OPTIONS, scheduler: "random", ...options });
    const candidates = new CandidateTest(m);
    const scheduler = new RandomScheduler(new Prng(`slow twin ${JSON.stringify(options)}`));
    let offline = 0;
    const seen = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      for (let t = 0; t < m.nrTasks; t++) {
        const slow = isCandidate(m, t);
        assertEquals(candidates.has(t), slow, `task ${t} before step ${i}`);
        seen.add(`${m.task.state[t]} ${slow}`);
      }
      if (i % 1000 === 0) assertSameDispatch({ m, bytes }, candidates);
      if (m.cpu.online.includes(0)) offline++;
      const t = scheduler.next(m);
      if (t === NOBODY) break;
      step(m, table, t);
    }
    for (const both of [TASK.idle, TASK.ready]) {
      assert(seen.has(`${both} true`) && seen.has(`${both} false`), `state ${both} was seen both ways`);
    }
    assertEquals(offline > 0, "workload" in options, "CPUs go down where that is the load");
  }
});

Deno.test("dispatch() of who runs already is a switch to itself only where it yields and somebody should run", () => {
  const machine = smallMachine({ cpus: 1 });
  const { m } = machine;
  const t = threadOf(machine, 0);
  let switches = 0;
  Object.assign(m, { noteContextSwitch: () => void switches++ });
  begin(m, t, steps.start, 9);
  const cases = [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 1, 0], [1, 1, 0, 0, 1]] as const;
  for (const put of [(t: number) => dispatch(m, t), (t: number) => new CandidateTest(m).dispatch(t)]) {
    put(t);
    for (const [yields, needResched, ...after] of cases) {
      switches = 0;
      m.cpu.yields[0] = yields;
      m.cpu.needResched[0] = needResched;
      put(t);
      assertEquals([m.cpu.yields[0], m.cpu.needResched[0], switches], after);
      assertEquals(m.cpu.curr[0], t + 1);
    }
  }
});
