/**
 * Shrinking: what is left still fails in the same way, nothing of it can go, and what is said of smaller cases is so.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MUTATIONS } from "../mutation/registry.ts";
import { execute, type RunResult } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { huntedRun } from "../run/hunt.ts";
import type { Machine } from "../run/machine.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { planMachine, programsOf } from "../run/plan.ts";
import { formatScheduleLine, parseScheduleLine } from "../run/schedule_line.ts";
import { step } from "../scheduler/engine.ts";
import { type Deviation, InTurnScheduler, LenientScheduler } from "../scheduler/in_turn.ts";
import { RandomScheduler } from "../scheduler/random.ts";
import { NOBODY, type Scheduler } from "../scheduler/scheduler.ts";
import { Prng } from "../sim/prng.ts";
import { Recorder } from "../sim/schedule.ts";
import { kmalloc } from "../slab/kmalloc.ts";
import { CODE } from "../workload/program.ts";
import { programOfUnits, readProgram, unitsOf } from "../workload/explicit_program.ts";
import { ddmin } from "./ddmin.ts";
import { boundedSearch, fewestDeviations } from "./fewer_deviations.ts";
import { programText } from "./program_text.ts";
import { shrinkRun } from "./shrink_run.ts";
import { fewerCpus, fewerProcessors } from "./smaller_cases.ts";
import { runStory } from "./story.ts";
import { SectionBudget, type Trial, Trials } from "./trials.ts";

const BASE: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 })),
  calls: 100,
  blockEntries: 16,
};

/** A run that finds bug B1 of 5.9. */
function failingRun(): RunResult {
  for (let run = 0; run < 60; run++) {
    const result = execute({ ...BASE, seed: "b1/4", run, bugs: ["B1"] });
    if (result.violation !== null) return result;
  }
  throw new Error("B1 was not found");
}

Deno.test("fewerCpus() takes what lies on a CPU's lists away with it, and numbers the others anew", () => {
  const initialPcp = [0, 1, 2].map((cpu) => ({ zone: 0, cpu, pages: [cpu, 0, 0] as const }));
  const geometry = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 3, nodes: 1 });
  const options = { ...BASE, workload: "kfree_storm", geometry, threads: 3, initialPcp };
  const [one, two] = fewerCpus(options);
  assertEquals([one!.initialPcp.length, one!.threads, two!.initialPcp.length, two!.threads], [1, 1, 2, 2]);
  // the one without CPU 0
  const left = fewerProcessors(options).at(-1)!.initialPcp;
  assertEquals(left.map(({ cpu, pages }) => [cpu, pages[0]]), [[0, 1], [1, 2]]);
});

Deno.test("ddmin() keeps what is needed and nothing else", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 60 })), fc.array(fc.nat({ max: 60 })), (list, some) => {
      const needed = some.filter((n) => list.includes(n));
      const kept = ddmin(list, (rest) => needed.every((n) => rest.includes(n)));
      assertEquals(new Set(kept), new Set(needed));
    }),
    { seed: 7, numRuns: 300 },
  );
});

Deno.test("ddmin() leaves a list of which no single item can go, whatever is asked of it", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1 }), fc.nat({ max: 20 }), (list, sum) => {
      const holds = (rest: readonly number[]) => rest.reduce((a, b) => a + b, 0) >= sum;
      fc.pre(holds(list));
      const kept = ddmin(list, holds);
      assert(holds(kept));
      kept.forEach((_, i) => assert(!holds(kept.toSpliced(i, 1)), `${kept} without its ${i}th`));
    }),
    { seed: 8, numRuns: 300 },
  );
});

Deno.test("ddmin() ends when it is told to, with what it has by then, and asks no more", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(), { minLength: 1 }), fc.nat({ max: 20 }), (list, most) => {
      let asked = 0;
      const holds = (rest: readonly number[]) => asked++ < most && rest.includes(list[0]!);
      const kept = ddmin(list, holds, () => asked >= most);
      assert(asked <= most && kept.includes(list[0]!), `${asked} of ${most}`);
    }),
    { seed: 9, numRuns: 300 },
  );
});

