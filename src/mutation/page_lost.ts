/** A freed block is on no list: it is nobody's, and nobody finds it again. */
import { __free_pages } from "../mm/free.ts";
import { PAGE, setPageState } from "../mm/mm.ts";
import { frame, ret } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

/** Counts a block as freed and leaves it where it lies. */
export const pageLost: Mutation = {
  id: "page_lost",
  summary: "a block of order 1 and above is freed and on no list",
  caughtBy: ["page_places"],
  apply(machine) {
    wrap(machine, __free_pages.at.buddy, (_original, m, t) => {
      const { reg } = m.task;
      const r = frame(m, t);
      m.vm.pgfree[0]! += 1 << reg[r + 1]!;
      setPageState(m, reg[r]!, PAGE.none);
      return ret(m, t, 0);
    });
  },
};
