/**
 * Runs: machines from files and sizes, options to results, determinism, lines that reproduce a failure.
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseZoneinfo } from "../import/zoneinfo.ts";
import { __free_pages } from "../mm/free.ts";
import { ZONE } from "../mm/gfp.ts";
import { kvfree_call_rcu } from "../rcu/kvfree.ts";
import {
  BULK_HEADER,
  bulkRows,
  LATENCY_HEADER,
  latencyRows,
  RUNS_HEADER,
  runsRow,
} from "../report/tables.ts";
import { ScheduleDiverged } from "../scheduler/replay.ts";
import { Memory } from "../sim/memory.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { firstSegments, SEGMENT_WORDS } from "../sim/schedule.ts";
import { CPUS_MAX, NODES_MAX } from "./check_options.ts";
import { execute, type RunResult } from "./execution.ts";
import { factsOf, objectBytes } from "./facts.ts";
import {
  equalDistances,
  geometryFromSize,
  geometryFromZoneinfo,
  initialPcpOf,
  largestZone,
} from "./geometry.ts";
import { cpuNodesInOrder } from "./cpu_nodes.ts";
import { isQuiet } from "./machine.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";
import { planMachine, streamName } from "./plan.ts";
import { formatScheduleLine, parseScheduleLine } from "./schedule_line.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 });
const BASE: RunOptions = { ...defaultRunOptions(GEOMETRY), calls: 200, blockEntries: 8 };

/** All that a run writes. */
function rowsOf(result: RunResult): string {
  const { strategy, run } = result.options;
  return RUNS_HEADER + runsRow(factsOf(result)) + LATENCY_HEADER +
    latencyRows(strategy, run, result.collector) +
    BULK_HEADER + bulkRows(strategy, run, result.collector);
}

const ZONEINFO = `Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 0
  pages free     3000
        min      20
        low      25
        high     30
        spanned  4095
        present  3998
        managed  3840
        protection: (0, 950, 950, 950)
  pagesets
    cpu: 0
              count: 0
              high:  0
              batch: 1
  vm stats threshold: 2
    cpu: 1
              count: 0
              high:  0
              batch: 1
  vm stats threshold: 2
  node_unreclaimable:  0
  start_pfn:           1
Node 0, zone    DMA32
  pages free     9000
        min      100
        low      125
        high     150
        spanned  12288
        present  12288
        managed  11000
        protection: (0, 0, 0, 0)
  pagesets
    cpu: 0
              count: 41
              high:  62
              batch: 15
  vm stats threshold: 8
    cpu: 1
              count: 7
              high:  62
              batch: 15
  vm stats threshold: 8
  node_unreclaimable:  0
  start_pfn:           4096
Node 0, zone   Normal
  pages free     0
        min      0
        low      0
        high     0
        spanned  0
        present  0
        managed  0
        protection: (0, 0, 0, 0)
Node 0, zone  Movable
  pages free     0
        min      0
        low      0
        high     0
        spanned  0
        present  0
        managed  0
        protection: (0, 0, 0, 0)
`;

Deno.test("execute() comes to the same in the memory of larger, smaller and failed runs as in its own", () => {
  const memory = new Memory();
  const larger = { ...BASE, scheduler: "virtual", workload: "kfree_storm", kfree_loops: 1 } as const;
  const runs = [
    BASE,
    larger,
    { ...BASE, bugs: ["B1"] },
    { ...BASE, run: 1 },
    larger,
    BASE,
  ] satisfies RunOptions[];
  for (const options of runs) {
    const [own, again] = [execute(options), execute(options, { memory })];
    assertEquals(rowsOf(again), rowsOf(own));
    assertEquals(again.violation, own.violation);
    assertEquals(again.m.memory === memory, true);
  }
});

Deno.test("geometryFromZoneinfo() takes zones with memory, their free pages, watermarks and pcp sizes", () => {
  const info = parseZoneinfo(ZONEINFO, "zoneinfo");
  const geometry = geometryFromZoneinfo(info);
  assertEquals(geometry.cpuNodes, [0, 0]);
  assertEquals(geometry.distance, [[10]]);
  assertEquals(geometry.zones.map((z) => z.index), [ZONE.DMA, ZONE.DMA32]);
  const { startPfn, spanned, managed, free, watermarks, pcp } = geometry.zones[1]!;
  assertEquals([startPfn, spanned, managed, free], [4096, 12288, 11000, 9000]);
  assertEquals([watermarks, pcp], [[100, 125, 150], { high: 62, batch: 15 }]);
  const { m } = planMachine({ ...BASE, geometry });
  assertEquals([...m.zone.watermark], [20, 25, 30, 100, 125, 150]);
  assertEquals([...m.pcp.high], [0, 0, 62, 62]);
});

