/**
 * Expedited grace periods, polled cookies, rcu_barrier, floods of callbacks; and small machines in all orders.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runOperation,
  runTask,
  settle,
  settleNocb,
  smallMachine,
  start,
  stepTask,
  threadOf,
  threadsOn,
  tickCpu,
} from "../../tests/support/machines.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import type { Machine } from "../run/machine.ts";
import { defaultRunOptions } from "../run/options.ts";
import { runSteps } from "../scheduler/engine.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { EVENT } from "../sim/events.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { frame, LEVEL, TASK } from "../sim/task.ts";
import { CHANNEL } from "../cpu/sched.ts";
import { profileNamed } from "../profile/profile.ts";
import { rcu_barrier } from "./barrier.ts";
import { BATCH, isBatchOver, startBatch } from "./batch.ts";
import { call_rcu } from "./call_rcu.ts";
import { synchronize_rcu_expedited } from "./exp.ts";
import { rcu_gp_kthread } from "./gp_kthread.ts";
import { nocb_nobypass_lim_per_jiffy } from "./nocb_list.ts";
import { LIMITS } from "./overload.ts";
import {
  cond_synchronize_rcu,
  get_state_synchronize_rcu,
  get_state_synchronize_rcu_full,
  poll_state_synchronize_rcu,
  poll_state_synchronize_rcu_full,
  start_poll_synchronize_rcu,
} from "./poll.ts";
import { CALLBACK, type Rcu, SEG } from "./rcu.ts";
import { rcu_read_lock, rcu_read_unlock } from "./reader.ts";
import { synchronize_rcu } from "./sync.ts";

/** A machine with an idle thread on each CPU, nothing else going on. */
function quiet(cpus = 3, changes: Parameters<typeof mendedProfile>[0] = {}): Machine {
  const machine = smallMachine({ cpus, profile: mendedProfile(changes) });
  settle(machine);
  return machine;
}

/** Thread of a CPU becomes its current task, inside a reader. */
function beginReader(machine: Machine, cpu: number): number {
  const t = threadOf(machine, cpu);
  machine.m.cpu.curr[cpu] = t + 1;
  rcu_read_lock(machine.m, t);
  return t;
}

/** Delivers what other CPUs have sent. */
function deliver(machine: Machine, cpu: number): void {
  stepTask(machine, machine.m.roles.ipi[cpu]!);
}

Deno.test("synchronize_rcu_expedited() on an idle machine needs no interrupt and no tick", () => {
  const machine = quiet();
  runOperation(machine, threadOf(machine, 0), synchronize_rcu_expedited.start);
  assertEquals([...machine.m.cpu.ipiPending], [0, 0, 0]);
  assertEquals([machine.m.rcu.expedited_sequence[0], machine.m.rcu.completed[0]], [4, 0]);
});

Deno.test("synchronize_rcu_expedited() interrupts a busy CPU, which reports at once outside of readers", () => {
  const machine = quiet();
  const { m } = machine;
  m.cpu.curr[1] = threadOf(machine, 1) + 1;
  const waiter = threadOf(machine, 0);
  start(machine, waiter, synchronize_rcu_expedited.start);
  runTask(machine, waiter);
  assertEquals([m.task.state[waiter], m.cpu.ipiPending[1]], [TASK.sleeping, 1]);
  deliver(machine, 1);
  runTask(machine, waiter);
  assertEquals([m.task.state[waiter], m.rcu.expedited_sequence[0]], [TASK.idle, 4]);
});

Deno.test("synchronize_rcu_expedited() waits for the reader that was interrupted, and for no later one", () => {
  const machine = quiet();
  const { m } = machine;
  const reader = beginReader(machine, 1);
  const waiter = threadOf(machine, 0);
  start(machine, waiter, synchronize_rcu_expedited.start);
  runTask(machine, waiter);
  deliver(machine, 1);
  assertEquals([m.rdp.exp_deferred_qs[1], m.task.state[waiter]], [1, TASK.sleeping]);
  const late = beginReader(machine, 2);
  rcu_read_unlock(m, reader);
  runTask(machine, waiter);
  assertEquals([m.task.state[waiter], m.rcuTask.nesting[late], m.rdp.exp_deferred_qs[1]], [TASK.idle, 1, 0]);
});

