/**
 * Machines: from a real /proc/zoneinfo, or made up from an amount of memory, CPUs and nodes by the kernel's formulas.
 */
import type { PcplistsRow } from "../import/pcplists.ts";
import { quote } from "../import/import_error.ts";
import type { Zoneinfo, ZoneinfoZone } from "../import/zoneinfo.ts";
import { hasOneLimit } from "../import/zoneinfo_zone.ts";
import { MAX_ORDER, ZONE, ZONE_NAMES } from "../mm/gfp.ts";
import type { Geometry, ZoneGeometry } from "../mm/mm.ts";
import { PAGE_SIZE } from "../profile/page_size.ts";
import { cpuNodesInOrder, cpuNodesOf } from "./cpu_nodes.ts";
import { checkCounts, checkGeometry, LOCAL_DISTANCE, NODES_MAX } from "./check_geometry.ts";
import type { InitialPcp } from "./options.ts";

/** Page frame where DMA32 begins: 16 MiB. */
const DMA_END = 4096;
/** Page frame where Normal begins: 4 GiB. */
const DMA32_END = 1 << 20;
/** Pages of the largest buddy block. */
const LARGEST_BLOCK = 1 << (MAX_ORDER - 1);
/** Fewest pages of a machine, 1 MiB. */
const PAGES_MIN = 2 ** 20 / PAGE_SIZE;
/** Distance of a node to any other when nothing else is known. */
const REMOTE_DISTANCE = 20;
/** One page in so many is taken for the descriptors of all: 64 bytes for each 4096. */
const DESCRIPTOR_SHARE = 64;

/** The zone that has the most pages, the first of such: its lists are what people mean by the machine's. */
export function largestZone(zones: readonly Pick<ZoneGeometry, "managed">[]): number {
  return zones.reduce((best, z, i) => z.managed > zones[best]!.managed ? i : best, 0);
}

/** Distances of nodes that are all equally far from each other. */
export function equalDistances(nodes: number): number[][] {
  return Array.from(
    { length: nodes },
    (_, a) => Array.from({ length: nodes }, (_, b) => a === b ? LOCAL_DISTANCE : REMOTE_DISTANCE),
  );
}

/**
 * The machine of a /proc/zoneinfo: its zones, free pages, watermarks and pcp sizes. Node numbers may have gaps, as on
 * machines with memory of CXL devices or GPUs. Lists that tune themselves have the size that the version computes.
 *
 * @throws RangeError when a zone is of a kind that the model does not have, or a node's number is too large.
 */
export function geometryFromZoneinfo(info: Zoneinfo): Geometry {
  const nodes = info.nodes.toSorted((a, b) => a.nid - b.nid);
  const last = nodes.at(-1)!.nid;
  if (last >= NODES_MAX) {
    throw new RangeError(`Cannot build a machine: expected nodes up to ${NODES_MAX - 1}, got node ${last}`);
  }
  const zones: ZoneGeometry[] = [];
  for (const node of info.nodes) {
    for (const z of node.zones) {
      if (z.managed === 0) continue;
      const index = ZONE_NAMES.indexOf(z.name as (typeof ZONE_NAMES)[number]);
      if (index < 0) {
        throw new RangeError(
          `Cannot build a machine: expected zones ${ZONE_NAMES.join(", ")}, got ${
            quote(z.name)
          } on node ${z.nid}`,
        );
      }
      const [pcp] = z.pagesets;
      // what fragmentation has added passes, and sizes of lists are computed without it; the kernel reads it apart
      const boost = Math.min(z.boost ?? 0, z.min);
      zones.push({
        nid: z.nid,
        index,
        startPfn: z.startPfn,
        spanned: z.spanned,
        managed: z.managed,
        free: z.free,
        watermarks: [z.min - boost, z.low - boost, z.high - boost],
        pcp: pcp === undefined || isTuned(z) ? null : { high: pcp.high, batch: pcp.batch },
      });
    }
  }
  const cpuNodes = cpuNodesOf(info, nodes);
  // numbers that firmware leaves out are nodes with neither memory nor CPUs
  const geometry = { cpuNodes, zones, distance: equalDistances(last + 1) };
  checkGeometry(geometry);
  return geometry;
}

