/** The allocator's arithmetic against tables worked out by hand: GFP flags, watermarks, pcp sizes, zonelists. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { equalDistances } from "../run/geometry.ts";
import { freePfns, memory, zonesOf } from "../../tests/support/memory.ts";
import {
  ALLOC,
  GFP,
  GFP_ATOMIC,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL,
  gfp_migratetype,
  GFP_NOWAIT,
  gfp_zone,
  gfpflags_allow_blocking,
  MIGRATE,
  ZONE,
} from "./gfp.ts";
import { add_to_free_list, move_to_free_list } from "./buddy.ts";
import type { Geometry } from "./mm.ts";
import { pageset_set_high_and_batch, zone_batchsize } from "./pcp_size.ts";
import {
  calculate_normal_threshold,
  calculate_pressure_threshold,
  modFreePages,
  zone_page_state_snapshot,
} from "./vmstat.ts";
import {
  __zone_watermark_ok,
  defaultMinFreeKbytes,
  setup_per_zone_lowmem_reserve,
  setup_per_zone_wmarks,
  zone_watermark_fast,
} from "./watermark.ts";
import { build_zonelists } from "./zonelist.ts";

const MIB = 256; // pages

Deno.test("GFP composites have the values of 5.9", () => {
  assertEquals([GFP_ATOMIC, GFP_KERNEL, GFP_NOWAIT], [0xA20, 0xCC0, 0x800]);
  assertEquals(GFP_HIGHUSER_MOVABLE, 0x100CCA);
  assertEquals(GFP_NOWAIT | GFP.NOWARN, 0x2800); // the refill of kvfree_rcu
  assertEquals([GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT].map(gfpflags_allow_blocking), [true, false, false]);
});

Deno.test("ALLOC_HIGH and ALLOC_KSWAPD are the GFP bits themselves, so they are copied by a mask", () => {
  assertEquals<number[]>([ALLOC.HIGH, ALLOC.KSWAPD], [GFP.HIGH, GFP.KSWAPD_RECLAIM]);
});

Deno.test("gfp_zone() follows the kernel's table", () => {
  const { DMA, HIGHMEM, DMA32, MOVABLE } = GFP;
  const table: [number, number][] = [
    [0, ZONE.NORMAL],
    [DMA, ZONE.DMA],
    [HIGHMEM, ZONE.NORMAL],
    [DMA32, ZONE.DMA32],
    [MOVABLE, ZONE.NORMAL],
    [MOVABLE | DMA, ZONE.DMA],
    [MOVABLE | HIGHMEM, ZONE.MOVABLE],
    [MOVABLE | DMA32, ZONE.DMA32],
    [GFP_KERNEL, ZONE.NORMAL],
    [GFP_HIGHUSER_MOVABLE, ZONE.MOVABLE],
  ];
  for (const [gfp, zone] of table) assertEquals(gfp_zone(gfp), zone, gfp.toString(16));
});

Deno.test("gfp_migratetype() reads the two mobility bits, and says UNMOVABLE without grouping", () => {
  const types = [GFP_KERNEL, GFP.MOVABLE, GFP.RECLAIMABLE].map((gfp) => gfp_migratetype(gfp, false));
  assertEquals<number[]>(types, [MIGRATE.UNMOVABLE, MIGRATE.MOVABLE, MIGRATE.RECLAIMABLE]);
  assertEquals(gfp_migratetype(GFP.MOVABLE, true), MIGRATE.UNMOVABLE);
});

Deno.test("mobility grouping is off below six pageblocks of managed memory", () => {
  assertEquals(memory({ zones: [{ pages: 3071 }] }).m.mobilityDisabled, true);
  assertEquals(memory({ zones: [{ pages: 3072 }] }).m.mobilityDisabled, false);
});

Deno.test("setup_per_zone_wmarks() gives min_free_kbytes, MIN, LOW and HIGH of one zone by its size", () => {
  const table: [number, number, number, number, number][] = [
    [512 * MIB, 2896, 724, 905, 1086],
    [1024 * MIB, 4096, 1024, 1286, 1548],
    [2048 * MIB, 5792, 1448, 1972, 2496],
    [4096 * MIB, 8192, 2048, 3096, 4144],
    [8192 * MIB, 11585, 2896, 4993, 7090],
    [16384 * MIB, 16384, 4096, 8290, 12484],
    [65536 * MIB, 32768, 8192, 24969, 41746],
  ];
  for (const [pages, minFree, min, low, high] of table) {
    assertEquals(defaultMinFreeKbytes(pages * 4), minFree);
    assertEquals(setup_per_zone_wmarks([pages], minFree, 10), [[min, low, high]]);
  }
});

Deno.test("defaultMinFreeKbytes() stays between 128 and 262144", () => {
  assertEquals([defaultMinFreeKbytes(100), defaultMinFreeKbytes(2 ** 40)], [128, 262144]);
});

const THREE_ZONES = [3976, 757_000, 3_300_000];

Deno.test("setup_per_zone_wmarks() shares min_free_kbytes out over three zones by size", () => {
  const total = THREE_ZONES.reduce((sum, pages) => sum + pages, 0);
  const marks = setup_per_zone_wmarks(THREE_ZONES, defaultMinFreeKbytes(total * 4), 10);
  assertEquals(marks, [[3, 6, 9], [751, 1508, 2265], [3274, 6574, 9874]]);
});

Deno.test("setup_per_zone_lowmem_reserve() protects each lower zone from all above it", () => {
  const reserve = setup_per_zone_lowmem_reserve([...THREE_ZONES, 0], [256, 256, 32, 0]);
  assertEquals(reserve, [[0, 2957, 15847, 15847], [0, 0, 12890, 12890], [0, 0, 0, 0], [0, 0, 0, 0]]);
});

Deno.test("setup_per_zone_lowmem_reserve() passes over empty zones and ratios of 0 without adding them up", () => {
  assertEquals(setup_per_zone_lowmem_reserve([2560, 0, 25600, 0], [256, 256, 32, 0])[0], [0, 0, 100, 100]);
  assertEquals(setup_per_zone_lowmem_reserve([2560, 5120, 25600, 0], [256, 0, 32, 0])[0], [0, 20, 100, 100]);
  assertEquals(setup_per_zone_lowmem_reserve([256, 2560, 0, 0], [1, 32, 32, 0])[0], [0, 2560, 2560, 2560]);
});

Deno.test("zone_batchsize() and the default size give high 0, batch 1 under 32 MiB and 378/63 from 688 MiB on", () => {
  const table: [number, number, number][] = [
    [3976, 1, 0],
    [8191, 1, 0],
    [8192, 1, 6],
    [64 * MIB, 3, 18],
    [128 * MIB, 7, 42],
    [256 * MIB, 15, 90],
    [512 * MIB, 31, 186],
    [176_127, 31, 186],
    [176_128, 63, 378],
    [1024 * MIB, 63, 378],
    [16384 * MIB, 63, 378],
  ];
  for (const [managed, batch, high] of table) {
    assertEquals(pageset_set_high_and_batch(managed), { high, batch }, `${managed} pages`);
  }
  assertEquals(zone_batchsize(3976), 0);
});

Deno.test("pageset_set_high_and_batch() with a fraction is per CPU, its batch a quarter and at most 96", () => {
  const table: [number, number, number, number][] = [
    [3976, 8, 497, 96],
    [3976, 32, 124, 31],
    [3976, 1000, 3, 1],
    [64 * MIB, 8, 2048, 96],
    [64 * MIB, 32, 512, 96],
    [64 * MIB, 1000, 16, 4],
    [128 * MIB, 1000, 32, 8],
    [256 * MIB, 1000, 65, 16],
    [512 * MIB, 1000, 131, 32],
    [1024 * MIB, 8, 32768, 96],
    [1024 * MIB, 1000, 262, 65],
  ];
  for (const [managed, fraction, high, batch] of table) {
    assertEquals(pageset_set_high_and_batch(managed, fraction), { high, batch }, `${managed} / ${fraction}`);
  }
});

Deno.test("pageset_set_high_and_batch() refuses the fractions that the kernel refuses", () => {
  for (const fraction of [1, 7, -1, 8.5, NaN]) {
    assertThrows(() => pageset_set_high_and_batch(1000, fraction), RangeError, "at least 8");
  }
});

/** A machine for zonelists only. */
function nodesAt(distance: number[][], zones: Parameters<typeof zonesOf>[0], cpuNodes?: number[]): Geometry {
  return { cpuNodes: cpuNodes ?? distance.map((_, n) => n), zones: zonesOf(zones), distance };
}

