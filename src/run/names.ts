/** What people call the tasks and locks of a machine. */
import { ZONE_NAMES } from "../mm/gfp.ts";
import type { Workloads } from "../workload/program.ts";
import { firstThreadOf, PER_CPU_TASKS } from "./tasks.ts";

/** Names of the tasks that each CPU has, in the order of their numbers. */
const PER_CPU_NAMES = ["tick", "softirq", "device", "kworker", "kworker(high)", "ipi", "hrtimer"] as const;

/** Name of each task, such as `kworker/1`, `rcu_gp` or `thread 3`. */
export function taskNames(m: Workloads): string[] {
  const firstThread = firstThreadOf(m.geometry);
  return Array.from({ length: m.nrTasks }, (_, t) => {
    if (t < m.nrCpus * PER_CPU_TASKS) {
      return `${PER_CPU_NAMES[t % PER_CPU_TASKS]!}/${Math.floor(t / PER_CPU_TASKS)}`;
    }
    if (t >= m.unboundTask) return `kworker/u${m.roles.poolOfTask[t]! - m.nrCpus * 2}:${t - m.unboundTask}`;
    if (t >= m.spareTask) return `kworker/${t - m.spareTask}:1`;
    if (t === m.gpTask) return "rcu_gp";
    if (t < firstThread) return `kswapd${t - m.gpTask - 1}`;
    const nocb = m.nocbTask < 0 ? m.spareTask : m.nocbTask;
    if (t < nocb) return `thread ${t - firstThread}`;
    return t - nocb < m.nrCpus ? `rcuop/${t - nocb}` : `rcuog/${(t - nocb - m.nrCpus) * m.nocbStride}`;
  });
}

/** Name of each zone: its name, with its node where there are several. */
export function zoneNames(m: Workloads): string[] {
  const { zones, distance } = m.geometry;
  return zones.map((z) => `${distance.length > 1 ? `node ${z.nid} ` : ""}${ZONE_NAMES[z.index]!}`);
}

/** Name of each lock, such as `zone->lock Normal` or `krcp->lock 0`. */
export function lockNames(m: Workloads): string[] {
  const zones = zoneNames(m);
  const nodes = m.geometry.distance.length;
  return Array.from({ length: m.lock.owner.length }, (_, lock) => {
    if (lock < m.nrZones) return `zone->lock ${zones[lock]}`;
    if (lock < m.listLock) return `krcp->lock ${lock - m.krcLock}`;
    if (lock < m.depotLock) {
      const i = lock - m.listLock;
      const cache = Math.floor(i / nodes);
      // the cache that sheaves come from may have the size of another one
      const name = cache === m.sheafCache ? "sheaves" : `${m.caches[cache]!.size} B`;
      return `list_lock ${name}, node ${i % nodes}`;
    }
    if (lock === m.depotLock) return "depot_lock";
    if (lock >= m.barnLock) {
      const i = lock - m.barnLock;
      return `barn->lock ${m.caches[Math.floor(i / nodes)]!.size} B, node ${i % nodes}`;
    }
    if (lock >= m.rqLock) return `rq->lock ${lock - m.rqLock}`;
    const pcp = lock - m.pcpLock;
    return `pcp->lock ${zones[Math.floor(pcp / m.nrCpus)]}, CPU ${pcp % m.nrCpus}`;
  });
}
