/** M2: a page is chosen from a pcp list and taken off it later, with interrupts on in between. */
import { cpuOf } from "../cpu/cpu.ts";
import { get_page_from_freelist } from "../mm/freelist.ts";
import { gfp_migratetype } from "../mm/gfp.ts";
import { list_add, list_del } from "../mm/list.ts";
import { pcpListHead, pcpOf } from "../mm/mm.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Registers of get_page_from_freelist: gfp, zone. */
const GFP_MASK = 0, ZONE_NO = 4;

/** Leaves a gap between choosing and taking. */
export const pcpUnprotected: Mutation = {
  id: "M2",
  summary: "interrupts stay on while a page is taken from a pcp list",
  caughtBy: ["pcp_count", "page_places", "kernel_bug", "buddy_structure", "progress"],
  apply(machine) {
    const chosen = new Int32Array(machine.m.nrTasks);
    const { pcp: pc } = get_page_from_freelist.at;
    wrap(machine, pc, (original, m, t) => {
      const r = frame(m, t);
      const type = gfp_migratetype(m.task.reg[r + GFP_MASK]!, m.mobilityDisabled);
      const head = pcpListHead(m, pcpOf(m, m.task.reg[r + ZONE_NO]!, cpuOf(m, t)), type);
      const first = m.link.next[head]!;
      if (chosen[t] === 0 && first !== head) {
        chosen[t] = first + 1;
        return pc;
      }
      const pfn = chosen[t]! - 1;
      chosen[t] = 0;
      if (pfn >= 0 && first !== pfn) {
        list_del(m, pfn); // wherever it is by now
        list_add(m, pfn, head);
      }
      return original(m, t);
    });
  },
};
