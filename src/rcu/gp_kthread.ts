/**
 * The grace-period kthread: starts a grace period when asked, scans for quiescent states of CPUs that cannot report
 * themselves, and ends it when the root has nothing to wait for.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_kthread, rcu_gp_init, rcu_gp_fqs_loop, rcu_gp_cleanup 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { invariant } from "../sim/model_bug.ts";
import { BLOCK, operation } from "../sim/operation.ts";
import { call, frame, sleepOn } from "../sim/task.ts";
import { spend } from "../cpu/cpu.ts";
import { CHANNEL, sleepJiffies } from "../cpu/sched.ts";
import { currentJiffies } from "../cpu/timer.ts";
import {
  __note_gp_changes,
  emitGp,
  gpDone,
  owesQs,
  rcu_accelerate_cbs,
  rcu_future_gp_cleanup,
  rcu_report_qs_rnp,
  start_poll_synchronize_rcu_common,
} from "./tree.ts";
import { rcu_nocb_gp_cleanup } from "./nocb_list.ts";
import { reportGone, takeOverOnline } from "./online.ts";
import { check_cb_ovld } from "./overload.ts";
import { rcu_poll_gp_seq_end, rcu_poll_gp_seq_start } from "./poll_seq.ts";
import { GP_FLAG, isOffloaded, type Rcu } from "./rcu.ts";
import { rcu_seq_end, rcu_seq_start, seqBefore } from "./seq.ts";
import { rcu_sr_normal_gp_cleanup, rcu_sr_normal_gp_init } from "./sr_normal.ts";

/** Registers: node or leaf that a loop is at, 1 from the second scan on, 1 when another grace period is wanted. */
const AT = 0, LATER = 1, NEED_GP = 2;

/**
 * Jiffies until the first scan, and between scans.
 *
 * @kernel kernel/rcu/tree.c adjust_jiffies_till_sched_qs, rcu_init_geometry 5.9
 */
export function jiffies_till_fqs(HZ: number, nr_cpu_ids: number): number {
  return 1 + (HZ > 250 ? 1 : 0) + (HZ > 500 ? 1 : 0) + Math.floor(nr_cpu_ids / 256);
}

/**
 * Age in jiffies at which a grace period starts to hurry the CPUs that hold it up.
 *
 * @kernel kernel/rcu/tree.c adjust_jiffies_till_sched_qs 5.9
 */
export function jiffies_to_sched_qs(HZ: number, nr_cpu_ids: number): number {
  return Math.max(3 * jiffies_till_fqs(HZ, nr_cpu_ids), Math.floor(HZ / 10) + Math.floor(nr_cpu_ids / 256));
}

/** The kthread; it never ends. */
export const rcu_gp_kthread = operation<
  Rcu,
  "wait" | "onoff" | "init" | "fqsWait" | "fqs" | "cleanup" | "end"
