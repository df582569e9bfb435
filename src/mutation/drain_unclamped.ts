/** M6: a drain that asks for more pages than the lists hold walks the empty lists for ever. */
import { cpuOf } from "../cpu/cpu.ts";
import { __free_pages } from "../mm/free.ts";
import { page_zone, pcpOf } from "../mm/mm.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Never leaves the drain once the batch is larger than the count. */
export const drainUnclamped: Mutation = {
  id: "M6",
  summary: "free_pcppages_bulk does not limit the batch to the pages there are",
  caughtBy: ["progress"],
  conditions: { pcp: { high: 4, batch: 8 } },
  apply(machine) {
    const { drain } = __free_pages.at;
    wrap(machine, drain, (original, m, t) => {
      const pcp = pcpOf(m, page_zone(m, m.task.reg[frame(m, t)]!), cpuOf(m, t));
      return m.pcp.batch[pcp]! > m.pcp.count[pcp]! ? drain : original(m, t);
    });
  },
};
