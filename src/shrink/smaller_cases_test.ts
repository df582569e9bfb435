/** Cases that are a little smaller: what each lacks, and that everything else of it stays. */
import { assert, assertEquals } from "@std/assert";
import { checkRunOptions } from "../run/check_options.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, PCP_ZONE_PAGES, type RunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import {
  fewerCpus,
  fewerObjects,
  fewerPages,
  fewerProcessors,
  onSmallMachine,
  plainer,
  plainest,
} from "./smaller_cases.ts";

const BASE: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 3, nodes: 1 })),
  calls: 5,
};

/** Three CPUs with four threads, one of them a program of `n` words' worth of nothing, and two devices. */
const thread = (n: number) => [...Array.from({ length: n }, () => [1, 0, 0]).flat(), 0, 0, 0];
const PROGRAMS: RunOptions = {
  ...BASE,
  threads: 4,
  programs: { threads: [0, 1, 2, 3].map(thread), devices: [thread(4), null, thread(5)] },
  initialPcp: [0, 1, 2].map((cpu) => ({ zone: 1, cpu, pages: [cpu + 1, 0, 0] })),
};

/** What a case has of everything that is made smaller. */
const sizeOf = ({ geometry, threads, programs, initialPcp, ...rest }: RunOptions) =>
  geometry.cpuNodes.length + geometry.zones.reduce((sum, z) => sum + z.spanned, 0) + threads +
  (programs?.devices.filter((device) => device !== null).length ?? 0) + initialPcp.length +
  rest.kfree_alloc_num + rest.kfree_loops + rest.bugs.length + (rest.blockEntries ?? 1000) +
  (rest.cachedBlocks ?? 1000) +
  (["pressure", "traced", "costEnd", "slowdown"] as const).filter((key) => rest[key] !== BASE[key]).length;

Deno.test("every smaller case is one of a machine that can be built, and smaller", () => {
  const storm: RunOptions = {
    ...BASE,
    workload: "kfree_storm",
    kfree_alloc_num: 9,
    kfree_loops: 2,
    threads: 5,
  };
  const odd: RunOptions = {
    ...PROGRAMS,
    pressure: 0.5,
    traced: true,
    bugs: ["B1"],
    costEnd: "low",
    slowdown: 3,
  };
  for (const options of [storm, odd]) {
    const objects = options === storm ? [fewerObjects] : [];
    for (const smaller of [fewerProcessors, fewerPages, plainer, ...objects]) {
      for (const one of smaller(options)) {
        checkRunOptions(one);
        planMachine(one);
        assert(sizeOf(one) < sizeOf(options), smaller.name);
      }
    }
  }
});

Deno.test("fewerProcessors() takes a CPU with all that is on it, then devices, then the last thread", () => {
  const cases = fewerProcessors(PROGRAMS).map(({ geometry, threads, programs, initialPcp }) => ({
    cpus: geometry.cpuNodes.length,
    threads: programs!.threads.map((words) => words.length / 3 - 1),
    devices: programs!.devices.map((words) => words === null ? null : words.length / 3 - 1),
    lists: initialPcp.map(({ cpu, pages }) => `${cpu}: ${pages[0]}`),
    isCounted: threads === programs!.threads.length,
  }));
  const whole = { cpus: 3, threads: [0, 1, 2, 3], devices: [4, null, 5], lists: ["0: 1", "1: 2", "2: 3"] };
  const isCounted = true;
  assertEquals(cases, [
    // thread 3 is on CPU 0, as thread 0 is
    { cpus: 2, threads: [0, 1, 3], devices: [4, null], lists: ["0: 1", "1: 2"], isCounted },
    { cpus: 2, threads: [0, 2, 3], devices: [4, 5], lists: ["0: 1", "1: 3"], isCounted },
    { cpus: 2, threads: [1, 2], devices: [null, 5], lists: ["0: 2", "1: 3"], isCounted },
    { ...whole, devices: [null, null, 5], isCounted },
    { ...whole, devices: [4, null, null], isCounted },
    { ...whole, threads: [0, 1, 2], isCounted },
  ]);
});

Deno.test("fewerProcessors() and fewerCpus() leave a CPU, a thread, and a CPU for each node", () => {
  const none = (options: RunOptions) =>
    assertEquals([fewerProcessors(options), fewerCpus(options)], [[], [options]]);
  const one = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 1, nodes: 1 });
  none({ ...defaultRunOptions(one), programs: { threads: [thread(1)], devices: [null] } });
  none(defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 2 })));
  const idle: RunOptions = {
    ...PROGRAMS,
    threads: 1,
    programs: { threads: [thread(1)], devices: [null, null, null] },
  };
  // a CPU without a thread may go, the one with the last thread may not
  assertEquals(fewerProcessors(idle).map(({ geometry }) => geometry.cpuNodes.length), [2, 2]);
  assertEquals(fewerCpus(PROGRAMS).map(({ geometry, threads }) => [geometry.cpuNodes.length, threads]), [
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
});

