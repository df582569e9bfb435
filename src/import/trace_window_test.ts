import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Slot } from "./trace_slot.ts";
import { TraceWindow } from "./trace_window.ts";

interface Stamp {
  readonly cpu: number;
  readonly timeNs: number;
  readonly line: number;
}

/** Puts stamps through a window: what came out, and the counts. */
function through(stamps: readonly Stamp[]) {
  const out: Stamp[] = [];
  const window = new TraceWindow(({ cpu, timeNs, line }) => out.push({ cpu, timeNs, line }));
  for (const { cpu, timeNs, line } of stamps) {
    const { values } = window.free;
    values[Slot.cpu] = cpu;
    values[Slot.timeNs] = timeNs;
    values[Slot.line] = line;
    window.put();
  }
  window.flush();
  return { out, outOfOrder: window.outOfOrder, late: window.late };
}

function stamps(cpusAndTimes: readonly (readonly [number, number])[]): Stamp[] {
  return cpusAndTimes.map(([cpu, timeNs], at) => ({ cpu, timeNs, line: at + 1 }));
}

Deno.test("TraceWindow hands events out as they came when each CPU is in order", () => {
  // CPU 1 is far behind CPU 0, as with a clock of each CPU's own
  const input = stamps(Array.from({ length: 300 }, (_, at) => [at % 2, at % 2 === 0 ? 1e9 + at : at]));
  assertEquals(through(input), { out: input, outOfOrder: 0, late: 0 });
});

Deno.test("TraceWindow puts an early event before the later ones of its CPU, and of others", () => {
  const { out, outOfOrder, late } = through(stamps([[0, 10], [1, 11], [0, 12], [0, 20], [0, 11], [1, 30]]));
  assertEquals(out.map(({ line }) => line), [1, 2, 5, 3, 4, 6]);
  assertEquals([outOfOrder, late], [1, 0]);
  assertEquals(through(stamps([[0, 10], [1, 15], [0, 20], [0, 12]])).out.map(({ line }) => line), [
    1,
    4,
    2,
    3,
  ]);
});

Deno.test("TraceWindow.flush() hands out all that waits, and the window goes on", () => {
  const out: number[] = [];
  const window = new TraceWindow(({ line }) => out.push(line));
  for (let line = 1; line <= 500; line++) {
    window.free.values[Slot.line] = line;
    window.put();
    if (line % 37 !== 0) continue;
    window.flush();
    assertEquals(out.length, line);
  }
  window.flush();
  assertEquals(out, Array.from({ length: 500 }, (_, at) => at + 1));
});

Deno.test("TraceWindow leaves an event where it is, and counts it, when its place is gone", () => {
  const input = stamps([...Array.from({ length: 100 }, (_, at) => [0, 1000 + at] as const), [0, 5], [0, 6]]);
  const { out, outOfOrder, late } = through(input);
  assertEquals(out, input);
  assertEquals([outOfOrder, late], [1, 1]);
});

Deno.test("TraceWindow copes with CPU numbers up to the largest", () => {
  assertEquals(through(stamps([[8191, 2], [70, 1], [8191, 1]])).out.map(({ line }) => line), [3, 1, 2]);
});

Deno.test("TraceWindow orders any trace whose events are off by fewer places than the window has", () => {
  const delays = fc.array(fc.record({ cpu: fc.nat(3), delay: fc.nat(40) }), { maxLength: 400 });
  fc.assert(
    fc.property(delays, (events) => {
      const shuffled = events
        .map(({ cpu, delay }, at) => ({ cpu, timeNs: at, at: at + delay, line: at + 1 }))
        .sort((a, b) => a.at - b.at)
        .map(({ cpu, timeNs, line }) => ({ cpu, timeNs, line }));
      const { out, late } = through(shuffled);
      assertEquals(late, 0);
      assertEquals(out.length, events.length);
      for (const cpu of [0, 1, 2, 3]) {
        const times = out.filter((stamp) => stamp.cpu === cpu).map(({ timeNs }) => timeNs);
        assertEquals(times, times.toSorted((a, b) => a - b));
      }
    }),
    { seed: 1 },
  );
});

Deno.test("TraceWindow hands every event out exactly once, however wild the times are", () => {
  const wild = fc.array(fc.tuple(fc.nat(2), fc.nat(50)), { maxLength: 300 });
  fc.assert(
    fc.property(wild, (events) => {
      const lines = through(stamps(events)).out.map(({ line }) => line);
      assertEquals(lines.toSorted((a, b) => a - b), events.map((_, at) => at + 1));
    }),
    { seed: 1 },
  );
});
