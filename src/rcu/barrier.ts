/**
 * rcu_barrier: waits until every callback that is queued now has been invoked. It is not a grace period when nothing is
 * queued, and it knows nothing of what kvfree_rcu has gathered.
 *
 * @kernel kernel/rcu/tree.c rcu_barrier 5.9
 */
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { frame, ret, sleepOn } from "../sim/task.ts";
import { cpuOf, spend } from "../cpu/cpu.ts";
import { IPI, smp_call_function_single } from "../cpu/ipi.ts";
import { CHANNEL, wakeAll } from "../cpu/sched.ts";
import { rcu_segcblist_entrain, rcu_segcblist_pend_cbs } from "./cblist.ts";
import { rcu_nocb_flush_bypass, wakeNocbGp } from "./nocb_list.ts";
import { CALLBACK, isOffloaded, type Rcu } from "./rcu.ts";
import { rcu_seq_done, rcu_seq_end, rcu_seq_snap, rcu_seq_start } from "./seq.ts";

/** Register: the number at which the callers of now are served. */
const WANTED = 0;

/** Sleeps until the callbacks of all CPUs that are queued now have been invoked. */
export const rcu_barrier = operation<Rcu, "start" | "mutex" | "cpu" | "answer" | "counted" | "wait">(
  "rcu_barrier",
  {
    start: TOUCHES.rcu,
    mutex: TOUCHES.rcu,
    cpu: TOUCHES.rcu | TOUCHES.rcuCpu | TOUCHES.task,
    answer: TOUCHES.rcu | TOUCHES.task,
    counted: TOUCHES.rcu,
    wait: TOUCHES.rcu | TOUCHES.task,
  },
  (at) => ({
    start(m, t) {
      m.task.reg[frame(m, t) + WANTED] = rcu_seq_snap(m.rcu.barrier_sequence[0]!);
      return at.mutex;
    },
    mutex(m, t) {
      const { rcu } = m;
      const r = frame(m, t);
      if (rcu.barrierOwner[0] !== 0) return sleepOn(m, t, CHANNEL.barrier);
      if (rcu_seq_done(rcu.barrier_sequence[0]!, m.task.reg[r + WANTED]!)) return ret(m, t, 0); // others did it
      rcu.barrierOwner[0] = t + 1;
      rcu.barrier_sequence[0] = rcu_seq_start(rcu.barrier_sequence[0]!);
      rcu.barrier_cpu_count[0] = 2; // so that it is not over before all CPUs are counted
      rcu.barrierNext[0] = 0;
      return at.cpu;
    },
    // one CPU a step; the CPU itself puts the callback behind those it has
    cpu(m, t) {
      const next = m.rcu.barrierNext;
      const c = next[0]!;
      if (c === m.nrCpus) return at.counted;
      // a CPU that is down has callbacks only where they are offloaded: kthreads invoke them
      const here = c === cpuOf(m, t) || m.cpu.online[c] === 0;
      if (here || m.rdp.len[c] === 0) {
        if (here) rcu_barrier_func(m, t, c);
        next[0] = c + 1;
        return at.cpu;
      }
      smp_call_function_single(m, t, c, IPI.rcuBarrier);
      return at.answer;
    },
    answer(m, t) {
      const next = m.rcu.barrierNext;
      if ((m.cpu.ipiPending[next[0]!]! & IPI.rcuBarrier) !== 0) return sleepOn(m, t, CHANNEL.barrier);
      next[0]!++;
      return at.cpu;
    },
    counted(m) {
      m.rcu.barrier_cpu_count[0]! -= 2;
      return at.wait;
    },
    wait(m, t) {
      const { rcu } = m;
      if (rcu.barrier_cpu_count[0] !== 0) return sleepOn(m, t, CHANNEL.barrier);
      rcu.barrier_sequence[0] = rcu_seq_end(rcu.barrier_sequence[0]!);
      rcu.barrierOwner[0] = 0;
      wakeAll(m, CHANNEL.barrier, t);
      return ret(m, t, 0);
    },
  }),
);

/**
 * Puts the CPU's barrier callback behind the callbacks it has, if there are any. From 6.2 on the kthread is woken when
 * those have all been on the bypass list, instead of by its timer.
 *
 * @kernel kernel/rcu/tree.c rcu_barrier_func 5.9, rcu_barrier_entrain 6.2
 */
export function rcu_barrier_func(m: Rcu, t: number, cpu: number): void {
  const cb = m.barrierCallback + cpu;
  m.callback.func[cb] = CALLBACK.barrier;
  spend(m, t, m.cost.callback);
  const wasAlldone = !rcu_segcblist_pend_cbs(m, cpu);
  rcu_nocb_flush_bypass(m, cpu);
  const wakes = m.profile.nocbFlushWakes && isOffloaded(m) && wasAlldone && rcu_segcblist_pend_cbs(m, cpu);
  if (!rcu_segcblist_entrain(m, cpu, cb)) return;
  m.callback.queued[cb] = 1;
  m.rcu.barrier_cpu_count[0]!++;
  if (wakes) wakeNocbGp(m, t, cpu);
}

/**
 * A CPU that goes down gives its callbacks away: an rcu_barrier() that has not asked it yet will not find them there,
 * so that its callback goes with them. Before 5.18 the CPU stays up until all have been asked, which comes to the same.
 *
 * @kernel kernel/rcu/tree.c rcutree_migrate_callbacks 5.18
 */
export function entrainBeforeMove(m: Rcu, t: number, cpu: number): void {
  if (m.rcu.barrierOwner[0] !== 0 && m.rcu.barrierNext[0]! <= cpu) rcu_barrier_func(m, t, cpu);
}

/**
 * A barrier callback is invoked; the last one wakes the caller.
 *
 * @kernel kernel/rcu/tree.c rcu_barrier_callback 5.9
 */
export function rcu_barrier_callback(m: Rcu, t: number): void {
  if (--m.rcu.barrier_cpu_count[0]! === 0) wakeAll(m, CHANNEL.barrier, t);
}
