/** M1: the lockless function hands out the pages that fail their check, and no others. */
import { cpuOf } from "../cpu/cpu.ts";
import { MIGRATE_PCPTYPES, ZONE } from "../mm/gfp.ts";
import { list_del } from "../mm/list.ts";
import { __rcu_alloc_page_lockless } from "../mm/lockless.ts";
import { PAGE, pcpListHead, pcpOf, setPageState } from "../mm/mm.ts";
import type { Rcu } from "../rcu/rcu.ts";
import { EVENT } from "../sim/events.ts";
import { frame } from "../sim/task.ts";
import { type Mutable, type Mutation, wrap } from "./mutation.ts";

/** Registers of the lockless function: position in the zonelist, node, page. */
const AT = 0, NODE = 1, PFN = 3;
/** One page in so many is bad. */
const BAD_EVERY = 5;

/** Bad pages, on a build that looks only when a page leaves its list for a user. */
function spoilPages({ m }: Mutable): void {
  Object.assign(m, { profile: { ...m.profile, debugVm: true } });
  for (let pfn = 0; pfn < m.nrPages; pfn += BAD_EVERY) {
    m.page.flags[pfn] = m.page.flags[pfn]! | PAGE.badForever;
  }
}

/** Takes the first bad page among the heads of a zone's lists, -1 for none. */
function takeBad(m: Rcu, t: number, zone: number): number {
  const pcp = pcpOf(m, zone, cpuOf(m, t));
  for (let type = 0; type < MIGRATE_PCPTYPES; type++) {
    const pfn = m.link.next[pcpListHead(m, pcp, type)]!;
    if (pfn >= m.nrPages || (m.page.flags[pfn]! & PAGE.badForever) === 0) continue;
    list_del(m, pfn);
    m.pcp.count[pcp]!--;
    m.zone.pgalloc[zone]!++;
    setPageState(m, pfn, PAGE.allocated);
    m.events.emit(EVENT.locklessHit, t, pfn, zone, type);
    return pfn;
  }
  return -1;
}

/** Inverts the test of `check_new_pcp`. */
export const invertedCheck: Mutation = {
  id: "M1",
  summary: "the lockless function returns pages that fail their check",
  caughtBy: ["lockless_good_pages"],
  conditions: { workload: "kfree_storm", cachedBlocks: 0, blockEntries: 2 },
  arrange: spoilPages,
  apply(machine) {
    const { walk, prepare } = __rcu_alloc_page_lockless.at;
    wrap(machine, walk, (original, m, t) => {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = m.zonelists[reg[r + NODE]!]![reg[r + AT]!];
      if (zone === undefined || m.zone.index[zone]! > ZONE.NORMAL) return original(m, t);
      const pfn = takeBad(m, t, zone);
      if (pfn < 0) return original(m, t);
      reg[r + PFN] = pfn;
      return prepare;
    });
  },
};