Deno.test("synchronize_rcu_expedited() waits for a reader that is preempted before its CPU is interrupted", () => {
  const machine = quiet();
  const { m } = machine;
  const reader = beginReader(machine, 1);
  const waiter = threadOf(machine, 0);
  start(machine, waiter, synchronize_rcu_expedited.start);
  runTask(machine, waiter);
  m.noteContextSwitch(reader);
  m.cpu.curr[1] = 0;
  assertEquals([m.rcuTask.blocksExp[reader], m.rnp.exp_tasks[0]], [1, 1]);
  deliver(machine, 1);
  assertEquals(m.task.state[waiter], TASK.sleeping);
  rcu_read_unlock(m, reader);
  runTask(machine, waiter);
  assertEquals([m.task.state[waiter], m.rnp.exp_tasks[0], m.rnp.blkd_tasks[0]], [TASK.idle, 0, 0]);
});

Deno.test("rcu_exp_handler() reports at once unless it interrupts a softirq, a reader or what is not preempted", () => {
  const cpu = 1;
  type Found = (machine: Machine) => void;
  const softirq: Found = ({ m }) => m.cpu.active[cpu * 4 + LEVEL.softirq] = m.roles.softirq[cpu]! + 1;
  const nothing: Found = ({ m }) => m.cpu.curr[cpu] = 0;
  const ways: readonly (readonly [name: string, found: Found, full: number[], voluntary: number[]])[] = [
    ["a thread", () => {}, [0, 0], [1, 1]],
    ["a thread with preemption off", ({ m }) => m.cpu.preemptOff[cpu] = 1, [1, 1], [1, 1]],
    ["a reader", (machine) => rcu_read_lock(machine.m, threadOf(machine, cpu)), [1, 0], [1, 1]],
    ["nothing", nothing, [0, 0], [0, 0]],
    ["a softirq", softirq, [1, 1], [1, 1]],
    ["a softirq on an idle CPU", (machine) => [nothing, softirq].forEach((way) => way(machine)), [1, 1], [
      1,
      1,
    ]],
    [
      "a softirq that reads",
      (machine) => {
        softirq(machine);
        rcu_read_lock(machine.m, machine.m.roles.softirq[cpu]!);
      },
      [1, 0],
      [1, 1],
    ],
  ];
  for (const [name, found, full, voluntary] of ways) {
    const left = (["full", "voluntary"] as const).map((preemption) => {
      const machine = quiet(3, { preemption });
      const { m } = machine;
      m.cpu.curr[cpu] = threadOf(machine, cpu) + 1;
      const waiter = threadOf(machine, 0);
      start(machine, waiter, synchronize_rcu_expedited.start);
      runTask(machine, waiter);
      found(machine);
      deliver(machine, cpu);
      // what is left to a later report is deferred; who is asked to reschedule brings it about
      assertEquals(m.task.state[waiter] === TASK.ready, m.rdp.exp_deferred_qs[cpu] === 0, name);
      return [m.rdp.exp_deferred_qs[cpu], m.cpu.needResched[cpu]];
    });
    assertEquals(left, [full, voluntary], name);
  }
});

Deno.test("a reader nested in an interrupt does not report for the reader it interrupted", () => {
  const machine = quiet();
  const { m } = machine;
  const reader = beginReader(machine, 1);
  const waiter = threadOf(machine, 0);
  start(machine, waiter, synchronize_rcu_expedited.start);
  runTask(machine, waiter);
  deliver(machine, 1);
  const handler = m.roles.softirq[1]!;
  m.cpu.active[1 * 4 + 1] = handler + 1;
  rcu_read_lock(m, handler);
  rcu_read_unlock(m, handler);
  assertEquals([m.task.state[waiter], m.rdp.exp_deferred_qs[1]], [TASK.sleeping, 1]);
  m.cpu.active[1 * 4 + 1] = 0;
  rcu_read_unlock(m, reader);
  runTask(machine, waiter);
  assertEquals(m.task.state[waiter], TASK.idle);
});

