/** The story of a failing run: what a row holds, how rows are told, and what is said of smaller cases. */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { lockNames, taskNames } from "../run/names.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import type { Machine } from "../run/machine.ts";
import { planMachine, programsOf } from "../run/plan.ts";
import { runSteps } from "../scheduler/engine.ts";
import { RandomScheduler } from "../scheduler/random.ts";
import { EVENT } from "../sim/events.ts";
import { DONE, sectionFacts } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { LEVEL } from "../sim/task.ts";
import type { SmallestRun } from "./shrink_run.ts";
import { runStory } from "./story.ts";
import { Teller } from "./teller.ts";

const BASE: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 })),
  ...{ calls: 60, blockEntries: 4, threads: 2 },
};
const TOLD = [
  ...[
    EVENT.lockTaken,
    EVENT.reader,
    EVENT.kvfreeQueued,
    EVENT.synchronizing,
    EVENT.objectFreed,
    EVENT.gpStart,
  ],
  ...[EVENT.gpEnd, EVENT.locklessHit, EVENT.locklessMiss, EVENT.refill, EVENT.drain, EVENT.badPage],
];

Deno.test("Teller's rows are sections in a row of one task and operation, until something came of one", () => {
  const machine = planMachine(BASE);
  const { m, table } = machine;
  const names = taskNames(m);
  const [breaks, deviations] = [new Set([7, 100, 5000]), new Set([7, 5000])];
  const sections: {
    task: string;
    cpu: number;
    operation: string;
    label: string;
    notes: number;
    marks: string[];
  }[] = [];
  let notes = 0;
  table.forEach((section, pc) => {
    const { name } = sectionFacts(pc);
    const [operation = "", label = ""] = name.split(/\.(.*)/);
    table[pc] = (world, t) => {
      const cpu = m.task.cpu[t]!;
      notes = 0;
      const next = section(world, t);
      const marks = [0, 1].map((c) => {
        const isOff = m.cpu.irqOff[c] !== 0 || m.cpu.active[c * 4 + LEVEL.hardirq] !== 0;
        const holds = [...m.lock.owner].some((owner) => owner > 0 && m.task.cpu[owner - 1] === c);
        return `${isOff ? "!" : " "}${holds ? "#" : " "}`;
      });
      sections.push({ task: names[t]!, cpu, operation, label, notes, marks });
      return next;
    };
  });
  m.events.subscribe({
    kinds: TOLD,
    onEvent: (kind, _t, _a, _b, c) => void (notes += kind === EVENT.lockTaken && c === 1 ? 0 : 1),
  });
  const teller = new Teller(machine, breaks, deviations);
  runSteps(m, table, new RandomScheduler(new Prng("told")), 20_000);
  const starts = sections.flatMap(({ task, operation }, i) => {
    const last = sections[i - 1];
    const goesOn = last !== undefined && last.task === task && last.operation === operation &&
      last.notes === 0;
    return goesOn && !breaks.has(i) ? [] : [i];
  });
  const expected = starts.map((from, i) => {
    const own = sections.slice(from, starts[i + 1]);
    const { task, cpu, operation } = own[0]!;
    const { marks, notes } = own.at(-1)!;
    const labels = own.map(({ label }) => label);
    return { step: from, cpu, task, operation, labels, notes, deviates: deviations.has(from), marks };
  });
  assertEquals(teller.rows.map((row) => ({ ...row, notes: row.notes.length })), expected);
  assert(expected.some(({ labels }) => labels.length > 2) && expected.some(({ notes }) => notes > 1));
});