/** Tasks of a run under a scheduler, so many steps at most. */
function tasksOf(scheduler: Scheduler, steps: number): number[] {
  const { m, table } = planMachine(BASE);
  const tasks: number[] = [];
  while (tasks.length < steps) {
    const t = scheduler.next(m);
    if (t === NOBODY) break;
    tasks.push(t);
    step(m, table, t);
  }
  return tasks;
}

/** Segments of a schedule by task number and program counter. */
function segmentsOf(scheduler: Scheduler, steps: number): number[] {
  const { m, table } = planMachine(BASE);
  const segments: number[] = [];
  for (let i = 0; i < steps; i++) {
    const t = scheduler.next(m);
    const pc = m.task.pc[t]!;
    const at = segments.length - 3;
    if (at >= 0 && segments[at] === t && segments[at + 1] === pc) segments[at + 2]!++;
    else segments.push(t, pc, 1);
    step(m, table, t);
  }
  return segments;
}

Deno.test("LenientScheduler follows a schedule, and its deviations make the order in turn run the same", () => {
  for (let seed = 0; seed < 5; seed++) {
    const random = () => new RandomScheduler(new Prng(`lenient/${seed}`));
    const lenient = new LenientScheduler(segmentsOf(random(), 2000));
    const followed = tasksOf(lenient, 2500);
    assertEquals(followed.slice(0, 2000), tasksOf(random(), 2000), "what can be followed is");
    assert(lenient.deviations.length > 100);
    assertEquals(tasksOf(new InTurnScheduler(lenient.deviations), 2500), followed);
  }
});

Deno.test("InTurnScheduler lets whoever runs go on, and passes over deviations to who cannot run", () => {
  const tasks = tasksOf(new InTurnScheduler([]), 3000);
  const switches = tasks.filter((t, i) => i > 0 && t !== tasks[i - 1]).length;
  const inRandomOrder = tasksOf(new RandomScheduler(new Prng("switches")), 3000);
  assert(switches * 4 < inRandomOrder.filter((t, i) => i > 0 && t !== inRandomOrder[i - 1]).length);
  const { m } = planMachine(BASE);
  const first: Deviation = { inTurn: tasks[0]!, pc: m.task.pc[tasks[0]!]!, before: 0, task: 0, times: 1 };
  assertEquals(tasksOf(new InTurnScheduler([{ ...first, task: m.roles.softirq[0]! }]), 3000), tasks);
  const deviating = tasksOf(new InTurnScheduler([{ ...first, task: m.roles.tick[1]!, times: 3 }]), 3000);
  assertEquals(deviating.slice(0, 4), [...Array(3).fill(m.roles.tick[1]), tasks[0]]);
});

Deno.test("a run of the programs that another one drew is that run", () => {
  const drawn = execute(BASE);
  const options = { ...BASE, programs: programsOf(planMachine(BASE).m, BASE) };
  const given = execute(options);
  assertEquals([given.steps, given.collector.freed], [drawn.steps, drawn.collector.freed]);
  assertEquals(parseScheduleLine(formatScheduleLine({ options, schedule: null })).options, options);
});

Deno.test("execute() refuses programs that its machine cannot run", () => {
  const refused = (threads: number[][], devices: (number[] | null)[], message: string) =>
    assertThrows(() => execute({ ...BASE, programs: { threads, devices } }), RangeError, message);
  refused([[]], [null, null], "those of 2 threads and 2 devices of a load of calls, got 1 and 2");
  refused([[], []], [null], "got 2 and 1");
  refused([[1, 3, 0], []], [null, null], "call 0 of it is [1, 3, 0]");
  refused([[], [0, 0, 0, 99, 0, 0]], [null, null], "call 1 of it is [99, 0, 0]");
  refused([[], []], [[1, 0], null], "call 0 of it is [1, 0]");
  refused([[3, 12, 0], []], [null, null], "call 0 of it is [3, 12, 0]");
  refused([[7, 0.5, 0], []], [null, null], "lists of numbers");
  const storm = { ...BASE, workload: "kfree_storm", programs: { threads: [[], []], devices: [null, null] } };
  assertThrows(() => execute(storm), RangeError, "of a load of calls");
  assertEquals(readProgram([CODE.cpuUp, -1, 0], 1, 2), Int32Array.of(CODE.cpuUp, -1, 0));
});