>(
  "rcu_gp_kthread",
  {
    wait: TOUCHES.rcu | TOUCHES.rcuCpu,
    onoff: TOUCHES.rcu,
    init: TOUCHES.rcu | TOUCHES.rcuCpu,
    fqsWait: TOUCHES.rcu | TOUCHES.timer,
    fqs: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    cleanup: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    end: TOUCHES.rcu | TOUCHES.rcuCpu,
  },
  (at) => ({
    wait(m, t) {
      if ((m.rcu.gp_flags[0]! & GP_FLAG.INIT) === 0) {
        sleepOn(m, t, CHANNEL.gpKthread);
        return BLOCK;
      }
      m.rcu.gp_flags[0] = 0;
      const noWaitHead = rcu_sr_normal_gp_init(m);
      m.rcu.gp_seq_polled_snap[0] = rcu_poll_gp_seq_start(m);
      m.rcu.gp_seq[0] = rcu_seq_start(m.rcu.gp_seq[0]!);
      m.rcu.gp_start[0] = currentJiffies(m, m.task.cpu[t]!);
      emitGp(m, t, true);
      if (noWaitHead) start_poll_synchronize_rcu_common(m, t);
      return at.onoff;
    },
    onoff(m, t) {
      takeOverOnline(m);
      m.task.reg[frame(m, t) + AT] = 0;
      return at.init;
    },
    // one node a step, the root first, so a CPU may see the new grace period before its neighbour does
    init(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const node = reg[r + AT]!;
      const cpu = m.task.cpu[t]!;
      initNode(m, node);
      if (m.rdp.leaf[cpu] === node) __note_gp_changes(m, cpu);
      if (node >= m.firstLeaf) reportGone(m, t, node);
      spend(m, t, m.cost.rcuNode);
      reg[r + AT] = node + 1;
      if (node + 1 < m.rnp.gp_seq.length) return at.init;
      reg[r + LATER] = 0;
      return pauseForFqs(m, t, at.fqsWait, m.rcu.cbovld[0] !== 0);
    },
    fqsWait(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      reg[r + AT] = 0;
      reg[r + NEED_GP] = 0;
      return gpDone(m) ? at.cleanup : at.fqs;
    },
    // one leaf a step
    fqs(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const leaf = m.firstLeaf + reg[r + AT]!;
      if (leaf === m.firstLeaf) startScan(m);
      scanLeaf(m, t, leaf, reg[r + LATER] === 0);
      spend(m, t, m.cost.rcuNode);
      reg[r + AT]!++;
      if (leaf + 1 < m.rnp.gp_seq.length) return at.fqs;
      const first = reg[r + LATER] === 0;
      reg[r + LATER] = 1;
      reg[r + AT] = 0;
      m.rcu.gp_flags[0]! &= ~GP_FLAG.FQS; // who asked while this scan ran has had it
      // on an overloaded machine the second scan follows at once, later ones wait
      return gpDone(m) ? at.cleanup : pauseForFqs(m, t, at.fqsWait, first && m.rcu.cbovld[0] !== 0);
    },
    // one node a step, the root first
    cleanup(m, t) {
      const { reg } = m.task;
      const r = frame(m, t);
      const node = reg[r + AT]!;
      const cpu = m.task.cpu[t]!;
      if (node === 0) rcu_poll_gp_seq_end(m, m.rcu.gp_seq_polled_snap[0]!); // cookies are done before anybody is told
      if (m.rnp.gp_tasks[node] !== 0) {
        invariant(false, `grace period ends with blocked readers on node ${node}`);
      }
      m.rnp.gp_seq[node] = rcu_seq_end(m.rcu.gp_seq[0]!);
      if (m.rdp.leaf[cpu] === node && __note_gp_changes(m, cpu)) reg[r + NEED_GP] = 1;
      if (rcu_future_gp_cleanup(m, node)) reg[r + NEED_GP] = 1;
      forgetOverload(m, node);
      rcu_nocb_gp_cleanup(m, t, node);
      spend(m, t, m.cost.rcuNode);
      reg[r + AT] = node + 1;
      return node + 1 < m.rnp.gp_seq.length ? at.cleanup : at.end;
    },
    end(m, t) {
      const ended = rcu_seq_end(m.rcu.gp_seq[0]!);
      m.rcu.gp_seq[0] = ended;
      m.rcu.completed[0]!++;
      emitGp(m, t, false);
      const asked = m.task.reg[frame(m, t) + NEED_GP] !== 0 || seqBefore(ended, m.rnp.gp_seq_needed[0]!);
      // assigning this CPU's callbacks may ask for the next grace period by itself
      const own = !isOffloaded(m) && rcu_accelerate_cbs(m, m.task.cpu[t]!);
      if (!own && asked) m.rcu.gp_flags[0] = GP_FLAG.INIT;
      else m.rcu.gp_flags[0]! &= GP_FLAG.INIT;
      return m.rcu.srs_wait_tail[0] === 0 ? at.wait : call(m, t, rcu_sr_normal_gp_cleanup.start, at.wait);
    },
  }),
);