Deno.test("build_zonelists() walks the nearest node first and each node from its highest zone down", () => {
  const geometry = nodesAt(equalDistances(2), [
    { pages: 1024, index: ZONE.DMA },
    { pages: 1024, index: ZONE.DMA32 },
    { pages: 1024 },
    { pages: 1024, nid: 1 },
  ]);
  assertEquals(build_zonelists(geometry).map((list) => [...list]), [[2, 1, 0, 3], [3, 2, 1, 0]]);
});

Deno.test("build_zonelists() leaves out zones without managed pages", () => {
  const geometry = nodesAt(equalDistances(1), [{ pages: 1024, index: 1 }, { pages: 1024, managed: 0 }]);
  assertEquals(build_zonelists(geometry).map((list) => [...list]), [[0]]);
});

const TWO_PACKAGES = [[10, 12, 32, 32], [12, 10, 32, 32], [32, 32, 10, 12], [32, 32, 12, 10]];

Deno.test("build_zonelists() of 5.9 sets a node's load anew, so two lists end alike; 5.16 adds it up", () => {
  const geometry = nodesAt(TWO_PACKAGES, [0, 1, 2, 3].map((nid) => ({ pages: 1024, nid })));
  const lists = (accumulates: boolean) => build_zonelists(geometry, accumulates).map((list) => [...list]);
  assertEquals(lists(false), [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 0, 1]]);
  assertEquals(lists(true), [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]);
});

