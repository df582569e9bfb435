/**
 * Limits of the lists of a recorded machine, CPU by CPU: from 6.7 on each CPU's own limit moves between two others,
 * which only 6.18 prints. It never asks a trace.
 *
 * @module
 */
import type { Zoneinfo, ZoneinfoPageset, ZoneinfoZone } from "../import/zoneinfo.ts";
import { hasOneLimit } from "../import/zoneinfo_zone.ts";
import { ZONE_NAMES } from "../mm/gfp.ts";
import type { Geometry } from "../mm/mm.ts";
import { PCP_POLICIES } from "../mm/pcp_policy.ts";
import { type PcpLimits, zone_set_pageset_high_and_batch } from "../mm/pcp_size.ts";
import type { Profile } from "../profile/profile.ts";

/** Limits of one pcp in pages: `high` now, and where tuning may take it. */
export interface PcpLimitsNow extends PcpLimits {
  /** Smallest limit that tuning may choose; the same as high where there is no tuning. */
  readonly high_min: number;
}

/**
 * Limits by `zone * nrCpus + cpu` when zoneinfo was read.
 *
 * A kernel that tunes but does not print between what has the limits of the formula, or fixed ones where a fraction
 * was set: then all CPUs have the same, and it is not the smallest one.
 *
 * @kernel mm/page_alloc.c zone_set_pageset_high_and_batch 6.12
 */
export function recordedLimits(
  info: Zoneinfo,
  geometry: Geometry,
  profile: Profile,
): readonly PcpLimitsNow[] {
  const { tunes } = PCP_POLICIES[profile.pcpPolicy];
  const all = info.nodes.flatMap(({ zones }) => zones);
  const zones = geometry.zones.map(({ nid, index }) =>
    all.find((zone) => zone.nid === nid && zone.name === ZONE_NAMES[index])!
  );
  const formulas = zones.map((zone, at) => formulaOf(geometry, zone, at));
  const isSet = info.onlineCpus.length > 1 && zones.every(hasOneLimit) &&
    zones.some(({ pagesets: [first] }, at) => first!.high !== formulas[at]!.high);
  return zones.flatMap(({ pagesets }, at) =>
    pagesets.map((pageset) => limitsOf(pageset, tunes && !isSet ? formulas[at]! : null))
  );
}

/** Limits of a machine that tunes and has no fraction set. */
function formulaOf(geometry: Geometry, zone: ZoneinfoZone, at: number): PcpLimits {
  const { nid } = geometry.zones[at]!;
  const input = {
    managed: zone.managed,
    low: geometry.zones[at]!.watermarks![1],
    localCpus: geometry.cpuNodes.filter((node) => node === nid).length,
    onlineCpus: geometry.cpuNodes.length,
    batch: zone.pagesets[0]!.batch,
  };
  return zone_set_pageset_high_and_batch(input, 0, true);
}

function limitsOf(
  { high, batch, highMin, highMax }: ZoneinfoPageset,
  formula: PcpLimits | null,
): PcpLimitsNow {
  // the formula may be off where it is not known which CPUs are the node's; the limit of now lies between in any case
  return {
    high,
    batch,
    high_min: highMin ?? (formula === null ? high : Math.min(formula.high, high)),
    high_max: highMax ?? (formula === null ? high : Math.max(formula.high_max, high)),
  };
}