Deno.test("unitsOf() parts a program so that no reader and no irq-off part is left open", () => {
  const words = [5, 0, 0, 1, 0, 0, 10, 0, 0, 1, 1, 0, 11, 0, 0, 6, 0, 0, 0, 0, 0];
  const units = unitsOf(words);
  assertEquals(units, [[0, 5], [1], [2, 4], [3]]);
  fc.assert(
    fc.property(fc.subarray(units), (some) => {
      const kept = programOfUnits(words, some);
      const count = (code: number) => kept.filter((word, i) => i % 3 === 0 && word === code).length;
      assertEquals([count(CODE.readLock), count(CODE.irqOff)], [count(CODE.readUnlock), count(CODE.irqOn)]);
      assertEquals(kept.slice(-3), [CODE.end, 0, 0]);
    }),
  );
  assertEquals(
    programText(words, [32, 192]),
    "rcu_read_lock(); kvfree_rcu(32 B); local_irq_save(); kvfree_rcu(192 B); local_irq_restore(); rcu_read_unlock()",
  );
  assertEquals(programText([0, 0, 0], []), "nothing");
});

Deno.test("Trials sets a machine back whole: a run after others is the run of a fresh machine", () => {
  const options = { ...BASE, calls: 20 };
  const run = (trials: Trials) =>
    trials.record((recorder) => new RandomScheduler(new Prng("same"), recorder));
  const fresh = run(new Trials(options, {}, new SectionBudget(1)));
  const budget = new SectionBudget(1e9);
  const used = new Trials(options, {}, budget);
  used.run(new RandomScheduler(new Prng("other")));
  assertEquals(run(used), fresh);
  assertEquals(budget.runs, 2);
  assert(budget.sections > fresh.steps && !budget.isSpent() && budget.isSpent(1e-9));
});

Deno.test("SectionBudget counts the machines that are set up, which is most of the work on a large one", () => {
  const budget = new SectionBudget(1e9);
  const large = defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 30, cpus: 2, nodes: 1 }));
  const used = [BASE, large].map((options) => {
    const before = budget.share;
    new Trials(options, {}, budget);
    return budget.share - before;
  });
  assertEquals(budget.sections, 0);
  assert(used[0]! > 0 && used[1]! > 2 * used[0]!, `${used}`);
});

Deno.test("Trials sees soon that the world is wrong, also long before the end of the run", () => {
  const prepare = ({ m, table }: Machine) => {
    const { start } = kmalloc; // the count of a list is off from the first object on
    const section = table[start]!;
    let isOff = false;
    table[start] = (machine, t) => {
      if (!isOff) m.pcp.count[0]!++;
      isOff = true;
      return section(machine, t);
    };
  };
  const trials = new Trials({ ...BASE, calls: 2000 }, { prepare }, new SectionBudget(1e9));
  const { steps, violation } = trials.run(new RandomScheduler(new Prng("soon")));
  assertEquals(violation?.checker, "pcp_count");
  assert(steps <= 2048, `${steps} sections`);
});

Deno.test("shrinkRun() finds a small case that fails in the same way, and finds it again", () => {
  const failed = failingRun();
  const shrunk = shrinkRun(failed, { sectionsMax: 3e6 });
  const { options, schedule, search, violation } = shrunk;
  assertEquals(violation.checker, failed.violation!.checker);
  assert(shrunk.steps * 5 < failed.steps, `${shrunk.steps} of ${failed.steps} sections`);
  assertEquals([options.geometry.cpuNodes.length, options.bugs], [1, ["B1"]]);
  const calls =
    options.programs!.threads.concat(options.programs!.devices.map((d) => d ?? [])).flat().length / 3;
  assert(calls < 20, `${calls} calls`);
  assert(search !== null && search.deviations.length < 30 && search.noneUpTo >= 0);
  const again = execute(options, { replay: schedule! });
  assertEquals(again.violation, violation);
  assertEquals(shrinkRun(failed, { sectionsMax: 3e6 }), shrunk);

  const story = runStory(shrunk);
  for (const part of ["thread 0 on CPU 0: ", "grace period", "object ", ">", "no failing schedule has"]) {
    assertStringIncludes(story, part);
  }
  assert(story.includes(`        grace_period: ${violation.message}`), story);
});