Deno.test("build_zonelists() prefers a node without CPUs among equally distant ones", () => {
  const geometry = nodesAt(equalDistances(3), [0, 1, 2].map((nid) => ({ pages: 1024, nid })), [0, 1]);
  assertEquals([...build_zonelists(geometry)[0]!], [0, 2, 1]);
});

Deno.test("build_zonelists() gives a node without memory the lists of the others", () => {
  const geometry = nodesAt(equalDistances(3), [{ pages: 1024, nid: 0 }, { pages: 1024, nid: 2 }]);
  assertEquals(build_zonelists(geometry).map((list) => [...list]), [[0, 1], [1, 0], [1, 0]]);
});

Deno.test("build_zonelists() gives every node each zone once, its own first", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.integer({ min: 11, max: 40 })),
      (nodes, d) => {
        const distance = equalDistances(nodes);
        for (let a = 0; a < nodes; a++) {
          for (let b = a + 1; b < nodes; b++) distance[a]![b] = distance[b]![a] = d.next().value as number;
        }
        const geometry = nodesAt(distance, distance.map((_, nid) => ({ pages: 1024, nid })));
        build_zonelists(geometry).forEach((list, local) => {
          assertEquals([...list].sort(), distance.map((_, n) => n));
          const far = [...list].map((zone) => distance[local]![zone]!);
          assertEquals(far[0], 10);
          // the penalty of a lower node is 1, so distances that differ by more than it are in order
          for (let i = 2; i < far.length; i++) assertEquals(far[i]! >= far[i - 1]! - 1, true);
        });
      },
    ),
    { seed: 1, numRuns: 100 },
  );
});