Deno.test("geometryFromZoneinfo() takes no limit for a size that tunes itself", () => {
  const limits = (text: string) =>
    geometryFromZoneinfo(parseZoneinfo(text, "zoneinfo")).zones.map(({ pcp }) => pcp?.high);
  // of one CPU only
  assertEquals(limits(ZONEINFO.replace("high:  62", "high:  90")), [0, undefined]);
  const printed = (max: number) =>
    ZONEINFO.replaceAll("batch: 15", `batch: 15\n              high_min: 62\n              high_max: ${max}`);
  assertEquals([limits(printed(999)), limits(printed(62))], [[0, undefined], [0, 62]]);
});

Deno.test("geometryFromZoneinfo() takes the boost out of the watermarks that are printed with it", () => {
  const boosted = ZONEINFO.replace("        min      100\n", "        boost    60\n        min      100\n");
  const { zones } = geometryFromZoneinfo(parseZoneinfo(boosted, "zoneinfo"));
  assertEquals(zones.map(({ watermarks }) => watermarks), [[20, 25, 30], [40, 65, 90]]);
});

Deno.test("initialPcpOf() takes the recorded types, or calls every page movable without them", () => {
  const info = parseZoneinfo(ZONEINFO, "zoneinfo");
  const geometry = geometryFromZoneinfo(info);
  const plain = initialPcpOf(info, geometry, null);
  assertEquals(plain.map((p) => [p.zone, p.cpu, ...p.pages]), [
    [0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0],
    [1, 0, 0, 41, 0],
    [1, 1, 0, 7, 0],
  ]);
  const row = {
    nid: 0,
    zone: "DMA32",
    startPfn: 4096,
    spanned: 12288,
    cpu: 1,
    count: 6,
    high: 62,
    batch: 15,
    unmovable: 3,
    movable: 2,
    reclaimable: 1,
  };
  const known = initialPcpOf(
    info,
    geometry,
    [row, { ...row, zone: "Normal" }],
  );
  assertEquals(known, [{ zone: 1, cpu: 1, pages: [3, 2, 1] }]);
  const { m } = planMachine({ ...BASE, geometry, initialPcp: known });
  assertEquals([...m.pcp.count], [0, 0, 0, 6]);
});

Deno.test("geometryFromZoneinfo() refuses a zone that the model does not have", () => {
  const info = parseZoneinfo(ZONEINFO.replace("zone    DMA32", "zone  HighMem"), "zoneinfo");
  assertThrows(() => geometryFromZoneinfo(info), RangeError, `got "HighMem" on node 0`);
});

Deno.test("geometryFromZoneinfo() leaves numbers of nodes that are not there without memory and CPUs", () => {
  const other = ZONEINFO.replaceAll("Node 0", "Node 2").replace(/start_pfn: +1\n/, "start_pfn: 32768\n")
    .replace(/start_pfn: +4096\n/, "start_pfn: 40960\n");
  const info = parseZoneinfo(ZONEINFO + other, "zoneinfo");
  const { cpuNodes, distance, zones } = geometryFromZoneinfo(info);
  assertEquals([cpuNodes, distance.length], [[0, 2], 3]);
  assertEquals(zones.map(({ nid, startPfn }) => [nid, startPfn]), [[0, 1], [0, 4096], [2, 32768], [
    2,
    40960,
  ]]);
  const { zonelists } = planMachine({ ...BASE, geometry: geometryFromZoneinfo(info) }).m;
  assertEquals([zonelists[0], zonelists[2]].map((list) => [...list!]), [[1, 0, 3, 2], [3, 2, 1, 0]]);
  const far = parseZoneinfo(ZONEINFO + other.replaceAll("Node 2", "Node 300"), "zoneinfo");
  assertThrows(() => geometryFromZoneinfo(far), RangeError, "expected nodes up to 255, got node 300");
});

