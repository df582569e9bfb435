import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { execute } from "../run/execution.ts";
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

Deno.test("Lab lists add up to pcp.count, in whatever pieces it runs", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }), (slices) => {
      const lab = new Lab(storm, 0, 512);
      for (const slice of slices) lab.run(slice);
      const whole = new Lab(storm, 0, 512);
      whole.run(slices.reduce((a, b) => a + b));
      const [a, b] = [lab.state(), whole.state()];
      assertEquals(a, b);
      for (const { lists, high } of a.cpus) assert(lists.reduce((x, y) => x + y) <= high + 2);
    }),
    { numRuns: 10, seed: 1 },
  );
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
});