const MARKS = [100, 200, 300] as const;
/** One zone whose free pages a test sets by hand. */
function watermarked() {
  const { m } = memory({ zones: [{ pages: 8192, watermarks: MARKS }] });
  return m;
}

Deno.test("__zone_watermark_ok() lets HIGH use half of min, HARDER a quarter of the rest, OOM half of it", () => {
  const m = watermarked();
  const least = (flags: number, mark = 100) => {
    for (let free = 0;; free++) if (__zone_watermark_ok(m, 0, 0, mark, ZONE.NORMAL, flags, free)) return free;
  };
  assertEquals(least(0), 101);
  assertEquals(least(ALLOC.HIGH), 51);
  assertEquals(least(ALLOC.HARDER), 76);
  assertEquals(least(ALLOC.HIGH | ALLOC.HARDER), 39); // GFP_ATOMIC: 100 - 50 - 12
  assertEquals(least(ALLOC.OOM), 51);
  assertEquals(least(ALLOC.HIGH | ALLOC.OOM | ALLOC.HARDER), 26); // OOM takes the place of HARDER
  assertEquals([least(ALLOC.HIGH, 7), least(ALLOC.HARDER, 7)], [5, 7]); // halves and quarters round down
});

Deno.test("__zone_watermark_ok() keeps lowmem_reserve, the HIGHATOMIC reserve and free CMA pages back", () => {
  const m = watermarked();
  const ok = (flags: number, free: number, order = 0) =>
    __zone_watermark_ok(m, 0, order, 100, ZONE.NORMAL, flags, free);
  m.zone.lowmem_reserve[ZONE.NORMAL] = 50;
  assertEquals([ok(0, 150), ok(0, 151)], [false, true]);
  m.zone.nr_reserved_highatomic[0] = 10;
  assertEquals([ok(0, 160), ok(0, 161), ok(ALLOC.HARDER, 126)], [false, true, true]);
  assertEquals(ok(0, 164, 2), true); // an order-2 block itself leaves 3 pages fewer
  assertEquals(ok(0, 163, 2), false);
  (m.profile as { cma: boolean }).cma = true;
  m.zone.nr_free_cma[0] = 1000;
  assertEquals([ok(0, 1160), ok(0, 1161), ok(ALLOC.CMA, 161)], [false, true, true]);
});

Deno.test("__zone_watermark_ok() keeps all of the HIGHATOMIC reserve back, from 6.12 on what of it is free", () => {
  for (const [countsFreeHighatomic, kept] of [[false, 1024], [true, 512 + 3]] as const) {
    const { m } = memory({ zones: [{ pages: 8192, watermarks: MARKS }], build: { countsFreeHighatomic } });
    const least = (flags: number) => {
      for (let free = 0;; free++) {
        if (__zone_watermark_ok(m, 0, 0, 100, ZONE.NORMAL, flags, free)) return free;
      }
    };
    assertEquals(least(0), 101, "no reserve");
    // two pageblocks of 512 pages, of one of which 3 pages are free
    m.zone.nr_reserved_highatomic[0] = 1024;
    for (const [pfn, order] of [[1024, 9], [1536, 1], [1544, 0]] as const) {
      add_to_free_list(m, pfn, 0, order, MIGRATE.HIGHATOMIC);
    }
    assertEquals([least(0), least(ALLOC.HARDER), least(ALLOC.OOM)], [101 + kept, 76, 51]);
  }
});

Deno.test("__zone_watermark_ok() wants a block of an ordinary type, of CMA or HIGHATOMIC with their flags", () => {
  const takers = (type: number, cma: boolean) => {
    const m = watermarked();
    (m.profile as { cma: boolean }).cma = cma;
    for (const pfn of freePfns(m, 0, 10, MIGRATE.MOVABLE)) move_to_free_list(m, pfn, 0, 10, type);
    const flags = { none: 0, CMA: ALLOC.CMA, HARDER: ALLOC.HARDER, OOM: ALLOC.OOM };
    return Object.entries(flags).filter(([, flag]) =>
      __zone_watermark_ok(m, 0, 3, 100, ZONE.NORMAL, flag, 4000)
    ).map(([name]) => name).join(" ");
  };
  const { UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, CMA, ISOLATE } = MIGRATE;
  for (const type of [UNMOVABLE, MOVABLE, RECLAIMABLE]) {
    assertEquals(takers(type, true), "none CMA HARDER OOM");
  }
  assertEquals([takers(HIGHATOMIC, true), takers(ISOLATE, true)], ["HARDER OOM", ""]);
  assertEquals([takers(CMA, true), takers(CMA, false)], ["CMA", ""]);
});

