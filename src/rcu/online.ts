/**
 * Which CPUs grace periods wait for. Who comes up or goes down says so on its leaf, and the next grace period to begin
 * takes that over: it never waits for a CPU that was down by then, and a running one never for one that comes up.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_init, rcutree_prepare_cpu, rcu_cpu_starting, rcu_report_dead 5.9
 */
import { rcu_report_exp_rdp } from "./exp_tree.ts";
import { LIMITS } from "./overload.ts";
import type { Rcu } from "./rcu.ts";
import { allClear, bitSet, owesQs, rcu_report_qs_rnp, reportUnblocked } from "./tree.ts";

function setBit(mask: Int32Array, node: number, n: number, value: boolean): void {
  if (value) mask[node * 2 + (n >> 5)]! |= 1 << (n & 31);
  else mask[node * 2 + (n >> 5)]! &= ~(1 << (n & 31));
}

/**
 * The data of a CPU that comes up: it knows of all grace periods of its leaf, and its batches are small again.
 *
 * @kernel kernel/rcu/tree.c rcutree_prepare_cpu 5.9
 */
export function rcutree_prepare_cpu(m: Rcu, cpu: number): void {
  const { rdp, rnp } = m;
  rdp.qlen_last_fqs_check[cpu] = 0;
  rdp.n_force_qs_snap[cpu] = m.rcu.n_force_qs[0]!;
  rdp.blimit[cpu] = LIMITS.blimit;
  rdp.gp_seq[cpu] = rnp.gp_seq[rdp.leaf[cpu]!]!;
  rdp.cpu_no_qs[cpu] = 1;
  rdp.core_needs_qs[cpu] = 0;
}

/**
 * A CPU has come up: grace periods that begin from now on wait for it.
 *
 * @kernel kernel/rcu/tree.c rcu_cpu_starting 5.9
 */
export function rcu_cpu_starting(m: Rcu, cpu: number): void {
  setBit(m.rnp.qsmaskinitnext, m.rdp.leaf[cpu]!, m.rdp.grpnum[cpu]!, true);
}

/**
 * A CPU goes down: grace periods under way have its quiescent state, later ones do not wait for it.
 *
 * @kernel kernel/rcu/tree.c rcu_report_dead 5.9
 */
export function rcu_report_dead(m: Rcu, t: number, cpu: number): void {
  const { rdp, rnp } = m;
  rcu_report_exp_rdp(m, t, cpu);
  if (owesQs(m, cpu)) rcu_report_qs_rnp(m, t, rdp.leaf[cpu]!, rdp.grpnum[cpu]!);
  setBit(rnp.qsmaskinitnext, rdp.leaf[cpu]!, rdp.grpnum[cpu]!, false);
}

/** A grace period that begins takes over which CPUs are up; a leaf without any counts while readers block on it. */
export function takeOverOnline(m: Rcu): void {
  const { rnp } = m;
  for (let node = rnp.gp_seq.length - 1; node >= 0; node--) {
    if (node >= m.firstLeaf) {
      rnp.qsmaskinit[node * 2] = rnp.qsmaskinitnext[node * 2]!;
      rnp.qsmaskinit[node * 2 + 1] = rnp.qsmaskinitnext[node * 2 + 1]!;
    }
    const parent = rnp.parent[node]! - 1;
    const counts = !allClear(rnp.qsmaskinit, node) || rnp.blkd_tasks[node] !== 0;
    if (parent >= 0) setBit(rnp.qsmaskinit, parent, rnp.grpnum[node]!, counts);
  }
}

/** Reports what went away between that and the leaf's turn: CPUs, or the last reader of a leaf without CPUs. */
export function reportGone(m: Rcu, t: number, leaf: number): void {
  const { rdp, rnp } = m;
  for (let c = 0; c < m.nrCpus; c++) {
    if (rdp.leaf[c] !== leaf || !owesQs(m, c) || bitSet(rnp.qsmaskinitnext, leaf, rdp.grpnum[c]!)) continue;
    rcu_report_qs_rnp(m, t, leaf, rdp.grpnum[c]!);
  }
  const parent = rnp.parent[leaf]! - 1;
  if (parent >= 0 && bitSet(rnp.qsmask, parent, rnp.grpnum[leaf]!)) reportUnblocked(m, t, leaf);
}