Deno.test("fewerPages() takes a zone, halves one that is large enough, or empties the lists", () => {
  const zone = { nid: 0, index: 1, free: 500, watermarks: [1, 2, 3] as const, pcp: null };
  const zones = [
    { ...zone, index: 0, startPfn: 1, spanned: 2047, managed: 2000 },
    { ...zone, startPfn: 4096, spanned: 2049, managed: 2049, free: null, cmaPages: 513 },
    { ...zone, nid: 1, startPfn: 8192, spanned: 4096, managed: 3001 },
  ];
  const geometry = { ...BASE.geometry, cpuNodes: [0, 1], distance: [[10, 20], [20, 10]], zones };
  const lists = [{ zone: 0, cpu: 0, pages: [1, 1, 1] as const }];
  const options: RunOptions = { ...BASE, geometry, initialPcp: lists };
  const cases = fewerPages(options);
  const [first, second, third] = zones;
  assertEquals(cases.map((one) => one.geometry.zones), [
    [second!, third!],
    [first!, third!],
    [first!, { ...second!, spanned: 1024, managed: 1024, watermarks: null, cmaPages: 256 }, third!],
    [first!, second!, { ...third!, spanned: 2048, managed: 1500, free: 250, watermarks: null }],
    zones,
  ]);
  for (const { geometry: own, initialPcp, ...rest } of cases) {
    assertEquals(initialPcp, []);
    assertEquals(
      { ...rest, geometry: { ...own, zones }, initialPcp: lists },
      options,
      "nothing else changes",
    );
  }
});

Deno.test("onSmallMachine() has the zones of a machine at a few thousand pages, of which lists have a size", () => {
  const large = defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 34, cpus: 4, nodes: 2 }));
  const { geometry, initialPcp } = onSmallMachine({
    ...large,
    initialPcp: [{ zone: 0, cpu: 0, pages: [1, 0, 0] }],
  });
  assertEquals(initialPcp, []);
  geometry.zones.forEach((z, i) => {
    const before = large.geometry.zones[i]!;
    assertEquals([z.index, z.nid, z.startPfn, z.watermarks], [
      before.index,
      before.nid,
      before.startPfn,
      null,
    ]);
    assertEquals(z.spanned, Math.min(before.spanned, 8704));
    assertEquals(z.managed, Math.floor(before.managed * z.spanned / before.spanned));
    if (before.managed >= PCP_ZONE_PAGES) assert(z.managed >= PCP_ZONE_PAGES, `zone ${i}: ${z.managed}`);
  });
  const zones = [{ ...large.geometry.zones[1]!, spanned: 17408, managed: 17408, free: 1001, cmaPages: 513 }];
  const [half] = onSmallMachine({ ...large, geometry: { ...large.geometry, zones } }).geometry.zones;
  assertEquals([half!.managed, half!.free, half!.cmaPages], [8704, 500, 256]);
});

Deno.test("plainer() takes back one option at a time, plainest() all that matter little by themselves", () => {
  const odd: Partial<RunOptions> = {
    ...{ pressure: 0.5, swapPages: 1, pollUs: 2, traced: true, slowdown: 3, stolen: 0.25, pageOwner: true },
    ...{ costEnd: "high", rcuBoot: ["rcu_nocbs"] },
  };
  const others = { bugs: ["B1", "B2"], cachedBlocks: 5, blockEntries: 3, strategy: "none" };
  const options = { ...BASE, ...odd, ...others };
  assertEquals(plainest(options), { ...BASE, ...others });
  const changes = plainer(options).map((one) =>
    Object.fromEntries(
      Object.entries(one).filter(([key, value]) => value !== options[key as keyof RunOptions]),
    )
  );
  const back = Object.keys(odd).map((key) => ({ [key]: BASE[key as keyof RunOptions] }));
  const byName = (a: object, b: object) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  assertEquals(
    changes.toSorted(byName),
    [...back, { bugs: ["B2"] }, { bugs: ["B1"] }, { cachedBlocks: 0 }, { blockEntries: 1 }, {
      blockEntries: 2,
    }]
      .toSorted(byName),
  );
  assertEquals(plainer({ ...BASE, cachedBlocks: 0, blockEntries: 1 }), []);
  assertEquals(plainer({ ...BASE, cachedBlocks: 0 }).map(({ blockEntries }) => blockEntries), [1, 2, 4]);
});

Deno.test("fewerObjects() halves and takes one away, down to one of each", () => {
  const options = { ...BASE, kfree_alloc_num: 9, kfree_loops: 1, threads: 2 };
  const sizes = fewerObjects(options).map(({ kfree_alloc_num, kfree_loops, threads }) => [
    kfree_alloc_num,
    kfree_loops,
    threads,
  ]);
  assertEquals(sizes, [[5, 1, 2], [8, 1, 2], [9, 1, 1], [9, 1, 1]]);
});
