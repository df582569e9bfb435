/** Axes: what each value changes of a cell, and which values are none. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { SETUP_COLUMNS } from "../metrics/setup_columns.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { AXES, type CellDraft } from "./axis.ts";
import { runCell } from "./cell_run.ts";
import { cellsOf } from "./experiment.ts";

const DRAFT: CellDraft = { memoryBytes: 0, cpus: 2, nodes: 1, pcpHigh: null, pcpBatch: null, options: {} };
/** What a value of an axis changes; the options of a run are named by themselves. */
const CHANGES: Readonly<Record<string, readonly (readonly [value: string, changes: Partial<CellDraft>])[]>> =
  {
    profile: [["v6_1", { options: { profile: "v6_1" } }]],
    preemption: ["voluntary", "full", "rt"].map((preemption) =>
      [preemption, { options: { preemption } } as Partial<CellDraft>] as const
    ),
    hz: [["1000", { options: { HZ: 1000 } }]],
    memory_mib: [["64", { memoryBytes: 64 * 1024 * 1024 }]],
    nodes: [["2", { nodes: 2 }]],
    cpus: [["8", { cpus: 8 }]],
    workload: [["poisson", { options: { workload: "poisson" } }]],
    threads: [["3", { options: { threads: 3 } }]],
    kfree_alloc_num: [["800", { options: { kfree_alloc_num: 800 } }]],
    kfree_loops: [["7", { options: { kfree_loops: 7 } }]],
    kfree_mult: [["4", { options: { kfree_mult: 4 } }]],
    calls: [["500", { options: { calls: 500 } }]],
    poll_us: [["0", { options: { pollUs: 0 } }], ["1000", { options: { pollUs: 1000 } }]],
    rate_hz: [["1e5", { options: { rateHz: 100_000 } }]],
    gap_us: [["20", { options: { gapUs: 20 } }]],
    pressure: [["0.9", { options: { pressure: 0.9 } }]],
    fraction: [["8", { options: { pcpFraction: 8 } }]],
    pcp_high: [["0", { pcpHigh: 0 }], ["62", { pcpHigh: 62 }]],
    pcp_batch: [["1", { pcpBatch: 1 }]],
    rcu_min_cached_objs: [["5", { options: { cachedBlocks: 5 } }]],
    block_entries: [["16", { options: { blockEntries: 16 } }]],
    swap_mib: [["16", { options: { swapPages: 16 * 256 } }]],
    costs: (["nominal", "low", "high", "emulated"] as const).map((costEnd) =>
      [costEnd, { options: { costEnd } }] as const
    ),
    slowdown: [["15", { options: { slowdown: 15 } }]],
    host_cores: [["1", { options: { hostCores: 1 } }]],
    stolen: [["0.25", { options: { stolen: 0.25 } }]],
    strategy: [["none", { options: { strategy: "none" } }]],
  };
/** Axes of names that the run looks at. */
const NAMED = ["profile", "workload", "strategy"];

Deno.test("every axis changes what it names and nothing else, beside what other axes have changed", () => {
  assertEquals(Object.keys(CHANGES), Object.keys(AXES));
  for (const [name, values] of Object.entries(CHANGES)) {
    for (const [value, { options, ...rest }] of values) {
      const draft = { ...DRAFT, options: { run: 9 } };
      assertEquals(AXES[name]!.apply(draft, value), undefined, name);
      assertEquals(draft, { ...DRAFT, ...rest, options: { run: 9, ...options } }, name);
    }
  }
});

Deno.test("an axis of numbers or words says what it expects of a value that is none, and changes nothing", () => {
  for (const name of Object.keys(AXES).filter((each) => !NAMED.includes(each))) {
    for (const value of ["", "x", "-1", "1e99"]) {
      const draft = { ...DRAFT };
      assertEquals(typeof AXES[name]!.apply(draft, value), "string", `${name}=${value}`);
      assertEquals(draft, DRAFT);
    }
  }
});

Deno.test("axes of a made-up machine have the limits of one", () => {
  const takes = (name: string, value: number) => AXES[name]!.apply({ ...DRAFT }, String(value)) === undefined;
  const ends = { memory_mib: [16, 2 ** 20], nodes: [1, 8], cpus: [1, 256] };
  for (const [name, [least, most]] of Object.entries(ends)) {
    assertEquals(
      [takes(name, least! - 1), takes(name, least!), takes(name, most!), takes(name, most! + 1)],
      [false, true, true, false],
      name,
    );
  }
});

/** Two values of each axis, and the load that it means something to where that is not the storm. */
const PAIRS: Readonly<Record<string, readonly [one: string, other: string, load?: string]>> = {
  profile: ["v5_9", "v6_1"],
  preemption: ["voluntary", "rt"],
  hz: ["100", "250"],
  memory_mib: ["64", "128"],
  nodes: ["1", "2"],
  cpus: ["2", "3"],
  workload: ["kfree_storm", "kfree_flood"],
  threads: ["1", "2"],
  kfree_alloc_num: ["1", "2"],
  kfree_loops: ["1", "2"],
  kfree_mult: ["1", "2"],
  calls: ["1", "2", "random"],
  poll_us: ["0", "1000"],
  rate_hz: ["1000", "2000", "random"],
  gap_us: ["10", "20", "kfree_flood"],
  pressure: ["0", "0.5"],
  fraction: ["0", "8"],
  pcp_high: ["8", "62"],
  pcp_batch: ["2", "15"],
  rcu_min_cached_objs: ["0", "5"],
  block_entries: ["8", "16"],
  swap_mib: ["0", "1"],
  costs: ["nominal", "high"],
  slowdown: ["1", "2"],
  host_cores: ["0", "1"],
  stolen: ["0", "0.5"],
  strategy: ["lockless", "none"],
};

Deno.test("runs.csv tells runs of two values of an axis apart by their set-up: a report has a cell for each", () => {
  assertEquals(Object.keys(PAIRS), Object.keys(AXES));
  const machine = { geometry: geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 }), initialPcp: [] };
  const asked = { name: "", question: "", expected: "", refutedBy: "" };
  const named = SETUP_COLUMNS.length;
  for (const [axis, [one, other, load = "kfree_storm"]] of Object.entries(PAIRS)) {
    const axes = { workload: [load], cpus: ["2"], kfree_alloc_num: ["9"], kfree_loops: ["1"], calls: ["1"] };
    const cells = cellsOf({ ...asked, axes: { ...axes, [axis]: [one, other] }, options: {} }, machine);
    const [first, second] = cells.map(({ options }) =>
      runCell(0, options, 0).runs.split(",").slice(0, named)
    );
    assertNotEquals(first, second, axis);
  }
});
