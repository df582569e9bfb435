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
import { pctBound, type PctOptions, PctScheduler } from "./pct.ts";
import { NOBODY } from "./scheduler.ts";

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

/**
 * PCT as its paper has it, with tasks in a list, the highest first: who falls below all others goes to its end. Draws
 * what the scheduler draws, in the same order.
 */
function slowPct({ m }: Machine, prng: Prng, { depth, sections }: PctOptions): () => number {
  const priority: number[] = [];
  for (let t = 0; t < m.nrTasks; t++) {
    const at = prng.upTo(t);
    priority[t] = priority[at] ?? 0;
    priority[at] = t + 1;
  }
  const order = priority.map((_, t) => t).sort((a, b) => priority[b]! - priority[a]!);
  const fall = (t: number) => void order.push(...order.splice(order.indexOf(t), 1));
  const changes = Array.from({ length: depth - 1 }, () => prng.between(1, sections));
  const isTick = (t: number) => m.roles.tick.includes(t);
  const tick = () => {
    const first = prng.upTo(m.nrCpus - 1);
    const ticks = [...m.roles.tick];
    return [...ticks.slice(first), ...ticks.slice(0, first)].find((t) => isCandidate(m, t));
  };
  let last = -1;
  let thread = -1;
  let inRow = 0;
  let step = 0;
  return () => {
    step++;
    for (const _ of changes.filter((change) => change === step)) if (last >= 0) fall(last);
    const drawn = prng.upTo(63) === 0 ? tick() : undefined;
    const t = drawn ?? order.find((each) => !isTick(each) && isCandidate(m, each)) ?? tick() ?? NOBODY;
    if (t === NOBODY) return t;
    if (!isTick(t)) last = t;
    if (m.task.level[t] === LEVEL.task) {
      inRow = t === thread ? inRow + 1 : 0;
      thread = t;
      if (inRow === 4096) {
        fall(t);
        inRow = 0;
      }
    }
    return t;
  };
}

Deno.test("pct: whoever falls is below all that fell before, and ticks come by chance while others could go on", () => {
  for (const [seed, polls] of [["a", 0], ["b", 0], ["c", 1], ["d", 3]] as const) {
    const machines = [racers(3), racers(3)];
    for (const { machine: { m }, threads } of machines) {
      for (const t of threads.slice(0, polls)) m.task.pc[t] = poller.start;
    }
    const [one, twin] = machines.map(({ machine }) => machine);
    const options = { depth: 6, sections: 300 };
    const scheduler = new PctScheduler(new Prng(seed), null, options);
    const slow = slowPct(twin!, new Prng(seed), options);
    let ticks = 0;
    for (let i = 0; i < 20_000; i++) {
      const t = scheduler.next(one!.m);
      assertEquals(t, slow(), `section ${i} of ${seed}`);
      if (one!.m.roles.tick.includes(t)) ticks++;
      stepTask(twin!, t);
      step(one!.m, one!.table, t);
    }
    assert(polls === 0 || ticks > 200 && ticks < 3000, `${ticks} of 20000 sections are of ticks`);
  }
});
