/** A pcp's count is the length of its lists, and its pages are of its zone and marked as lying there (I1, I13). */
import { PAGE, page_zone, pageState, pcpListHead, pcpOf } from "../mm/mm.ts";
import { pindex_to_order } from "../mm/pcp_policy.ts";
import type { Rcu } from "../rcu/rcu.ts";
import type { Checker } from "./checker.ts";

/** Counts every pcp list. */
export const pcpCount: Checker = {
  name: "pcp_count",
  claim: "each pcp count equals the length of its lists, and each page on them belongs there",
  attach: (m) => ({ examine: () => examine(m) }),
};

function examine(m: Rcu): string | null {
  for (let zone = 0; zone < m.nrZones; zone++) {
    for (let cpu = 0; cpu < m.nrCpus; cpu++) {
      const found = examinePcp(m, zone, cpu);
      if (found !== null) return found;
    }
  }
  return null;
}

function examinePcp(m: Rcu, zone: number, cpu: number): string | null {
  const { next, prev } = m.link;
  const pcp = pcpOf(m, zone, cpu);
  let pages = 0;
  let nodes = 0;
  for (let list = 0; list < m.pcpLists; list++) {
    const head = pcpListHead(m, pcp, list);
    for (let pfn = next[head]!; pfn !== head; pfn = next[pfn]!) {
      if (pfn >= m.nrPages || prev[next[pfn]!] !== pfn || ++nodes > m.nrPages) {
        return `list ${list} of zone ${zone}, CPU ${cpu} is broken at node ${pfn}`;
      }
      if (pageState(m, pfn) !== PAGE.pcp) {
        return `page ${pfn} is on a pcp list but marked ${pageState(m, pfn)}`;
      }
      if (page_zone(m, pfn) !== zone) {
        return `page ${pfn} of zone ${page_zone(m, pfn)} is on a list of zone ${zone}`;
      }
      pages += 1 << pindex_to_order(list);
    }
  }
  const count = m.pcp.count[pcp]!;
  return pages === count ? null : `zone ${zone}, CPU ${cpu}: count is ${count} and the lists hold ${pages}`;
}
