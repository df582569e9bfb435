/** Callbacks of offloaded CPUs: which list they go to, and when that wakes the kthread of their group. */
import { assert, assertEquals } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  settleNocb,
  smallMachine,
  stepTask,
  threadOf,
  threadsOn,
} from "../../tests/support/machines.ts";
import type { Profile } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { taskNames } from "../run/names.ts";
import { TASK } from "../sim/task.ts";
import { rcu_barrier_func } from "./barrier.ts";
import { call_rcu } from "./call_rcu.ts";
import { rcu_segcblist_ready_cbs } from "./cblist.ts";
import { nocb_cb_wait, nocb_gp_wait } from "./nocb.ts";
import { nocb_nobypass_lim_per_jiffy, rcu_nocb_gp_cleanup } from "./nocb_list.ts";
import { LIMITS } from "./overload.ts";
import { CALLBACK, SEG } from "./rcu.ts";

const CPU = 1;
const LIMIT = nocb_nobypass_lim_per_jiffy(250);

/** An offloaded machine at rest, with a function that queues callbacks on CPU 1. */
function offloaded(
  threads = 400,
  cpus = 2,
  changes: Partial<Profile> = {},
): { machine: Machine; queue: (n: number) => void } {
  const profile = mendedProfile({ rcu_nocbs: true, ...changes });
  const machine = smallMachine({ cpus, threadsPerCpu: threads, profile });
  const { m } = machine;
  settle(machine);
  settleNocb(machine);
  m.callback.func.fill(CALLBACK.count);
  const unused = threadsOn(machine, CPU);
  return {
    machine,
    queue: (n) => {
      for (let i = 0; i < n; i++) {
        const t = unused.pop()!;
        call_rcu(m, t, t);
      }
    },
  };
}

Deno.test("rcu_nocb_try_bypass: a jiffy with twice the limit leaves the next one nothing but the bypass list", () => {
  const { machine: { m }, queue } = offloaded();
  const lengths = () => [m.rdp.len[CPU], m.rdp.bypassLen[CPU]];
  queue(2 * LIMIT + 2);
  assertEquals(lengths(), [2 * LIMIT + 2, LIMIT + 2]);
  m.clock.jiffies[0]!++;
  queue(1); // the old bypass list goes to the list, and this one begins another
  assertEquals([...lengths(), m.rdp.nocb_bypass_first[CPU]], [2 * LIMIT + 3, 1, m.clock.jiffies[0]]);
  m.clock.jiffies[0]!++;
  queue(1); // the burden is gone
  assertEquals(lengths(), [2 * LIMIT + 4, 0]);
});

Deno.test("rcu_nocb_try_bypass: a bypass list begins without a wake-up while callbacks wait on the list", () => {
  for (const waits of [true, false]) {
    const { machine, queue } = offloaded();
    const { m } = machine;
    queue(LIMIT);
    settleNocb(machine); // asks for a grace period
    if (!waits) { // it has ended, and they are being invoked
      m.rdp.head.fill(0);
      m.rdp.tail.fill(0);
    }
    m.rdp.nocbGpWanted.fill(0);
    queue(1);
    assertEquals([m.rdp.bypassLen[CPU], m.rdp.nocbGpWanted[0]], [1, waits ? 0 : 1]);
  }
});

Deno.test("__call_rcu_nocb_wake() has the kthread look again once the list has grown by qhimark", () => {
  const { machine, queue } = offloaded();
  const { m } = machine;
  queue(1);
  settleNocb(machine);
  m.rdp.len[CPU] = 1 + LIMITS.qhimark - 1;
  queue(1);
  assertEquals(m.rdp.nocb_defer_wakeup[CPU], 0);
  queue(1);
  assertEquals([m.rdp.nocb_defer_wakeup[CPU], m.rdp.qlen_last_fqs_check[CPU]], [1, LIMITS.qhimark + 2]);
});

Deno.test("__call_rcu_nocb_wake() relies on a timer that runs, and on who invokes callbacks already", () => {
  for (
    const [timer, ready, isAwake, wakes] of [
      [0, 0, false, 1],
      [1, 0, false, 0],
      [0, 1, true, 0],
      [0, 1, false, 1],
      [0, 0, true, 1],
    ] as const
  ) {
    const { machine, queue } = offloaded();
    const { m } = machine;
    queue(1);
    settleNocb(machine);
    m.timer.armed[m.nocbTask + m.nrCpus] = timer;
    m.rdp.head[CPU * 4 + SEG.DONE] = ready;
    if (isAwake) m.task.state[m.nocbTask + CPU] = TASK.ready;
    m.rdp.len[CPU] = 1 + LIMITS.qhimark;
    queue(1);
    assertEquals(m.rdp.nocb_defer_wakeup[CPU], wakes);
  }
});

