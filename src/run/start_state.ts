/**
 * The state a run starts from, beyond boot: pages on the per-CPU lists, and memory filled with reclaimable pages.
 */
import { list_add_tail } from "../mm/list.ts";
import { lruAdd } from "../mm/lru.ts";
import { MAX_ORDER, MIGRATE } from "../mm/gfp.ts";
import { __rmqueue } from "../mm/fallback.ts";
import { type Geometry, NO_PAGE, PAGE, pcpListHead, pcpOf, setPageState } from "../mm/mm.ts";
import { modFreePages } from "../mm/vmstat.ts";
import type { Workloads } from "../workload/program.ts";
import type { InitialPcp } from "./options.ts";

/**
 * Moves pages from the buddy lists to the per-CPU lists. Where the run's pcp size is not that of the machine, each type
 * gets its share of it when the machine's lists were longer. Of a machine that keeps its size longer lists stay as they
 * are: the sysctl changes the size and drains nothing.
 *
 * @param zones Those of the machine that was given, with its sizes.
 */
export function fillLists(m: Workloads, lists: readonly InitialPcp[], zones: Geometry["zones"]): void {
  for (const { zone, cpu, pages } of lists) {
    const pcp = pcpOf(m, zone, cpu);
    const t = m.roles.tick[cpu]!;
    const total = pages.reduce((sum, count) => sum + count, 0);
    const high = m.pcp.high[pcp]!;
    const isShared = total > high && zones[zone]!.pcp?.high !== high;
    pages.forEach((recorded, type) => {
      const count = isShared ? Math.floor(recorded * high / total) : recorded;
      for (let i = 0; i < count; i++) {
        const pfn = __rmqueue(m, t, zone, 0, type, 0);
        if (pfn === NO_PAGE) return;
        modFreePages(m, cpu, zone, -1, type);
        list_add_tail(m, pfn, pcpListHead(m, pcp, type));
        setPageState(m, pfn, PAGE.pcp);
        m.pcp.count[pcp]!++;
      }
    });
  }
}

/** Allocates reclaimable pages until each zone has given what is asked of it. */
export function fillMemory(m: Workloads, pagesByZone: readonly number[]): void {
  const t = m.roles.tick[0]!;
  pagesByZone.forEach((wanted, zone) => {
    let left = wanted;
    for (let order = MAX_ORDER - 1; order >= 0; order--) {
      while (left >= 1 << order) {
        const pfn = __rmqueue(m, t, zone, order, MIGRATE.MOVABLE, 0);
        if (pfn === NO_PAGE) break;
        modFreePages(m, 0, zone, -(1 << order), MIGRATE.MOVABLE);
        left -= 1 << order;
        for (let p = pfn; p < pfn + (1 << order); p++) {
          m.page.flags[p] = PAGE.allocated;
          m.page.order[p] = 0;
          lruAdd(m, p);
        }
      }
    }
  });
}
