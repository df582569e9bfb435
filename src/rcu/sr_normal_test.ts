/** Waiters whom the grace-period kthread wakes: who is for which grace period, and who wakes whom. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  smallMachine,
  start,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { wrap } from "../mutation/mutation.ts";
import { type Profile, PROFILES } from "../profile/profile.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import type { Machine } from "../run/machine.ts";
import { defaultRunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import { runSteps } from "../scheduler/engine.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { operation } from "../sim/operation.ts";
import { TASK } from "../sim/task.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { spend } from "../cpu/cpu.ts";
import { call_rcu } from "./call_rcu.ts";
import { CALLBACK, type Rcu, SR_NORMAL_GP_WAIT_HEAD_MAX } from "./rcu.ts";
import {
  rcu_sr_normal_gp_cleanup,
  rcu_sr_normal_gp_cleanup_work,
  SR_MAX_USERS_WAKE_FROM_GP,
  WAKE_FROM_GP_CPU_THRESHOLD,
  wakesFromGp,
} from "./sr_normal.ts";
import { synchronize_rcu } from "./sync.ts";
import { rcu_gp_in_progress, start_poll_synchronize_rcu_common } from "./tree.ts";

type WakeFromGp = Profile["rcu_normal_wake_from_gp"];

/** A machine with idle threads, whose grace-period kthread wakes waiters. */
function quiet(threadsPerCpu = 1, rcu_normal_wake_from_gp: WakeFromGp = "on"): Machine {
  const machine = smallMachine({
    cpus: 2,
    threadsPerCpu,
    profile: mendedProfile({ rcu_normal_wake_from_gp }),
  });
  settle(machine);
  return machine;
}

/** Lets thread `i` of the load wait in synchronize_rcu. */
function wait(machine: Machine, i: number): number {
  const t = threadOf(machine, i);
  start(machine, t, synchronize_rcu.start);
  runTask(machine, t);
  return t;
}

/** Lets jiffies pass until the machine has ended `gps` grace periods in all. */
function endGps(machine: Machine, gps: number): void {
  for (let i = 0; i < 20 && machine.m.rcu.completed[0]! < gps; i++) passJiffies(machine, 1);
  assertEquals(machine.m.rcu.completed[0], gps);
}

const isAwake = ({ m }: Machine, t: number) => m.rcuTask.done[t] === 1 && m.task.state[t] === TASK.ready;
const headsInUse = ({ m }: Machine) => m.rcu.srs_inuse.reduce((sum, one) => sum + one, 0);

/** Runs `act` in front of a section. */
function before(machine: Machine, pc: number, act: (m: Rcu) => void): void {
  wrap(machine, pc, (original, m, t) => {
    act(m);
    return original(m, t);
  });
}

Deno.test("rcu_normal_wake_from_gp is of 6.10, off at first, and from 6.17 on the default up to 16 CPUs", () => {
  const by = Object.values(PROFILES).map((p) => [p.name, p.rcu_normal_wake_from_gp]);
  assertEquals(Object.fromEntries(by), {
    v5_9: "absent",
    v5_12: "absent",
    v5_14: "absent",
    v6_1: "absent",
    v6_3: "absent",
    v6_12: "off",
    v6_18: "smallMachines",
  });
  const on = (profile: string, cpus: number, rcuBoot: string[] = []) => {
    const geometry = geometryFromSize({ memoryBytes: 2 ** 26, cpus, nodes: 1 });
    return wakesFromGp(planMachine({ ...defaultRunOptions(geometry), profile, rcuBoot, calls: 1 }).m);
  };
  const small = WAKE_FROM_GP_CPU_THRESHOLD;
  assertEquals([on("v6_3", 2), on("v6_12", 2), on("v6_18", small), on("v6_18", small + 1)], [
    false,
    false,
    true,
    false,
  ]);
  assertEquals(
    [on("v6_18", 2, ["rcu_normal_wake_from_gp=0"]), on("v6_18", 17, ["rcu_normal_wake_from_gp"])],
    [
      false,
      true,
    ],
  );
  assertEquals(on("v6_12", 2, ["rcu_normal_wake_from_gp"]), true);
  assertThrows(() => on("v6_3", 2, ["rcu_normal_wake_from_gp"]), RangeError, "a kernel from v6_12 on");
  assertThrows(
    () => on("v6_18", 2, ["rcu_normal_wake_from_gp", "rcu_normal_wake_from_gp=0"]),
    RangeError,
    "one value",
  );
});