Deno.test("rcu_nocb_try_bypass: a flush moves the list on once a jiffy, while another grace period runs", () => {
  for (const [runs, done] of [[true, LIMIT], [false, 0]] as const) {
    const { machine, queue } = offloaded();
    const { m } = machine;
    const ready = () => {
      let count = 0;
      for (let cb = m.rdp.head[CPU * 4 + SEG.DONE]!; cb !== 0; cb = m.callback.next[cb - 1]!) count++;
      return count;
    };
    queue(LIMIT);
    settleNocb(machine); // they are given a grace period
    queue(1);
    m.rnp.gp_seq.fill(m.rdp.segSeq[CPU * 4 + SEG.WAIT]! + (runs ? 1 : 0));
    m.rcu.gp_seq[0] = m.rnp.gp_seq[0]!;
    m.clock.jiffies[0]!++;
    m.rdp.nocb_nobypass_count[CPU] = 3 * LIMIT;
    queue(1);
    assertEquals([m.rdp.bypassLen[CPU], ready()], [1, done]);
    assertEquals(m.rdp.nocb_gp_adv_time[CPU], m.clock.jiffies[0]!);
  }
});

Deno.test("from 6.2 on a bypass list that is moved to a list with nothing to wait for wakes the kthread", () => {
  for (const nocbFlushWakes of [false, true]) {
    for (const by of ["call_rcu()", "rcu_barrier()"]) {
      const { machine: { m }, queue } = offloaded(400, 2, { nocbFlushWakes });
      m.rdp.nocb_nobypass_count[CPU] = 3 * LIMIT;
      m.rdp.nocb_nobypass_last[CPU] = m.clock.jiffies[0]!;
      queue(1);
      assertEquals([m.rdp.bypassLen[CPU], m.rdp.nocbGpWanted[0]], [1, 1], "the first one wakes it anyway");
      m.rdp.nocbGpWanted[0] = 0;
      m.clock.jiffies[0]!++;
      if (by === "call_rcu()") queue(1);
      else rcu_barrier_func(m, m.roles.ipi[CPU]!, CPU);
      assertEquals(m.rdp.nocbGpWanted[0], nocbFlushWakes ? 1 : 0, by);
    }
  }
});

Deno.test("a CPU that goes idle does the wake-up that it has put off: its tick may stop for long", () => {
  const { machine: { m } } = offloaded();
  m.rdp.nocbGpWanted[0] = 0;
  m.rdp.nocb_defer_wakeup[CPU] = 1;
  m.noteIdle(CPU);
  assertEquals([m.rdp.nocb_defer_wakeup[CPU], m.rdp.nocbGpWanted[0]], [0, 1]);
  assertEquals(m.task.state[m.nocbTask + m.nrCpus], TASK.ready);
});

/** Eight offloaded CPUs in groups of four, with two to a leaf; one callback on CPU 1 and one on CPU 3. */
function inGroups() {
  const { machine } = offloaded(2, 8, { RCU_FANOUT_LEAF: 2 });
  const { m } = machine;
  const group = (i: number) => m.nocbTask + m.nrCpus + i;
  for (const cpu of [1, 3]) {
    const t = threadOf(machine, cpu);
    call_rcu(m, t, t);
  }
  settleNocb(machine);
  return { machine, m, group };
}

Deno.test("nocb_gp_wait waits for the first grace period of its CPUs, and the end wakes nobody else's kthread", () => {
  const { machine, m, group } = inGroups();
  const waits = () => [0, 4].map((first) => m.rdp.nocb_gp_gp[first]);
  assertEquals([waits(), m.rdp.nocb_gp_seq[0]], [[1, 0], m.rdp.segSeq[1 * 4 + SEG.WAIT]]);
  const woken: number[] = [];
  const before = m.rcu.completed[0]!;
  for (let j = 0; j < 8 && m.rcu.completed[0] === before; j++) {
    passJiffies(machine, 1);
    for (const i of [0, 1]) if (m.task.state[group(i)] === TASK.ready) woken.push(i);
  }
  assertEquals([m.rcu.completed[0], woken], [before + 1, [0]]);
  settleNocb(machine);
  assertEquals([waits(), m.rdp.len[1], m.rdp.len[3]], [[0, 0], 0, 0]);
});

Deno.test("rcu_nocb_gp_cleanup() wakes a kthread at its first CPU's leaf, and that waits for later leaves", () => {
  const { machine, m, group } = inGroups();
  const ended = m.rdp.nocb_gp_seq[0]!;
  const t = m.gpTask;
  m.rnp.gp_seq[0] = ended;
  rcu_nocb_gp_cleanup(m, t, 0);
  assertEquals(m.task.state[group(0)], TASK.sleeping);
  m.rnp.gp_seq[m.firstLeaf] = ended;
  rcu_nocb_gp_cleanup(m, t, m.firstLeaf);
  assertEquals(m.task.state[group(0)], TASK.ready);
  runTask(machine, group(0), nocb_gp_wait.at.wait);
  // CPU 1's callback is ready, CPU 3's leaf does not know yet: the kthread goes round until it does
  assertEquals([1, 3].map((cpu) => rcu_segcblist_ready_cbs(m, cpu)), [true, false]);
  stepTask(machine, group(0));
  assertEquals([m.task.state[group(0)], m.task.pc[group(0)]], [TASK.ready, nocb_gp_wait.at.scan]);
  m.rnp.gp_seq[m.firstLeaf + 1] = ended;
  runTask(machine, group(0));
  assertEquals([rcu_segcblist_ready_cbs(m, 3), m.task.state[group(0)]], [true, TASK.sleeping]);
});

