/**
 * PCT on cases small enough to know: what needs d orderings is found as often as the bound says, and not with fewer
 * changes of priority.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { smallMachine, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import type { Cpus } from "../cpu/cpu.ts";
import type { Machine } from "../run/machine.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { frame, LEVEL, ret, TASK } from "../sim/task.ts";
import { isCandidate } from "./candidates.ts";
import { step } from "./engine.ts";
import { pctBound, PctScheduler } from "./pct.ts";

/** Adds one to a number in two sections, as nobody should: what is between them is lost. */
let shared = 0;
const order: number[] = [];
let readZero = 0;
const increment = operation<Cpus, "read" | "write">(
  "testIncrement",
  { read: TOUCHES.own, write: TOUCHES.own },
  (at) => ({
    read(m, t) {
      order.push(t);
      if (shared === 0) readZero++;
      m.task.reg[frame(m, t)] = shared;
      return at.write;
    },
    write(m, t) {
      shared = m.task.reg[frame(m, t)]! + 1;
      return ret(m, t, 0);
    },
  }),
);

/** A machine whose kthreads sleep and whose threads, one a CPU, are about to increment. */
function racers(cpus: number): { machine: Machine; threads: number[] } {
  const machine = smallMachine({ cpus });
  const { m } = machine;
  for (let t = 0; t < m.nrTasks; t++) {
    while (m.task.level[t] === LEVEL.task && isCandidate(m, t)) stepTask(machine, t);
  }
  const threads = Array.from({ length: cpus }, (_, i) => threadOf(machine, i));
  for (const t of threads) start(machine, t, increment.start);
  return { machine, threads };
}

/** Runs all threads to their ends; returns the sum and who came first. */
function race(cpus: number, depth: number, seed: number): { sum: number; first: number; zeros: number } {
  const { machine: { m, table }, threads } = racers(cpus);
  const scheduler = new PctScheduler(new Prng(`pct/${seed}`), null, { depth, sections: 2 * cpus });
  shared = readZero = 0;
  order.length = 0;
  for (let i = 0; i < 2000 && threads.some((t) => m.task.state[t] !== TASK.idle); i++) {
    step(m, table, scheduler.next(m));
  }
  return { sum: shared, first: threads.indexOf(order[0]!), zeros: readZero };
}

const RACES = 400;
const shareOf = (count: number) => count / RACES;

Deno.test("pctBound() is 1 / (n k^(d-1))", () => {
  assertEquals(pctBound(4, { depth: 1, sections: 100 }), 1 / 4);
  assertAlmostEquals(pctBound(2, { depth: 3, sections: 10 }), 1 / 200);
});

Deno.test("pct: a bug of depth 1, an order of two threads, shows at least as often as the bound says", () => {
  let second = 0;
  for (let seed = 0; seed < RACES; seed++) second += race(2, 1, seed).first === 1 ? 1 : 0;
  assert(shareOf(second) >= pctBound(2, { depth: 1, sections: 4 }) * 0.85, `${second} of ${RACES}`);
  assert(shareOf(RACES - second) >= 0.4, "and so does the other order");
});

Deno.test("pct: a lost update has depth 2: never seen at depth 1, at depth 2 as often as the bound says", () => {
  const lost = (depth: number) => {
    let count = 0;
    for (let seed = 0; seed < RACES; seed++) count += race(2, depth, seed).sum === 1 ? 1 : 0;
    return shareOf(count);
  };
  assertEquals(lost(1), 0);
  const bound = pctBound(2, { depth: 2, sections: 4 });
  assert(lost(2) >= bound, `${lost(2)} for ${bound}`);
});

Deno.test("pct: three threads that all read before one writes need depth 3, and show there as the bound says", () => {
  const worst = (depth: number) => {
    let count = 0;
    for (let seed = 0; seed < RACES; seed++) count += race(3, depth, seed).zeros === 3 ? 1 : 0;
    return shareOf(count);
  };
  assertEquals([worst(1), worst(2)], [0, 0]);
  assert(worst(3) >= pctBound(3, { depth: 3, sections: 6 }), `${worst(3)}`);
});

Deno.test("pct: the same seed gives the same order, and a kernel at work is not held up for ever", () => {
  const tasksOf = (seed: string) => {
    const { m, table } = smallMachine({ cpus: 2 });
    const scheduler = new PctScheduler(new Prng(seed), null, { depth: 3, sections: 1000 });
    return Array.from({ length: 3000 }, () => {
      const t = scheduler.next(m);
      step(m, table, t);
      return t;
    });
  };
  assertEquals(tasksOf("a"), tasksOf("a"));
  assert(new Set(tasksOf("a")).size >= 6, "ticks, workers and kthreads of both CPUs run");
});

/** Polls for ever, a section at a time. */
const poller = operation<Cpus, "poll">(
  "testPoller",
  { poll: TOUCHES.own },
  (at) => ({ poll: () => at.poll }),
);

Deno.test("pct: a task that polls for what another one does falls behind it after 4096 sections, ticks or not", () => {
  let most = 0;
  for (let seed = 0; seed < 8; seed++) {
    const { machine: { m, table }, threads: [one, other] } = racers(2);
    m.task.pc[one!] = poller.start;
    const scheduler = new PctScheduler(new Prng(`poll/${seed}`), null, { depth: 1, sections: 1000 });
    let polls = 0;
    for (let i = 0; i < 20_000 && m.task.state[other!] !== TASK.idle; i++) {
      const t = scheduler.next(m);
      if (t === one) polls++;
      step(m, table, t);
    }
    assertEquals(m.task.state[other!], TASK.idle, `seed ${seed}`);
    most = Math.max(most, polls);
  }
  assert(most > 4000 && most < 4200, `${most}`);
});
