/** M8: a freed block merges with a free neighbour of a smaller order. */
import { add_to_free_list, del_page_from_free_list } from "../mm/buddy.ts";
import { __free_pages } from "../mm/free.ts";
import { MAX_ORDER } from "../mm/gfp.ts";
import { get_pageblock_migratetype, PAGE, page_zone, pageState } from "../mm/mm.ts";
import type { Rcu } from "../rcu/rcu.ts";
import { frame } from "../sim/task.ts";
import { type Mutation, wrap } from "./mutation.ts";

function mergeAnyway(m: Rcu, pfn: number): void {
  const order = m.page.order[pfn]!;
  const buddy = pfn ^ (1 << order);
  const zone = page_zone(m, pfn);
  if (pageState(m, pfn) !== PAGE.buddy || order + 1 >= MAX_ORDER || buddy >= m.nrPages) return;
  if (pageState(m, buddy) !== PAGE.buddy || m.page.order[buddy]! >= order || page_zone(m, buddy) !== zone) {
    return;
  }
  del_page_from_free_list(m, pfn, zone, order);
  del_page_from_free_list(m, buddy, zone, m.page.order[buddy]!);
  add_to_free_list(m, pfn & buddy, zone, order + 1, get_pageblock_migratetype(m, pfn));
}

/** Merges without comparing orders. */
export const mergeWrongOrder: Mutation = {
  id: "M8",
  summary: "__free_one_page merges with a buddy of another order",
  caughtBy: ["page_places", "buddy_structure", "free_pages", "kernel_bug"],
  apply(machine) {
    wrap(machine, __free_pages.at.buddy, (original, m, t) => {
      const pfn = m.task.reg[frame(m, t)]!;
      const next = original(m, t);
      mergeAnyway(m, pfn);
      return next;
    });
  },
};
