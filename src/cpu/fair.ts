/**
 * Fair scheduling of the threads of one CPU: when the current one has had its share, and what one that has slept is
 * owed. Who runs next is always who has had least.
 */
import { TASK } from "../sim/task.ts";
import type { Cpus } from "./cpu.ts";

/** How a kernel shares a CPU among threads, in ns. */
export interface FairTimes {
  /** Time in which each of the threads that can run gets its share. */
  readonly latencyNs: number;
  /** Share that nobody's falls below. */
  readonly leastNs: number;
  /** How much less than the current thread one that wakes must have had to take its place. */
  readonly wakeupNs: number;
  /** How much less than the others one that has slept long is taken to have had. */
  readonly sleeperNs: number;
  /** One that wakes takes the current thread's place if its deadline is nearer and that one's slice is over. */
  readonly byDeadline: boolean;
}

/** Most CPUs that the times grow with. */
const SCALED_CPUS_MAX = 8;
/** Threads that can run up to which each has its share of the latency; with more of them all have the least. */
const SHARERS_MAX = 8;

/**
 * The times of a kernel: `fair` of versions before 6.6, or those that the deadlines of 6.6 and later come to, where a
 * thread keeps its CPU for a slice and a sleeper is owed nothing.
 *
 * @kernel kernel/sched/fair.c get_update_sysctl_factor 5.9
 */
export function fairTimes(scheduling: "fair" | "deadlines", nrCpus: number): FairTimes {
  const factor = 1 + Math.floor(Math.log2(Math.min(nrCpus, SCALED_CPUS_MAX)));
  const leastNs = 0.75e6 * factor;
  if (scheduling === "deadlines") {
    return { latencyNs: leastNs, leastNs, wakeupNs: 0, sleeperNs: 0, byDeadline: true };
  }
  const [latencyNs, wakeupNs, sleeperNs] = [6e6 * factor, 1e6 * factor, 3e6 * factor];
  return { latencyNs, leastNs, wakeupNs, sleeperNs, byDeadline: false };
}

/** Weights of the two nice values that are used here: sched_prio_to_weight of kernel/sched/core.c, 5.9. */
const NICE_0_LOAD = 1024, NICE_19_LOAD = 15;

/**
 * Makes a thread as nice as can be: it gets 15 of 1039 parts of a CPU that one other wants.
 *
 * @kernel kernel/sched/core.c set_user_nice 5.9
 */
export function set_user_nice(m: Cpus, t: number): void {
  m.task.vruntimeRate[t] = NICE_0_LOAD / NICE_19_LOAD;
}

/**
 * Of the CPU's threads that can run and are not the current one: how many, their weights as parts of one at nice 0,
 * and the least that one of them has had. One object, so that a tick leaves nothing behind.
 */
const others = { count: 0, weight: 0, leastNs: Infinity };

function lookAtOthers(m: Cpus, cpu: number): void {
  const { task } = m;
  const curr = m.cpu.curr[cpu]! - 1;
  const threads = m.roles.threads[cpu]!;
  others.count = 0;
  others.weight = 0;
  others.leastNs = Infinity;
  for (let i = 0; i < threads.length; i++) {
    const t = threads[i]!;
    if (t === curr || task.state[t] !== TASK.ready || task.cpu[t] !== cpu) continue;
    others.count++;
    others.weight += 1 / task.vruntimeRate[t]!;
    if (task.vruntimeNs[t]! < others.leastNs) others.leastNs = task.vruntimeNs[t]!;
  }
}

/**
 * Brings the least run time of the CPU's threads to the present; it never falls.
 *
 * @kernel kernel/sched/fair.c update_min_vruntime 5.9
 */
export function update_min_vruntime(m: Cpus, cpu: number): void {
  lookAtOthers(m, cpu);
  const curr = m.cpu.curr[cpu]! - 1;
  const least = curr < 0 ? others.leastNs : Math.min(others.leastNs, m.task.vruntimeNs[curr]!);
  if (least !== Infinity && least > m.cpu.minVruntimeNs[cpu]!) m.cpu.minVruntimeNs[cpu] = least;
}

/**
 * Puts a thread that wakes up among those of its CPU.
 *
 * @kernel kernel/sched/fair.c place_entity 5.9
 */
export function place_entity(m: Cpus, cpu: number, t: number): void {
  update_min_vruntime(m, cpu);
  const owed = m.cpu.minVruntimeNs[cpu]! - m.fair.sleeperNs;
  if (m.task.vruntimeNs[t]! < owed) m.task.vruntimeNs[t] = owed;
}

/**
 * Whether a thread that has woken takes the place of the current one.
 *
 * @kernel kernel/sched/fair.c wakeup_preempt_entity 5.9; pick_eevdf 6.6
 */
export function wakeup_preempt_entity(m: Cpus, curr: number, t: number): boolean {
  const { vruntimeNs, vruntimeRate } = m.task;
  const { wakeupNs, leastNs, byDeadline } = m.fair;
  const less = vruntimeNs[curr]! - vruntimeNs[t]!;
  if (!byDeadline) return less > wakeupNs * vruntimeRate[t]!;
  const ranNs = (vruntimeNs[curr]! - m.cpu.pickedAtNs[m.task.cpu[curr]!]!) / vruntimeRate[curr]!;
  return ranNs >= leastNs && less + leastNs * vruntimeRate[curr]! > leastNs * vruntimeRate[t]!;
}

/**
 * Whether the current thread has to make room at a tick: its share is used up, or another has had less than it by more
 * than a share.
 *
 * @kernel kernel/sched/fair.c check_preempt_tick 5.9
 */
export function check_preempt_tick(m: Cpus, cpu: number): boolean {
  const { latencyNs, leastNs } = m.fair;
  const curr = m.cpu.curr[cpu]! - 1;
  lookAtOthers(m, cpu);
  if (others.count === 0) return false;
  const { vruntimeNs, vruntimeRate } = m.task;
  const sharers = others.count + 1;
  const periodNs = sharers > SHARERS_MAX ? sharers * leastNs : latencyNs;
  const weight = 1 / vruntimeRate[curr]!;
  const shareNs = periodNs * weight / (weight + others.weight);
  const ranNs = (vruntimeNs[curr]! - m.cpu.pickedAtNs[cpu]!) * weight;
  if (ranNs > shareNs) return true;
  return ranNs >= leastNs && vruntimeNs[curr]! - others.leastNs > shareNs;
}
