/**
 * Reclaim: the oldest pages of the LRU are freed through the freeing CPU's own lists, by kswapd in the background or
 * by an allocation that cannot go on. Page cache is dropped, anonymous memory written to swap if there is any.
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
import { kindToReclaim, LRU, lruTakeOldest } from "./lru.ts";
import type { Mm } from "./mm.ts";
import { ZONE_FLAG } from "./pcp_policy.ts";
import { set_pgdat_percpu_threshold } from "./vmstat.ts";

/** Priority at which reclaim starts: it looks at one page in 4096. */
const DEF_PRIORITY = 12;

/** More pages than any machine has: what an OOM kill is asked for. */
export const ALL_PAGES = 1 << 30;

/** Who reclaims: an allocation, kswapd, or the end of a process that was killed. */
const BY = { allocation: 0, kswapd: 1, kill: 2 } as const;

/** Registers of shrinkNode: node, pages wanted, one of BY, highest zone index, pages done. */
const NID = 0, WANTED = 1, WHO = 2, HIGHEST = 3, DONE_PAGES = 4;

/** Takes the page that goes next off the LRU and charges what its going costs; -1 when there is none. */
function takeVictim(m: Mm, t: number, nid: number, highest: number, who: number): number {
  if (who === BY.kill) {
    const own = lruTakeOldest(m, nid, highest, LRU.anon);
    if (own >= 0) return own; // freed with its process
  }
  let kind = kindToReclaim(m, nid);
  let pfn = lruTakeOldest(m, nid, highest, kind);
  if (pfn < 0 && kind === LRU.file && m.vm.swapFree[0]! > 0) {
    kind = LRU.anon;
    pfn = lruTakeOldest(m, nid, highest, kind);
  }
  if (pfn < 0) return -1;
  spend(m, t, kind === LRU.anon ? m.cost.swapOut : m.cost.reclaimPage);
  if (kind === LRU.anon) {
    m.vm.swapFree[0]!--;
    m.vm.pswpout[0]!++;
  }
  return pfn;
}

/** Frees up to WANTED of the oldest LRU pages of the node's zones up to HIGHEST; returns how many. */
const shrinkNode = operation<Mm, "start" | "take" | "taken" | "slab">(
  "shrink_node",
  { start: TOUCHES.own, take: TOUCHES.lru | TOUCHES.page, taken: TOUCHES.own, slab: TOUCHES.own },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + DONE_PAGES] = 0;
      return at.take;
    },
    take(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const done = reg[r + DONE_PAGES]!;
      const wanted = done < reg[r + WANTED]!;
      const pfn = wanted ? takeVictim(m, t, reg[r + NID]!, reg[r + HIGHEST]!, reg[r + WHO]!) : -1;
      if (pfn < 0) {
        m.vm.pgsteal[reg[r + WHO] === BY.kswapd ? 0 : 1]! += done;
        // whoever makes progress gives a kswapd that had given up another chance
        if (done > 0) m.node.kswapd_failures[reg[r + NID]!] = 0;
        m.events.emit(EVENT.reclaimed, t, done, reg[r + WHO] === BY.kswapd ? 1 : 0);
        // a node short of pages would be asked again at every priority: here the shrinkers get the last one at once
        const priority = done < reg[r + WANTED]! ? 1 : DEF_PRIORITY;
        return m.shrinkSlab < 0 ? ret(m, t, done) : call(m, t, m.shrinkSlab, at.slab, priority);
      }
      return call(m, t, __free_pages.start, at.taken, pfn, 0);
    },
    taken(m, t) {
      m.task.reg[frame(m, t) + DONE_PAGES]!++;
      return at.take;
    },
    slab(m, t) {
      return ret(m, t, m.task.reg[frame(m, t) + DONE_PAGES]!);
    },
  }),
);

/** Registers of try_to_free_pages: pages wanted, highest zone index, position in the zonelist, pages done. */
const TO_FREE = 0, UP_TO = 1, AT = 2, FREED = 3;

/**
 * Direct reclaim: pages of the zonelist's nodes, nearest first, until enough are free; returns how many came.
 * An OOM kill asks for all: the killed process's memory goes, and what it had mapped.
 */
export const try_to_free_pages = operation<Mm, "start" | "node" | "shrunk">(
  "try_to_free_pages",
  { start: TOUCHES.own, node: TOUCHES.watermark, shrunk: TOUCHES.own },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + AT] = 0;
      m.task.reg[frame(m, t) + FREED] = 0;
      return at.node;
    },
    node(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zonelist = m.zonelists[numa_node_id(m, t)]!;
      const nodeOf = (i: number) => m.zone.nid[zonelist[i]!];
      let i = reg[r + AT]!;
      // one visit a node: its highest zone that the request may use stands for all of them
      const left = i > 0 ? nodeOf(i - 1) : -1;
      while (i < zonelist.length && (nodeOf(i) === left || m.zone.index[zonelist[i]!]! > reg[r + UP_TO]!)) {
        i++;
      }
      if (i === zonelist.length || reg[r + FREED]! >= reg[r + TO_FREE]!) return ret(m, t, reg[r + FREED]!);
      reg[r + AT] = i + 1;
      const wanted = reg[r + TO_FREE]! - reg[r + FREED]!;
      const who = reg[r + TO_FREE] === ALL_PAGES ? BY.kill : BY.allocation;
      return call(m, t, shrinkNode.start, at.shrunk, nodeOf(i), wanted, who, reg[r + UP_TO]!);
    },
    shrunk(m, t) {
      m.task.reg[frame(m, t) + FREED]! += m.task.ret[t]!;
      return at.node;
    },
  }),
);