/** Whether each CPU has a limit of its own at each moment, which is no size to build lists of. */
function isTuned(zone: ZoneinfoZone): boolean {
  const [first] = zone.pagesets;
  return first?.highMin !== first?.highMax || !hasOneLimit(zone);
}

/** Pages that lie on the lists of a recorded machine; without the lengths by type all of them count as movable. */
export function initialPcpOf(
  info: Zoneinfo,
  geometry: Geometry,
  lists: readonly PcplistsRow[] | null,
): InitialPcp[] {
  const zoneOf = (nid: number, name: string) =>
    geometry.zones.findIndex((z) => z.nid === nid && ZONE_NAMES[z.index] === name);
  if (lists !== null) {
    return lists.map((row) => ({
      zone: zoneOf(row.nid, row.zone),
      cpu: info.onlineCpus.indexOf(row.cpu),
      pages: [row.unmovable, row.movable, row.reclaimable] as const,
    })).filter((p) => p.zone >= 0 && p.cpu >= 0);
  }
  return info.nodes.flatMap((node) =>
    node.zones.filter((z) => z.managed > 0).flatMap((z) =>
      z.pagesets.map((p) => ({
        zone: zoneOf(z.nid, z.name),
        cpu: info.onlineCpus.indexOf(p.cpu),
        pages: [0, p.count, 0] as const,
      }))
    )
  );
}

/** A made-up machine. */
export interface MachineSize {
  /** Memory in bytes, shared equally by the nodes. */
  readonly memoryBytes: number;
  /** CPUs, shared equally by the nodes. */
  readonly cpus: number;
  /** NUMA nodes. */
  readonly nodes: number;
}

/**
 * A machine with the usual zones of x86-64: DMA below 16 MiB and DMA32 below 4 GiB on node 0, Normal above. About 1.6 %
 * of the memory is taken for page descriptors, as in the kernel.
 *
 * @throws RangeError when there is less than 1 MiB, or less than 4 MiB a node of several, or more nodes than CPUs, or
 * when no machine is so large.
 */
export function geometryFromSize({ memoryBytes, cpus, nodes }: MachineSize): Geometry {
  checkCounts(cpus, nodes);
  const share = Math.floor(memoryBytes / PAGE_SIZE / nodes);
  // nodes meet where the largest blocks do, as firmware has it: no pageblock belongs to two of them
  const perNode = nodes === 1 ? share : share - share % LARGEST_BLOCK;
  const pagesMin = nodes === 1 ? PAGES_MIN : LARGEST_BLOCK;
  if (!(perNode >= pagesMin)) {
    const expected = `${pagesMin * PAGE_SIZE / 2 ** 20} MiB`;
    throw new RangeError(
      `Cannot build a machine: expected at least ${expected} a node, got ${memoryBytes / nodes} bytes`,
    );
  }
  if (nodes > cpus) {
    throw new RangeError(`Cannot build a machine: expected at most ${cpus} nodes, got ${nodes}`);
  }
  const zones: ZoneGeometry[] = [];
  const add = (nid: number, index: number, start: number, end: number) => {
    if (end <= start) return;
    const managed = end - start - Math.floor((end - start) / DESCRIPTOR_SHARE);
    zones.push({
      nid,
      index,
      startPfn: start,
      spanned: end - start,
      managed,
      free: null,
      watermarks: null,
      pcp: null,
    });
  };
  for (let nid = 0; nid < nodes; nid++) {
    // the first page is kept from the allocator; other nodes start where the one before ends
    const start = nid === 0 ? 1 : nid * perNode;
    const end = (nid + 1) * perNode;
    add(nid, ZONE.DMA, start, Math.min(end, DMA_END));
    add(nid, ZONE.DMA32, Math.max(start, DMA_END), Math.min(end, DMA32_END));
    add(nid, ZONE.NORMAL, Math.max(start, DMA32_END), end);
  }
  const geometry = { cpuNodes: cpuNodesInOrder(cpus, nodes), zones, distance: equalDistances(nodes) };
  checkGeometry(geometry);
  return geometry;
}
