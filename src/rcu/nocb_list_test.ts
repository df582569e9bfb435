/** Callbacks of offloaded CPUs: which list they go to, and when that wakes the kthread of their group. */
import { assertEquals } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  settle,
  settleNocb,
  smallMachine,
  threadsOn,
} from "../../tests/support/machines.ts";
import type { Machine } from "../run/machine.ts";
import { taskNames } from "../run/names.ts";
import { call_rcu } from "./call_rcu.ts";
import { nocb_nobypass_lim_per_jiffy } from "./nocb_list.ts";
import { LIMITS } from "./overload.ts";
import { CALLBACK } from "./rcu.ts";

const CPU = 1;
const LIMIT = nocb_nobypass_lim_per_jiffy(250);

/** An offloaded machine at rest, with a function that queues callbacks on CPU 1. */
function offloaded(threads = 400, cpus = 2): { machine: Machine; queue: (n: number) => void } {
  const machine = smallMachine({ cpus, threadsPerCpu: threads, profile: mendedProfile({ rcu_nocbs: true }) });
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
