/** The lockless function never hands out a page that fails the check of its build (I4). */
import { EVENT } from "../sim/events.ts";
import { PAGE } from "../mm/mm.ts";
import type { Checker } from "./checker.ts";

/** Looks at each page that the function takes. */
export const locklessGoodPages: Checker = {
  name: "lockless_good_pages",
  claim: "where check_new_pcp() checks, __rcu_alloc_page_lockless() hands out no bad page",
  attach: (m, report) => ({
    listener: {
      kinds: [EVENT.locklessHit],
      onEvent(_kind, _t, pfn) {
        const { debugVm, debugPagealloc, debugPageallocEnabled } = m.profile;
        if (!debugVm && !(debugPagealloc && debugPageallocEnabled)) return;
        if ((m.page.flags[pfn]! & PAGE.badForever) !== 0) report(`page ${pfn} is bad and was handed out`);
      },
    },
  }),
};