Deno.test("Teller says in words what comes of a section", () => {
  const machine = planMachine(BASE);
  const { m, table } = machine;
  const locks = lockNames(m);
  const [t] = m.roles.threads[0]!;
  const told: readonly (readonly [kind: number, a: number, b: number, c: number, text: string])[] = [
    [EVENT.lockTaken, 1, 0, 2, `takes ${locks[1]}`],
    [EVENT.reader, 1, 0, 0, "reader begins"],
    [EVENT.reader, 0, 0, 0, "reader ends"],
    [EVENT.kvfreeQueued, 5, 0, 0, "object 5 is queued (block)"],
    [EVENT.kvfreeQueued, 5, 1, 0, "object 5 is queued (block of vmalloc areas)"],
    [EVENT.kvfreeQueued, 5, 2, 0, "object 5 is queued (rcu_head list)"],
    [EVENT.synchronizing, 5, 0, 0, "waits for a grace period to free object 5"],
    [EVENT.objectFreed, 6, 0, 0, "object 6 is freed"],
    [EVENT.gpStart, 7, 0, 0, "grace period 7 begins"],
    [EVENT.gpEnd, 7, 0, 0, "grace period 7 ends"],
    [EVENT.locklessHit, 8, 0, 0, "page 8 comes from the per-CPU lists"],
    [EVENT.locklessMiss, 0, 0, 0, "the per-CPU lists have no page"],
    [EVENT.refill, 1, 9, 0, "the list gets 9 pages from the zone"],
    [EVENT.drain, 1, 9, 0, "the list gives 9 pages back"],
    [EVENT.badPage, 10, 0, 0, "page 10 is bad"],
  ];
  table[0] = (world, task) => {
    m.events.emit(EVENT.lockTaken, task, 1, 0, 1); // at once: nothing to tell
    for (const [kind, a, b, c] of told) m.events.emit(kind, task, a, b, c);
    m.events.emit(EVENT.lockReleased, task, 0, 0, 0);
    return world === m ? DONE : 0;
  };
  const teller = new Teller(machine, new Set(), new Set());
  table[0]!(m, t!);
  assertEquals(teller.rows[0]!.notes, told.map(([, , , , text]) => text));
  assertEquals(teller.rows[0]!.marks, [" #", "  "]);
});

/** A short run that is called endless, as a search leaves it. */
function smallest(change: Partial<SmallestRun>, options: Partial<RunOptions> = {}): SmallestRun {
  const drawn = { ...BASE, calls: 2, stepsMax: 10, ...options };
  const programs = drawn.workload === "random" ? programsOf(planMachine(drawn).m, drawn) : null;
  const given = { ...drawn, programs };
  const { schedule, steps, violation } = execute(given);
  return {
    ...{ options: given, schedule, steps, violation: violation!, search: null, noReturn: null },
    ...{ runs: 3, sections: 400, wasStopped: false, ...change },
  };
}

/** The lines of a story from the one that begins so, to the next empty one. */
function linesFrom(story: string, start: string): string[] {
  const lines = story.split("\n");
  const from = lines.findIndex((line) => line.startsWith(start));
  assert(from >= 0, story);
  const to = lines.indexOf("", from);
  return lines.slice(from, to < 0 ? undefined : to);
}

Deno.test("runStory() says what is known of schedules with fewer deviations, and no more", () => {
  const deviation = { inTurn: 0, pc: 0, before: 0, task: 0, times: 1 };
  const known = (count: number, noneUpTo: number, schedules: number, unfinished: number) => ({
    search: { deviations: Array(count).fill(deviation), noneUpTo, schedules, unfinished, steps: [] },
  });
  const took = "the search took 3 runs of 400 sections";
  const from = (count: string) => `schedule: ${count} from running tasks in turn, marked with >`;
  const said: readonly (readonly [Partial<SmallestRun>, readonly string[]])[] = [
    [known(0, -1, 0, 0), [from("0 deviations"), "no failing schedule has fewer", took]],
    [known(1, 0, 1, 0), [
      from("1 deviation"),
      "no failing schedule has fewer: all 1 with at most 0 were run",
      took,
    ]],
    [known(3, 2, 55, 0), [
      from("3 deviations"),
      "no failing schedule has fewer: all 55 with at most 2 were run",
      took,
    ]],
    [known(3, 0, 1, 20), [
      from("3 deviations"),
      "no failing schedule has none: all 1 were run; of those with 1, 20 were run before the search came to its limit",
      took,
    ]],
    [known(4, 1, 9, 20), [
      from("4 deviations"),
      "no failing schedule has at most 1: all 9 were run; of those with 2, 20 were run before the search came to its " +
      "limit",
      took,
    ]],
    [known(4, -1, 0, 5), [from("4 deviations"), took]],
    [{ ...known(0, -1, 0, 0), noReturn: { steps: 6, continuations: 12 }, wasStopped: true }, [
      from("0 deviations"),
      "no failing schedule has fewer",
      "after step 6 nothing saves it: 12 continuations with at most one deviation were run and all fail",
      `${took}, its limit`,
    ]],
    [{ ...known(0, -1, 0, 0), noReturn: { steps: 11, continuations: 0 } }, [
      from("0 deviations"),
      "no failing schedule has fewer",
      took,
    ]],
  ];
  for (const [change, lines] of said) {
    assertEquals(linesFrom(runStory(smallest(change)), "schedule: "), lines);
  }
  assertEquals(linesFrom(runStory(smallest({})), "the search"), [took]);
});

