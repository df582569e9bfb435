/** Every page that missed one zone was foreign to another: the sums of numa_miss and numa_foreign agree (I14). */
import { NUMA } from "../mm/mm.ts";
import type { Checker } from "./checker.ts";

/** Adds the NUMA statistics up. */
export const numaIdentity: Checker = {
  name: "numa_identity",
  claim: "the sum of numa_miss over zones equals the sum of numa_foreign",
  attach: (m) => ({
    examine() {
      let miss = 0;
      let foreign = 0;
      for (let zone = 0; zone < m.nrZones; zone++) {
        miss += m.zone.numa[zone * 6 + NUMA.miss]!;
        foreign += m.zone.numa[zone * 6 + NUMA.foreign]!;
      }
      return miss === foreign ? null : `numa_miss sums to ${miss} and numa_foreign to ${foreign}`;
    },
  }),
};
