/**
 * RCU's promise in every order of a machine of two CPUs: no callback runs, and no wait ends, before every reader that
 * began earlier has ended. The machine has one writer, one or two readers that may be preempted, the tick, the softirq,
 * the grace-period kthread and interrupts from other CPUs.
 */
import { assert, assertEquals } from "@std/assert";
import { tryAllOrders } from "../../tests/support/all_orders.ts";
import {
  mendedProfile,
  passJiffies,
  settle,
  smallMachine,
  start,
  threadOf,
} from "../../tests/support/machines.ts";
import { wrap } from "../mutation/mutation.ts";
import { waiterWokenEarly } from "../mutation/waiter_woken_early.ts";
import type { Profile } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { ret, TASK } from "../sim/task.ts";
import { WAIT, waitForReaders } from "../workload/wait_for_readers.ts";
import { call_rcu } from "./call_rcu.ts";
import { synchronize_rcu_expedited } from "./exp.ts";
import { rcu_gp_kthread } from "./gp_kthread.ts";
import { CALLBACK, type Rcu } from "./rcu.ts";
import { rcu_read_lock, rcu_read_unlock } from "./reader.ts";
import { rcu_sr_normal_add_req } from "./sr_normal.ts";
import { start_poll_synchronize_rcu_common } from "./tree.ts";

/** Enters a reader, is in it for a section, leaves it. */
const reader = operation<Rcu, "lock" | "unlock" | "end">(
  "testOrdersReader",
  { lock: TOUCHES.own, unlock: TOUCHES.rcu, end: TOUCHES.own },
  (at) => ({
    lock(m, t) {
      rcu_read_lock(m, t);
      return at.unlock;
    },
    unlock(m, t) {
      rcu_read_unlock(m, t);
      return at.end;
    },
    end: (m, t) => ret(m, t, 0),
  }),
);

/** Queues its own callback. */
const caller = operation<Rcu, "call">("testOrdersCaller", { call: TOUCHES.rcuCpu }, () => ({
  call(m, t) {
    m.callback.func[t] = CALLBACK.count;
    m.events.emit(EVENT.gracePeriodWait, t, 1, 0);
    call_rcu(m, t, t);
    return ret(m, t, 0);
  },
}));

/** A machine of a few kilobytes. */
function tiny(threadsPerCpu: number, changes: Partial<Profile> = {}): Machine {
  const made = smallMachine({ cpus: 2 }).m.geometry;
  const zones = made.zones.slice(-1).map((z) => ({ ...z, startPfn: 0, spanned: 64, managed: 64 }));
  const machine = smallMachine({
    cpus: 2,
    threadsPerCpu,
    geometry: { ...made, zones },
    profile: mendedProfile({ rcu_min_cached_objs: 0, ...changes }),
    cachedBlocks: 0,
    caches: [{ size: 32, slabsMax: 1 }],
    vmallocMax: 1,
    bnodesMax: 1,
  });
  settle(machine);
  for (let c = 0; c < 2; c++) { // no vmstat work in this world
    machine.m.timer.armed[machine.m.vmstatTimer + c] = 0;
  }
  return machine;
}

/** Listens for waits that end, and callbacks that are invoked, while a reader of before still reads. */
function watch({ m }: Machine) {
  // by task: 1 when it reads and began before the wait or callback in question
  const notes = new Uint8Array(m.nrTasks + 1);
  const ENDED = m.nrTasks;
  let fault: string | null = null;
  m.events.subscribe({
    kinds: [EVENT.reader, EVENT.gracePeriodWait, EVENT.callbackInvoked],
    onEvent(kind, t, a) {
      if (kind === EVENT.reader) {
        if (a === 0) notes[t] = 0;
        return;
      }
      if (kind === EVENT.gracePeriodWait && a === 1) {
        for (let i = 0; i < m.nrTasks; i++) notes[i] = m.rcuTask.nesting[i] !== 0 ? 1 : 0;
        return;
      }
      if (kind === EVENT.callbackInvoked && m.callback.func[a] !== CALLBACK.count) return;
      notes[ENDED] = 1;
      const early = notes.indexOf(1);
      if (early >= 0 && early < ENDED) fault = `task ${early} still reads`;
    },
  });
  return { notes, fault: () => fault, ended: () => notes[ENDED] === 1 };
}

/** Ticks that a machine may have in all: without end it would never be finished. Who polls has more to do in each. */
const JIFFIES_MAX = 3, JIFFIES_MAX_POLLED = 1;

/** What is tried. */
interface Trial {
  /** The writer on CPU 0, and its way to wait. */
  readonly writer: number;
  readonly way?: number;
  /** Readers on CPU 1 and, if there is a second one, CPU 0. */
  readonly readers: number;
  /** Switches of the kernel. */
  readonly changes?: Partial<Profile>;
  /** What has happened before. */
  arrange?(machine: Machine): void;
  /** Jiffies that pass at most. */
  readonly jiffiesMax?: number;
}

