/**
 * drain_all_pages: every online CPU empties its own lists, through a work item each, and the caller waits for all; from
 * 6.1 on the caller takes each pcp->lock and empties the lists itself.
 *
 * @kernel mm/page_alloc.c drain_all_pages, drain_pages 5.9, 6.1
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, ret, sleepOn } from "../sim/task.ts";
import { cpuOf, preempt_disable, preempt_enable, spend } from "../cpu/cpu.ts";
import { spin_lock, spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { list_del } from "./list.ts";
import { type Mm, pcpListHead, pcpOf } from "./mm.ts";
import { free_pcppages_bulk, giveBack } from "./pcp.ts";
import { pindex_to_order } from "./pcp_policy.ts";

/** Registers of drain_all_pages: argument zone + 1, or 0 for all of them; CPU it is at. */
const ONLY = 0, AT = 1;

/**
 * Drains every CPU's lists, of the zone in register 0 or of all zones. While another drain is under way a call for all
 * zones returns 0 at once, having done nothing, and one for a zone waits for its turn.
 */
export const drain_all_pages = operation<Mm, "start" | "queue" | "wait">(
  "drain_all_pages",
  {
    start: TOUCHES.lock | TOUCHES.task,
    queue: TOUCHES.pcp | TOUCHES.work | TOUCHES.task,
    wait: TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      if (m.vm.drainOwner[0] !== 0) { // mutex_trylock failed
        return reg[r + ONLY] === 0 ? ret(m, t, 0) : sleepOn(m, t, CHANNEL.drain);
      }
      m.vm.drainOwner[0] = t + 1;
      m.vm.drainZone[0] = reg[r + ONLY]!;
      m.vm.drainAll[0]!++;
      reg[r + AT] = 0;
      return at.queue;
    },
    // one CPU: its counts are read without any lock, so a list that fills later is missed
    queue(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r + AT]!;
      if (cpu === m.nrCpus) return at.wait;
      reg[r + AT] = cpu + 1;
      if (m.cpu.online[cpu] === 0 || !holdsPages(m, cpu)) return at.queue;
      if (m.pcpLock >= 0) return call(m, t, drain_pages.start, at.queue, cpu, reg[r + ONLY]!);
      m.vm.drainsPending[0]!++;
      queue_work_on(m, t, m.drainWork + cpu, poolOf(cpu, false));
      return at.queue;
    },
    wait(m, t) {
      if (m.vm.drainsPending[0] !== 0) {
        sleepOn(m, t, CHANNEL.completion + t);
        return BLOCK;
      }
      m.vm.drainOwner[0] = 0;
      wakeAll(m, CHANNEL.drain, t);
      return ret(m, t, 1);
    },
  }),
);

/** Whether a drain of one zone + 1, or of all for 0, is about a zone. */
const isAbout = (only: number, zone: number) => only === 0 || only === zone + 1;

/** Registers of drain_pages: arguments CPU and zone + 1 or 0; zone, page about to leave its list + 1, list of it. */
const CPU = 0, ONLY_ONE = 1, ZONE_NO = 2, VICTIM = 3, LIST = 4;

/**
 * Empties the lists of the CPU in register 0 from here, under its pcp->lock. A page is chosen in one section and
 * leaves its list in the next, because only the lock keeps the owner away between the two: code that relies on
 * interrupts being off is not kept away by it.
 *
 * @kernel mm/page_alloc.c drain_pages 6.1
 */
export const drain_pages = operation<Mm, "start" | "lock" | "choose" | "take">(
  "drain_pages",
  {
    start: TOUCHES.own,
    lock: TOUCHES.lock | TOUCHES.pcp,
    choose: TOUCHES.pcp | TOUCHES.lock,
    take: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + ZONE_NO] = 0;
      return at.lock;
    },
    lock(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      while (reg[r + ZONE_NO]! < m.nrZones && !isAbout(reg[r + ONLY_ONE]!, reg[r + ZONE_NO]!)) {
        reg[r + ZONE_NO]!++;
      }
      if (reg[r + ZONE_NO] === m.nrZones) return ret(m, t, 0);
      const pcp = pcpOf(m, reg[r + ZONE_NO]!, reg[r + CPU]!);
      if (!spin_lock(m, t, m.pcpLock + pcp)) return BLOCK;
      preempt_disable(m, t);
      return at.choose;
    },
    choose(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const pcp = pcpOf(m, reg[r + ZONE_NO]!, reg[r + CPU]!);
      const list = fullList(m, pcp);
      if (list < 0) {
        spin_unlock(m, t, m.pcpLock + pcp);
        preempt_enable(m, t);
        reg[r + ZONE_NO]!++;
        return at.lock;
      }
      reg[r + LIST] = list;
      reg[r + VICTIM] = m.link.prev[pcpListHead(m, pcp, list)]! + 1;
      return at.take;
    },
    take(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r + ZONE_NO]!;
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      const pcp = pcpOf(m, zone, reg[r + CPU]!);
      const order = pindex_to_order(reg[r + LIST]!);
      const pfn = reg[r + VICTIM]! - 1;
      const before = m.pcp.count[pcp]!;
      list_del(m, pfn);
      m.pcp.count[pcp] = before - (1 << order);
      giveBack(m, t, zone, pcp, pfn, order);
      spend(m, t, m.cost.drainPage << order);
      m.events.emit(EVENT.drain, t, zone, 1 << order, before);
      spin_unlock(m, t, zone);
      return at.choose;
    },
  }),
);

/** First list of a pcp that has pages, -1 for none. */
function fullList(m: Mm, pcp: number): number {
  for (let list = 0; list < m.pcpLists; list++) {
    const head = pcpListHead(m, pcp, list);
    if (m.link.prev[head] !== head) return list;
  }
  return -1;
}

function holdsPages(m: Mm, cpu: number): boolean {
  for (let zone = 0; zone < m.nrZones; zone++) {
    if (isAbout(m.vm.drainZone[0]!, zone) && m.pcp.count[pcpOf(m, zone, cpu)] !== 0) return true;
  }
  return false;
}

/** The work item of a CPU: empties its lists, one zone after the other. */
export const drain_local_pages = operation<Mm, "start" | "zone">(
  "drain_local_pages",
  {
    start: TOUCHES.own,
    zone: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task |
      TOUCHES.work,
  },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t)] = 0;
      return at.zone;
    },
    zone(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r]!;
      if (zone === m.nrZones) {
        m.vm.drainsPending[0]!--;
        if (m.vm.drainsPending[0] === 0) {
          wakeAll(m, CHANNEL.completion + m.vm.drainOwner[0]! - 1, t);
        }
        return ret(m, t, 0);
      }
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      if (isAbout(m.vm.drainZone[0]!, zone) && m.pcp.count[pcp] !== 0) {
        if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
        free_pcppages_bulk(m, t, zone, pcp, m.pcp.count[pcp]!);
        spin_unlock(m, t, zone);
      }
      reg[r] = zone + 1;
      return at.zone;
    },
  }),
);
