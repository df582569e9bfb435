/**
 * drain_all_pages: every online CPU empties its own lists, through a work item each; the caller waits for all.
 *
 * @kernel mm/page_alloc.c drain_all_pages, drain_pages 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret, sleepOn } from "../sim/task.ts";
import { cpuOf, nowNs } from "../cpu/cpu.ts";
import { spin_lock, spin_unlock } from "../cpu/lock.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { poolOf, queue_work_on } from "../cpu/workqueue.ts";
import { type Mm, pcpOf } from "./mm.ts";
import { free_pcppages_bulk } from "./pcp.ts";

/** Drains every CPU's lists of every zone; returns 0 at once, having done nothing, when a drain is under way. */
export const drain_all_pages = operation<Mm, "start" | "queue" | "wait">(
  "drain_all_pages",
  {
    start: TOUCHES.lock,
    queue: TOUCHES.pcp | TOUCHES.work | TOUCHES.task,
    wait: TOUCHES.lock,
  },
  (at) => ({
    start(m, t) {
      if (m.vm.drainOwner[0] !== 0) return ret(m, t, 0); // mutex_trylock failed
      m.vm.drainOwner[0] = t + 1;
      m.vm.drainAll[0]!++;
      m.task.reg[frame(m, t)] = 0;
      return at.queue;
    },
    // one CPU: its counts are read without any lock, so a list that fills later is missed
    queue(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const cpu = reg[r]!;
      if (cpu === m.nrCpus) return at.wait;
      reg[r] = cpu + 1;
      if (m.cpu.online[cpu] !== 0 && holdsPages(m, cpu)) {
        m.vm.drainsPending[0]!++;
        queue_work_on(m, t, m.drainWork + cpu, poolOf(cpu, false));
      }
      return at.queue;
    },
    wait(m, t) {
      if (m.vm.drainsPending[0] !== 0) {
        sleepOn(m, t, CHANNEL.completion + t);
        return BLOCK;
      }
      m.vm.drainOwner[0] = 0;
      return ret(m, t, 1);
    },
  }),
);

function holdsPages(m: Mm, cpu: number): boolean {
  for (let zone = 0; zone < m.nrZones; zone++) if (m.pcp.count[pcpOf(m, zone, cpu)] !== 0) return true;
  return false;
}

/** The work item of a CPU: empties its lists, one zone after the other. */
export const drain_local_pages = operation<Mm, "start" | "zone">(
  "drain_local_pages",
  {
    start: TOUCHES.own,
    zone: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
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
          wakeAll(m, CHANNEL.completion + m.vm.drainOwner[0]! - 1, nowNs(m, t));
        }
        return ret(m, t, 0);
      }
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      if (m.pcp.count[pcp] !== 0) {
        if (!spin_lock(m, t, zone)) return BLOCK;
        free_pcppages_bulk(m, t, zone, pcp, m.pcp.count[pcp]!);
        spin_unlock(m, t, zone);
      }
      reg[r] = zone + 1;
      return at.zone;
    },
  }),
);