/** Every order of a writer and readers. */
function search({ writer, way = 0, readers, changes, arrange, jiffiesMax = JIFFIES_MAX }: Trial) {
  const machine = tiny(2, changes);
  arrange?.(machine);
  const { m } = machine;
  const { notes, fault, ended } = watch(machine);
  start(machine, threadOf(machine, 0), writer, way);
  for (let i = 0; i < readers; i++) start(machine, threadOf(machine, i === 0 ? 1 : 2), reader.start);
  let finished = 0;
  const found = tryAllOrders(machine, {
    notes,
    fault,
    statesMax: 400_000,
    goesOn() {
      const over = ended() && m.task.state[threadOf(machine, 1)] === TASK.idle;
      if (over) finished++;
      return !over && m.clock.jiffies[0]! <= jiffiesMax;
    },
  });
  return { ...found, finished };
}

const WRITERS = [
  ["call_rcu()", { writer: caller.start }],
  ["synchronize_rcu()", { writer: waitForReaders.start, way: WAIT.normal }],
  ["synchronize_rcu_expedited()", { writer: waitForReaders.start, way: WAIT.expedited }],
  ["a polled cookie", { writer: waitForReaders.start, way: WAIT.cookie, jiffiesMax: JIFFIES_MAX_POLLED }],
  ["a polled full cookie", {
    writer: waitForReaders.start,
    way: WAIT.fullCookie,
    jiffiesMax: JIFFIES_MAX_POLLED,
  }],
] as const;

for (const [name, trial] of WRITERS) {
  Deno.test(`${name} outlasts every earlier reader in all orders of two CPUs`, () => {
    const { fault, states, finished } = search({ ...trial, readers: 1 });
    assertEquals(fault, null);
    assert(states > 500 && finished > 0, `${states} states, ${finished} of them an end`);
  });
}

const EXPEDITED = { writer: waitForReaders.start, way: WAIT.expedited, readers: 2 };

Deno.test("synchronize_rcu_expedited() outlasts two earlier readers, one of them on its own CPU", () => {
  const { fault, finished } = search(EXPEDITED);
  assertEquals(fault, null);
  assert(finished > 0);
});

/** The grace-period kthread wakes who waits in synchronize_rcu(). */
const WOKEN_BY_KTHREAD = {
  writer: waitForReaders.start,
  way: WAIT.normal,
  changes: { rcu_normal_wake_from_gp: "on" },
} as const;

for (const [readers, jiffiesMax] of [[1, 2], [2, 1]] as const) {
  const many = readers === 1 ? "an earlier reader" : "two earlier readers";
  Deno.test(`synchronize_rcu() that the kthread wakes outlasts ${many} in all orders`, () => {
    const { fault, finished } = search({ ...WOKEN_BY_KTHREAD, readers, jiffiesMax });
    assertEquals(fault, null);
    assert(finished > 0);
  });
}

/** The writer meets a grace period that has started and that somebody else waits for; nobody waits for more. */
function meetsGp(mutate: (machine: Machine) => void = () => {}): Trial {
  return {
    ...WOKEN_BY_KTHREAD,
    readers: 1,
    jiffiesMax: 2,
    arrange(machine) {
      mutate(machine);
      const other = threadOf(machine, 2);
      rcu_sr_normal_add_req(machine.m, other);
      start_poll_synchronize_rcu_common(machine.m, other);
      settle(machine);
      passJiffies(machine, 1); // the next one is that of the first scan
    },
  };
}

Deno.test("synchronize_rcu() that meets a grace period with a wait head outlasts an earlier reader too", () => {
  let ends = 0;
  const { fault } = search(
    meetsGp(({ m }) => m.events.subscribe({ kinds: [EVENT.gpEnd], onEvent: () => void ends++ })),
  );
  assertEquals(fault, null);
  assert(ends > 0);
});

Deno.test("the search finds an order for a grace period that wakes who came after its start", () => {
  const { fault } = search(meetsGp((machine) => waiterWokenEarly.apply(machine)));
  assert(fault !== null);
});

/** Runs `after` behind a section. */
function behind(machine: Machine, pc: number, after: (m: Rcu) => void): void {
  wrap(machine, pc, (original, m, t) => {
    const next = original(m, t);
    after(m);
    return next;
  });
}

Deno.test("the search finds an order for a grace period that forgets preempted readers, of either kind", () => {
  const forgetful = search({
    writer: caller.start,
    readers: 2,
    arrange: (machine) =>
      behind(machine, rcu_gp_kthread.at.init, (m) => {
        m.rnp.gp_tasks.fill(0);
        m.rcuTask.blocksGp.fill(0);
      }),
  });
  assert(forgetful.fault !== null);
  const hasty = search({
    ...EXPEDITED,
    arrange: (machine) =>
      behind(machine, synchronize_rcu_expedited.at.select, (m) => {
        m.rnp.exp_tasks.fill(0);
        m.rcuTask.blocksExp.fill(0);
      }),
  });
  assert(hasty.fault !== null);
});