Deno.test("nocb_cb_wait goes on with callbacks whose grace period has ended meanwhile, and is quiescent", () => {
  const { machine, queue } = offloaded();
  const { m } = machine;
  const kthread = m.nocbTask + CPU;
  queue(1);
  settleNocb(machine);
  m.rnp.gp_seq.fill(m.rdp.segSeq[CPU * 4 + SEG.WAIT]!);
  m.rcu.gp_seq[0] = m.rnp.gp_seq[0]!;
  rcu_nocb_gp_cleanup(m, m.gpTask, m.firstLeaf);
  runTask(machine, m.nocbTask + m.nrCpus);
  m.rdp.dynticks_snap[0] = m.cpu.idleEntries[0]!;
  runTask(machine, kthread, nocb_cb_wait.at.callbacks);
  assert(m.rdp.dynticks_snap[0] !== m.cpu.idleEntries[0], "as if CPU 0 had been idle");
  queue(1); // wakes the group's kthread, which gives it a grace period
  runTask(machine, m.nocbTask + m.nrCpus);
  m.rnp.gp_seq.fill(m.rdp.segSeq[CPU * 4 + SEG.WAIT]!);
  m.rcu.gp_seq[0] = m.rnp.gp_seq[0]!;
  runTask(machine, kthread);
  assertEquals([m.rdp.len[CPU], m.task.state[kthread]], [0, TASK.sleeping]);
});

Deno.test("nocb_cb_wait lets others run between two callbacks, but not in a batch with a time limit", () => {
  for (const [blimit, yields] of [[LIMITS.timedFrom, 1], [LIMITS.timedFrom + 1, 0]] as const) {
    const { machine, queue } = offloaded();
    const { m } = machine;
    const kthread = m.nocbTask + CPU;
    queue(2);
    m.rdp.head[CPU * 4 + SEG.DONE] = m.rdp.head[CPU * 4 + SEG.NEXT]!; // their grace period has ended
    m.rdp.tail[CPU * 4 + SEG.DONE] = m.rdp.tail[CPU * 4 + SEG.NEXT]!;
    m.rdp.head[CPU * 4 + SEG.NEXT] = m.rdp.tail[CPU * 4 + SEG.NEXT] = 0;
    m.rdp.blimit[CPU] = blimit;
    m.task.state[kthread] = TASK.ready;
    runTask(machine, kthread, nocb_cb_wait.at.callbacks);
    stepTask(machine, kthread);
    assertEquals([m.cpu.yields[0], m.task.pc[kthread]], [yields, nocb_cb_wait.at.callbacks]);
  }
});

Deno.test("nocb_gp_wait leaves a bypass list for a jiffy unless it is very long, and sleeps by a timer as long", () => {
  const very = 2 * LIMITS.qhimark;
  for (const [jiffies, length, isLeft] of [[0, 6, 1], [1, very, 1], [2, 6, 0], [0, very + 1, 0]] as const) {
    const { machine, queue } = offloaded();
    const { m } = machine;
    const group = m.nocbTask + m.nrCpus;
    queue(LIMIT + 6);
    assertEquals(m.rdp.bypassLen[CPU], 6);
    m.rdp.bypassLen[CPU] = length;
    m.clock.jiffies[0]! += jiffies;
    settleNocb(machine);
    assertEquals([m.rdp.bypassLen[CPU], m.timer.armed[group]], [isLeft * length, isLeft]);
    for (let i = 0; i < 4; i++) {
      passJiffies(machine, 1);
      settleNocb(machine);
    }
    assertEquals([m.rdp.bypassLen[CPU], m.timer.armed[group]], [0, 0]);
  }
});

Deno.test("a kthread waits for grace periods for nr_cpu_ids / int_sqrt(nr_cpu_ids) offloaded CPUs", () => {
  const strides: number[] = [];
  for (const cpus of [2, 3, 4, 8]) {
    const { machine: { m } } = offloaded(1, cpus);
    strides.push(m.nocbStride);
    assertEquals(m.spareTask - m.nocbTask, cpus + Math.ceil(cpus / m.nocbStride));
    assertEquals(
      taskNames(m)[m.spareTask - 1],
      `rcuog/${(Math.ceil(cpus / m.nocbStride) - 1) * m.nocbStride}`,
    );
  }
  assertEquals(strides, [2, 3, 2, 4]);
});