/** Registers of kswapd: node; of this pass highest zone index, order, boost left, pages done, boost by zone index. */
const ASKED = 1, PASS_ORDER = 2, BOOST = 3, TOTAL = 4, BOOSTS = 5;

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
      const { reg } = m.task;
      const r = frame(m, t);
      const nid = reg[r]!;
      const highest = m.node.kswapdWanted[nid]! - 1;
      const order = m.node.kswapd_order[nid]!;
      const idle = highest < 0 || m.node.kswapd_failures[nid]! >= MAX_RECLAIM_RETRIES ||
        (pgdat_balanced(m, nid, order, highest) && !pgdat_watermark_boosted(m, nid, highest));
      if (idle) {
        m.node.kswapdWanted[nid] = 0;
        m.node.kswapd_order[nid] = 0;
        set_pgdat_percpu_threshold(m, nid, false);
        sleepOn(m, t, CHANNEL.kswapd + nid);
        return BLOCK;
      }
      m.vm.pageoutrun[0]!++;
      set_pgdat_percpu_threshold(m, nid, true);
      reg[r + ASKED] = highest;
      reg[r + PASS_ORDER] = order;
      reg[r + TOTAL] = 0;
      noteBoosts(m, r, nid, highest);
      setReclaimActive(m, nid, highest, true);
      return at.balance;
    },
    balance(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      return call(m, t, shrinkNode.start, at.balanced, reg[r]!, SWAP_CLUSTER_MAX, BY.kswapd, reg[r + ASKED]!);
    },
    balanced(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const nid = reg[r]!;
      const progress = m.task.ret[t]!;
      cond_resched(m, t);
      reg[r + TOTAL]! += progress;
      reg[r + BOOST] = Math.max(0, reg[r + BOOST]! - progress);
      const order = reg[r + PASS_ORDER]!;
      if (order > 0 && reg[r + TOTAL]! >= compact_gap(order)) {
        reg[r + PASS_ORDER] = 0;
        m.node.kswapd_order[nid] = 0;
      }
      const done = reg[r + BOOST] === 0 && pgdat_balanced(m, nid, reg[r + PASS_ORDER]!, reg[r + ASKED]!);
      if (progress > 0 && !done) return at.balance;
      if (reg[r + TOTAL] === 0) m.node.kswapd_failures[nid]!++;
      undoBoosts(m, r, nid, reg[r + ASKED]!);
      setReclaimActive(m, nid, reg[r + ASKED]!, false);
      return at.sleep;
    },
  }),
);

/**
 * Pages that must be free before compaction makes a block of the order: from there on that is its work.
 *
 * @kernel include/linux/compaction.h compact_gap 5.9
 */
const compact_gap = (order: number): number => 2 << order;

/**
 * While kswapd works, later versions keep the lists of the zones short that it works for.
 *
 * @kernel mm/vmscan.c update_reclaim_active 5.14
 */
function setReclaimActive(m: Mm, nid: number, highest: number, active: boolean): void {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || m.zone.index[zone]! > highest) continue;
    if (active) m.zone.flags[zone]! |= ZONE_FLAG.RECLAIM_ACTIVE;
    else m.zone.flags[zone]! &= ~ZONE_FLAG.RECLAIM_ACTIVE;
  }
}

/** Keeps the boost that this pass works off: a steal may raise it again meanwhile. */
function noteBoosts(m: Mm, r: number, nid: number, highest: number): void {
  const { reg } = m.task;
  reg[r + BOOST] = 0;
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || m.zone.index[zone]! > highest) continue;
    reg[r + BOOSTS + m.zone.index[zone]!] = m.zone.watermark_boost[zone]!;
    reg[r + BOOST]! += m.zone.watermark_boost[zone]!;
  }
}

/** The boost that the pass began with has been worked off, or cannot be. */
function undoBoosts(m: Mm, r: number, nid: number, highest: number): void {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (m.zone.nid[zone] !== nid || m.zone.index[zone]! > highest) continue;
    const left = m.zone.watermark_boost[zone]! - m.task.reg[r + BOOSTS + m.zone.index[zone]!]!;
    m.zone.watermark_boost[zone] = Math.max(0, left);
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
