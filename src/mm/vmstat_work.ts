/**
 * The vmstat worker: once a second a CPU folds its counter differences, lets its lists of remote nodes age, and, where
 * lists tune themselves, lowers the limit of idle ones.
 *
 * @kernel mm/vmstat.c refresh_cpu_vm_stats 5.9, 6.12
 */
import { TOUCHES } from "../sim/footprint.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { spin_lock_irqsave, spin_unlock } from "../cpu/lock.ts";
import { queue_delayed_work } from "../cpu/workqueue.ts";
import { type Mm, pcpOf } from "./mm.ts";
import { free_pcppages_bulk } from "./pcp.ts";
import { enterPcp, leavePcp } from "./pcp_guard.ts";
import { decay_pcp_high } from "./pcp_policy.ts";

/** sysctl_stat_interval, in seconds. */
export const STAT_INTERVAL_S = 1;
/** Seconds that a remote list is left alone after its last use. */
const EXPIRE_S = 3;

/** Registers: zone, pages to drain. */
const ZONE_NO = 0, DRAIN = 1;

/** The work item of a CPU; it queues itself again. */
export const refresh_cpu_vm_stats = operation<Mm, "start" | "zone" | "drain">(
  "refresh_cpu_vm_stats",
  {
    start: TOUCHES.own,
    zone: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.timer,
    drain: TOUCHES.pcp | TOUCHES.zone | TOUCHES.watermark | TOUCHES.page | TOUCHES.lock | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + ZONE_NO] = 0;
      return at.zone;
    },
    zone(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r + ZONE_NO]!;
      const cpu = cpuOf(m, t);
      if (zone === m.nrZones) {
        const jiffies = STAT_INTERVAL_S * m.profile.HZ;
        queue_delayed_work(m, t, m.vmstatWork + cpu, m.vmstatTimer + cpu, jiffies);
        return ret(m, t, 0);
      }
      const pcp = pcpOf(m, zone, cpu);
      spend(m, t, m.cost.listTake);
      fold(m, zone, pcp);
      // a refill may bring a list over its limit: where limits are fixed it stays there until the next free
      const over = m.pcpPolicy.tunes ? decay_pcp_high(m, pcp) : 0;
      reg[r + DRAIN] = over + expired(m, zone, pcp, m.cpuNodes[cpu]!);
      if (reg[r + DRAIN]! > 0) return at.drain;
      reg[r + ZONE_NO] = zone + 1;
      return at.zone;
    },
    drain(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const zone = reg[r + ZONE_NO]!;
      const pcp = pcpOf(m, zone, cpuOf(m, t));
      if (!spin_lock_irqsave(m, t, zone)) return BLOCK;
      if (enterPcp(m, t, pcp)) {
        free_pcppages_bulk(m, t, zone, pcp, reg[r + DRAIN]!);
        leavePcp(m, t, pcp);
      }
      spin_unlock(m, t, zone);
      reg[r + ZONE_NO] = zone + 1;
      return at.zone;
    },
  }),
);

/** Folds the differences; a pcp that had any was in use. */
export function fold(m: Mm, zone: number, pcp: number): void {
  const { vm_stat_diff, expire, used } = m.pcp;
  if (vm_stat_diff[pcp] !== 0 || used[pcp] !== 0) expire[pcp] = EXPIRE_S;
  m.zone.nr_free_pages[zone]! += vm_stat_diff[pcp]!;
  vm_stat_diff[pcp] = 0;
  used[pcp] = 0;
}

/** Pages to drain from a list of a remote node that has not been used for a while; local lists never age. */
function expired(m: Mm, zone: number, pcp: number, nid: number): number {
  const { expire, count, batch } = m.pcp;
  if (expire[pcp] === 0 || count[pcp] === 0) return 0;
  if (m.zone.nid[zone] === nid) {
    expire[pcp] = 0;
    return 0;
  }
  if (--expire[pcp]! > 0) return 0;
  return Math.min(count[pcp]!, batch[pcp]!);
}
