/** Exhaustive search: counts known in closed form or from other tools, reductions against no reduction, shrinking. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { counters } from "../../tests/support/counters.ts";
import { Cells } from "./cells.ts";
import { type Exploration, type Reduction, REDUCTIONS } from "./exploration.ts";
import { explore } from "./explore.ts";
import { AUX, type Program, REACH } from "./program.ts";
import { Prng } from "../sim/prng.ts";
import { REFERENCE_BUGS, type ReferenceBug, ReferenceProgram, WalkedReference } from "./reference.ts";
import { shares, shrink } from "./shrink.ts";
import { story, unavoidableFrom } from "./story.ts";
import { Visited } from "./visited.ts";
import { type Draw, walk, type Walks } from "./walk.ts";

const size = (cpus: number, k: number) => ({ operations: Array(cpus).fill(k), pages: 6, high: 2, batch: 2 });

function search(cpus: number, k: number, reduction: Reduction, bug: ReferenceBug = "none"): Exploration {
  return explore(new ReferenceProgram(size(cpus, k), bug), { reduction });
}

Deno.test("explore() walks 252 interleavings of two tasks of five steps: 10 choose 5", () => {
  const found = explore(counters(2, 5), { visited: false });
  assertEquals([found.endings, found.ends.size, found.depth], [252, 1, 10]);
  assertEquals(explore(counters(2, 5)).states, 36);
  assertEquals(explore(counters(3, 3), { visited: false }).endings, 1680); // 9! / 3!^3
});

Deno.test("explore() bounds preemptions: with none, tasks run whole, one after the other", () => {
  const endings = (preemptions: number) => explore(counters(2, 5), { visited: false, preemptions }).endings;
  // two orders; one preemption cuts the first task in one of four places
  assertEquals([endings(0), endings(1), endings(99)], [2, 10, 252]);
  assertThrows(() => explore(counters(2, 5), { preemptions: 1, reduction: "own" }), RangeError, "none");
});

/** Orders of tasks of so many steps that leave one at most `most` times between two of its steps that go together. */
function orders(left: readonly number[], most: number, goesOn: (left: number) => boolean, last = -1): number {
  if (left.every((steps) => steps === 0)) return 1;
  return left.reduce((sum, steps, t) => {
    if (steps === 0) return sum;
    const isPreempted = last >= 0 && last !== t && left[last]! > 0 && goesOn(left[last]!);
    if (isPreempted && most === 0) return sum;
    return sum + orders(left.with(t, steps - 1), isPreempted ? most - 1 : most, goesOn, t);
  }, 0);
}

Deno.test("explore() walks as many orders as there are with each number of preemptions", () => {
  for (const [tasks, steps] of [[2, 5], [3, 3], [4, 1]] as const) {
    const program = counters(tasks, steps);
    // steps go together in pairs: between two pairs nobody is preempted
    const paired = { ...program, isBetween: (t: number) => program.cells.at[AUX.count + t]! % 2 === 0 };
    const all = Array<number>(tasks).fill(steps);
    for (let preemptions = 0; preemptions < 7; preemptions++) {
      const found = (of: Program) => explore(of, { visited: false, preemptions }).endings;
      assertEquals(found(program), orders(all, preemptions, () => true));
      assertEquals(found(paired), orders(all, preemptions, (left) => (steps - left) % 2 === 1));
      assertEquals(
        explore(program, { preemptions }).ends.size,
        1,
        "one end, whatever was counted on the way",
      );
    }
  }
});

Deno.test("explore() with sleep sets walks one order of tasks whose steps all commute", () => {
  for (const [tasks, steps] of [[2, 4], [3, 3], [4, 2]] as const) {
    const program = counters(tasks, steps);
    const own = { ...program, sections: [{ name: "step", reach: REACH.own, hasChoices: false }] };
    for (const reduction of ["sleep", "own+sleep"] as const) {
      assertEquals(
        explore(own, { visited: false, reduction }).endings,
        1,
        `${tasks} x ${steps} ${reduction}`,
      );
    }
  }
});

Deno.test("explore() calls it a violation when tasks are left of which none can go on", () => {
  const program = counters(2, 3);
  const done = (t: number) => program.cells.at[AUX.count + t]!;
  const stuck = { ...program, choices: () => done(0) === 1 && done(1) === 2 ? 0 : 1 };
  const { violations, failure, ends } = explore(stuck);
  assertEquals([violations, failure!.what, failure!.steps.length, ends.size], [1, "no CPU can go on", 3, 1]);
  assertEquals(failure!.steps.map(({ task }) => task).sort(), [0, 1, 1]);
});

Deno.test("explore() meets the states, transitions and ends that TLC meets on the same scenario", () => {
  const golden: [number, number, Reduction, number, number, number][] = [
    [2, 3, "none", 6_826, 14_142, 40],
    [2, 8, "none", 353_824, 793_564, 150],
    [3, 3, "none", 792_698, 2_471_436, 252],
    [3, 3, "own", 43_661, 50_264, 252],
    [3, 4, "own", 189_896, 226_046, 342],
  ];
  for (const [cpus, k, reduction, states, transitions, ends] of golden) {
    const found = search(cpus, k, reduction);
    assertEquals([found.states, found.transitions, found.ends.size], [states, transitions, ends]);
    assertEquals([found.violations, found.complete], [0, true]);
  }
});

