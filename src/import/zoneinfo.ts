/**
 * /proc/zoneinfo of 5.x and 6.x: zones with their extents, watermarks and pcp settings, and per-node counters. Read
 * by label, whatever the spacing; labels it does not know are passed over, so that a newer kernel is no error.
 *
 * The numbers are what the kernel printed: it does not stop the machine for it, so `free` and counts of the same zone
 * need not fit together exactly.
 *
 * @module
 */
import { readZone, type ZoneinfoZone } from "./zoneinfo_zone.ts";
import { ProcText } from "./proc_text.ts";

export type { ZoneinfoPageset, ZoneinfoZone } from "./zoneinfo_zone.ts";

/** More zones than any kernel has on a node. */
const ZONES_MAX = 16;

/** One NUMA node. */
export interface ZoneinfoNode {
  /** Node. */
  readonly nid: number;
  /** Its zones in printed order, unpopulated ones included. */
  readonly zones: readonly ZoneinfoZone[];
  /** Counters of the node by printed name; empty when the node has no memory. */
  readonly stats: Readonly<Record<string, number>>;
}

/** The whole file. */
export interface Zoneinfo {
  /** Nodes in printed order. */
  readonly nodes: readonly ZoneinfoNode[];
  /** CPUs that were online, ascending; the same in every populated zone. */
  readonly onlineCpus: readonly number[];
}

/**
 * Reads /proc/zoneinfo.
 *
 * @param file Name of the file, for messages.
 * @throws {ImportError} When it is not a zoneinfo text, is cut (a zone without start_pfn, a node with fewer zones than
 * `protection` has entries, zones with different CPUs), names a thing twice, or holds an impossible number.
 */
export function parseZoneinfo(text: string, file = "zoneinfo"): Zoneinfo {
  const proc: ProcText = new ProcText("zoneinfo", text, file);
  const nodes = new Map<number, { zones: ZoneinfoZone[]; stats: Readonly<Record<string, number>> }>();
  let onlineCpus: readonly number[] | undefined;
  let nidBefore = -1;
  while (proc.peek() !== undefined) {
    const { zone, stats } = readZone(proc, (nid) => nodes.get(nid)?.zones.length ?? 0);
    let node = nodes.get(zone.nid);
    if (node === undefined) nodes.set(zone.nid, node = { zones: [], stats: {} });
    else if (zone.nid !== nidBefore) {
      proc.fail(`Node ${zone.nid}`, "printed in one piece", "it a second time");
    }
    nidBefore = zone.nid;
    if (node.zones.length === ZONES_MAX) {
      proc.fail(`Node ${zone.nid}`, `at most ${ZONES_MAX} zones long`, "one more");
    }
    if (node.zones.some(({ name }) => name === zone.name)) {
      proc.fail(`Node ${zone.nid}, zone ${zone.name}`, "printed once", "it a second time");
    }
    node.zones.push(zone);
    if (stats !== undefined) node.stats = stats;
    if (zone.present > 0) {
      const cpus = zone.pagesets.map(({ cpu }) => cpu);
      onlineCpus ??= cpus;
      if (cpus.join() !== onlineCpus.join()) {
        proc.fail("pagesets", `of CPUs ${onlineCpus.join()}, as in the first zone`, `CPUs ${cpus.join()}`);
      }
    }
  }
  if (onlineCpus === undefined) proc.fail("the file", "about at least one populated zone", "none");
  const list = [...nodes].map(([nid, node]) => ({ nid, ...node }));
  checkZoneCounts(proc, list);
  return { nodes: list, onlineCpus };
}

/** Every zone of a node is printed, populated or not, and `protection` has one entry for each: fewer means a cut. */
function checkZoneCounts(proc: ProcText, nodes: readonly ZoneinfoNode[]): void {
  for (const { nid, zones } of nodes) {
    const expected = zones[0]!.protection.length;
    if (zones.length !== expected) {
      proc.fail(
        `Node ${nid}`,
        `complete with ${expected} zones, as protection has entries`,
        `${zones.length}`,
      );
    }
  }
}
