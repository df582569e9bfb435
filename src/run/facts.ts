/** What the columns of runs.csv are made of, read off a finished run. */
import type { RunFacts } from "../metrics/run_facts.ts";
import { MIGRATE, MIGRATE_TYPES } from "../mm/gfp.ts";
import { pcpOf } from "../mm/mm.ts";
import { PAGE_SIZE } from "../profile/page_size.ts";
import { bugOn } from "../sim/model_bug.ts";
import { cacheOf, is_vmalloc_addr } from "../slab/slab.ts";
import type { Workloads } from "../workload/program.ts";
import type { RunResult } from "./execution.ts";
import { largestZone } from "./geometry.ts";

/**
 * Bytes of an object: its place in a slab, or the pages of an area.
 *
 * @throws KernelBug when the pages of an area go round in a circle: a page that was given out twice links them so.
 */
export function objectBytes(m: Workloads): (object: number) => number {
  return (object) => {
    if (!is_vmalloc_addr(m, object)) return m.caches[cacheOf(m, object)]!.size;
    let pages = 0;
    for (let next = m.object.slab[object]!; next !== 0; next = m.link.next[next - 1]!) {
      bugOn(++pages > m.nrPages, "the pages of a vmalloc() area go round in a circle");
    }
    return pages * PAGE_SIZE;
  };
}

/** Facts of a run for its row. */
export function factsOf({ options, collector, m, steps, violation, waits }: RunResult): RunFacts {
  const { zones } = options.geometry;
  const pcp = pcpOf(m, largestZone(zones), 0);
  let pollution = 0;
  for (let type = 0; type < MIGRATE_TYPES; type++) pollution += m.vm.pollution[type]!;
  const zoneLock = { taken: 0, contended: 0, holdNs: 0, waitNs: 0 };
  for (let zone = 0; zone < m.nrZones; zone++) {
    zoneLock.taken += m.lock.taken[zone]!;
    zoneLock.contended += m.lock.contended[zone]!;
    zoneLock.holdNs += m.lock.holdNs[zone]!;
    zoneLock.waitNs += m.lock.waitNs[zone]!;
  }
  return {
    options,
    collector,
    steps,
    cpus: m.nrCpus,
    nodes: options.geometry.distance.length,
    managedPages: zones.reduce((sum, z) => sum + z.managed, 0),
    pcpHigh: m.pcp.high_min[pcp]!,
    pcpBatch: m.pcp.batch[pcp]!,
    blockEntries: m.blockEntries,
    cachedBlocks: m.cachedBlocks,
    loadNs: m.workload.endNs[0]!,
    zoneLock,
    irqOffNsMax: m.cpu.irqOffNsMax.reduce((most, ns) => Math.max(most, ns), 0),
    pollution,
    pollutionMovable: m.vm.pollution[MIGRATE.MOVABLE]!,
    pollutionCma: m.vm.pollution[MIGRATE.CMA]!,
    waitTypeSplats: waits.lockdep,
    rtSleeps: waits.rt,
    swappedPages: m.vm.pswpout[0]!,
    blocksPeak: m.bnodePool.peak[0]!,
    allocstall: m.vm.allocstall[0]!,
    oomKills: m.vm.oomKill[0]!,
    violation: violation?.checker ?? "",
  };
}
