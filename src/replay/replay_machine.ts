/**
 * The part of a machine that a replay needs: zones, the sizes of the pcp lists, and the rules of a kernel version for
 * them. Buddy lists are not in it, since no trace tells their whole contents.
 *
 * @module
 */
import { type Geometry, type Mm, mmStructs, spannedEnd } from "../mm/mm.ts";
import { PCP_POLICIES, pcpListCount, type PcpPolicy } from "../mm/pcp_policy.ts";
import {
  pageset_set_high_and_batch,
  type PcpLimits,
  type PcpSize,
  zone_set_pageset_high_and_batch,
} from "../mm/pcp_size.ts";
import { build_zonelists } from "../mm/zonelist.ts";
import type { Profile } from "../profile/profile.ts";
import { PCP_ZONE_PAGES } from "../run/options.ts";
import { layOut } from "../sim/layout.ts";
import { type ListMachine, PageLists } from "./page_lists.ts";
import type { PcpLimitsNow } from "./recorded_limits.ts";

/** Sizes of the lists other than the recorded ones. */
export interface PcpChoice {
  /** high and batch of every zone of at least 32 MiB, or null. */
  readonly size: PcpSize | null;
  /** percpu_pagelist_fraction or percpu_pagelist_high_fraction, or null. */
  readonly fraction: number | null;
  /** Limits as recorded by `zone * nrCpus + cpu`, for what the others leave open; without it those of the geometry. */
  readonly limits?: readonly PcpLimitsNow[];
  /** Whether those limits have the batch that no fraction changes, as those of 5.14 and later have. */
  readonly keepsBatch?: boolean;
}

/** Zones and lists. */
export interface ReplayMachine {
  readonly geometry: Geometry;
  readonly nrZones: number;
  readonly nrCpus: number;
  readonly nrPages: number;
  /** Lists of a pcp. */
  readonly pcpLists: number;
  /** Largest order that the lists hold. */
  readonly pcpOrderMax: number;
  readonly policy: PcpPolicy;
  readonly pcp: Mm["pcp"];
  readonly zone: Mm["zone"];
  /** Zones of each CPU in the order in which it falls back. */
  readonly zonelists: readonly Int32Array[];
  readonly lists: PageLists;
}

/** Builds it with empty lists. */
export function replayMachine(geometry: Geometry, profile: Profile, choice: PcpChoice): ReplayMachine {
  const pcpLists = pcpListCount(profile.pcpOrderMax);
  const { pcp: pcpStruct, zone: zoneStruct } = mmStructs(geometry, profile.pageblock_order, pcpLists, 0);
  const { pcp, zone } = layOut({ pcp: pcpStruct, zone: zoneStruct }).views;
  const nrCpus = geometry.cpuNodes.length;
  const nrZones = geometry.zones.length;
  const nrPages = spannedEnd(geometry);
  const none = new Int32Array(0);
  const listMachine: ListMachine = {
    link: { next: none, prev: none },
    nrPages,
    nrZones,
    nrCpus,
    pcpLists,
    pcpPolicy: PCP_POLICIES[profile.pcpPolicy],
    pcp,
  };
  geometry.zones.forEach((z, at) => {
    zone.nid[at] = z.nid;
    zone.index[at] = z.index;
    const size = sizeOf(geometry, profile, choice, at);
    for (let each = at * nrCpus; each < (at + 1) * nrCpus; each++) {
      const limits: PcpLimits & Partial<PcpLimitsNow> = size ?? choice.limits![each]!;
      pcp.high[each] = limits.high;
      pcp.batch[each] = limits.batch;
      pcp.high_min[each] = limits.high_min ?? limits.high;
      pcp.high_max[each] = limits.high_max;
    }
  });
  const byNode = build_zonelists(geometry);
  return {
    geometry,
    nrZones,
    nrCpus,
    nrPages,
    pcpLists,
    pcpOrderMax: profile.pcpOrderMax,
    policy: PCP_POLICIES[profile.pcpPolicy],
    pcp,
    zone,
    zonelists: geometry.cpuNodes.map((nid) => byNode[nid]!),
    lists: new PageLists(listMachine),
  };
}

/** Size of a zone's lists: as chosen, else as recorded (null: CPU by CPU), else by the formula of the version. */
function sizeOf(geometry: Geometry, profile: Profile, choice: PcpChoice, at: number): PcpLimits | null {
  const z = geometry.zones[at]!;
  const fixed = ({ high, batch }: PcpSize) => ({ high, batch, high_max: high });
  if (choice.size !== null && z.managed >= PCP_ZONE_PAGES) return fixed(choice.size);
  if (choice.fraction === null && choice.limits !== undefined) return null;
  if (choice.fraction === null && z.pcp !== null) return fixed(z.pcp);
  const fraction = choice.fraction ?? 0;
  if (profile.pcpHighByFraction === "perCpu") return fixed(pageset_set_high_and_batch(z.managed, fraction));
  const input = {
    managed: z.managed,
    low: z.watermarks?.[1] ?? 0,
    localCpus: geometry.cpuNodes.filter((nid) => nid === z.nid).length,
    onlineCpus: geometry.cpuNodes.length,
    ...choice.keepsBatch ? { batch: choice.limits![at * geometry.cpuNodes.length]!.batch } : {},
  };
  return zone_set_pageset_high_and_batch(input, fraction, PCP_POLICIES[profile.pcpPolicy].tunes);
}