Deno.test("a kernel that is not preemptible reports the expedited quiescent state at the context switch", () => {
  const machine = quiet(2, { preemption: "voluntary" });
  const { m } = machine;
  const busy = threadOf(machine, 1);
  m.cpu.curr[1] = busy + 1;
  const waiter = threadOf(machine, 0);
  start(machine, waiter, synchronize_rcu_expedited.start);
  runTask(machine, waiter);
  deliver(machine, 1);
  assertEquals([m.task.state[waiter], m.cpu.needResched[1]], [TASK.sleeping, 1]);
  m.noteContextSwitch(busy);
  runTask(machine, waiter);
  assertEquals(m.task.state[waiter], TASK.idle);
});

Deno.test("callers of synchronize_rcu_expedited() share a grace period that starts after they asked", () => {
  const machine = quiet(4);
  const { m } = machine;
  const reader = beginReader(machine, 3);
  const callers = [0, 1, 2].map((c) => threadOf(machine, c));
  for (const t of callers) start(machine, t, synchronize_rcu_expedited.start);
  for (const t of callers) runTask(machine, t);
  deliver(machine, 3);
  rcu_read_unlock(m, reader);
  for (let i = 0; i < 10; i++) {
    for (const t of callers) runTask(machine, t);
    for (let c = 0; c < 4; c++) if (m.cpu.ipiPending[c] !== 0) deliver(machine, c);
  }
  assertEquals(callers.map((t) => m.task.state[t]), [TASK.idle, TASK.idle, TASK.idle]);
  // the second and third asked during the first's and share the next one
  assertEquals(m.rcu.expedited_sequence[0], 8);
});

Deno.test("synchronize_rcu() takes expedited grace periods when rcu_expedited is set", () => {
  const machine = quiet(2, { rcu_expedited: true });
  runOperation(machine, threadOf(machine, 0), synchronize_rcu.start);
  assertEquals([machine.m.rcu.expedited_sequence[0], machine.m.rcu.completed[0]], [4, 0]);
});

for (const [name, moves] of [["v5_14", 0], ["v6_1", 4]] as const) {
  Deno.test(`synchronize_rcu_expedited() of ${name} adds ${moves} to its number on the only CPU`, () => {
    const machine = quiet(1, { ...profileNamed(name), preemption: "voluntary" });
    const before = machine.m.rcu.expedited_sequence[0]!;
    runOperation(machine, threadOf(machine, 0), synchronize_rcu_expedited.start);
    assertEquals(machine.m.rcu.expedited_sequence[0]! - before, moves);
  });
}

Deno.test("synchronize_rcu_expedited() inside a reader is a bug", () => {
  const machine = quiet();
  const t = beginReader(machine, 0);
  start(machine, t, synchronize_rcu_expedited.start);
  assertThrows(() => runTask(machine, t), KernelBug, "inside a read-side section");
});

Deno.test("in virtual time an expedited grace period takes microseconds where a normal one takes jiffies", () => {
  const took = [synchronize_rcu_expedited, synchronize_rcu].map((way) => {
    const machine = smallMachine({ virtualTime: true, cpus: 4 });
    const { m } = machine;
    m.cpu.clockNs.fill(10.4 * m.tickNs);
    const waiter = threadOf(machine, 1);
    start(machine, waiter, way.start);
    let endNs = 0;
    for (let i = 0; i < 2000 && endNs === 0; i++) {
      runSteps(m, machine.table, new VirtualTimeScheduler(), 1);
      if (m.task.state[waiter] === TASK.idle) endNs = m.cpu.clockNs[m.task.cpu[waiter]!]!;
    }
    return endNs - 10.4 * m.tickNs;
  });
  assert(took[0]! > 0 && took[0]! < 100_000, `expedited took ${took[0]} ns`);
  assert(took[1]! > 4e6, `normal took ${took[1]} ns`);
});

Deno.test("a cookie is done after a normal grace period that starts later, and not before", () => {
  for (const polledCookie of ["normal", "combined"] as const) {
    const machine = quiet(2, { polledCookie });
    const { m } = machine;
    const cookie = start_poll_synchronize_rcu(m, threadOf(machine, 0));
    assert(!poll_state_synchronize_rcu(m, cookie));
    settle(machine);
    for (let i = 0; i < 6; i++) passJiffies(machine, 1);
    assert(poll_state_synchronize_rcu(m, cookie), polledCookie);
    assert(!poll_state_synchronize_rcu(m, get_state_synchronize_rcu(m)));
  }
});