Deno.test("geometryFromSize() cuts memory into the zones of x86-64 and the nodes into equal parts", () => {
  const zones = (memoryBytes: number, cpus = 4, nodes = 1) =>
    geometryFromSize({ memoryBytes, cpus, nodes }).zones.map((z) => [z.nid, z.index, z.startPfn, z.spanned]);
  assertEquals(zones(512 * 2 ** 20), [[0, ZONE.DMA, 1, 4095], [0, ZONE.DMA32, 4096, 131072 - 4096]]);
  assertEquals(zones(16 * 2 ** 30), [
    [0, ZONE.DMA, 1, 4095],
    [0, ZONE.DMA32, 4096, 1048576 - 4096],
    [0, ZONE.NORMAL, 1048576, 4194304 - 1048576],
  ]);
  assertEquals(zones(16 * 2 ** 30, 4, 2), [
    [0, ZONE.DMA, 1, 4095],
    [0, ZONE.DMA32, 4096, 1048576 - 4096],
    [0, ZONE.NORMAL, 1048576, 1048576],
    [1, ZONE.NORMAL, 2097152, 2097152],
  ]);
  for (const bytes of [2 ** 24, 2 ** 28, 2 ** 33]) {
    const { zones: made } = geometryFromSize({ memoryBytes: bytes, cpus: 2, nodes: 2 });
    made.forEach((z, i) => {
      assert(z.managed > 0.98 * z.spanned && z.managed <= z.spanned);
      if (i > 0) assertEquals(z.startPfn, made[i - 1]!.startPfn + made[i - 1]!.spanned);
    });
  }
});

Deno.test("largestZone() is the first of those with the most pages", () => {
  const largest = (...sizes: number[]) => largestZone(sizes.map((managed) => ({ managed })));
  assertEquals([largest(3), largest(1, 5, 2), largest(5, 1, 5), largest(1, 2, 7)], [0, 1, 0, 2]);
});

Deno.test("geometryFromSize() refuses too little memory and nodes without a CPU", () => {
  const make = (memoryBytes: number, cpus: number, nodes: number) => () =>
    geometryFromSize({ memoryBytes, cpus, nodes });
  assertThrows(make(2 ** 19, 2, 1), RangeError, "at least 1 MiB a node, got 524288 bytes");
  assertThrows(make(2 ** 22, 2, 2), RangeError, "at least 4 MiB a node, got 2097152 bytes");
  make(2 ** 23, 2, 2)();
  assertThrows(make(2 ** 30, 2, 3), RangeError, "at most 2 nodes, got 3");
  assertEquals(cpuNodesInOrder(5, 2), [0, 0, 0, 1, 1]);
  assertEquals(equalDistances(2), [[10, 20], [20, 10]]);
  const wrong = [{ memoryBytes: NaN }, { memoryBytes: 2 ** 44 }, { cpus: 0 }, { cpus: 1.5 }, { cpus: 1e9 }, {
    nodes: 0,
  }];
  for (const change of wrong) {
    const size = { memoryBytes: 2 ** 28, cpus: 2, nodes: 1, ...change };
    assertThrows(() => geometryFromSize(size), RangeError, "Cannot build a machine", JSON.stringify(change));
  }
});

for (const scheduler of ["random", "virtual"] as const) {
  for (const workload of ["random", "kfree_storm"] as const) {
    Deno.test(`execute() gives the same rows for the same options (${scheduler}, ${workload})`, () => {
      const options = { ...BASE, scheduler, workload, kfree_alloc_num: 300, kfree_loops: 2, cachedBlocks: 0 };
      const [a, b] = [execute(options), execute(options)];
      assertEquals(a.violation, null);
      assertEquals(rowsOf(a), rowsOf(b));
      assert(isQuiet(a.m));
      assertEquals(a.steps, a.m.clock.steps[0]);
      assert(a.schedule === null === (scheduler === "virtual"));
      if (scheduler === "random") assert(a.schedule!.segments.length / SEGMENT_WORDS <= a.steps);
      const other = execute({ ...options, seed: "other" });
      if (workload === "random" || scheduler === "random") assert(rowsOf(other) !== rowsOf(a));
    });
  }
}

