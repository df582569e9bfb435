/**
 * Reclaim: the oldest pages of the LRU are freed through the freeing CPU's own lists, by kswapd in the background or
 * by an allocation that cannot go on.
 *
 * @kernel mm/vmscan.c 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret, sleepOn } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { CHANNEL, cond_resched } from "../cpu/sched.ts";
import { MAX_RECLAIM_RETRIES, SWAP_CLUSTER_MAX } from "./gfp.ts";
import { __free_pages } from "./free.ts";
import { pgdat_balanced, pgdat_watermark_boosted } from "./kswapd_wake.ts";
import { lruTakeOldest } from "./lru.ts";
import type { Mm } from "./mm.ts";
import { ZONE_FLAG } from "./pcp_policy.ts";

/** Registers of shrinkNode: node, pages wanted, 1 for kswapd, pages done. */
const NID = 0, WANTED = 1, KSWAPD = 2, DONE_PAGES = 3;

/** Frees up to WANTED of the node's oldest LRU pages; returns how many. */
export const shrinkNode = operation<Mm, "take" | "taken">(
  "shrink_node",
  { take: TOUCHES.lru | TOUCHES.page, taken: TOUCHES.own },
  (at) => ({
    take(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const done = reg[r + DONE_PAGES]!;
      const pfn = done < reg[r + WANTED]! ? lruTakeOldest(m, reg[r + NID]!) : -1;
      if (pfn < 0) {
        m.vm.pgsteal[reg[r + KSWAPD] === 0 ? 1 : 0]! += done;
        m.events.emit(EVENT.reclaimed, t, done, reg[r + KSWAPD]!);
        return ret(m, t, done);
      }
      spend(m, t, m.cost.reclaimPage);
      return call(m, t, __free_pages.start, at.taken, pfn, 0);
    },
    taken(m, t) {
      m.task.reg[frame(m, t) + DONE_PAGES]!++;
      return at.take;
    },
  }),
);

/** kswapd of the node in register 0: reclaims until a zone is above its high watermark, then sleeps. */
export const kswapd = operation<Mm, "sleep" | "balance" | "balanced">(
  "kswapd",
  {
    sleep: TOUCHES.lru | TOUCHES.watermark,
    balance: TOUCHES.lru | TOUCHES.watermark,
    balanced: TOUCHES.lru | TOUCHES.watermark,
  },
  (at) => ({
    sleep(m, t) {
      const nid = m.task.reg[frame(m, t)]!;
      const wanted = m.node.kswapdWanted[nid]!;
      const failures = m.node.kswapd_failures[nid]!;
      const idle = wanted === 0 || failures >= MAX_RECLAIM_RETRIES ||
        (pgdat_balanced(m, nid, wanted - 1) && !pgdat_watermark_boosted(m, nid));
      if (idle) {
        m.node.kswapdWanted[nid] = 0;
        sleepOn(m, t, CHANNEL.kswapd + nid);
        return BLOCK;
      }
      m.vm.pageoutrun[0]!++;
      setReclaimActive(m, nid, true);
      return at.balance;
    },
    balance(m, t) {
      const nid = m.task.reg[frame(m, t)]!;
      return call(m, t, shrinkNode.start, at.balanced, nid, SWAP_CLUSTER_MAX, 1);
    },
    balanced(m, t) {
      const nid = m.task.reg[frame(m, t)]!;
      const highest = m.node.kswapdWanted[nid]! - 1;
      const progress = m.task.ret[t]!;
      cond_resched(m, t);
      if (progress === 0) m.node.kswapd_failures[nid]!++;
      else m.node.kswapd_failures[nid] = 0;
      if (progress > 0 && !pgdat_balanced(m, nid, highest)) return at.balance;
      clearBoost(m, nid); // the boost has been worked off, or cannot be
      setReclaimActive(m, nid, false);
      return at.sleep;
    },
  }),
);

/** While kswapd works, later versions keep the lists of its zones short. */
function setReclaimActive(m: Mm, nid: number, active: boolean): void {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid) continue;
    if (active) m.zone.flags[zone]! |= ZONE_FLAG.RECLAIM_ACTIVE;
    else m.zone.flags[zone]! &= ~ZONE_FLAG.RECLAIM_ACTIVE;
  }
}

function clearBoost(m: Mm, nid: number): void {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] === nid) m.zone.watermark_boost[zone] = 0;
  }
}

/**
 * Node of the CPU the task runs on.
 *
 * @kernel include/linux/topology.h numa_node_id 5.9
 */
export function numa_node_id(m: Mm, t: number): number {
  return m.cpuNodes[cpuOf(m, t)]!;
}