Deno.test("a full cookie is done after an expedited grace period, a cookie of before 6.1 is not", () => {
  for (const polledCookie of ["normal", "combined"] as const) {
    const machine = quiet(2, { polledCookie });
    const { m } = machine;
    const cookie = get_state_synchronize_rcu(m);
    const full = get_state_synchronize_rcu_full(m);
    runOperation(machine, threadOf(machine, 0), synchronize_rcu_expedited.start);
    assertEquals(poll_state_synchronize_rcu(m, cookie), polledCookie === "combined");
    assert(poll_state_synchronize_rcu_full(m, full.rgos_norm, full.rgos_exp));
  }
});

Deno.test("a cookie of one number can miss an expedited grace period that a full cookie sees", () => {
  const machine = quiet(3, { polledCookie: "combined" });
  const { m } = machine;
  const reader = beginReader(machine, 1); // holds a normal grace period open
  start_poll_synchronize_rcu(m, threadOf(machine, 0));
  settle(machine);
  rcu_read_unlock(m, reader);
  const cookie = get_state_synchronize_rcu(m);
  const full = get_state_synchronize_rcu_full(m);
  m.cpu.curr[1] = 0;
  runOperation(machine, threadOf(machine, 2), synchronize_rcu_expedited.start);
  assert(poll_state_synchronize_rcu_full(m, full.rgos_norm, full.rgos_exp));
  assert(!poll_state_synchronize_rcu(m, cookie));
});

Deno.test("a cookie of one number is done before any node knows that its grace period has ended", () => {
  const machine = quiet(3, profileNamed("v6_1"));
  const { m } = machine;
  const cookie = start_poll_synchronize_rcu(m, threadOf(machine, 0));
  settle(machine);
  for (let i = 0; i < 9 && m.task.pc[m.gpTask] !== rcu_gp_kthread.at.cleanup; i++) {
    for (let c = 0; c < 3; c++) tickCpu(machine, c);
    runTask(machine, m.gpTask, rcu_gp_kthread.at.cleanup);
  }
  assertEquals(poll_state_synchronize_rcu(m, cookie), false);
  stepTask(machine, m.gpTask);
  assertEquals([m.rcu.completed[0], poll_state_synchronize_rcu(m, cookie)], [0, true]);
});

Deno.test("cond_synchronize_rcu() waits only when its cookie is not done", () => {
  const machine = quiet(2);
  const { m } = machine;
  const t = threadOf(machine, 0);
  const cookie = get_state_synchronize_rcu(m);
  start(machine, t, cond_synchronize_rcu.start, cookie);
  runTask(machine, t);
  assertEquals(m.task.state[t], TASK.sleeping);
  for (let i = 0; i < 10 && m.task.state[t] === TASK.sleeping; i++) passJiffies(machine, 1);
  runTask(machine, t);
  assertEquals(m.task.ret[t], 1);
  assertEquals(runOperation(machine, t, cond_synchronize_rcu.start, cookie), 0);
});

/** Queues a callback that does nothing on the CPU of task `t`. */
function queueCallback(m: Rcu, t: number, cb: number): void {
  m.callback.func[cb] = CALLBACK.count;
  call_rcu(m, t, cb);
}

Deno.test("rcu_barrier() with no callback anywhere is over at once, without a grace period", () => {
  const machine = quiet();
  runOperation(machine, threadOf(machine, 0), rcu_barrier.start);
  assertEquals(machine.m.rcu.completed[0], 0);
});