Deno.test("execute() runs on two nodes, under pressure, without preemption, for every strategy", () => {
  const geometry = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 4, nodes: 2 });
  for (const strategy of ["lockless", "nowait", "none"]) {
    for (const preemption of ["full", "voluntary"] as const) {
      for (const scheduler of ["random", "virtual"] as const) {
        const options = {
          ...defaultRunOptions(geometry),
          calls: 150,
          pressure: 1,
          strategy,
          preemption,
          scheduler,
        };
        assertEquals(execute(options).violation, null, `${strategy} ${preemption} ${scheduler}`);
      }
    }
  }
});

Deno.test("execute() counts every object it queues and frees it", () => {
  const { collector: c } = execute({ ...BASE, scheduler: "virtual", calls: 500 });
  const queued = c.queued[0]! + c.queued[1]! + c.queued[2]!;
  assertEquals([c.freed, c.waiting], [queued + c.synchronized, 0]);
  assertEquals(c.bulkSizes[0]!.count * c.bulkSizes[0]!.mean, c.queued[0]!);
  assertEquals(c.enqueueToFreeNs.count, c.freed);
});

Deno.test("execute() refuses unknown names and machines that cannot be scheduled", () => {
  assertThrows(() => execute({ ...BASE, strategy: "magic" }), RangeError, "one of lockless");
  assertThrows(() => execute({ ...BASE, profile: "v2_4" }), RangeError, "one of v5_9");
  assertThrows(() => execute({ ...BASE, bugs: ["B99"] }), RangeError, `got "B99"`);
  assertThrows(() => execute({ ...BASE, workload: "kfree_storm", kfree_mult: 400 }), RangeError, 'got "400"');
});

Deno.test("execute() and planMachine() refuse numbers out of their range, which would run as something else", () => {
  const wrong: Partial<RunOptions>[] = [
    { run: -1 },
    { run: 0.5 },
    { HZ: 0 },
    { HZ: NaN },
    { threads: 0 },
    { calls: -1 },
    { pressure: 1.5 },
    { pcp: { high: -1, batch: 0 } },
    { pcpFraction: 7 },
    { blockEntries: 0 },
    { slowdown: 0 },
    { stepsMax: Infinity },
    { initialPcp: [{ zone: 0, cpu: 9, pages: [1, 0, 0] }] },
    { geometry: { ...GEOMETRY, cpuNodes: [] } },
  ];
  assertThrows(() => execute({ ...BASE, calls: NaN }), RangeError, 'from 1 to 1000000, got "NaN"');
  for (const change of wrong) {
    for (const run of [execute, planMachine]) {
      assertThrows(
        () => run({ ...BASE, calls: 1, ...change }),
        RangeError,
        "Cannot ",
        JSON.stringify(change),
      );
    }
  }
});

Deno.test("execute() refuses zones that meet inside a pageblock, of which each page can have one zone only", () => {
  const [first] = geometryFromSize({ memoryBytes: 2 ** 24, cpus: 2, nodes: 1 }).zones;
  const meetingAt = (startPfn: number, pageblockOrder: number) => () => {
    const zones = [{ ...first!, spanned: startPfn - 1, managed: 4000 }, {
      ...first!,
      index: ZONE.NORMAL,
      startPfn,
    }];
    return execute({ ...BASE, geometry: { ...GEOMETRY, zones }, calls: 50, pageblockOrder }).violation;
  };
  assertThrows(meetingAt(5000, 9), RangeError, "share no pageblock of 512 pages");
  assertThrows(meetingAt(5120 - 512, 10), RangeError, "pages 4607 and 4608");
  assertEquals(meetingAt(5120, 9)(), null);
  assertEquals(meetingAt(5000, 3)(), null);
});

Deno.test("execute() schedules more than 256 tasks in any order, and replays them", () => {
  const many = execute({ ...BASE, calls: 1, threads: 256 });
  assertEquals(many.violation, null);
  const again = execute(many.options, { replay: many.schedule! });
  assertEquals([again.violation, again.steps], [null, many.steps]);
});

Deno.test("execute() ends a run that does not end with a verdict", () => {
  const { violation } = execute({ ...BASE, stepsMax: 2000 });
  assertEquals(violation?.checker, "progress");
  assertStringIncludes(violation!.message, "the load is not over after");
});

Deno.test("streamName() gives every run, thread and device its own stream", () => {
  assertEquals(streamName({ ...BASE, seed: "x", run: 3 }, "thread/1"), "xor128:x/3/thread/1");
});

