/** From options to a machine that is ready to start: sizes, programs, what lies on lists and what is filled. */
import { assert, assertEquals } from "@std/assert";
import { MIGRATE } from "../mm/gfp.ts";
import { PAGE, pageState, pcpListHead, pcpOf } from "../mm/mm.ts";
import { zone_page_state_snapshot } from "../mm/vmstat.ts";
import { profileNamed } from "../profile/profile.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";
import { planMachine, programsOf } from "./plan.ts";

/** One zone is too small for a pcp size that is given, the other is not. */
const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 });
const BASE: RunOptions = { ...defaultRunOptions(GEOMETRY), calls: 30 };
const machineOf = (options: Partial<RunOptions>) => planMachine({ ...BASE, ...options }).m;
type M = ReturnType<typeof machineOf>;

const freeIn = (m: M) => m.geometry.zones.map((_, zone) => zone_page_state_snapshot(m, zone));

Deno.test("planMachine() draws each thread's and device's program from a stream of its own, by seed and run", () => {
  const drawn = (options: Partial<RunOptions>) => {
    const { threads, devices } = programsOf(machineOf(options), { ...BASE, ...options });
    return [...threads, ...devices].map((words) => words!.join(" "));
  };
  const all = [drawn({}), drawn({ run: 1 }), drawn({ seed: "other" })];
  assertEquals(drawn({}), all[0]);
  assertEquals(new Set(all.flat()).size, 3 * (2 + 2), "no two are the same");
  assertEquals(drawn({ threads: 3 }).slice(0, 2), all[0]!.slice(0, 2), "one more changes none");
  assertEquals(drawn({ threads: 3 }).slice(3), all[0]!.slice(2));
});

Deno.test("planMachine() starts each CPU within a jiffy of its own, where runs would be the same otherwise", () => {
  const clocks = (options: Partial<RunOptions>) => [
    ...machineOf({ workload: "kfree_storm", scheduler: "virtual", run: 1, HZ: 100, ...options }).cpu.clockNs,
  ];
  const seen = Array.from({ length: 20 }, (_, i) => clocks({ run: i + 1 })).flat();
  assertEquals([new Set(seen).size, seen.every((ns) => Number.isInteger(ns) && ns >= 0 && ns < 1e7)], [
    40,
    true,
  ]);
  assert(Math.max(...seen) > 7e6 && Math.min(...seen) < 3e6, "anywhere in it");
  assertEquals(clocks({}), seen.slice(0, 2));
  for (const options of [{ run: 0 }, { workload: "random" }, { scheduler: "random" }] as const) {
    assertEquals(clocks(options), [0, 0]);
  }
});

Deno.test("planMachine() gives zones of 32 MiB and more the pcp size of the options, or of a recording of 5.9", () => {
  const zones = GEOMETRY.zones.map((z, i) => ({ ...z, pcp: { high: 40 + i, batch: 8 } }));
  const limits = (options: Partial<RunOptions>) => {
    const m = machineOf({ geometry: { ...GEOMETRY, zones }, ...options });
    return m.geometry.zones.map((_, zone) => {
      const pcp = pcpOf(m, zone, 1);
      return `${m.pcp.high_min[pcp]}/${m.pcp.batch[pcp]}`;
    });
  };
  const byFormula = (options: Partial<RunOptions>) => {
    const bare = GEOMETRY.zones.map((z) => ({ ...z, pcp: null }));
    return limits({ geometry: { ...GEOMETRY, zones: bare }, ...options });
  };
  assertEquals(limits({}), ["40/8", "41/8"]);
  assertEquals(limits({ pcp: { high: 62, batch: 15 } }), ["40/8", "62/15"]);
  for (const options of [{ profile: "v6_1" }, { pcpFraction: 8 }]) {
    assertEquals(limits(options), byFormula(options), "sizes of another version or setting are not its own");
  }
  assertEquals(limits({ profile: "v6_1", pcp: { high: 62, batch: 15 } })[1], "62/15");
});

Deno.test("planMachine() has the blocks in the cache and the pointers of a block that options or versions say", () => {
  const sizes = (options: Partial<RunOptions>) => {
    const { cachedBlocks, blockEntries } = machineOf(options);
    return [cachedBlocks, blockEntries];
  };
  const { rcu_min_cached_objs, KVFREE_BULK_MAX_ENTR } = profileNamed("v6_1");
  assertEquals(sizes({ profile: "v6_1", cachedBlocks: null, blockEntries: null }), [
    rcu_min_cached_objs,
    KVFREE_BULK_MAX_ENTR,
  ]);
  assertEquals(sizes({ cachedBlocks: 3, blockEntries: 7 }), [3, 7]);
  for (const strategy of ["none", "sync"]) assertEquals(sizes({ strategy, cachedBlocks: 3 })[0], 0, strategy);
});

Deno.test("planMachine() puts pages on the lists by type, shares of them where the lists are too small for all", () => {
  const lists = (options: Partial<RunOptions>) => {
    const m = machineOf({ pcp: { high: 20, batch: 5 }, ...options });
    const lengths = GEOMETRY.zones.map((_, zone) =>
      [0, 1].map((cpu) => {
        const pcp = pcpOf(m, zone, cpu);
        const types = [MIGRATE.UNMOVABLE, MIGRATE.MOVABLE, MIGRATE.RECLAIMABLE].map((type) => {
          const head = pcpListHead(m, pcp, type);
          let length = 0;
          for (let pfn = m.link.next[head]!; pfn !== head; pfn = m.link.next[pfn]!) {
            assertEquals(pageState(m, pfn), PAGE.pcp);
            length++;
          }
          return length;
        });
        assertEquals(m.pcp.count[pcp], types.reduce((a, b) => a + b));
        return types.join("+");
      })
    );
    return { m, lengths };
  };
  const none = lists({}).m;
  const { m, lengths } = lists({
    initialPcp: [{ zone: 1, cpu: 1, pages: [3, 2, 1] }, { zone: 1, cpu: 0, pages: [61, 30, 9] }],
  });
  assertEquals(lengths, [["0+0+0", "0+0+0"], ["12+6+1", "3+2+1"]]);
  assertEquals(freeIn(none).map((pages, zone) => pages - freeIn(m)[zone]!), [0, 25]);
});

Deno.test("planMachine() fills a share of what lies above the min watermarks with pages that can be reclaimed", () => {
  const empty = machineOf({});
  for (const pressure of [0, 0.3, 1]) {
    const m = machineOf({ pressure });
    GEOMETRY.zones.forEach(({ managed }, zone) => {
      const wanted = Math.floor((managed - m.zone.watermark[zone * 3]!) * pressure);
      assertEquals(freeIn(empty)[zone]! - freeIn(m)[zone]!, wanted, `zone ${zone} at ${pressure}`);
    });
    const filled = m.node.lruPages.reduce((sum, pages) => sum + pages, 0);
    const taken = freeIn(empty).reduce((sum, pages, zone) => sum + pages - freeIn(m)[zone]!, 0);
    assertEquals(filled, taken, "all of them are on the LRU");
  }
});
