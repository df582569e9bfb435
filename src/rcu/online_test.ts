/** Grace periods while CPUs come and go: whom they wait for. */
import { assert, assertEquals } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runOperation,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import type { Preemption } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { TASK } from "../sim/task.ts";
import { synchronize_rcu_expedited } from "./exp.ts";
import { rcu_gp_kthread } from "./gp_kthread.ts";
import { cpu_down, cpu_up } from "./hotplug.ts";
import { takeOverOnline } from "./online.ts";
import { LIMITS } from "./overload.ts";
import { get_state_synchronize_rcu_full, poll_state_synchronize_rcu_full } from "./poll.ts";
import { rcu_read_lock } from "./reader.ts";
import { rcu_seq_snap } from "./seq.ts";
import { noteBatch, noteBlock } from "./snapshot.ts";
import { owesQs, rcu_gp_kthread_wake, rcu_start_this_gp } from "./tree.ts";

/** CPUs without a load, with two to a leaf where `leaves`; idle ones report at their tick, before the first scan. */
function quiet(cpus: number, leaves = false, preemption: Preemption = "voluntary"): Machine {
  const changes = { HZ: 1000, preemption, ...(leaves ? { RCU_FANOUT_LEAF: 2 } : {}) };
  const machine = smallMachine({ cpus, profile: mendedProfile(changes) });
  settle(machine);
  return machine;
}

function down(machine: Machine, cpu: number): void {
  machine.m.task.state[threadOf(machine, cpu)] = TASK.finished;
  runOperation(machine, threadOf(machine, 0), cpu_down.start, cpu);
  machine.m.task.state[threadOf(machine, cpu)] = TASK.idle;
}

const up = (machine: Machine, cpu: number) =>
  void runOperation(machine, threadOf(machine, 0), cpu_up.start, cpu);

/** Asks for a grace period and lets the kthread set it up, up to the section `stopAt`. */
function begin(machine: Machine, stopAt = -1): void {
  const { m } = machine;
  rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  runTask(machine, m.gpTask, stopAt);
}

/** Lets jiffies pass for the CPUs that are up. */
function pass(machine: Machine, jiffies: number): void {
  const { m } = machine;
  for (let i = 0; i < jiffies; i++) {
    for (let c = 0; c < m.nrCpus; c++) {
      if (m.cpu.online[c] === 0) continue;
      stepTask(machine, m.roles.tick[c]!);
      const softirq = m.roles.softirq[c]!;
      while (
        m.cpu.softirqPending[c] !== 0 || m.task.state[softirq] === TASK.ready && m.cpu.active[c * 4 + 1] !== 0
      ) {
        stepTask(machine, softirq);
      }
    }
    settle(machine);
  }
}

Deno.test("a grace period does not wait for a CPU that is down: it ends without a scan", () => {
  const machine = quiet(3);
  const { m } = machine;
  down(machine, 2);
  begin(machine);
  assertEquals([0, 1, 2].map((c) => owesQs(m, c)), [true, true, false]);
  pass(machine, 2);
  assertEquals([m.rcu.completed[0], m.rcu.n_force_qs[0]], [1, 0]);
});

Deno.test("a grace period that runs has the quiescent state of a CPU that goes down", () => {
  const machine = quiet(3);
  const { m } = machine;
  begin(machine);
  down(machine, 2);
  assertEquals(owesQs(m, 2), false);
  pass(machine, 2);
  assertEquals([m.rcu.completed[0], m.rcu.n_force_qs[0]], [1, 0]);
});

Deno.test("a grace period waits for a CPU that was up when it began, and not for one that comes up later", () => {
  const machine = quiet(3);
  const { m } = machine;
  down(machine, 2);
  begin(machine);
  up(machine, 2);
  assertEquals([owesQs(m, 2), m.rdp.gp_seq[2], m.rdp.core_needs_qs[2]], [false, m.rcu.gp_seq[0]!, 0]);
  pass(machine, 2);
  assertEquals(m.rcu.completed[0], 1);
  begin(machine);
  assertEquals(owesQs(m, 2), true);
  pass(machine, 2);
  assertEquals([m.rcu.completed[0], m.rcu.n_force_qs[0]], [2, 0]);
});