/** A run that fails: bug B1 left in, found by trying runs in turn. */
function failingRun(): RunResult {
  for (let run = 0; run < 60; run++) {
    const result = execute({ ...BASE, seed: "b1", run, calls: 100, blockEntries: 16, bugs: ["B1"] });
    if (result.violation !== null) return result;
  }
  throw new Error("B1 was not found");
}

Deno.test("a printed line replays the failure: same violation after the same number of sections", () => {
  const failed = failingRun();
  assertEquals(failed.violation!.checker, "grace_period");
  const line = formatScheduleLine(failed);
  const { options, schedule } = parseScheduleLine(line);
  assertEquals(options, failed.options);
  assertEquals(schedule, failed.schedule);
  const again = execute(options, { replay: schedule! });
  assertEquals([again.violation, again.steps], [failed.violation, failed.steps]);
  assertEquals(rowsOf(again), rowsOf(failed));
  const fromSeed = execute(parseScheduleLine(formatScheduleLine({ options, schedule: null })).options);
  assertEquals([fromSeed.violation, fromSeed.steps], [failed.violation, failed.steps]);
});

Deno.test("a printed line outlives an edit: sections that came in between do not matter", () => {
  const failed = failingRun();
  const { options, schedule } = parseScheduleLine(formatScheduleLine(failed));
  let passed = 0;
  const again = execute(options, {
    replay: schedule!,
    prepare({ table }) {
      // after every section of the allocator's fast path comes one that the version of the line did not have
      const goesOn: number[] = [];
      const added = table.push((_m, t) => goesOn[t]!) - 1;
      for (const pc of [__free_pages.start, kvfree_call_rcu.start]) {
        const old = table[pc]!;
        table[pc] = (m, t) => {
          const next = old(m, t);
          if (next < 0) return next;
          passed++;
          goesOn[t] = next;
          return added;
        };
      }
    },
  });
  assert(passed > 50, `${passed} sections came in between`);
  assertEquals(again.violation, failed.violation);
  // who was about to run one of them when the run ended is not counted
  assert(passed - (again.steps - failed.steps) <= again.m.nrTasks);
});

Deno.test("a line of a run that was fine replays to its end", () => {
  const fine = execute(BASE);
  const again = execute(BASE, { replay: fine.schedule! });
  assertEquals([again.violation, again.steps, again.schedule], [null, fine.steps, fine.schedule]);
  const part = execute(BASE, { replay: firstSegments(fine.schedule!, 3000) });
  assertEquals(part.violation, null);
  assert(part.steps >= 3000 && part.steps < fine.steps);
  assertThrows(() => execute({ ...BASE, seed: "z" }, { replay: fine.schedule! }), ScheduleDiverged);
  const pct = execute({ ...BASE, scheduler: "pct" });
  const followed = execute(pct.options, { replay: pct.schedule! });
  assertEquals([followed.violation, followed.steps, followed.schedule], [null, pct.steps, pct.schedule]);
});

Deno.test("a deadlock is found again when its schedule is replayed", () => {
  const prepare = ({ m }: ReturnType<typeof planMachine>) => m.cpu.irqOff.fill(1);
  const stuck = execute(BASE, { prepare, checkers: [] });
  assert(stuck.violation !== null);
  const again = execute(BASE, { prepare, checkers: [], replay: stuck.schedule! });
  assertEquals([again.violation, again.steps], [stuck.violation, stuck.steps]);
});

Deno.test("parseScheduleLine() reads what formatScheduleLine() writes, whatever is in the seed", () => {
  for (const seed of ["1", "it's", `a "b" {c} \\ d`, " x {60}2 ", "ü}"]) {
    const options = { ...BASE, seed };
    const names = { tasks: ["thread 1", seed], sections: ["}'.{ "] };
    for (const schedule of [null, { ...names, segments: Uint32Array.of(0, 0, 1, 1, 0, 12) }]) {
      const line = formatScheduleLine({ options, schedule });
      assert(!line.includes("'"), "would end a shell's quotes");
      assertEquals(parseScheduleLine(`  ${line}\n`), { options, schedule });
    }
  }
});