Deno.test("shrinkRun() keeps to its budget, works in virtual time, and refuses a run that is fine", () => {
  const failed = failingRun();
  const shrunk = shrinkRun(failed, { sectionsMax: 1 });
  assertEquals(shrunk.violation.checker, "grace_period");
  assert(shrunk.wasStopped && shrunk.sections < 60_000, `${shrunk.sections}`);

  const options: RunOptions = { ...BASE, scheduler: "virtual", stepsMax: 3000 };
  const hangs = execute(options);
  assertEquals(hangs.violation?.checker, "progress");
  const inVirtualTime = shrinkRun(hangs, { sectionsMax: 2e6 });
  assertEquals([inVirtualTime.schedule, inVirtualTime.search], [null, null]);
  assertEquals(inVirtualTime.violation.checker, "progress");

  assertThrows(() => shrinkRun(execute(BASE)), RangeError, "expected a run with a violation");
});

Deno.test("fewestDeviations() proves the least number by running all schedules with fewer", () => {
  const options = { ...BASE, calls: 3, blockEntries: 1, stepsMax: 64 };
  const budget = new SectionBudget(1e9);
  const trials = new Trials(options, {}, budget);
  const tick = planMachine(options).m.roles.tick[1]!;
  /** Fails when the tick comes twice before step 40, each time after another task. */
  const twice = (tasks: Uint16Array) =>
    tasks.slice(0, 40).filter((t, i) => t === tick && i > 0 && tasks[i - 1] !== tick).length >= 2;
  const asked: number[] = [];
  const judged = new Proxy(trials, {
    get(target, key) {
      if (key !== "run") return Reflect.get(target, key, target);
      return (scheduler: Scheduler) => {
        const recorder = new Recorder(1e6);
        const next = scheduler.next.bind(scheduler);
        scheduler.next = (m) => {
          const t = next(m);
          if (t >= 0) recorder.record(t, 0);
          return t;
        };
        const trial = target.run(scheduler);
        asked.push(trial.steps);
        const bad = twice(recorder.tasks());
        return { ...trial, violation: bad ? { checker: "twice", message: "" } : null };
      };
    },
  });
  const known = Array.from(
    { length: 4 },
    (_, i): Deviation => ({ inTurn: 0, pc: i, before: 0, task: tick, times: 1 }),
  );
  const found = fewestDeviations(judged, known, ({ violation }) => violation !== null, budget);
  assertEquals([found.deviations.length, found.noneUpTo], [2, 1]);
  assert(found.schedules > 50 && asked.length > found.schedules);
  const stopped = fewestDeviations(judged, known, () => false, new SectionBudget(0));
  assertEquals([stopped.deviations, stopped.noneUpTo, stopped.unfinished], [known, -1, 0]);
});

Deno.test("boundedSearch() finds seeded bugs with no deviation, or with one and not with none", () => {
  const fewest = (id: string) => {
    const mutation = MUTATIONS.find((one) => one.id === id)!;
    const drawn = huntedRun(mutation, { scheduler: "random", seed: "bounded", runsMax: 1 }, 0, 12);
    const prepare = (machine: ReturnType<typeof planMachine>) => {
      mutation.arrange?.(machine);
      mutation.apply(machine);
    };
    const budget = new SectionBudget(3e6);
    const trials = new Trials({ ...drawn, stepsMax: 6000 }, { prepare }, budget);
    const fails = ({ violation }: Trial) => violation !== null && violation.checker !== "progress";
    const { deviations, noneUpTo } = boundedSearch(trials, 1, fails, budget);
    assertEquals(noneUpTo, deviations!.length - 1, id);
    return deviations!.length;
  };
  assertEquals(["M1", "M3", "M4", "M31", "M2"].map(fewest), [0, 0, 0, 0, 1]);
});
