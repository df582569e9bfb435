/** Cells of an experiment: which there are, in which order, and what is run in each. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { equalDistances, geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { AXES } from "./axis.ts";
import { cellsOf, type Experiment, type SweepMachine } from "./experiment.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 3, nodes: 1 });
const MACHINE: SweepMachine = { geometry: GEOMETRY, initialPcp: [{ zone: 0, cpu: 1, pages: [1, 2, 3] }] };

const cells = (axes: Experiment["axes"], options: Experiment["options"] = {}) =>
  cellsOf({ name: "", question: "", expected: "", refutedBy: "", axes, options }, MACHINE);
/** Options of the only cell of one value for each axis. */
const only = (axes: Record<string, string>, options: Experiment["options"] = {}) =>
  cells(Object.fromEntries(Object.entries(axes).map(([axis, value]) => [axis, [value]])), options)[0]!
    .options;

Deno.test("cellsOf() has each combination once, axes in their own order, the last one fastest", () => {
  const values = fc.uniqueArray(fc.integer({ min: 50, max: 99 }), { minLength: 1, maxLength: 4 });
  const some = fc.dictionary(fc.constantFrom("hz", "threads", "kfree_loops", "pcp_batch"), values);
  fc.assert(
    fc.property(some, (given) => {
      const names = Object.keys(AXES).filter((axis) => given[axis] !== undefined);
      const axes = Object.fromEntries(Object.entries(given).map(([axis, list]) => [axis, list.map(String)]));
      const found = cells(axes);
      const count = names.reduce((product, axis) => product * given[axis]!.length, 1);
      assertEquals(found.map(({ index }) => index), Array.from({ length: count }, (_, i) => i));
      for (const { index, values } of found) {
        // an index is a number whose digits are places in the axes' lists
        let rest = index;
        for (const axis of names.toReversed()) {
          const list = axes[axis]!;
          assertEquals(values[axis], list[rest % list.length]);
          rest = Math.floor(rest / list.length);
        }
        assertEquals(Object.keys(values), names);
      }
    }),
    { seed: 4, numRuns: 50 },
  );
});

Deno.test("cellsOf() runs on the machine that is there, and what lies on its lists, unless an axis makes one", () => {
  const { geometry, initialPcp, scheduler, preemption, HZ } = only({ hz: "100" });
  assertEquals([geometry, initialPcp, HZ], [GEOMETRY, MACHINE.initialPcp, 100]);
  assertEquals([scheduler, preemption], ["virtual", "voluntary"]);
  const { seed, threads } = defaultRunOptions(GEOMETRY);
  assertEquals([only({}).seed, only({}).threads], [seed, threads]);
  const made = (axes: Record<string, string>) => {
    const { geometry, initialPcp } = only(axes);
    assertEquals(initialPcp, []);
    return geometry;
  };
  const size = { memoryBytes: 2 ** 30, cpus: 2, nodes: 1 };
  assertEquals(made({ cpus: "5" }), geometryFromSize({ ...size, cpus: 5 }));
  assertEquals(made({ memory_mib: "32" }), geometryFromSize({ ...size, memoryBytes: 2 ** 25 }));
  const both = made({ memory_mib: "128", cpus: "4", nodes: "2" });
  assertEquals(both, geometryFromSize({ memoryBytes: 2 ** 27, cpus: 4, nodes: 2 }));
  assertEquals(both.distance, equalDistances(2));
});

Deno.test("cellsOf() takes an axis before what all cells have in common, and that before what runs have", () => {
  const options = { HZ: 1000, seed: "s", preemption: "full" } as const;
  const { HZ, seed, preemption } = only({ hz: "100" }, options);
  assertEquals([HZ, seed, preemption], [100, "s", "full"]);
  assertEquals(only({ preemption: "rt" }, options).preemption, "rt");
  assertEquals(only({ threads: "2" }, { pcp: { high: 9, batch: 3 } }).pcp, { high: 9, batch: 3 });
});

Deno.test("cellsOf() makes up the size of the lists that is not given: a quarter of high, six times batch", () => {
  const sizes: readonly (readonly [axes: Record<string, string>, high: number, batch: number])[] = [
    [{ pcp_high: "378" }, 378, 94],
    [{ pcp_high: "384" }, 384, 96],
    [{ pcp_high: "5000" }, 5000, 96],
    [{ pcp_high: "9" }, 9, 2],
    [{ pcp_high: "3" }, 3, 1],
    [{ pcp_high: "0" }, 0, 1],
    [{ pcp_batch: "15" }, 90, 15],
    [{ pcp_high: "8", pcp_batch: "63" }, 8, 63],
  ];
  for (const [axes, high, batch] of sizes) {
    assertEquals(only(axes).pcp, { high, batch }, JSON.stringify(axes));
  }
  assertEquals(only({ hz: "100" }).pcp, null);
});

Deno.test("cellsOf() refuses what is no axis, no value of one, too much, or no run", () => {
  const refused: readonly (readonly [axes: Experiment["axes"], message: string])[] = [
    [{ hzz: ["1"] }, "expected an axis of profile, preemption, hz,"],
    [{ toString: ["1"] }, 'got "toString"'],
    [{ hz: ["100", "x"] }, "Cannot sweep axis hz: expected a whole number"],
    [{ nodes: ["1"], hz: ["100"] }, "expected an axis memory_mib or cpus beside it"],
    [{ cpus: ["2"], nodes: ["3"] }, "at most 2 nodes, got 3"],
    [{ profile: ["v5_9", "v1"] }, 'option "profile" must be one of'],
  ];
  for (const [axes, message] of refused) assertThrows(() => cells(axes), RangeError, message);
  const list = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));
  const most = () => cells({ threads: list(100), kfree_loops: list(1000), hz: ["100", "250"] });
  assertThrows(most, RangeError, "expected at most 100000 cells, got 200000");
});