/**
 * Sleeps until the next scan, or until the last quiescent state or a flood of callbacks wakes the kthread; not at all
 * when the scan is urgent or the last quiescent state came while the grace period was being set up. From 6.0 on it
 * sleeps a third as long on an overloaded machine.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_fqs_loop 5.9, 6.0
 */
function pauseForFqs(m: Rcu, t: number, next: number, urgent: boolean): number {
  if (urgent || gpDone(m) || (m.rcu.gp_flags[0]! & GP_FLAG.FQS) !== 0) return next;
  const wait = jiffies_till_fqs(m.profile.HZ, m.nrCpus);
  const isShort = m.rcu.cbovld[0] !== 0 && m.profile.overloadShortensFqs;
  sleepJiffies(m, t, CHANNEL.gpKthread, isShort ? Math.floor((wait + 2) / 3) : wait);
  return next;
}

function initNode(m: Rcu, node: number): void {
  const { rnp } = m;
  rnp.qsmask[node * 2] = rnp.qsmaskinit[node * 2]!;
  rnp.qsmask[node * 2 + 1] = rnp.qsmaskinit[node * 2 + 1]!;
  rnp.gp_seq[node] = m.rcu.gp_seq[0]!;
  rnp.gp_tasks[node] = rnp.blkd_tasks[node]!;
  if (rnp.blkd_tasks[node] === 0) return;
  for (let t = 0; t < m.nrTasks; t++) if (m.rcuTask.blockedOn[t] === node + 1) m.rcuTask.blocksGp[t] = 1;
}

/**
 * A scan begins: it and what follows are hurried by what the last scan saw of the CPUs' callbacks, in whichever grace
 * period that was.
 *
 * @kernel kernel/rcu/tree.c rcu_gp_fqs, force_qs_rnp 5.9
 */
function startScan(m: Rcu): void {
  m.rcu.n_force_qs[0]!++;
  m.rcu.cbovld[0] = m.rcu.cbovldnext[0]!;
  m.rcu.cbovldnext[0] = 0;
}

/** The end of a grace period looks whether the CPUs of a leaf that had too many callbacks have few again. */
function forgetOverload(m: Rcu, leaf: number): void {
  const { cbovld, leaf: leafOf } = m.rdp;
  for (let c = 0; c < m.nrCpus; c++) if (cbovld[c] !== 0 && leafOf[c] === leaf) check_cb_ovld(m, c);
}

/**
 * Reports CPUs that are or have been idle. All scans but the first one hurry those that have held up the grace period
 * for long, or whatever its age when callbacks pile up.
 */
function scanLeaf(m: Rcu, t: number, leaf: number, first: boolean): void {
  const { cpu, rdp } = m;
  const age = currentJiffies(m, m.task.cpu[t]!) - m.rcu.gp_start[0]!;
  const late = !first && (m.rcu.cbovld[0] !== 0 || age > jiffies_to_sched_qs(m.profile.HZ, m.nrCpus));
  for (let c = 0; c < m.nrCpus; c++) {
    if (rdp.leaf[c] !== leaf) continue;
    if (rdp.cbovld[c] !== 0) m.rcu.cbovldnext[0] = 1;
    if (!owesQs(m, c)) continue;
    const busy = cpu.curr[c]! | cpu.active[c * 4 + 1]! | cpu.active[c * 4 + 2]! | cpu.active[c * 4 + 3]!;
    if (first) rdp.dynticks_snap[c] = cpu.idleEntries[c]!;
    if (busy === 0 || cpu.idleEntries[c] !== rdp.dynticks_snap[c]) {
      rcu_report_qs_rnp(m, t, leaf, rdp.grpnum[c]!);
    } else if (late) {
      cpu.needResched[c] = 1;
    }
  }
}
