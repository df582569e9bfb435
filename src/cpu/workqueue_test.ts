/** Unbound work: which worker takes an item, on which CPU, and that none runs twice at a time. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { mendedProfile, settle, smallMachine, stepTask, threadOf } from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { taskNames } from "../run/names.ts";
import { RandomScheduler } from "../scheduler/random.ts";
import { runSteps } from "../scheduler/engine.ts";
import { EVENT } from "../sim/events.ts";
import { operation } from "../sim/operation.ts";
import { frame, ret, TASK } from "../sim/task.ts";
import { Prng } from "../sim/prng.ts";
import type { Cpus } from "./cpu.ts";
import { TIMER } from "./timer.ts";
import { poolOf, queue_work, queue_work_on, unboundPoolOf } from "./workqueue.ts";

/** Items that run now, and how often each has run to its end. */
const running = new Map<number, number>();
const ended = new Map<number, number>();
const added = (map: Map<number, number>, key: number, n: number) => map.set(key, (map.get(key) ?? 0) + n);

/** An item of three sections that notes where it is. */
const noted = operation<Cpus, "start" | "middle" | "end">(
  "notedItem",
  { start: 0, middle: 0, end: 0 },
  (at) => ({
    start(m, t) {
      const item = m.task.reg[frame(m, t)]!;
      added(running, item, 1);
      assertEquals(running.get(item), 1, `item ${item} runs twice`);
      return at.middle;
    },
    middle: () => at.end,
    end(m, t) {
      const item = m.task.reg[frame(m, t)]!;
      added(running, item, -1);
      added(ended, item, 1);
      return ret(m, t, 0);
    },
  }),
);

/** A machine of 6.12 with so many CPUs on each of two nodes, all at rest, whose first items note what they do. */
function unbound(cpus: number): Machine {
  const profile = mendedProfile(profileNamed("v6_12"));
  const machine = smallMachine({ cpus: cpus * 2, nodes: 2, profile });
  settle(machine);
  const { m } = machine;
  m.timer.armed.fill(0);
  running.clear();
  ended.clear();
  for (let work = 0; work < 4; work++) {
    m.work.start[work] = noted.start;
    m.work.arg[work] = work;
  }
  return machine;
}

const ready = ({ m }: Machine, pool: number) =>
  [...m.roles.workers[pool]!].filter((t) => m.task.state[t] === TASK.ready);

/** A machine of which CPU 0 has queued item 0, with the two workers of its node. */
function queued() {
  const machine = unbound(2);
  const { m } = machine;
  const t = threadOf(machine, 0);
  const pool = unboundPoolOf(m, 0);
  const [first, second] = [...m.roles.workers[pool]!] as [number, number];
  queue_work_on(m, t, 0, pool);
  return { machine, t, pool, first, second };
}

Deno.test("queue_work_on() an unbound pool gives each item a worker of its own, as long as there are any", () => {
  const { machine, t, pool, first, second } = queued();
  const { m } = machine;
  assertEquals(ready(machine, pool), [first]);
  queue_work_on(m, t, 1, pool);
  assertEquals(ready(machine, pool), [first, second]);
  queue_work_on(m, t, 2, pool);
  for (const worker of [first, second]) stepTask(machine, worker); // each fetches one
  assertEquals([m.work.runner[0], m.work.runner[1], m.work.pending[2]], [first + 1, second + 1, 1]);
  settle(machine);
  assertEquals([...ended], [[0, 1], [1, 1], [2, 1]]);
});

Deno.test("queue_work() of unbound work runs on a CPU of the node that is free, not on that of the caller", () => {
  const machine = unbound(2);
  const { m } = machine;
  const [busy, other] = [2, 3]; // node 1
  const t = threadOf(machine, busy);
  m.cpu.curr[busy] = t + 1;
  m.task.state[t] = TASK.ready;
  const pool = unboundPoolOf(m, busy);
  const worker = m.roles.workers[pool]![0]!;
  assertEquals([m.task.cpu[worker], taskNames(m)[worker]], [busy, "kworker/u1:2"]);
  queue_work(m, t, 0, TIMER.queueUnboundWork);
  assertEquals([ready(machine, pool), m.task.cpu[worker]], [[worker], other]);
  queue_work(m, t, 1, TIMER.queueWork);
  assertEquals(ready(machine, poolOf(busy, false)).map((w) => m.task.cpu[w]), [busy]);
});

Deno.test("worker_thread leaves an item that comes up while it runs to the worker that runs it", () => {
  const { machine, t, pool, first, second } = queued();
  const { m } = machine;
  stepTask(machine, first); // fetches it
  queue_work_on(m, t, 0, pool);
  stepTask(machine, second); // finds that it runs
  stepTask(machine, second);
  assertEquals([m.task.state[second], m.work.again[0], m.work.pending[0]], [TASK.sleeping, 1, 1]);
  settle(machine);
  assertEquals([...ended, m.work.again[0], m.work.pending[0], m.work.runner[0]], [[0, 2], 0, 0, 0]);
});

Deno.test("worker_thread runs every queued item once, none twice at a time, in every order", () => {
  const queued = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(40)), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(queued, fc.string(), (calls, seed) => {
    const machine = unbound(2);
    const { m, table } = machine;
    const scheduler = new RandomScheduler(new Prng(`work ${seed}`));
    let started = 0;
    m.events.subscribe({
      kinds: [EVENT.work],
      onEvent: (_k, _t, _w, isQueued) => void (started += 1 - isQueued),
    });
    let accepted = 0;
    for (const [work, cpu, steps] of calls) {
      if (queue_work_on(m, threadOf(machine, cpu), work, unboundPoolOf(m, cpu))) accepted++;
      runSteps(m, table, scheduler, steps);
    }
    settle(machine);
    const runs = [...ended.values()].reduce((sum, n) => sum + n, 0);
    assertEquals([started, runs, [...running.values()].every((n) => n === 0)], [accepted, accepted, true]);
  }));
});
