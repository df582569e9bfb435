/** What is read off a finished run, of a machine whose counters are set by hand. */
import { assertEquals, assertThrows } from "@std/assert";
import { MIGRATE } from "../mm/gfp.ts";
import { pcpOf } from "../mm/mm.ts";
import { PAGE_SIZE } from "../profile/page_size.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { execute } from "./execution.ts";
import { factsOf, objectBytes } from "./facts.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions } from "./options.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 2 });
const RESULT = execute({ ...defaultRunOptions(GEOMETRY), calls: 20 });

Deno.test("factsOf() has the machine's size, its largest zone's lists, and counters of all its zones and CPUs", () => {
  const { m, collector } = RESULT;
  const zones = GEOMETRY.zones.map(({ managed }) => managed);
  const largest = zones.indexOf(Math.max(...zones));
  m.lock.taken.fill(1000); // of other locks
  for (const [view, first] of [[m.lock.taken, 1], [m.lock.contended, 10]] as const) {
    for (let zone = 0; zone < m.nrZones; zone++) view[zone] = first * 2 ** zone;
  }
  m.lock.holdNs.fill(5000).fill(3, 0, m.nrZones);
  m.lock.waitNs.fill(5000).fill(4, 0, m.nrZones);
  m.cpu.irqOffNsMax.set([70, 90]);
  m.vm.pollution.fill(1);
  m.vm.pollution[MIGRATE.MOVABLE] = 20;
  m.vm.pollution[MIGRATE.CMA] = 300;
  m.vm.pswpout[0] = 31;
  m.vm.allocstall[0] = 32;
  m.vm.oomKill[0] = 33;
  m.bnodePool.peak[0] = 34;
  m.workload.endNs[0] = 35.5;
  m.pcp.high_min.fill(7)[pcpOf(m, largest, 0)] = 36;
  m.pcp.batch.fill(7)[pcpOf(m, largest, 0)] = 37;
  const facts = factsOf({ ...RESULT, waits: { lockdep: 38, rt: 39 }, violation: null });
  assertEquals(facts, {
    ...{ options: RESULT.options, collector, steps: RESULT.steps, cpus: 2, nodes: 2 },
    managedPages: zones.reduce((a, b) => a + b),
    ...{
      pcpHigh: 36,
      pcpBatch: 37,
      blockEntries: m.blockEntries,
      cachedBlocks: m.cachedBlocks,
      loadNs: 35.5,
    },
    zoneLock: {
      ...{ taken: 2 ** m.nrZones - 1, contended: 10 * (2 ** m.nrZones - 1) },
      ...{ holdNs: 3 * m.nrZones, waitNs: 4 * m.nrZones },
    },
    irqOffNsMax: 90,
    ...{ pollution: 320 + m.vm.pollution.length - 2, pollutionMovable: 20, pollutionCma: 300 },
    ...{ waitTypeSplats: 38, rtSleeps: 39, swappedPages: 31, blocksPeak: 34, allocstall: 32, oomKills: 33 },
    violation: "",
  });
  const violation = { checker: "pcp_count", message: "wrong" };
  assertEquals(factsOf({ ...RESULT, violation }).violation, "pcp_count");
});

Deno.test("objectBytes() is the size of an object's cache, or that of the pages of an area", () => {
  const { m } = RESULT;
  const bytesOf = objectBytes(m);
  m.caches.forEach(({ size }, cache) => {
    m.object.slab[5] = 9;
    m.slab.cache[9] = cache;
    assertEquals(bytesOf(5), size);
  });
  const area = m.firstVmalloc;
  for (const pages of [0, 1, 3]) {
    m.object.slab[area] = pages === 0 ? 0 : 11;
    for (let i = 0; i < pages; i++) m.link.next[10 + i] = i === pages - 1 ? 0 : 12 + i;
    assertEquals(bytesOf(area), pages * PAGE_SIZE);
  }
  m.link.next[12] = 11; // the last of three pages is followed by the first
  assertThrows(() => bytesOf(area), KernelBug, "go round in a circle");
});