Deno.test("synchronize_rcu() starts its grace period by itself and queues no callback", () => {
  const machine = quiet();
  const { m } = machine;
  const t = wait(machine, 1);
  assertEquals([m.task.state[t], m.rdp.len[1], m.callback.queued[t]], [TASK.sleeping, 0, 0]);
  settle(machine);
  assert(rcu_gp_in_progress(m), "no tick was needed");
  endGps(machine, 1);
  assert(isAwake(machine, t));
  runTask(machine, t);
  assertEquals(m.task.state[t], TASK.idle);
  endGps(machine, 1);
});

Deno.test("synchronize_rcu() asks in vain when a grace period starts between its two steps", () => {
  const machine = quiet();
  const { m } = machine;
  const t = threadOf(machine, 1);
  start(machine, t, synchronize_rcu.start);
  runTask(machine, t, synchronize_rcu.at.ask); // on the list
  start_poll_synchronize_rcu_common(m, threadOf(machine, 0));
  settle(machine);
  runTask(machine, t);
  endGps(machine, 1);
  assert(isAwake(machine, t));
  endGps(machine, 2); // nobody needs this one
});

Deno.test("rcu_sr_normal_gp_init() adds no wait head when nobody has come since the last one", () => {
  const machine = quiet();
  const { m } = machine;
  start_poll_synchronize_rcu_common(m, threadOf(machine, 0));
  endGps(machine, 1);
  assertEquals([m.rcu.srs_next[0], headsInUse(machine)], [0, 0]);
  wait(machine, 0);
  endGps(machine, 2);
  const head = m.nrTasks + 1;
  assertEquals([m.rcu.srs_next[0], m.srs.next[head - 1], headsInUse(machine)], [head, 0, 1]);
  start_poll_synchronize_rcu_common(m, threadOf(machine, 1));
  endGps(machine, 3);
  assertEquals([m.rcu.srs_next[0], headsInUse(machine)], [head, 1]);
});

Deno.test("a waiter that comes after a grace period's wait head waits for the next one", () => {
  const machine = quiet(2);
  const first = wait(machine, 0);
  settle(machine); // the grace period has started
  const second = wait(machine, 1);
  endGps(machine, 1);
  assertEquals([isAwake(machine, first), isAwake(machine, second)], [true, false]);
  endGps(machine, 2);
  assert(isAwake(machine, second));
});

Deno.test("rcu_sr_normal_gp_cleanup() wakes the last five to come, the work item all others", () => {
  const machine = quiet(4);
  const { m } = machine;
  const waiters = Array.from({ length: 8 }, (_, i) => wait(machine, i));
  const woken: boolean[][] = [];
  const note = () => void woken.push(waiters.map((t) => m.rcuTask.done[t] === 1));
  before(machine, rcu_sr_normal_gp_cleanup.at.publish, note);
  before(machine, rcu_sr_normal_gp_cleanup_work.at.take, note);
  endGps(machine, 1);
  const late = waiters.map((_, i) => i >= waiters.length - SR_MAX_USERS_WAKE_FROM_GP);
  assertEquals(woken, [late, late]);
  assert(waiters.every((t) => isAwake(machine, t)));
  assertEquals([m.rcu.srs_cleanups_pending[0], headsInUse(machine)], [0, 1]);
});

Deno.test("rcu_sr_normal_gp_cleanup() gives the last wait head back itself, unless a work item is on its way", () => {
  const machine = quiet(4);
  const { m } = machine;
  let works = 0;
  before(machine, rcu_sr_normal_gp_cleanup_work.at.take, () => works++);
  for (let gp = 1; gp <= SR_NORMAL_GP_WAIT_HEAD_MAX + 2; gp++) {
    const t = wait(machine, 0);
    endGps(machine, gp);
    runTask(machine, t);
    assertEquals([m.task.state[t], headsInUse(machine), works], [TASK.idle, 1, 0]);
  }
  const gps = m.rcu.completed[0]!;
  wait(machine, 0);
  m.rcu.srs_cleanups_pending[0] = 1; // as if it ran
  endGps(machine, gps + 1);
  assertEquals([headsInUse(machine), works], [1, 1]); // another one is queued, which gives it back
});

Deno.test("with all wait heads in use a grace period is for nobody and the next one is asked for", () => {
  const machine = quiet();
  const { m } = machine;
  m.rcu.srs_inuse.fill(1);
  const t = wait(machine, 0);
  endGps(machine, 1);
  assertEquals([m.rcu.srs_wait_tail[0], isAwake(machine, t)], [0, false]);
  endGps(machine, 3); // it tries again each time
  assert(!isAwake(machine, t));
  m.rcu.srs_inuse[3] = 0;
  const last = rcu_gp_in_progress(m) ? 5 : 4;
  endGps(machine, last);
  assert(isAwake(machine, t));
});

