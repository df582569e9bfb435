/** A freed block is put on its list without being merged with its free buddy. */
import { cpuOf } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { add_to_free_list } from "../mm/buddy.ts";
import { __free_pages } from "../mm/free.ts";
import { page_zone } from "../mm/mm.ts";
import { modFreePages } from "../mm/vmstat.ts";
import { BLOCK } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Frees a block as it is. */
export const noMerge: Mutation = {
  id: "no_merge",
  summary: "a block of order 1 and above is freed without merging",
  caughtBy: ["buddy_structure"],
  apply(machine) {
    wrap(machine, __free_pages.at.buddy, (_original, m, t) => {
      const r = frame(m, t);
      const pfn = m.task.reg[r]!;
      const order = m.task.reg[r + 1]!;
      const zone = page_zone(m, pfn);
      const type = m.page.migratetype[pfn]!;
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      m.vm.pgfree[0]! += 1 << order;
      modFreePages(m, cpuOf(m, t), zone, 1 << order, type);
      add_to_free_list(m, pfn, zone, order, type);
      spin_unlock(m, t, zone);
      return ret(m, t, 0);
    });
  },
};
