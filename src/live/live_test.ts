import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { pcpOf } from "../mm/mm.ts";
import { execute } from "../run/execution.ts";
import { planMachine } from "../run/plan.ts";
import { runSteps } from "../scheduler/engine.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { EVENT } from "../sim/events.ts";
import { Lab, type LiveState } from "./lab.ts";
import { liveRunOptions, type LiveSetup, PRESETS } from "./setup.ts";
import { STRIP, Strip, STRIP_WORDS } from "./strip.ts";
import { STORM_MISSES } from "./watch.ts";

const storm = PRESETS[0]!.setup;

function sum(columns: Int32Array, what: number): number {
  let total = 0;
  for (let at = what; at < columns.length; at += STRIP_WORDS) total += columns[at]!;
  return total;
}

/** Runs a lab to its end in steps of `slice`, and adds its columns up. */
function toEnd(setup: LiveSetup, slice: number) {
  const lab = new Lab(setup, 0, 4096);
  let hits = 0, misses = 0;
  let state: LiveState;
  do {
    lab.run(slice);
    state = lab.state();
    hits += sum(state.columns, STRIP.hits);
    misses += sum(state.columns, STRIP.misses);
  } while (!state.over);
  return { state, hits, misses };
}

Deno.test("Lab shows the run that execute() makes", () => {
  const setup = { ...storm, cpus: 1 };
  const { collector } = execute(liveRunOptions(setup, 0));
  for (const slice of [100_003, 1_000_000]) {
    const { state, hits, misses } = toEnd(setup, slice);
    assertEquals([state.attempts, state.hits, state.missEpisodes, state.objects - state.waiting], [
      collector.attempts,
      collector.hits,
      collector.missEpisodes,
      collector.freed,
    ]);
    // all but the last column, which is still open, has been shown
    assert(collector.hits - hits < 8 && collector.attempts - collector.hits - misses < 600);
  }
});

Deno.test("the first preset opens with a storm, and shows whole ones within ten seconds", () => {
  const { setup, speed, toStorm } = PRESETS[0]!;
  assert(toStorm);
  const lab = new Lab(setup, 0, 333);
  lab.runToStorm();
  assert(lab.state().cpus.some((c) => c.streak >= STORM_MISSES));
  const before = lab.state().stormCount;
  lab.run(10 * speed);
  const { stormCount, storms } = lab.state();
  assert(stormCount - before >= 2, `${stormCount - before} storms`);
  for (const { misses, startNs, endNs } of storms) assert(misses >= STORM_MISSES && endNs > startNs);
});

Deno.test("every preset runs, and only what should miss misses", () => {
  const rates = PRESETS.map(({ setup, name }) => {
    const lab = new Lab(setup, 0, 4096);
    lab.run(200_000);
    const { attempts, hits } = lab.state();
    assert(attempts > 0, name);
    return hits / attempts;
  });
  const rate = (name: string) => rates[PRESETS.findIndex((p) => p.name === name)]!;
  assert(rate("A miss storm") < 0.8);
  assertEquals([rate("As shipped"), rate("GFP_NOWAIT")], [1, 1]);
});

Deno.test("Lab.step() runs one section and names it", () => {
  const lab = new Lab(storm, 0, 100);
  for (let i = 1; i <= 50; i++) {
    lab.step();
    const { steps, last } = lab.state();
    assertEquals(steps, i);
    assert(last !== null && last.section.includes("."));
  }
});

Deno.test("Lab lists add up to pcp.count, in whatever pieces and steps it runs", () => {
  const piece = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5000 }));
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (slices) => {
      const lab = new Lab(storm, 0, 512);
      for (const slice of slices) slice === 1 ? lab.step() : lab.run(slice);
      const whole = new Lab(storm, 0, 512);
      whole.run(slices.reduce((a, b) => a + b));
      const [a, b] = [lab.state(), whole.state()];
      assertEquals({ ...a, last: null }, b);
      for (const { lists, high } of a.cpus) assert(lists.reduce((x, y) => x + y) <= high + 2);
    }),
    { numRuns: 10, seed: 1 },
  );
});

