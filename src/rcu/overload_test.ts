/** Floods of callbacks: when batches grow, and when they shrink again. */
import { assertEquals } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  smallMachine,
  stepTask,
  threadOf,
} from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { call_rcu } from "./call_rcu.ts";
import { rcu_gp_kthread } from "./gp_kthread.ts";
import { __call_rcu_core, afterBatch, check_cb_ovld, LIMITS } from "./overload.ts";
import { CALLBACK, GP_FLAG } from "./rcu.ts";
import { rcu_seq_snap } from "./seq.ts";
import { rcu_gp_kthread_wake, rcu_start_this_gp } from "./tree.ts";

const { blimit, qhimark, qlowmark, qovld, DEFAULT_MAX_RCU_BLIMIT } = LIMITS;

Deno.test("afterBatch() goes back to small batches once at most qlowmark callbacks are left", () => {
  const { m } = smallMachine();
  m.rdp.blimit[0] = DEFAULT_MAX_RCU_BLIMIT;
  m.rdp.len[0] = qlowmark + 1;
  afterBatch(m, 0);
  assertEquals(m.rdp.blimit[0], DEFAULT_MAX_RCU_BLIMIT);
  m.rdp.len[0] = qlowmark;
  afterBatch(m, 0);
  assertEquals(m.rdp.blimit[0], blimit);
});

Deno.test("afterBatch() lowers the mark of the last look with the list, by more than qhimark or to nothing", () => {
  const { m } = smallMachine();
  const mark = m.rdp.qlen_last_fqs_check;
  mark[0] = 3 * qhimark;
  m.rdp.len[0] = 2 * qhimark; // not yet: a flood that comes back must not look like growth
  afterBatch(m, 0);
  assertEquals(mark[0], 3 * qhimark);
  m.rdp.len[0] = 2 * qhimark - 1;
  afterBatch(m, 0);
  assertEquals(mark[0], 2 * qhimark - 1);
  m.rcu.n_force_qs[0] = 7;
  m.rdp.len[0] = 0;
  afterBatch(m, 0);
  assertEquals([mark[0], m.rdp.n_force_qs_snap[0]], [0, 7]);
});

for (const rcu_nocbs of [false, true]) {
  const whose = rcu_nocbs ? "an offloaded CPU" : "a CPU";
  Deno.test(`call_rcu() notes that ${whose} has qovld callbacks before it adds one, a batch does not`, () => {
    const machine = smallMachine({ profile: mendedProfile({ rcu_nocbs }) });
    const { m } = machine;
    const [a, b] = [threadOf(machine, 0), threadOf(machine, 1)];
    m.callback.func.fill(CALLBACK.count);
    m.rdp.len[0] = qovld - 1;
    call_rcu(m, a, a);
    assertEquals([m.rdp.len[0], m.rdp.cbovld[0]], [qovld, 0]);
    m.task.cpu[b] = 0;
    call_rcu(m, b, b);
    assertEquals([m.rdp.len[0], m.rdp.cbovld[0]], [qovld + 1, 1]);
    m.rdp.len[0] = 0;
    afterBatch(m, 0);
    assertEquals(m.rdp.cbovld[0], 1);
  });
}

/** A machine whose CPU 1 is in the kernel for long, with a grace period that has not begun to scan. */
function heldUp(): Machine {
  const machine = smallMachine({ cpus: 3, profile: mendedProfile({ preemption: "voluntary" }) });
  const { m } = machine;
  settle(machine);
  m.cpu.curr[1] = threadOf(machine, 1) + 1;
  rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  settle(machine);
  return machine;
}

Deno.test("rcu_gp_kthread hurries a running grace period from the second scan after a CPU has qovld callbacks", () => {
  const machine = heldUp();
  const { m } = machine;
  m.rdp.len[2] = qovld;
  check_cb_ovld(m, 2);
  const seen: number[][] = [];
  for (let scans = m.rcu.n_force_qs[0]!; scans < 3;) {
    passJiffies(machine, 1);
    if (m.rcu.n_force_qs[0] === scans) continue;
    scans = m.rcu.n_force_qs[0]!;
    seen.push([scans, m.rcu.cbovld[0]!, m.rcu.cbovldnext[0]!, m.cpu.needResched[1]!]);
  }
  // the first scan sees it for the second one, after which nothing waits for its jiffy but the scan after
  assertEquals(seen, [[1, 0, 1, 0], [2, 1, 1, 1], [3, 1, 1, 1]]);
});