Deno.test("runStory() begins with the case: its machine, and its programs or its load", () => {
  const [machine, ...programs] = linesFrom(runStory(smallest({})), "2 CPUs");
  assertEquals(machine, "2 CPUs, 8064 pages, blocks of 4, strategy lockless, profile v5_9");
  const starts = ["thread 0 on CPU 0: ", "thread 1 on CPU 1: ", "device of CPU 0: ", "device of CPU 1: "];
  assertEquals(programs.slice(0, 4).map((line, i) => line.slice(0, starts[i]!.length)), starts);
  const storm = { workload: "kfree_storm", bugs: ["B1", "B2"], kfree_alloc_num: 77 } as const;
  assertEquals(linesFrom(runStory(smallest({}, storm)), "2 CPUs").slice(0, 2), [
    "2 CPUs, 8064 pages, blocks of 4, strategy lockless, profile v5_9, B1, B2",
    "kfree_storm: 2 threads, 77 objects a loop",
  ]);
});

Deno.test("runStory() has a column for each CPU, marks deviations, shows from where nothing saves it", () => {
  const run = smallest({});
  const [end, steps] = [run.steps - 20, [run.steps - 30, run.steps - 10]];
  const search = { deviations: [], noneUpTo: -1, schedules: 0, unfinished: 0, steps };
  const lines = linesFrom(runStory({ ...run, search, noReturn: { steps: end, continuations: 1 } }), "  step");
  assertEquals(lines[0]!.split(/ {2,}/), ["", "step", "CPU 0", "CPU 1"]);
  const at = lines.indexOf("------  from here on every continuation that was tried fails");
  const numberOf = (line: string) => Number(line.slice(0, 6));
  assertEquals(numberOf(lines[at + 1]!), end + 1, "behind the last step that could be saved");
  const rows = lines.slice(1).filter((line) => /^ *\d+ /.test(line));
  assertEquals(rows.filter((line) => line.includes(">")).map((line) => numberOf(line) - 1), steps);
  assert(rows.some((line) => / x\d+$/.test(line)) && rows.some((line) => line.includes(" .. ")));

  const long = runStory(smallest({}, { stepsMax: 4000, calls: 100 })).split("\n");
  const told = long.filter((line) => /^ *\d+ {2}/.test(line)).length;
  const before = long.map((line) => /^ +(\d+) rows before are not shown$/.exec(line)).find((found) =>
    found !== null
  );
  assert(told === 120 && Number(before![1]) > 120, `${told} after ${before}`);
});

Deno.test("runStory() follows the schedule that it is given, and has the labels at both ends of each row", () => {
  const run = smallest({});
  const { schedule } = execute({ ...run.options, run: 9 }); // the same programs in another order
  let teller: Teller | null = null;
  const prepare = (machine: Machine) => void (teller = new Teller(machine, new Set(), new Set()));
  execute(run.options, { replay: schedule!, prepare });
  const lines = runStory({ ...run, schedule }).split("\n").filter((line) => /^ *\d+ {2}/.test(line));
  const told = lines.map((line) => / {2}(\w+\.\w+(?: (?:\.\. \w+|x\d+))?)/.exec(line)![1]!);
  const expected = teller!.rows.slice(-120).map(({ operation, labels }) => {
    const [first, last] = [labels[0]!, labels.at(-1)!];
    if (new Set(labels).size > 1) return `${operation}.${first} .. ${last}`;
    return `${operation}.${first}${labels.length > 1 ? ` x${labels.length}` : ""}`;
  });
  // a text that is too long for its column is cut
  told.forEach((text, i) => assert(expected[i]!.startsWith(text), `row ${i}: ${text} of ${expected[i]}`));
  assert(told.filter((text, i) => text === expected[i]).length > 60);
});
