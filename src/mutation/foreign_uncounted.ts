/** M31: a page that missed its preferred zone is not counted as foreign there. */
import { get_page_from_freelist } from "../mm/freelist.ts";
import { NUMA } from "../mm/mm.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Numbers that NUMA statistics keep of a zone. */
const KINDS = 6;

/** Takes numa_foreign back after each attempt. */
export const foreignUncounted: Mutation = {
  id: "M31",
  summary: "numa_miss is counted and numa_foreign is not",
  caughtBy: ["numa_identity"],
  conditions: { nodes: 2, pressure: 1 },
  apply(machine) {
    const { pcp, refill, buddy } = get_page_from_freelist.at;
    for (const pc of [pcp, refill, buddy]) {
      wrap(machine, pc, (original, m, t) => {
        const { numa } = m.zone;
        const before = numa.slice();
        const next = original(m, t);
        for (let zone = 0; zone < m.nrZones; zone++) {
          numa[zone * KINDS + NUMA.foreign] = before[zone * KINDS + NUMA.foreign]!;
        }
        return next;
      });
    }
  },
};