Deno.test("explore() audits itself: every reduction meets the same ends and catches the same faults", () => {
  for (const bug of REFERENCE_BUGS) {
    for (const [cpus, k] of [[2, 3], [2, 4], [3, 2]] as const) {
      const whole = search(cpus, k, "none", bug);
      for (const reduction of REDUCTIONS) {
        const found = search(cpus, k, reduction, bug);
        assertEquals([...found.ends].sort(), [...whole.ends].sort(), `${bug} ${cpus} x ${k} ${reduction}`);
        assertEquals(found.failure !== null, whole.failure !== null, `${bug} ${cpus} x ${k} ${reduction}`);
      }
    }
    assertEquals(search(2, 4, "chains", bug).failure !== null, bug !== "none");
  }
});

Deno.test("explore() leaves the program as it was, ends at its limit, and names what never ran", () => {
  const program = new ReferenceProgram(size(2, 2));
  const before = [...program.cells.at];
  const found = explore(program, { limit: 100 });
  assertEquals([found.complete, found.transitions], [false, 101]);
  assertEquals([...program.cells.at], before);
  assert(search(2, 1, "own").unreached.includes("looks whether its list is full"));
});

Deno.test("Cells: the hash depends on the state alone, and rewind() restores both", () => {
  const cells = new Cells(4, 6);
  cells.put(0, 3);
  const [low, high, mark] = [cells.low, cells.high, cells.top];
  cells.put(1, 9);
  cells.put(0, 4);
  assert(cells.low !== low && cells.high !== high);
  cells.rewind(mark);
  assertEquals([cells.low, cells.high, [...cells.at]], [low, high, [3, 0, 0, 0]]);
});

Deno.test("Visited: adds each hash once, through growth, zero included", () => {
  const visited = new Visited();
  for (let i = 0; i < 20_000; i++) assert(visited.add(i, Math.imul(i, 77)));
  for (let i = 0; i < 20_000; i++) assert(!visited.add(i, Math.imul(i, 77)));
  assertEquals(visited.size, 20_000);
});

Deno.test("shrink() ends at the smallest case: 6 operations on 2 CPUs, 5 on 3, with one preemption", () => {
  const two = shrink(size(2, 6), "refill-early", { pages: false })!;
  const three = shrink(size(3, 4), "refill-early", { pages: false, cpus: false })!;
  const operations = (smallest: typeof two) => smallest.size.operations.reduce((a, b) => a + b);
  assertEquals([operations(two), two.preemptions, two.size.pages], [6, 1, 6]);
  assertEquals([operations(three), three.preemptions, three.size.operations.length], [5, 1, 3]);
  assert(two.smaller.cases > 5 && two.smaller.states > 1000);
  assertEquals(shrink(size(2, 3), "none"), null);
});

Deno.test("shares() lists every way to share operations out once", () => {
  assertEquals(shares(5, 2, 4), [[4, 1], [3, 2]]);
  assertEquals(shares(2, 3, 4), []);
});

Deno.test("story() shows the path by CPU and the step after which nothing could save it", () => {
  const { size, steps, what } = shrink({ operations: [4, 4], pages: 6, high: 2, batch: 2 }, "refill-early")!;
  const turn = unavoidableFrom(size, "refill-early", steps);
  const text = story(size, "refill-early", steps, what);
  assert(turn >= 0 && turn < steps.length);
  assertMatch(text, /CPU 0 +CPU 1/);
  assertMatch(text, /every continuation fails/);
  assertMatch(text, /# +spin_lock\(zone->lock\)/);
  assertMatch(text, /taken from an empty list/);
});

/** What walk() does, asking every task anew at each step. */
function slowWalk(program: WalkedReference, runs: number, draw: Draw): Walks {
  const start = program.cells.at.slice();
  let [steps, violations] = [0, 0];
  for (let run = 0; run < runs; run++) {
    for (;; steps++) {
      const tasks = Array.from({ length: program.nrTasks }, (_, t) => t);
      const running = tasks.filter((t) => program.section(t) >= 0);
      const able = running.filter((t) => program.choices(t) > 0);
      if (able.length === 0) {
        if (running.length > 0 || program.fault() !== "") violations++;
        break;
      }
      const t = able[able.length === 1 ? 0 : draw.index(able.length)]!;
      const choices = program.choices(t);
      program.run(t, choices === 1 ? 0 : draw.index(choices));
    }
    program.cells.at.set(start);
  }
  return { steps, violations };
}

Deno.test("walk() comes to what asking every task anew comes to, with every fault and size", () => {
  for (const bug of REFERENCE_BUGS) {
    for (const operations of [[1], [4, 4], [0, 5, 2], [3, 3, 3], [2, 2, 2, 2, 2, 2]]) {
      const walked = (by: typeof walk | typeof slowWalk) =>
        by(new WalkedReference({ operations, pages: 6, high: 2, batch: 2 }, bug), 1000, new Prng("twins"));
      assertEquals(walked(walk), walked(slowWalk), `${bug}, ${operations}`);
    }
  }
  assertThrows(() => walk(counters(9, 1), 1, new Prng("many")), RangeError, "at most 8 tasks, got 9");
});

Deno.test("walk() meets faults, and only where there are any; its draws decide all", () => {
  const walked = (bug: ReferenceBug) => walk(new WalkedReference(size(2, 6), bug), 2000, new Prng("walk"));
  assertEquals(walked("none").violations, 0);
  assert(walked("free-forgets").violations > 100);
  assert(walked("drain-unlocked").violations > 10);
  assertEquals(walked("refill-early"), walked("refill-early"));
});
