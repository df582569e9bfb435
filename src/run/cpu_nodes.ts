/**
 * Where the CPUs of a recorded machine are. zoneinfo does not say it; but from 5.14 on the limit of a zone's lists is
 * its low watermark shared by the CPUs of its node, so where no fraction is set the limits tell how many there are.
 */
import type { Zoneinfo, ZoneinfoNode, ZoneinfoZone } from "../import/zoneinfo.ts";

/** Batches that a limit has at least, however many CPUs share. */
const BATCHES_MIN = 4;

/** CPUs shared out over the nodes in order, since zoneinfo does not say where they are. */
export function cpuNodesInOrder(cpus: number, nodes: number): number[] {
  return Array.from({ length: cpus }, (_, c) => Math.floor(c * nodes / cpus));
}

/**
 * Node of each online CPU: nodes get as many as their limits tell, in order, or all nodes the same where they tell
 * nothing that fits together.
 *
 * @param nodes Ascending by number.
 */
export function cpuNodesOf(info: Zoneinfo, nodes: readonly ZoneinfoNode[]): number[] {
  const cpus = info.onlineCpus.length;
  const counts = nodes.length > 1 ? countsOf(nodes, cpus) : null;
  if (counts === null) return cpuNodesInOrder(cpus, nodes.length).map((place) => nodes[place]!.nid);
  return nodes.flatMap(({ nid }, place) => new Array<number>(counts[place]!).fill(nid));
}

/** CPUs of each node, or null. */
function countsOf(nodes: readonly ZoneinfoNode[], cpus: number): number[] | null {
  const counts: number[] = [];
  const memoryless: number[] = [];
  let left = cpus;
  for (const [place, { zones }] of nodes.entries()) {
    const populated = zones.filter(({ managed }) => managed > 0);
    const splits = new Set(populated.flatMap((zone) => splitOf(zone, cpus)));
    const [split] = splits;
    if (populated.length === 0) memoryless.push(place);
    // nothing told, or two things, or no number of CPUs
    else if (splits.size !== 1 || Number.isNaN(split)) return null;
    // all CPUs share the lists of a node without any
    else left -= counts[place] = split! <= left ? split! : 0;
  }
  // what is left is where nothing has a limit
  if (left > 0 && memoryless.length === 0) return null;
  memoryless.forEach((place, at) => {
    counts[place] = Math.floor((at + 1) * left / memoryless.length) -
      Math.floor(at * left / memoryless.length);
  });
  return counts;
}

/**
 * CPUs that share a zone's low watermark: none when the limit does not tell, NaN when it is not made of it.
 *
 * @kernel mm/page_alloc.c zone_highsize 6.1
 */
function splitOf({ low, boost, cma, pagesets }: ZoneinfoZone, cpus: number): number[] {
  const [first] = pagesets;
  // 5.12 and later print the pages for CMA
  if (cma === undefined || first === undefined) return [];
  const high = first.highMin ?? Math.min(...pagesets.map((pageset) => pageset.high));
  if (high <= first.batch * BATCHES_MIN) return [];
  const shared = low - (boost ?? 0);
  const split = Math.round(shared / high);
  return split >= 1 && split <= cpus && Math.floor(shared / split) === high ? [split] : [NaN];
}