Deno.test("rcu_gp_kthread scans twice at once when the grace period before was overloaded", () => {
  const machine = smallMachine({ cpus: 3, profile: mendedProfile({ preemption: "voluntary" }) });
  const { m } = machine;
  settle(machine);
  m.rcu.cbovld[0] = m.rcu.cbovldnext[0] = 1;
  m.cpu.curr[1] = threadOf(machine, 1) + 1;
  rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  settle(machine);
  assertEquals([m.rcu.n_force_qs[0], m.rcu.cbovld[0]], [2, 0]);
});

for (
  const [HZ, name, jiffies] of [[1000, "v5_14", 3], [1000, "v6_1", 1], [300, "v6_1", 1], [
    250,
    "v6_1",
    1,
  ]] as const
) {
  Deno.test(`scans of an overloaded machine of ${name} are ${jiffies} jiffies apart at HZ=${HZ}`, () => {
    const profile = mendedProfile({ ...profileNamed(name, { HZ }), preemption: "voluntary" });
    const machine = smallMachine({ cpus: 3, profile });
    const { m } = machine;
    settle(machine);
    m.rdp.len[2] = qovld;
    check_cb_ovld(m, 2);
    m.rcu.cbovld[0] = m.rcu.cbovldnext[0] = 1;
    m.cpu.curr[1] = threadOf(machine, 1) + 1;
    rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
    rcu_gp_kthread_wake(m, threadOf(machine, 0));
    settle(machine);
    assertEquals([m.rcu.n_force_qs[0], m.timer.asked[m.gpTask]], [2, m.clock.jiffies[0]! + jiffies]);
  });
}

Deno.test("the end of a grace period forgets the overload of CPUs that have few callbacks again", () => {
  const machine = heldUp();
  const { m } = machine;
  m.rdp.cbovld.fill(1);
  m.rdp.len[2] = qovld;
  m.cpu.curr[1] = 0;
  for (let i = 0; i < 6; i++) passJiffies(machine, 1);
  assertEquals([m.rcu.completed[0], ...m.rdp.cbovld], [1, 0, 0, 1]);
});

Deno.test("a request for a scan that comes while one runs has been met by it", () => {
  const machine = smallMachine({
    cpus: 40,
    cachedBlocks: 0,
    profile: mendedProfile({ preemption: "voluntary" }),
  });
  const { m } = machine;
  settle(machine);
  for (const cpu of [1, 39]) m.cpu.curr[cpu] = threadOf(machine, cpu) + 1;
  rcu_start_this_gp(m, 0, rcu_seq_snap(m.rcu.gp_seq[0]!));
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  settle(machine);
  m.rcu.gp_flags[0] = GP_FLAG.FQS;
  rcu_gp_kthread_wake(m, threadOf(machine, 0));
  runTask(machine, m.gpTask, rcu_gp_kthread.at.fqs);
  stepTask(machine, m.gpTask); // the first of three leaves
  assertEquals([m.rcu.n_force_qs[0], m.rcu.gp_flags[0]], [1, GP_FLAG.FQS]);
  settle(machine);
  assertEquals([m.rcu.n_force_qs[0], m.rcu.gp_flags[0]], [1, 0]);
});

Deno.test("__call_rcu_core() hurries a grace period that gets nowhere, once, and lets batches grow", () => {
  const machine = smallMachine();
  const { m } = machine;
  const t = threadOf(machine, 0);
  rcu_start_this_gp(m, 0, 4);
  m.rcu.gp_seq[0]! += 1; // a grace period runs
  m.rnp.gp_seq.fill(m.rcu.gp_seq[0]!);
  m.rdp.gp_seq.fill(m.rcu.gp_seq[0]!);
  m.rdp.len[0] = qhimark + 1;
  m.rdp.head[3] = m.rdp.tail[3] = 1; // callback 0 waits for a grace period
  m.rcu.gp_flags[0] = 0;
  __call_rcu_core(m, t, 0, 0); // it came just now, and all others are done
  assertEquals([m.rdp.blimit[0], m.rcu.gp_flags[0]], [DEFAULT_MAX_RCU_BLIMIT, 0]);
  m.rdp.qlen_last_fqs_check[0] = 0;
  __call_rcu_core(m, t, 0, 1);
  assertEquals([m.rdp.blimit[0], m.rcu.gp_flags[0]], [DEFAULT_MAX_RCU_BLIMIT, GP_FLAG.FQS]);

  // nothing changes until the list has grown by qhimark again
  m.rcu.gp_flags[0] = 0;
  m.rdp.len[0]!++;
  __call_rcu_core(m, t, 0, 1);
  assertEquals(m.rcu.gp_flags[0], 0);
});
