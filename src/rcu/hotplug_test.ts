/** A CPU that goes down while others still send it work: that and its callbacks change hands in the order they came. */
import { assertEquals } from "@std/assert";
import {
  mendedProfile,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import { soundness, stockPcp } from "../../tests/support/memory.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { drain_all_pages, drain_pages } from "../mm/drain.ts";
import { pcpOf } from "../mm/mm.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { TASK } from "../sim/task.ts";
import { appendChain } from "./cblist.ts";
import { cpu_down } from "./hotplug.ts";
import { SEG } from "./rcu.ts";

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

Deno.test("cpu_down() moves callbacks to the CPU that does it, those that are done to the done ones", () => {
  const { machine, t } = parked();
  const { m } = machine;
  const { rdp } = m;
  // callbacks 0 and 1 are CPU 0's, 2 and 3 the other's; each has one that is done and one that waits
  const put = (cpu: number, segment: number, cb: number) => {
    rdp.head[cpu * 4 + segment] = rdp.tail[cpu * 4 + segment] = cb + 1;
    rdp.len[cpu]!++;
  };
  put(0, SEG.DONE, 0);
  put(0, SEG.NEXT, 1);
  put(DEAD, SEG.DONE, 2);
  put(DEAD, SEG.WAIT, 3);
  stepTask(machine, t);
  const chain = (segment: number) => {
    const found: number[] = [];
    for (let cb = rdp.head[segment]!; cb !== 0; cb = m.callback.next[cb - 1]!) found.push(cb - 1);
    return found;
  };
  assertEquals([chain(SEG.DONE), chain(SEG.NEXT)], [[0, 2], [1, 3]]);
  assertEquals([rdp.len[0], rdp.len[DEAD]], [4, 0]);
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

Deno.test("appendChain() puts a chain behind the newest callbacks, or makes it the newest", () => {
  const { m } = smallMachine();
  m.callback.next[4] = 6;
  appendChain(m, 0, 5, 6);
  assertEquals([m.rdp.head[SEG.NEXT], m.rdp.tail[SEG.NEXT]], [5, 6]);
  appendChain(m, 0, 9, 9);
  assertEquals([m.callback.next[5], m.rdp.tail[SEG.NEXT]], [9, 9]);
});
