/** A CPU that goes down while others still send it work: that and its callbacks change hands in the order they came. */
import { assertEquals } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  settleNocb,
  smallMachine,
  start,
  stepTask,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { soundness, stockPcp } from "../../tests/support/memory.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { drain_all_pages, drain_pages } from "../mm/drain.ts";
import { pcpOf } from "../mm/mm.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { LEVEL, TASK } from "../sim/task.ts";
import { rcu_barrier } from "./barrier.ts";
import { call_rcu } from "./call_rcu.ts";
import { appendChain } from "./cblist.ts";
import { cpu_down } from "./hotplug.ts";
import { CALLBACK, GP_FLAG, SEG } from "./rcu.ts";
import { rcu_seq_snap } from "./seq.ts";

const DEAD = 2;

/** Three CPUs, of which the last is about to go: it was found idle, and is up still. */
function parked(): { machine: Machine; t: number } {
  const machine = smallMachine({ cpus: 3 });
  settle(machine);
  machine.m.timer.armed.fill(0);
  machine.m.task.state[threadOf(machine, DEAD)] = TASK.finished;
  const t = threadOf(machine, 0);
  start(machine, t, cpu_down.start, DEAD);
  runTask(machine, t, cpu_down.at.dead);
  assertEquals(machine.m.task.pc[t], cpu_down.at.dead);
  return { machine, t };
}

/** Items of a pool, in order. */
function queued({ m }: Machine, pool: number): number[] {
  const items: number[] = [];
  for (let item = m.pool.head[pool]!; item !== 0; item = m.work.next[item - 1]!) items.push(item - 1);
  return items;
}

for (const high of [false, true]) {
  const name = high ? "high" : "normal";
  Deno.test(`cpu_down() moves work that came at the last moment behind that of its own CPU (${name})`, () => {
    const { machine, t } = parked();
    const { m } = machine;
    const [mine, first, second] = [m.vmstatWork, m.vmstatWork + DEAD, m.drainWork + DEAD];
    queue_work_on(m, t, mine, poolOf(0, high));
    queue_work_on(m, t, first, poolOf(DEAD, high));
    queue_work_on(m, t, second, poolOf(DEAD, high));
    stepTask(machine, t);
    assertEquals(queued(machine, poolOf(DEAD, high)), []);
    assertEquals(queued(machine, poolOf(0, high)), [mine, first, second]);
    runTask(machine, t);
    settle(machine);
    assertEquals([mine, first, second].map((item) => m.work.pending[item]), [0, 0, 0]);
    assertEquals([m.task.state[t], m.cpu.online[DEAD]], [TASK.idle, 0]);
  });
}

Deno.test("cpu_down() waits for an interrupt that came after it had found the CPU idle", () => {
  const { machine, t } = parked();
  const { m } = machine;
  m.cpu.active[DEAD * 4 + LEVEL.softirq] = 1; // in the middle of a batch of callbacks, say
  stepTask(machine, t);
  assertEquals([m.task.pc[t], m.cpu.online[DEAD]], [cpu_down.at.park, 1]);
  m.cpu.active[DEAD * 4 + LEVEL.softirq] = 0;
  stepTask(machine, t);
  stepTask(machine, t);
  assertEquals(m.cpu.online[DEAD], 0);
});

/** Lets a grace period run from now on. */
function runs({ m }: Machine): void {
  m.rcu.gp_seq[0]!++;
  m.rnp.gp_seq.fill(m.rcu.gp_seq[0]!);
  m.rdp.gp_seq.fill(m.rcu.gp_seq[0]!);
}

Deno.test("cpu_down() moves callbacks to the CPU that does it, those that are done to the done ones", () => {
  const { machine, t } = parked();
  const { m } = machine;
  const { rdp } = m;
  runs(machine);
  // callbacks 0 and 1 are CPU 0's, 2 and 3 the other's; each has one that is done and one that waits
  const put = (cpu: number, segment: number, cb: number) => {
    rdp.head[cpu * 4 + segment] = rdp.tail[cpu * 4 + segment] = cb + 1;
    rdp.len[cpu]!++;
  };
  put(0, SEG.DONE, 0);
  put(0, SEG.NEXT, 1);
  put(DEAD, SEG.DONE, 2);
  put(DEAD, SEG.WAIT, 3);
  const wanted = rcu_seq_snap(m.rcu.gp_seq[0]!);
  rdp.segSeq[DEAD * 4 + SEG.WAIT] = wanted;
  stepTask(machine, t);
  const chain = (segment: number) => {
    const found: number[] = [];
    for (let cb = rdp.head[segment]!; cb !== 0; cb = m.callback.next[cb - 1]!) found.push(cb - 1);
    return found;
  };
  // those that wait are given the next grace period at once, and the one that runs is told
  assertEquals([chain(SEG.DONE), chain(SEG.WAIT), chain(SEG.NEXT)], [[2, 0], [1, 3], []]);
  assertEquals([rdp.segSeq[SEG.WAIT], m.rnp.gp_seq_needed[0]], [wanted, wanted]);
  assertEquals([rdp.len[0], rdp.len[DEAD]], [4, 0]);
});

Deno.test("cpu_down() sends on who was woken there at the last moment and is bound to no CPU", () => {
  const { machine, t } = parked();
  const { m } = machine;
  m.task.cpu[m.gpTask] = DEAD;
  m.task.state[m.gpTask] = TASK.ready;
  stepTask(machine, t);
  assertEquals([m.cpu.online[DEAD], m.task.state[m.gpTask], m.task.cpu[m.gpTask]], [0, TASK.ready, 1]);
});