Deno.test("zone_watermark_fast() is the full test, but for the boost of an atomic request at MIN", () => {
  const m = watermarked();
  const flags = fc.constantFrom(0, ALLOC.HIGH, ALLOC.HARDER, ALLOC.HIGH | ALLOC.HARDER, ALLOC.OOM);
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 700 }), flags, fc.constantFrom(0, 2), (free, alloc, order) => {
      m.zone.nr_free_pages[0] = free;
      const slow = __zone_watermark_ok(m, 0, order, 100, ZONE.NORMAL, alloc, free);
      assertEquals(zone_watermark_fast(m, 0, order, 100, ZONE.NORMAL, alloc, GFP_ATOMIC), slow);
    }),
    { seed: 2, numRuns: 500 },
  );
  m.zone.watermark_boost[0] = 400;
  m.zone.nr_free_pages[0] = 120;
  const at = (which: number, order: number, gfp: number) =>
    zone_watermark_fast(m, 0, order, m.zone.watermark[which]! + 400, ZONE.NORMAL, which, gfp);
  assertEquals(at(ALLOC.WMARK_MIN, 0, GFP_ATOMIC), true);
  assertEquals(at(ALLOC.WMARK_MIN, 0, GFP_NOWAIT), false);
  assertEquals(at(ALLOC.WMARK_MIN, 1, GFP_ATOMIC), false);
  assertEquals(at(ALLOC.WMARK_LOW, 0, GFP_ATOMIC), false);
});

Deno.test("calculate_pressure_threshold() shares what lies between MIN and LOW among the CPUs, from 1 to 125", () => {
  for (
    const [cpus, min, low, threshold] of [[2, 3, 6, 1], [2, 64, 96, 16], [4, 0, 8, 2], [8, 5, 6, 1], [
      1,
      0,
      999,
      125,
    ]]
  ) {
    assertEquals(calculate_pressure_threshold(cpus!, min!, low!), threshold);
  }
});

Deno.test("calculate_normal_threshold() grows with CPUs and memory, up to 125", () => {
  const table: [number, number, number][] = [
    [1, 3976, 2],
    [2, 1024 * MIB, 20],
    [4, 4096 * MIB, 42],
    [8, 8192 * MIB, 64],
    [64, 65536 * MIB, 125],
  ];
  for (const [cpus, managed, threshold] of table) {
    assertEquals(calculate_normal_threshold(cpus, managed), threshold, `${cpus} CPUs, ${managed} pages`);
  }
});

Deno.test("modFreePages() keeps a difference up to the threshold and folds all of it beyond", () => {
  const { m } = memory({ zones: [{ pages: 8192 }] });
  m.zone.stat_threshold[0] = 10;
  const free = m.zone.nr_free_pages[0]!;
  modFreePages(m, 1, 0, -10, MIGRATE.UNMOVABLE);
  assertEquals([m.zone.nr_free_pages[0], m.pcp.vm_stat_diff[1]], [free, -10]);
  modFreePages(m, 1, 0, -1, MIGRATE.UNMOVABLE);
  assertEquals([m.zone.nr_free_pages[0], m.pcp.vm_stat_diff[1]], [free - 11, 0]);
  modFreePages(m, 0, 0, 7, MIGRATE.UNMOVABLE);
  assertEquals(zone_page_state_snapshot(m, 0), free - 4);
});