Deno.test("Lab's storms are the failed requests between two pages got on a CPU, the latest of them", () => {
  const { m, table } = planMachine(liveRunOptions(storm, 0));
  const asked: { cpu: number; ns: number; got: boolean }[] = [];
  m.events.subscribe({
    kinds: [EVENT.blockGot, EVENT.blockFailed],
    onEvent(kind, t) {
      const cpu = m.task.cpu[t]!;
      asked.push({ cpu, ns: m.cpu.clockNs[cpu]!, got: kind === EVENT.blockGot });
    },
  });
  runSteps(m, table, new VirtualTimeScheduler(), 1_500_000);
  const storms: LiveState["storms"][number][] = [];
  let longest = 0;
  asked.forEach(({ cpu, ns, got }, i) => {
    const before = asked.slice(0, i).filter((a) => a.cpu === cpu);
    const failed = before.slice(before.findLastIndex((a) => a.got) + 1);
    const misses = failed.length;
    longest = Math.max(longest, misses + (got ? 0 : 1));
    if (!got || misses < STORM_MISSES) return;
    storms.push({ cpu, number: storms.length + 1, startNs: failed[0]!.ns, endNs: ns, misses });
  });
  const lab = new Lab(storm, 0, 4096);
  lab.run(1_500_000);
  const state = lab.state();
  assert(storms.length > 24, "more than are remembered");
  assertEquals(state.storms, storms.slice(-24));
  assertEquals([state.stormCount, state.longest], [storms.length, longest]);
});

Deno.test("Lab has a column for so many sections: what happened in them, and the lists within and at the end", () => {
  const { m, table } = planMachine(liveRunOptions(storm, 0));
  const zone = m.nrZones - 1; // DMA comes first, and has fewer pages
  const now = () => [0, 1].map((cpu) => m.pcp.count[pcpOf(m, zone, cpu)]!);
  const counted = [EVENT.blockGot, EVENT.blockFailed, EVENT.refill, EVENT.drain];
  let events = [0, 1].map(() => counted.map(() => 0));
  let levels: number[][] = [];
  m.events.subscribe({
    kinds: Object.values(EVENT),
    onEvent(kind, t) {
      levels.push(now());
      if (counted.includes(kind as typeof counted[number])) {
        events[m.task.cpu[t]!]![counted.indexOf(kind as typeof counted[number])]!++;
      }
    },
  });
  const scheduler = new VirtualTimeScheduler();
  const lab = new Lab(storm, 0, 777);
  for (let column = 0; column < 100; column++) {
    levels = [now()];
    events = [0, 1].map(() => counted.map(() => 0));
    runSteps(m, table, scheduler, 777);
    lab.run(777);
    const expected = [0, 1].flatMap((cpu) => {
      const own = levels.map((level) => level[cpu]!);
      return [Math.min(...own), Math.max(...own), now()[cpu]!, ...events[cpu]!];
    });
    assertEquals([...lab.state().columns], expected, `column ${column}`);
  }
});

Deno.test("Lab.runToStorm() stops at the first look that finds a storm, and where a load is over", () => {
  const [lab, twin] = [0, 1].map(() => new Lab({ ...storm, high: 20, batch: 5 }, 0, 4096));
  lab!.runToStorm();
  do twin!.run(64); while (!twin!.state().cpus.some(({ streak }) => streak >= STORM_MISSES));
  assertEquals(lab!.state().steps, twin!.state().steps);
});

Deno.test("Lab does nothing more when its load is over", () => {
  const lab = new Lab({ ...storm, cpus: 1, strategy: "none" }, 0, 4096);
  while (!lab.state().over) lab.run(100_000);
  const { steps } = lab.state();
  lab.run(10);
  lab.step();
  lab.runToStorm();
  assertEquals(lab.state().steps, steps);
});

Deno.test("Strip.close() keeps extremes, and drops the oldest column when nobody takes them", () => {
  const strip = new Strip(1);
  strip.restart(0, 5);
  strip.level(0, 2);
  strip.level(0, 9);
  strip.level(0, 4);
  strip.add(0, STRIP.misses);
  strip.close();
  strip.close();
  assertEquals([...strip.take()], [2, 9, 4, 0, 1, 0, 0, 4, 4, 4, 0, 0, 0, 0]);
  for (let i = 0; i < 600; i++) {
    strip.level(0, i);
    strip.close();
  }
  const kept = strip.take();
  assertEquals([kept.length / STRIP_WORDS, kept[kept.length - STRIP_WORDS + STRIP.count]], [512, 599]);
});

Deno.test("liveRunOptions() refuses numbers out of range", () => {
  assertThrows(
    () => liveRunOptions({ ...storm, high: 0 }, 0),
    RangeError,
    "expected a number from 1 to 512, got 0",
  );
  assertThrows(() => liveRunOptions({ ...storm, cpus: NaN }, 0), RangeError, "cpus");
  const ends = { high: [1, 512], batch: [1, 128], pressure: [0, 1], rateHz: [0, 1e7], cpus: [1, 16] };
  for (const [name, [least, most]] of Object.entries(ends)) {
    for (const value of [least!, most!]) liveRunOptions({ ...storm, [name]: value }, 0);
    for (const value of [least! - 1, most! + 1]) {
      assertThrows(() => liveRunOptions({ ...storm, [name]: value }, 0), RangeError, `Cannot set ${name}`);
    }
  }
});