Deno.test("parseScheduleLine() takes the runs of the largest machine that a task makes up", () => {
  const geometry = geometryFromSize({ memoryBytes: 2 ** 29, cpus: CPUS_MAX, nodes: NODES_MAX });
  const options = defaultRunOptions(geometry);
  assertEquals(options.threads, CPUS_MAX);
  assertEquals(parseScheduleLine(formatScheduleLine({ options, schedule: null })).options, options);
});

Deno.test("parseScheduleLine() refuses more nodes or zones than a byte can number", () => {
  const zone = { ...GEOMETRY.zones[0]!, spanned: 1, managed: 1 };
  const line = (nodes: number, zones: number) => {
    const geometry = {
      cpuNodes: [0],
      distance: equalDistances(nodes),
      zones: Array.from({ length: zones }, (_, i) => ({
        ...zone,
        nid: i >> 1,
        index: i & 1,
        startPfn: i,
      })),
    };
    return formatScheduleLine({ options: { ...BASE, geometry }, schedule: null });
  };
  parseScheduleLine(line(256, 256));
  assertThrows(() => parseScheduleLine(line(257, 256)), SyntaxError, "a list of 1 to 256");
  assertThrows(() => parseScheduleLine(line(256, 257)), SyntaxError, "a list of 1 to 256");
});

Deno.test("formatScheduleLine() leaves a schedule out that no shell would take", () => {
  const segments = Uint32Array.from({ length: 180_000 }, (_, i) => i % SEGMENT_WORDS === 2 ? 1 : 0);
  const schedule = { tasks: ["thread 0"], sections: ["program.next"], segments };
  assertEquals(parseScheduleLine(formatScheduleLine({ options: BASE, schedule })).schedule, null);
  const whole = formatScheduleLine({ options: BASE, schedule }, Infinity);
  assertEquals(parseScheduleLine(whole).schedule, schedule);
});

Deno.test("parseScheduleLine() says what is wrong with a line", () => {
  const line = formatScheduleLine({
    options: BASE,
    schedule: { tasks: ["thread 0"], sections: ["program.next"], segments: Uint32Array.of(0, 0, 1) },
  });
  const bare = formatScheduleLine({ options: BASE, schedule: null });
  const without = JSON.stringify({ ...BASE, seed: undefined });
  const { geometry: _, ...noGeometry } = BASE;
  for (
    const [broken, message] of [
      ["", `expected "pcplab2 {", got ""`],
      ["pcplab1 {}", `got "pcplab1 {}"`],
      ["pcplab2 {", "not JSON"],
      ['pcplab2 {"seed":}', "not JSON"],
      ["pcplab2 {}", 'option "run" must be a whole number from 0 to 1000000000, got nothing'],
      [`pcplab2 ${JSON.stringify(noGeometry)}`, "expected geometry to be an object, got nothing"],
      [`pcplab2 ${without}`, `option "seed" must be a text, got nothing`],
      [
        `pcplab2 ${JSON.stringify({ ...BASE, calls: "many" })}`,
        `option "calls" must be a whole number from 1 to 1000000, got "\\"many\\""`,
      ],
      [`pcplab2 ${JSON.stringify({ ...BASE, geometry: { ...BASE.geometry, zones: [] } })}`, "expected zones"],
      [`${line}!`, "at column 3"],
      [`${line} c`, "at column 3"],
      [`${line}b0`, "one of 1 tasks"],
      [`${line}a1`, "one of 1 sections"],
      [`${bare} a0`, "names of its schedule are not JSON"],
      [`${bare} {"tasks":3} a0`, `list of names as "tasks", got "3"`],
      [`${bare} {"tasks":[],"sections":[3]} a0`, `list of names as "sections", got "[3]"`],
    ] as const
  ) {
    const error = assertThrows(() => parseScheduleLine(broken), SyntaxError);
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.message, "Cannot read schedule");
  }
});

Deno.test("objectBytes() counts the pages of an area, and ends where they go round in a circle", () => {
  const { m } = planMachine(defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 25, cpus: 2, nodes: 1 })));
  const area = m.firstVmalloc;
  m.object.slab[area] = 100 + 1; // pages 100, 101, 102
  m.link.next.set([101 + 1, 102 + 1, 0], 100);
  assertEquals(objectBytes(m)(area), 3 * 4096);
  m.link.next[102] = 100 + 1;
  assertThrows(() => objectBytes(m)(area), KernelBug, "in a circle");
});
