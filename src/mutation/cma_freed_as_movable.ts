/** M11: a page of a CMA pageblock is freed as the type of the list it was on, which is MOVABLE's. */
import { __free_pages } from "../mm/free.ts";
import { MIGRATE } from "../mm/gfp.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Forgets the pageblock's type when the page goes on a list. */
export const cmaFreedAsMovable: Mutation = {
  id: "M11",
  summary: "a page of a CMA pageblock goes back to the buddy lists as MOVABLE",
  caughtBy: ["cma_pages"],
  conditions: { cmaPages: 2048, pcp: { high: 8, batch: 2 } },
  apply(machine) {
    wrap(machine, __free_pages.at.start, (original, m, t) => {
      const pfn = m.task.reg[frame(m, t)]!;
      const next = original(m, t);
      if (m.page.migratetype[pfn] === MIGRATE.CMA) m.page.migratetype[pfn] = MIGRATE.MOVABLE;
      return next;
    });
  },
};
