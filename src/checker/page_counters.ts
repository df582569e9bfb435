/** PGALLOC less PGFREE is the number of pages in use, as far as no bad page has been dropped. */
import { PAGE, pageState } from "../mm/mm.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";
import { UsedPages } from "./used_pages.ts";

/** Compares the counters with the descriptors. */
export const pageCounters: Checker = {
  name: "page_counters",
  claim: "PGALLOC - PGFREE grows and shrinks with the pages in use",
  attach(m) {
    const used = new UsedPages(m);
    // what boot and the start state have handed out was never counted
    const uncounted = pagesInUse(m, used) - counted(m);
    const leaked = m.vm.leaked[0];
    return {
      examine() {
        const inUse = pagesInUse(m, used);
        if (m.vm.leaked[0] !== leaked || counted(m) + uncounted === inUse) return null;
        return `PGALLOC - PGFREE says ${counted(m) + uncounted} pages are in use, and ${inUse} are`;
      },
    };
  },
};

function counted(m: Rcu): number {
  return m.zone.pgalloc.reduce((sum, pages) => sum + pages, 0) - m.vm.pgfree[0]!;
}

function pagesInUse(m: Rcu, used: UsedPages): number {
  const { order } = m.page;
  let pages = 0;
  for (let pfn = used.from(0); pfn >= 0; pfn = used.from(pfn + 1)) {
    if (pageState(m, pfn) === PAGE.allocated) pages += 1 << order[pfn]!;
  }
  return pages;
}