Deno.test("rcu_barrier() ends when every callback that was queued before it has been invoked, each time anew", () => {
  const machine = quiet();
  const { m } = machine;
  const invoked: number[] = [];
  m.events.subscribe({ kinds: [EVENT.callbackInvoked], onEvent: (_k, _t, cb) => void invoked.push(cb) });
  const t = threadOf(machine, 0);
  for (const callers of [[1, 2], [0, 1], [2]]) {
    const queued = callers.map((c) => threadOf(machine, c));
    invoked.length = 0;
    for (const cb of queued) queueCallback(m, cb, cb);
    const asked = new Set<number>();
    start(machine, t, rcu_barrier.start);
    for (let i = 0; i < 40 && m.task.state[t] !== TASK.idle; i++) {
      runTask(machine, t);
      for (let c = 0; c < 3; c++) {
        if (m.cpu.ipiPending[c] === 0) continue;
        asked.add(c);
        deliver(machine, c);
      }
      if (i > 4) passJiffies(machine, 1);
      if (m.task.state[t] === TASK.idle) break;
      assert(i < 5 || m.rcu.barrierOwner[0] === t + 1);
    }
    assertEquals(m.task.state[t], TASK.idle);
    assertEquals([...asked], callers.filter((c) => c !== 0)); // its own CPU it need not interrupt
    assertEquals(invoked.filter((cb) => cb < m.barrierCallback).sort(), queued);
    assertEquals(invoked.filter((cb) => cb >= m.barrierCallback).length, callers.length);
  }
});

Deno.test("a second rcu_barrier() that asked before the first began counts is served by a later one", () => {
  const machine = quiet();
  const { m } = machine;
  queueCallback(m, threadOf(machine, 2), threadOf(machine, 2));
  const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
  for (const t of [a, b]) start(machine, t, rcu_barrier.start);
  for (let i = 0; i < 60; i++) {
    for (const t of [a, b]) runTask(machine, t);
    for (let c = 0; c < 3; c++) if (m.cpu.ipiPending[c] !== 0) deliver(machine, c);
    passJiffies(machine, 1);
  }
  assertEquals([m.task.state[a], m.task.state[b], m.rcu.barrierOwner[0]], [TASK.idle, TASK.idle, 0]);
});

/** A machine whose first thread can queue many callbacks. */
function flooded(callbacks: number, changes: Parameters<typeof mendedProfile>[0] = {}): Machine {
  // a CPU has as many callbacks as there are tasks, so that each can wait: idle threads give their numbers
  const threadsPerCpu = Math.ceil(callbacks / 2);
  const machine = smallMachine({ cpus: 2, threadsPerCpu, profile: mendedProfile(changes) });
  settle(machine);
  return machine;
}

Deno.test("a flood of more than qhimark callbacks starts a grace period, then hurries it and lifts blimit", () => {
  const machine = flooded(0);
  const { m } = machine;
  const t = m.roles.threads[0]![0]!;
  m.rdp.len[0] = LIMITS.qhimark;
  queueCallback(m, t, t);
  assertEquals(m.rcu.gp_flags[0]! & 1, 1, "no grace period ran: one is asked for");
  assertEquals(m.rdp.blimit[0], LIMITS.blimit);
  m.rcu.gp_seq[0]!++;
  m.rdp.qlen_last_fqs_check[0] = 0;
  queueCallback(m, t + 1, t + 1);
  assertEquals(m.rcu.gp_flags[0]! & 2, 2, "one runs: it is told to scan now");
  assertEquals(m.rdp.blimit[0], LIMITS.DEFAULT_MAX_RCU_BLIMIT);
  assertEquals(m.rdp.qlen_last_fqs_check[0], m.rdp.len[0]!);
});

Deno.test("call_rcu() with interrupts off notes a flood, and asks for no grace period", () => {
  const machine = flooded(0);
  const { m } = machine;
  const t = m.roles.threads[0]![0]!;
  m.rdp.len[0] = 3 * LIMITS.qhimark;
  m.cpu.irqOff[0] = 1;
  queueCallback(m, t, t);
  assertEquals([m.rcu.gp_flags[0], m.rdp.cbovld[0]], [0, 1]);
  m.cpu.irqOff[0] = 0;
  queueCallback(m, t + 1, t + 1);
  assertEquals(m.rcu.gp_flags[0], 1);
});

