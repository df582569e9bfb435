/**
 * Timelines: every span is closed and nested, flows join, counters tell the model's numbers, nothing depends on chance.
 */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { Timeline } from "./timeline.ts";
import { GROUP, timelineJson, type TraceEvent } from "./trace_events.ts";

function options(changes: Partial<RunOptions>): RunOptions {
  const made = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 });
  const zones = made.zones.map((z) => ({ ...z, pcp: { high: 30, batch: 5 } }));
  return {
    ...defaultRunOptions({ ...made, zones }),
    seed: "timeline",
    calls: 300,
    blockEntries: 16,
    ...changes,
  };
}

function draw(changes: Partial<RunOptions>, from = 0, sections = 1e6) {
  let timeline: Timeline | undefined;
  const result = execute(options(changes), {
    prepare: (machine) => void (timeline = new Timeline(machine, { from, sections })),
  });
  return { result, events: timeline!.finish() };
}

const of = (events: readonly TraceEvent[], ph: TraceEvent["ph"]) => events.filter((e) => e.ph === ph);

for (const scheduler of ["random", "virtual"] as const) {
  Deno.test(`Timeline of a ${scheduler} run closes every span where it was opened, and lanes never overlap`, () => {
    const { events } = draw({ scheduler });
    const lanes = new Map<string, TraceEvent[]>();
    for (const event of events) {
      if (event.ph !== "B" && event.ph !== "E") continue;
      const key = `${event.pid}/${event.tid}`;
      const lane = lanes.get(key);
      if (lane === undefined) lanes.set(key, [event]);
      else lane.push(event);
    }
    assert(lanes.size >= 6);
    for (const [lane, spans] of lanes) {
      if (!lane.startsWith(`${GROUP.cpus}/`)) continue;
      let endUs = 0;
      for (let i = 0; i < spans.length; i += 2) {
        const [begin, end] = [spans[i]!, spans[i + 1]!];
        assertEquals([begin.ph, end.ph, begin.name], ["B", "E", end.name]);
        assert(
          begin.ts! >= endUs && end.ts! > begin.ts!,
          `${lane} ${begin.name} at ${begin.ts} before ${endUs}`,
        );
        endUs = end.ts!;
      }
    }
  });

  Deno.test(`Timeline of a ${scheduler} run leads every object from kvfree_rcu() to its end`, () => {
    const { events, result } = draw({ scheduler });
    const starts = of(events, "s");
    assertEquals([starts.length, of(events, "f").length], [result.collector.freed, result.collector.freed]);
    const open = new Set<number | string>();
    for (const { ph, id } of events) {
      if (ph === "s") assert(!open.has(id!) && open.add(id!));
      if (ph === "f") assert(open.delete(id!));
    }
    assertEquals(open.size, 0);
  });

  Deno.test(`Timeline does not change a ${scheduler} run, and is the same each time`, () => {
    const a = draw({ scheduler });
    const b = draw({ scheduler });
    assertEquals(timelineJson(a.events, {}), timelineJson(b.events, {}));
    assertEquals(a.result.steps, execute(options({ scheduler })).steps);
  });
}

Deno.test("Timeline draws grace periods, readers, locks, interrupts and the pages on the lists", () => {
  const { events, result } = draw({ scheduler: "random" });
  const named = (pid: number) =>
    new Set(events.filter((e) => e.pid === pid && e.ph === "B").map((e) => e.name));
  const over = events.filter((e) => e.ph === "B" && e.name === "grace period").length;
  assertEquals(over, result.collector.gracePeriods);
  assert(named(GROUP.irqsOff).has("irqs off"));
  assert([...named(GROUP.locks)].some((name) => name.startsWith("zone->lock ")));
  assert(named(GROUP.locks).has("krcp->lock 0"));
  assertEquals(of(events, "b").length, of(events, "e").length);
  const counters = of(events, "C");
  const last = counters.findLast((e) => e.name.startsWith("free "))!;
  assert(counters.length > 100 && Number(last.args!.pages) > 0);
});

Deno.test("Timeline draws the sections that are asked for, and closes what they leave open", () => {
  const { events } = draw({ scheduler: "random" }, 1000, 500);
  const sections = events.filter((e) => e.pid === GROUP.cpus && e.ph === "B");
  assertEquals(sections.length, 500);
  assert(sections.every(({ ts }) => ts! >= 1000 && ts! < 1500));
  assertEquals(of(events, "B").length, of(events, "E").length);
  const open = of(events, "E").filter(({ name }) => name.endsWith(" (not over)"));
  assert(open.length > 0 && open.every(({ ts }) => ts === 1500), `${open.map(({ ts }) => ts)}`);
});