Deno.test("a CPU that goes down while a grace period is set up is reported when its leaf is reached", () => {
  const machine = quiet(3, false, "full"); // who takes it down runs between two sections of the kthread
  const { m } = machine;
  begin(machine, rcu_gp_kthread.at.init);
  down(machine, 2);
  runTask(machine, m.gpTask);
  assertEquals([0, 1, 2].map((c) => owesQs(m, c)), [true, true, false]);
});

Deno.test("takeOverOnline() leaves a leaf without CPUs out unless a reader blocks on it", () => {
  const machine = quiet(4, true);
  const { m } = machine;
  const children = () => {
    takeOverOnline(m);
    return m.rnp.qsmaskinit[0];
  };
  assertEquals(children(), 0b11);
  down(machine, 2);
  assertEquals(children(), 0b11);
  down(machine, 3);
  assertEquals(children(), 0b01);
  m.rnp.blkd_tasks[2] = 1;
  assertEquals(children(), 0b11);
  m.rnp.blkd_tasks[2] = 0;
  up(machine, 3);
  assertEquals(children(), 0b11);
  down(machine, 1);
  takeOverOnline(m);
  assertEquals([1, 2].map((leaf) => m.rnp.qsmaskinit[leaf * 2]), [0b01, 0b10]);
});

Deno.test("a leaf whose CPUs are down and whose last reader leaves before its turn does not hold up the root", () => {
  const machine = quiet(4, true);
  const { m } = machine;
  for (const cpu of [2, 3]) down(machine, cpu);
  m.rnp.blkd_tasks[2] = 1;
  begin(machine, rcu_gp_kthread.at.init);
  m.rnp.blkd_tasks[2] = 0;
  runTask(machine, m.gpTask);
  assertEquals(m.rnp.qsmask[0], 0b01);
  pass(machine, 2);
  assertEquals([m.rcu.completed[0], m.rcu.n_force_qs[0]], [1, 0]);
});

Deno.test("an expedited grace period asks a CPU that has come up since the last normal one began", () => {
  const machine = quiet(3);
  const { m } = machine;
  down(machine, 2);
  begin(machine);
  pass(machine, 2);
  up(machine, 2);
  const reader = threadOf(machine, 2);
  m.cpu.curr[2] = reader + 1;
  rcu_read_lock(m, reader);
  const t = threadOf(machine, 1);
  start(machine, t, synchronize_rcu_expedited.start);
  runTask(machine, t);
  assert(m.cpu.ipiPending[2] !== 0 && m.task.state[t] === TASK.sleeping);
});

Deno.test("rcutree_prepare_cpu() forgets the flood that a CPU had when it went down", () => {
  const machine = quiet(3);
  const { m } = machine;
  m.rdp.blimit[2] = LIMITS.DEFAULT_MAX_RCU_BLIMIT;
  m.rdp.qlen_last_fqs_check[2] = 5;
  down(machine, 2);
  m.rcu.n_force_qs[0] = 9;
  up(machine, 2);
  assertEquals([m.rdp.blimit[2], m.rdp.qlen_last_fqs_check[2], m.rdp.n_force_qs_snap[2]], [
    LIMITS.blimit,
    0,
    9,
  ]);
});

Deno.test("a full cookie that is taken before the root knows of a grace period is not done by that one", () => {
  const machine = quiet(3);
  const { m } = machine;
  begin(machine, rcu_gp_kthread.at.onoff);
  const { rgos_norm, rgos_exp } = get_state_synchronize_rcu_full(m);
  const isDone = () => poll_state_synchronize_rcu_full(m, rgos_norm, rgos_exp);
  const kvfree = { ...m, profile: { ...m.profile, gpSnapshots: "full" } } as const;
  noteBlock(kvfree, 0);
  noteBatch(kvfree, 1);
  assertEquals([m.bnode.gp_snap[0], m.bnode.gp_snap_exp[0]], [rgos_norm, rgos_exp], "those of blocks too");
  assertEquals([m.krwp.head_gp_snap[1], m.krwp.head_gp_snap_exp[1]], [rgos_norm, rgos_exp], "and of lists");
  passJiffies(machine, 3);
  assertEquals([m.rcu.completed[0], isDone()], [1, false]);
  begin(machine);
  passJiffies(machine, 3);
  assertEquals([m.rcu.completed[0], isDone()], [2, true]);
});