Deno.test("five grace periods whose work item does not run hold all wait heads; it wakes the waiters of all", () => {
  const perGp = SR_MAX_USERS_WAKE_FROM_GP + 1;
  const machine = quiet(perGp * 3);
  const { m } = machine;
  const waiters: number[] = [];
  for (let gp = 1; gp <= SR_NORMAL_GP_WAIT_HEAD_MAX; gp++) {
    for (let i = 0; i < perGp; i++) waiters.push(wait(machine, waiters.length));
    while (m.rcu.completed[0]! < gp || m.task.state[m.gpTask] === TASK.ready) {
      runTask(machine, m.gpTask);
      for (let c = 0; c < m.nrCpus && m.task.state[m.gpTask] !== TASK.ready; c++) tickCpu(machine, c);
    }
  }
  assertEquals([headsInUse(machine), m.rcu.srs_cleanups_pending[0]], [SR_NORMAL_GP_WAIT_HEAD_MAX, 1]);
  assertEquals(waiters.filter((t) => !isAwake(machine, t)).length, SR_NORMAL_GP_WAIT_HEAD_MAX);
  const next = wait(machine, waiters.length);
  settle(machine);
  assert(waiters.every((t) => isAwake(machine, t)));
  assert(!isAwake(machine, next));
  endGps(machine, m.rcu.completed[0]! + 2);
  assert(isAwake(machine, next));
  assertEquals(headsInUse(machine), 1);
});

/** Keeps its CPU busy for ever, outside of readers. */
const busy = operation<Rcu, "run">("testSrBusy", { run: TOUCHES.own }, (at) => ({
  run(m, t) {
    spend(m, t, 50_000);
    return at.run;
  },
}));

/** What each callback of the long list takes, such as one that frees much. */
const CALLBACK_NS = 100_000;

/** Jiffies that synchronize_rcu takes on a busy CPU on which so many callbacks wait, in virtual time. */
function latencyJiffies(rcu_normal_wake_from_gp: WakeFromGp, callbacks: number): number {
  const machine = smallMachine({
    cpus: 2,
    threadsPerCpu: callbacks + 2,
    virtualTime: true,
    profile: mendedProfile({ rcu_normal_wake_from_gp }),
  });
  const { m } = machine;
  m.events.subscribe({
    kinds: [EVENT.callbackInvoked],
    onEvent(_kind, t, cb) {
      if (m.callback.func[cb] === CALLBACK.count) spend(m, t, CALLBACK_NS);
    },
  });
  const own = [...m.roles.threads[1]!].filter((t) => m.task.state[t] === TASK.idle);
  const [waiter, runner, ...others] = own;
  for (const t of others.slice(0, callbacks)) {
    m.callback.func[t] = CALLBACK.count;
    call_rcu(m, t, t);
  }
  start(machine, waiter!, synchronize_rcu.start);
  start(machine, runner!, busy.start);
  const scheduler = new VirtualTimeScheduler();
  for (let i = 0; i < 1e6 && m.task.state[waiter!] !== TASK.idle; i++) {
    runSteps(m, machine.table, scheduler, 1);
  }
  assertEquals(m.task.state[waiter!], TASK.idle);
  return m.cpu.clockNs[1]! / m.tickNs;
}

Deno.test("synchronize_rcu() is not held up by callbacks of its CPU where the kthread wakes it, and else is", () => {
  const [few, many] = [10, 500];
  const added = (set: WakeFromGp) => latencyJiffies(set, many) - latencyJiffies(set, few);
  const invocation = (many - few) * CALLBACK_NS * mendedProfile().HZ / 1e9;
  assert(Math.abs(added("on")) < 0.1, `${many} callbacks add ${added("on")} jiffies`);
  assert(added("off") >= invocation, `${many} callbacks add ${added("off")} of ${invocation} jiffies`);
  assert(
    latencyJiffies("on", few) < latencyJiffies("off", few),
    "the end is told at once, not at the next tick",
  );
});

Deno.test("random programs violate nothing where the grace-period kthread wakes waiters", () => {
  for (const more of [[], ["rcu_nocbs"], ["rcu_expedited"]]) {
    for (const scheduler of ["random", "virtual"] as const) {
      const geometry = geometryFromSize({ memoryBytes: 2 ** 25, cpus: 3, nodes: 1 });
      const rcuBoot = ["rcu_normal_wake_from_gp", ...more];
      const options = { ...defaultRunOptions(geometry), profile: "v6_12", rcuBoot, scheduler, calls: 400 };
      for (let run = 0; run < 3; run++) assertEquals(execute({ ...options, run }).violation, null);
    }
  }
});
