/**
 * What is on the lists when a trace begins. Files tell their lengths; a kernel that prints `GT_PCP` tells them
 * exactly, at some moment inside the trace. Then what comes before that moment is for learning only: the pages that
 * are freed until then, and the types of pageblocks.
 *
 * @module
 */
import type { PcplistsRow } from "../import/pcplists.ts";
import type { Zoneinfo } from "../import/zoneinfo.ts";
import { MIGRATE_PCPTYPES } from "../mm/gfp.ts";
import type { Geometry } from "../mm/mm.ts";
import { initialPcpOf } from "../run/geometry.ts";

/** Where the lengths come from. */
export type StartSource = "GT_PCP" | "pcplists" | "zoneinfo";

/**
 * Lengths by pcp and type: those of pcplists; zoneinfo alone has the sum only, which is taken for movable pages.
 *
 * @returns Lengths, and the number of types that each pcp has.
 */
export function lengthsOf(
  info: Zoneinfo,
  geometry: Geometry,
  rows: readonly PcplistsRow[] | null,
): { readonly lengths: Int32Array; readonly types: number } {
  const cpus = geometry.cpuNodes.length;
  const types = MIGRATE_PCPTYPES;
  const lengths = new Int32Array(geometry.zones.length * cpus * types);
  for (const { zone, cpu, pages } of initialPcpOf(info, geometry, rows)) {
    pages.forEach((length, type) => lengths[(zone * cpus + cpu) * types + type] = length);
  }
  return { lengths, types };
}