Deno.test("rcu_do_batch leaves callbacks over at blimit when a thread waits, and invokes all on an idle CPU", () => {
  for (const busy of [true, false]) {
    const machine = flooded(60);
    const { m } = machine;
    const ends: number[][] = [];
    m.events.subscribe({
      kinds: [EVENT.rcu_batch_end],
      onEvent: (_k, _t, n, left) => void ends.push([n, left]),
    });
    const threads = m.roles.threads[1]!.filter((t) => m.task.state[t] === TASK.idle).slice(0, 25);
    for (const t of threads) queueCallback(m, t, t);
    if (busy) m.cpu.curr[1] = threads[0]! + 1;
    for (let i = 0; i < 40 && m.rdp.len[1] !== 0; i++) {
      tickCpu(machine, 0);
      stepTask(machine, m.roles.tick[1]!);
      stepSoftirqOnce(machine, 1);
      settle(machine);
    }
    assertEquals(ends, busy ? [[10, 1], [10, 1], [5, 0]] : [[25, 0]]);
  }
});

Deno.test("rcu_do_batch on an idle CPU stops at blimit once a callback has woken a thread there", () => {
  const machine = flooded(60);
  const { m } = machine;
  const threads = m.roles.threads[1]!.filter((t) => m.task.state[t] === TASK.idle).slice(0, 25);
  for (const t of threads) queueCallback(m, t, t);
  const woken = threads[12]!;
  m.callback.func[woken] = CALLBACK.wake;
  m.callback.arg[woken] = woken;
  m.task.state[woken] = TASK.sleeping;
  m.task.waitOn[woken] = CHANNEL.completion + woken;
  m.rdp.head[4 + SEG.DONE] = m.rdp.head[4 + SEG.NEXT]!;
  m.rdp.tail[4 + SEG.DONE] = m.rdp.tail[4 + SEG.NEXT]!;
  m.rdp.head[4 + SEG.NEXT] = m.rdp.tail[4 + SEG.NEXT] = 0;
  m.cpu.softirqPending[1] = 2;
  stepSoftirqOnce(machine, 1);
  assertEquals([m.rdp.len[1], m.task.state[woken]], [12, TASK.ready]);
});

for (
  const [name, ready, limit] of [["v5_9", 2, 20], ["v6_1", 2, 20], ["v6_3", 2, 10], [
    "v6_3",
    2560,
    20,
  ]] as const
) {
  Deno.test(`rcu_do_batch of ${name} with ${ready} callbacks ready of 2560 stops at ${limit}`, () => {
    const machine = smallMachine({ profile: mendedProfile(profileNamed(name)) });
    const { m } = machine;
    m.rdp.len[0] = 2560;
    const t = threadOf(machine, 0);
    // a chain as long as wanted needs no callbacks but these: the last one is where it ends
    const chain = new Int32Array(ready).map((_, i) => (i + 1 < ready ? i + 2 : 0));
    const view = { ...m, callback: { ...m.callback, next: chain } };
    m.rdp.head[SEG.DONE] = 1;
    startBatch(view, t, 0);
    assertEquals(m.task.reg[frame(m, t) + BATCH.LIMIT], limit);
  });
}

for (const [name, nocbTimed] of [["v5_14", true], ["v6_1", false]] as const) {
  Deno.test(`rcu_do_batch of ${name}: offloaded callbacks have ${nocbTimed ? "a" : "no"} time limit`, () => {
    const profile = mendedProfile({ ...profileNamed(name), rcu_nocbs: true });
    for (const softirq of [true, false]) {
      const machine = smallMachine({ cpus: 2, profile });
      const { m } = machine;
      const t = softirq ? m.roles.softirq[0]! : m.nocbTask;
      m.rdp.blimit[0] = LIMITS.timedFrom + 1;
      m.rdp.head[SEG.DONE] = 1;
      startBatch(m, t, 0);
      m.task.reg[frame(m, t) + BATCH.INVOKED] = LIMITS.timedEvery;
      m.cpu.clockNs[0]! += LIMITS.rcu_resched_ns;
      assertEquals(isBatchOver(m, t), softirq || nocbTimed);
    }
  });
}

/** One run of the CPU's softirq, as the end of one interrupt gives it. */
function stepSoftirqOnce(machine: Machine, cpu: number): void {
  const { m } = machine;
  const t = m.roles.softirq[cpu]!;
  if (m.cpu.softirqPending[cpu] === 0) return;
  do stepTask(machine, t); while (m.task.state[t] === TASK.ready);
}

