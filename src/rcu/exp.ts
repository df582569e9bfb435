/**
 * Expedited grace periods: the CPUs are interrupted instead of waited for, so it takes tens of microseconds, and
 * everybody pays for it.
 *
 * @kernel kernel/rcu/tree_exp.h synchronize_rcu_expedited 5.9
 */
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { bugOn } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { frame, ret, sleepOn } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { IPI, smp_call_function_single } from "../cpu/ipi.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { rcu_blocking_is_gp } from "./blocking.ts";
import { owesExpQs, rcu_report_exp_rdp, rcu_report_exp_rnp, sync_rcu_exp_done } from "./exp_tree.ts";
import { rcu_poll_gp_seq_end, rcu_poll_gp_seq_start } from "./poll_seq.ts";
import type { Rcu } from "./rcu.ts";
import { rcu_seq_done, rcu_seq_end, rcu_seq_snap, rcu_seq_start, seqBefore } from "./seq.ts";

/** Registers: the sequence number that is wanted, the node or CPU that a loop is at. */
const WANTED = 0, AT = 1;

/** Waits until every reader that runs now has ended, and has the others help. */
export const synchronize_rcu_expedited = operation<
  Rcu,
  "start" | "funnel" | "other" | "mutex" | "reset" | "select" | "wait" | "end"
>(
  "synchronize_rcu_expedited",
  {
    start: TOUCHES.rcu | TOUCHES.rcuCpu,
    funnel: TOUCHES.rcu,
    other: TOUCHES.rcu,
    mutex: TOUCHES.rcu,
    reset: TOUCHES.rcu,
    select: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    wait: TOUCHES.rcu,
    end: TOUCHES.rcu | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      bugOn(
        m.rcuTask.nesting[t] !== 0,
        `task ${t} calls synchronize_rcu_expedited inside a read-side section`,
      );
      if (rcu_blocking_is_gp(m)) return ret(m, t, 0);
      const { reg } = m.task;
      const r = frame(m, t);
      reg[r + WANTED] = rcu_seq_snap(m.rcu.expedited_sequence[0]!);
      reg[r + AT] = m.rdp.leaf[cpuOf(m, t)]!;
      return at.funnel;
    },
    // one node a step, up to the root; who finds that somebody has asked already waits for that one
    funnel(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const { exp_seq_rq, parent } = m.rnp;
      const node = reg[r + AT]!;
      if (isDone(m, reg[r + WANTED]!)) return ret(m, t, 0);
      spend(m, t, m.cost.rcuNode);
      if (!seqBefore(exp_seq_rq[node]!, reg[r + WANTED]!)) return at.other;
      exp_seq_rq[node] = reg[r + WANTED]!;
      if (parent[node] === 0) return at.mutex;
      reg[r + AT] = parent[node]! - 1;
      return at.funnel;
    },
    other(m, t) {
      if (isDone(m, m.task.reg[frame(m, t) + WANTED]!)) return ret(m, t, 0);
      return sleepOn(m, t, CHANNEL.expedited);
    },
    mutex(m, t) {
      if (isDone(m, m.task.reg[frame(m, t) + WANTED]!)) return ret(m, t, 0);
      if (m.rcu.expOwner[0] !== 0) return sleepOn(m, t, CHANNEL.expedited);
      m.rcu.expOwner[0] = t + 1;
      m.rcu.expedited_sequence[0] = rcu_seq_start(m.rcu.expedited_sequence[0]!);
      m.rcu.gp_seq_polled_exp_snap[0] = rcu_poll_gp_seq_start(m);
      m.task.reg[frame(m, t) + AT] = 0;
      m.events.emit(EVENT.rcu_exp_grace_period, t, m.rcu.expedited_sequence[0]!, 1);
      return at.reset;
    },
    // one node a step
    reset(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const { rnp } = m;
      const node = reg[r + AT]!;
      rnp.expmask[node * 2] = rnp.expmaskinit[node * 2]!;
      rnp.expmask[node * 2 + 1] = rnp.expmaskinit[node * 2 + 1]!;
      spend(m, t, m.cost.rcuNode);
      reg[r + AT] = node + 1;
      if (node + 1 < rnp.gp_seq.length) return at.reset;
      reg[r + AT] = m.firstLeaf;
      return at.select;
    },
    // one leaf a step: idle CPUs are done, the others are interrupted, preempted readers are waited for
    select(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const leaf = reg[r + AT]!;
      selectLeaf(m, t, leaf);
      reg[r + AT] = leaf + 1;
      return leaf + 1 < m.rnp.gp_seq.length ? at.select : at.wait;
    },
    wait(m, t) {
      if (sync_rcu_exp_done(m, 0)) return at.end;
      sleepOn(m, t, CHANNEL.expedited);
      return BLOCK;
    },
    end(m, t) {
      m.rcu.expedited_sequence[0] = rcu_seq_end(m.rcu.expedited_sequence[0]!);
      rcu_poll_gp_seq_end(m, m.rcu.gp_seq_polled_exp_snap[0]!);
      m.rcu.expOwner[0] = 0;
      m.events.emit(EVENT.rcu_exp_grace_period, t, m.rcu.expedited_sequence[0]!, 0);
      wakeAll(m, CHANNEL.expedited, t);
      return ret(m, t, 0);
    },
  }),
);

const isDone = (m: Rcu, wanted: number) => rcu_seq_done(m.rcu.expedited_sequence[0]!, wanted);

/**
 * Selects the CPUs of a leaf that have to be interrupted.
 *
 * @kernel kernel/rcu/tree_exp.h __sync_rcu_exp_select_node_cpus 5.9
 */
function selectLeaf(m: Rcu, t: number, leaf: number): void {
  const { cpu, rdp, rnp, rcuTask } = m;
  const here = cpuOf(m, t);
  // readers that were preempted before now block; later ones see that their CPU owes a quiescent state
  rnp.exp_tasks[leaf] = rnp.blkd_tasks[leaf]!;
  for (let i = 0; i < m.nrTasks; i++) if (rcuTask.blockedOn[i] === leaf + 1) rcuTask.blocksExp[i] = 1;
  for (let c = 0; c < m.nrCpus; c++) {
    if (rdp.leaf[c] !== leaf || !owesExpQs(m, c)) continue;
    const busy = cpu.curr[c]! | cpu.active[c * 4 + 1]! | cpu.active[c * 4 + 2]! | cpu.active[c * 4 + 3]!;
    if (c === here || busy === 0 || cpu.online[c] === 0) rcu_report_exp_rdp(m, t, c);
    else smp_call_function_single(m, t, c, IPI.rcuExp);
  }
  rcu_report_exp_rnp(m, t, leaf);
}
