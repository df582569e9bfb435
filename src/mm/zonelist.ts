/**
 * Zonelists: for each node all zones of the machine, nearest node first, inside a node from the highest zone down.
 *
 * @kernel mm/page_alloc.c build_zonelists, find_next_best_node 5.9
 */
import type { Geometry } from "./mm.ts";

/** MAX_NUMNODES of x86-64 distributions (NODES_SHIFT 10). */
const MAX_NUMNODES = 1024;
/** A node with CPUs is a slightly worse choice, so that memory-only nodes are used first. */
const PENALTY_FOR_NODE_WITH_CPUS = 1;

/**
 * FALLBACK zonelist of every node, as zone numbers of the geometry; zones without managed pages are left out.
 *
 * @param accumulates 5.16 and later add to a node's load from list to list, so that equally distant nodes take turns;
 * before, a node's load was set anew and two lists could have the same order.
 * @kernel mm/page_alloc.c build_zonelists 5.9
 */
export function build_zonelists(geometry: Geometry, accumulates = false): Int32Array[] {
  const load = new Array<number>(geometry.distance.length).fill(0);
  return geometry.distance.map((_, local) =>
    Int32Array.from(nodeOrder(geometry, local, load, accumulates).flatMap((node) => zonesOf(geometry, node)))
  );
}

/** Node order from one node; `load` goes on from node to node so that equally distant ones share the burden. */
function nodeOrder(geometry: Geometry, local: number, load: number[], accumulates: boolean): number[] {
  const nodes = geometry.distance.length;
  const order = [local];
  // a node without memory comes into no list, its own excepted
  const used = new Set(order);
  for (let n = 0; n < nodes; n++) if (zonesOf(geometry, n).length === 0) used.add(n);
  let remaining = nodes - 1;
  let previous = local;
  while (used.size < nodes) {
    let best = -1;
    let bestScore = Infinity;
    for (let n = 0; n < nodes; n++) {
      if (used.has(n)) continue;
      const score = nodeScore(geometry, local, n) * nodes * MAX_NUMNODES + load[n]!;
      if (score < bestScore) [best, bestScore] = [n, score];
    }
    // the first node of each distance class gets its load raised
    if (geometry.distance[local]![best] !== geometry.distance[local]![previous]) {
      load[best] = (accumulates ? load[best]! : 0) + remaining;
    }
    order.push(best);
    used.add(best);
    previous = best;
    remaining--;
  }
  return order;
}

function nodeScore(geometry: Geometry, local: number, n: number): number {
  const withCpus = geometry.cpuNodes.includes(n) ? PENALTY_FOR_NODE_WITH_CPUS : 0;
  return geometry.distance[local]![n]! + (n < local ? 1 : 0) + withCpus;
}

function zonesOf(geometry: Geometry, node: number): number[] {
  return geometry.zones
    .map((zone, number) => ({ zone, number }))
    .filter(({ zone }) => zone.nid === node && zone.managed > 0)
    .sort((a, b) => b.zone.index - a.zone.index)
    .map(({ number }) => number);
}