/** Callback numbers of threads on CPU 1 of an offloaded machine, queued, and the machine. */
function offloaded(
  callbacks: number,
  irqsOff = false,
): { machine: Machine; cbs: number[]; invoked: number[] } {
  const profile = mendedProfile({ rcu_nocbs: true });
  const machine = smallMachine({ cpus: 4, threadsPerCpu: Math.max(2, callbacks), profile });
  const { m } = machine;
  settle(machine);
  settleNocb(machine);
  const invoked: number[] = [];
  m.events.subscribe({ kinds: [EVENT.callbackInvoked], onEvent: (_k, _t, cb) => void invoked.push(cb) });
  const cbs = threadsOn(machine, 1).slice(0, callbacks);
  if (irqsOff) m.cpu.irqOff[1] = 1;
  for (const t of cbs) queueCallback(m, t, t);
  if (irqsOff) m.cpu.irqOff[1] = 0;
  return { machine, cbs, invoked };
}

Deno.test("offloaded callbacks are invoked by a kthread, after a grace period", () => {
  const { machine, cbs, invoked } = offloaded(3);
  const { m } = machine;
  let invokedOn = -1;
  m.events.subscribe({ kinds: [EVENT.callbackInvoked], onEvent: (_k, t) => void (invokedOn = t) });
  for (let i = 0; i < 12; i++) {
    settleNocb(machine);
    settle(machine);
    passJiffies(machine, 1);
  }
  assertEquals(invoked, cbs);
  assertEquals([invokedOn, m.rdp.len[1]], [m.nocbTask + 1, 0]);
  assert(m.rcu.completed[0]! >= 1);
});

Deno.test("a burst on an offloaded CPU goes to the bypass list from 16 callbacks a millisecond on", () => {
  const { machine, cbs, invoked } = offloaded(70);
  const { m } = machine;
  assertEquals([nocb_nobypass_lim_per_jiffy(1000), nocb_nobypass_lim_per_jiffy(250)], [16, 64]);
  assertEquals([m.rdp.len[1], m.rdp.bypassLen[1]], [70, 6]);
  for (let i = 0; i < 16; i++) {
    settleNocb(machine);
    settle(machine);
    passJiffies(machine, 1);
  }
  assertEquals(invoked, cbs);
  assertEquals([m.rdp.len[1], m.rdp.bypassLen[1]], [0, 0]);
});

Deno.test("a wake-up for an offloaded CPU with interrupts off is left to its next tick", () => {
  const { machine, cbs, invoked } = offloaded(1, true);
  const { m } = machine;
  assertEquals(m.rdp.nocb_defer_wakeup[1], 1);
  settleNocb(machine);
  assertEquals(m.rcu.gp_flags[0], 0, "nobody knows of the callback yet");
  tickCpu(machine, 1);
  assertEquals(m.rdp.nocb_defer_wakeup[1], 0);
  for (let i = 0; i < 12; i++) {
    settleNocb(machine);
    settle(machine);
    passJiffies(machine, 1);
  }
  assertEquals(invoked, cbs);
});

Deno.test("random programs on offloaded and expediting machines violate nothing", () => {
  for (const rcuBoot of [["rcu_nocbs"], ["rcu_expedited"], ["rcu_nocbs", "rcu_expedited"]]) {
    for (const scheduler of ["random", "virtual"] as const) {
      const geometry = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 3, nodes: 1 });
      const options = { ...defaultRunOptions(geometry), rcuBoot, scheduler, calls: 400, blockEntries: 4 };
      for (let run = 0; run < 3; run++) assertEquals(execute({ ...options, run }).violation, null);
    }
  }
});

Deno.test("a callback that comes while the last ones are invoked wakes the kthread of its offloaded CPU", () => {
  const { machine, cbs } = offloaded(2);
  const { m } = machine;
  const [first, second] = [cbs[0]!, cbs[1]!];
  let added = false;
  m.events.subscribe({
    kinds: [EVENT.callbackInvoked],
    onEvent(_k, _t, cb) {
      if (cb !== second || added) return;
      added = true;
      queueCallback(m, first, first); // between the invocation and the count of what was invoked
    },
  });
  for (let i = 0; i < 30; i++) {
    settleNocb(machine);
    settle(machine);
    passJiffies(machine, 1);
  }
  assertEquals([added, m.rdp.len[1], m.callback.queued[first]], [true, 0, 0]);
});