Deno.test("cpu_down() asks for a grace period where none runs, and wakes the kthread", () => {
  const { machine, t } = parked();
  const { m } = machine;
  const cb = threadOf(machine, DEAD);
  m.callback.func[cb] = CALLBACK.count;
  call_rcu(m, cb, cb);
  stepTask(machine, t);
  assertEquals([m.rdp.len[0], m.rcu.gp_flags[0], m.task.state[m.gpTask]], [1, GP_FLAG.INIT, TASK.ready]);
});

Deno.test("cpu_down() finds the callbacks ready whose grace period the dead CPU has not noticed", () => {
  const { machine, t } = parked();
  const { m } = machine;
  m.rdp.head[DEAD * 4 + SEG.WAIT] = m.rdp.tail[DEAD * 4 + SEG.WAIT] = 3;
  m.rdp.len[DEAD] = 1;
  m.rdp.segSeq[DEAD * 4 + SEG.WAIT] = m.rnp.gp_seq[0]!;
  stepTask(machine, t);
  assertEquals([m.rdp.head[SEG.DONE], m.rcu.gp_flags[0]], [3, 0]);
});

Deno.test("rcu_barrier() waits for callbacks that move from a CPU that it has not asked to one that it has", () => {
  const { machine, t } = parked();
  const { m } = machine;
  const waiter = threadOf(machine, 1);
  start(machine, waiter, rcu_barrier.start);
  runTask(machine, waiter, rcu_barrier.at.cpu);
  stepTask(machine, waiter); // CPU 0 has none
  const cb = threadOf(machine, DEAD);
  m.callback.func[cb] = CALLBACK.count;
  call_rcu(m, cb, cb);
  runTask(machine, t);
  runTask(machine, waiter);
  assertEquals([m.rcu.barrierNext[0], m.task.state[waiter]], [3, TASK.sleeping]);
  let invoked = false;
  m.events.subscribe({
    kinds: [EVENT.callbackInvoked],
    onEvent: (_k, _t, which) => void (invoked ||= which === cb),
  });
  for (let i = 0; i < 10 && m.task.state[waiter] === TASK.sleeping; i++) {
    for (const c of [0, 1]) tickCpu(machine, c);
    settle(machine);
  }
  runTask(machine, waiter);
  assertEquals([invoked, m.task.state[waiter]], [true, TASK.idle]);
});

Deno.test("cpu_down() takes pcp->lock of the lists that it empties: another CPU may be draining them", () => {
  const machine = smallMachine({ cpus: 3, profile: mendedProfile(profileNamed("v6_1")) });
  const { m } = machine;
  settle(machine);
  const sound = soundness(m);
  stockPcp(machine, 0, DEAD, 0, 3);
  m.task.state[threadOf(machine, DEAD)] = TASK.finished;
  const [t, other] = [threadOf(machine, 0), threadOf(machine, 1)];
  start(machine, other, drain_all_pages.start);
  runTask(machine, other, drain_pages.at.take); // the page that goes next has been chosen
  assertEquals(m.task.pc[other], drain_pages.at.take);
  start(machine, t, cpu_down.start, DEAD);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.pcp.count[pcpOf(m, 0, DEAD)]], [TASK.spinning, 3]);
  runTask(machine, other);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.pcp.count[pcpOf(m, 0, DEAD)], sound()], [TASK.idle, 0, null]);
});

/** Three CPUs whose callbacks are offloaded; the last has queued one with interrupts off, and is about to go. */
function offloaded(): { machine: Machine; cb: number; invoked: number[] } {
  const machine = smallMachine({ cpus: 3, profile: mendedProfile({ rcu_nocbs: true }) });
  const { m } = machine;
  settle(machine);
  settleNocb(machine);
  const cb = threadOf(machine, DEAD);
  m.callback.func[cb] = CALLBACK.count;
  m.cpu.irqOff[DEAD] = 1;
  call_rcu(m, cb, cb);
  m.cpu.irqOff[DEAD] = 0;
  m.task.state[cb] = TASK.finished;
  const invoked: number[] = [];
  m.events.subscribe({ kinds: [EVENT.callbackInvoked], onEvent: (_kind, _t, id) => void invoked.push(id) });
  const t = threadOf(machine, 0);
  start(machine, t, cpu_down.start, DEAD);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.cpu.online[DEAD]], [TASK.idle, 0]);
  return { machine, cb, invoked };
}

Deno.test("cpu_down() does the wake-up that an offloaded CPU had left to its next tick", () => {
  const { machine, cb, invoked } = offloaded();
  assertEquals(machine.m.rdp.nocb_defer_wakeup[DEAD], 0);
  for (let i = 0; i < 12; i++) {
    settleNocb(machine);
    passJiffies(machine, 1);
  }
  assertEquals(invoked, [cb]);
});

Deno.test("rcu_barrier() waits for offloaded callbacks of a CPU that is down", () => {
  const { machine, cb, invoked } = offloaded();
  const { m } = machine;
  const t = threadOf(machine, 0);
  start(machine, t, rcu_barrier.start);
  runTask(machine, t);
  assertEquals([m.task.state[t], invoked], [TASK.sleeping, []]);
  for (let i = 0; i < 12; i++) {
    settleNocb(machine);
    passJiffies(machine, 1);
  }
  runTask(machine, t);
  assertEquals([m.task.state[t], invoked], [TASK.idle, [cb, m.barrierCallback + DEAD]]);
});

Deno.test("appendChain() puts a chain behind the newest callbacks, or makes it the newest", () => {
  const { m } = smallMachine();
  m.callback.next[4] = 6;
  appendChain(m, 0, 5, 6);
  assertEquals([m.rdp.head[SEG.NEXT], m.rdp.tail[SEG.NEXT]], [5, 6]);
  appendChain(m, 0, 9, 9);
  assertEquals([m.callback.next[5], m.rdp.tail[SEG.NEXT]], [9, 9]);
});
