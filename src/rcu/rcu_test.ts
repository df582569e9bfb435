/**
 * Tree RCU: sequence numbers, callback lists, the tree, readers, grace periods.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  mendedProfile,
  passJiffies,
  runTask,
  settle,
  smallMachine,
  start,
  stepTask,
  threadOf,
  tickCpu,
} from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import type { Machine } from "../run/machine.ts";
import { rcuGeometry } from "../run/rcu_geometry.ts";
import { runSteps } from "../scheduler/engine.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { EVENT } from "../sim/events.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { layOut } from "../sim/layout.ts";
import { KernelBug } from "../sim/model_bug.ts";
import { operation } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { ret, TASK } from "../sim/task.ts";
import { local_irq_restore, local_irq_save } from "../cpu/cpu.ts";
import {
  rcu_segcblist_accelerate,
  rcu_segcblist_advance,
  rcu_segcblist_enqueue,
  rcu_segcblist_extract_done_cbs,
  rcu_segcblist_insert_done_cbs,
} from "./cblist.ts";
import { jiffies_till_fqs, jiffies_to_sched_qs } from "./gp_kthread.ts";
import { CALLBACK, type Rcu, rcuStructs, SEG } from "./rcu.ts";
import { rcu_read_lock, rcu_read_unlock } from "./reader.ts";
import {
  INITIAL_GP_SEQ,
  rcu_seq_completed_gp,
  rcu_seq_done,
  rcu_seq_end,
  rcu_seq_new_gp,
  rcu_seq_snap,
  rcu_seq_start,
  rcu_seq_started,
  rcu_seq_state,
} from "./seq.ts";
import { call_rcu } from "./call_rcu.ts";
import { synchronize_rcu } from "./sync.ts";
import { gpDone, owesQs, rcu_gp_kthread_wake, rcu_report_qs_rnp, rcu_start_this_gp } from "./tree.ts";

Deno.test("rcu_seq functions give the kernel's numbers for gp_seq 100", () => {
  assertEquals([rcu_seq_start(100), rcu_seq_end(101), rcu_seq_snap(100), rcu_seq_snap(101)], [
    101,
    104,
    104,
    108,
  ]);
  assertEquals([100, 101].map(rcu_seq_state), [0, 1]);
  assertEquals([103, 104, 105].map((now) => rcu_seq_done(now, 104)), [false, true, true]);
  assertEquals([100, 101, 104].map((now) => rcu_seq_started(now, 104)), [false, true, true]);
  assertEquals([101, 104, 105].map((now) => rcu_seq_completed_gp(100, now)), [false, true, true]);
  assertEquals([100, 101, 104].map((now) => rcu_seq_new_gp(100, now)), [false, true, true]);
  assertEquals([101, 104, 105].map((now) => rcu_seq_new_gp(101, now)), [false, false, true]);
  assertEquals(INITIAL_GP_SEQ, -1200);
});

Deno.test("rcu_seq functions work across the wrap as with unlimited numbers", () => {
  const i32 = (n: bigint) => Number(BigInt.asIntN(32, n));
  const near = fc.bigInt({ min: (1n << 31n) - 5000n, max: (1n << 31n) + 5000n });
  const wrap = fc.bigInt({ min: (1n << 32n) - 5000n, max: (1n << 32n) + 5000n });
  fc.assert(
    fc.property(fc.oneof(near, wrap), fc.integer({ min: -300, max: 300 }), (s, distance) => {
      const later = s + BigInt(distance);
      const snap = (s + 7n) & ~3n;
      assertEquals(rcu_seq_snap(i32(s)), i32(snap));
      assertEquals(rcu_seq_end(i32(s)), i32((s | 3n) + 1n));
      assertEquals(rcu_seq_start(i32(s)), i32(s + 1n));
      assertEquals(rcu_seq_done(i32(later), i32(snap)), later >= snap);
      assertEquals(rcu_seq_started(i32(later), i32(snap)), ((snap - 1n) & ~3n) < later);
      assertEquals(rcu_seq_completed_gp(i32(s), i32(later)), s < (later & ~3n));
      assertEquals(rcu_seq_new_gp(i32(s), i32(later)), ((s + 3n) & ~3n) < later);
    }),
    { seed: 4, numRuns: 2000 },
  );
});

/** A machine with callback lists only. */
function lists(callbacks: number): Rcu {
  const plan = rcuStructs({ cpus: 1, tasks: 1, nodes: 1, callbacks, bnodesMax: 0 });
  return layOut(plan).views as unknown as Rcu;
}

/** Callbacks of a segment, first to last. */
function segment(m: Rcu, s: number): number[] {
  const found: number[] = [];
  for (let cb = m.rdp.head[s]!; cb !== 0; cb = m.callback.next[cb - 1]!) found.push(cb - 1);
  assertEquals(m.rdp.tail[s], found.length === 0 ? 0 : found.at(-1)! + 1);
  return found;
}

/** The same list as plain arrays: what is done, up to two groups that wait for a number, and the rest. */
class ObviousList {
  done: number[] = [];
  groups: { seq: number; cbs: number[] }[] = [];
  next: number[] = [];

  advance(seq: number): void {
    while (this.groups.length > 0 && this.groups[0]!.seq <= seq) this.done.push(...this.groups.shift()!.cbs);
  }

  accelerate(seq: number): boolean {
    const kept = this.groups.filter((g) => g.seq < seq);
    const moved = [...this.groups.slice(kept.length).flatMap((g) => g.cbs), ...this.next];
    if (moved.length === 0 || kept.length === 2) return false;
    this.groups = [...kept, { seq, cbs: moved }];
    this.next = [];
    return true;
  }
}

Deno.test("rcu_segcblist agrees with plain arrays, and no callback is done before its grace period", () => {
  const commands = fc.array(
    fc.constantFrom("enqueue", "accelerate", "advance", "gpStart", "gpEnd", "extract", "putBack"),
    { maxLength: 80 },
  );
  fc.assert(
    fc.property(commands, (given) => {
      const m = lists(80);
      const obvious = new ObviousList();
      const wanted = new Map<number, number>();
      let seq = 0;
      let used = 0;
      for (const command of given) {
        if (command === "enqueue") {
          wanted.set(used, rcu_seq_snap(seq));
          obvious.next.push(used);
          rcu_segcblist_enqueue(m, 0, used++);
        } else if (command === "accelerate") {
          const assigned = rcu_segcblist_accelerate(m, 0, rcu_seq_snap(seq));
          assertEquals(assigned, obvious.accelerate(rcu_seq_snap(seq)));
        } else if (command === "advance") {
          rcu_segcblist_advance(m, 0, seq);
          obvious.advance(seq);
        } else if (command === "gpStart") {
          if (rcu_seq_state(seq) === 0) seq = rcu_seq_start(seq);
        } else if (command === "gpEnd") {
          if (rcu_seq_state(seq) !== 0) seq = rcu_seq_end(seq);
        } else {
          const taken = rcu_segcblist_extract_done_cbs(m, 0);
          assertEquals(taken, obvious.done.length === 0 ? 0 : obvious.done[0]! + 1);
          if (command === "putBack") rcu_segcblist_insert_done_cbs(m, 0, taken);
          else obvious.done = [];
        }
        for (const cb of segment(m, SEG.DONE)) {
          assert(rcu_seq_done(seq, wanted.get(cb)!), `${cb} is done too early`);
        }
        assertEquals(segment(m, SEG.DONE), obvious.done);
        assertEquals(segment(m, SEG.WAIT), obvious.groups[0]?.cbs ?? []);
        assertEquals(segment(m, SEG.NEXT_READY), obvious.groups[1]?.cbs ?? []);
        assertEquals(segment(m, SEG.NEXT), obvious.next);
      }
      assertEquals(m.rdp.len[0], used);
    }),
    { seed: 9, numRuns: 1500 },
  );
});

Deno.test("rcu_segcblist_insert_done_cbs() puts leftovers in front of what became done meanwhile", () => {
  const m = lists(6);
  const done = (...cbs: number[]) => {
    for (const cb of cbs) rcu_segcblist_enqueue(m, 0, cb);
    rcu_segcblist_accelerate(m, 0, 4);
    rcu_segcblist_advance(m, 0, 4);
  };
  done(0, 1, 2);
  const taken = rcu_segcblist_extract_done_cbs(m, 0);
  done(3, 4);
  rcu_segcblist_insert_done_cbs(m, 0, m.callback.next[taken - 1]!);
  assertEquals(segment(m, SEG.DONE), [1, 2, 3, 4]);
});

Deno.test("jiffies_till_fqs() and jiffies_to_sched_qs() follow HZ and the number of CPUs", () => {
  const table = [[100, 4, 1, 10], [250, 4, 1, 25], [300, 4, 2, 30], [500, 4, 2, 50], [1000, 4, 3, 100], [
    250,
    512,
    3,
    27,
  ]];
  for (const [HZ, cpus, till, hurry] of table) {
    assertEquals([jiffies_till_fqs(HZ!, cpus!), jiffies_to_sched_qs(HZ!, cpus!)], [till, hurry], `HZ ${HZ}`);
  }
});

Deno.test("rcuGeometry() has as few nodes as the fanouts allow and spreads the CPUs evenly", () => {
  const shape = (cpus: number) => {
    const tree = rcuGeometry(cpus, 16, 64);
    return { nodes: tree.parent.length, firstLeaf: tree.firstLeaf, perLeaf: tree.cpusPerLeaf };
  };
  assertEquals(shape(1), { nodes: 1, firstLeaf: 0, perLeaf: 1 });
  assertEquals(shape(16), { nodes: 1, firstLeaf: 0, perLeaf: 16 });
  assertEquals(shape(17), { nodes: 3, firstLeaf: 1, perLeaf: 9 });
  assertEquals(shape(100), { nodes: 8, firstLeaf: 1, perLeaf: 15 });
  assertEquals(shape(1024), { nodes: 65, firstLeaf: 1, perLeaf: 16 });
  assertEquals(shape(1100), { nodes: 72, firstLeaf: 3, perLeaf: 16 });
  assertEquals(rcuGeometry(17, 16, 64), {
    parent: [-1, 0, 0],
    grpnum: [0, 0, 1],
    children: [2, 9, 8],
    firstLeaf: 1,
    cpusPerLeaf: 9,
  });
  for (let cpus = 1; cpus <= 1100; cpus++) {
    const { parent, grpnum, children, firstLeaf } = rcuGeometry(cpus, 16, 64);
    assertEquals(children.slice(firstLeaf).reduce((a, b) => a + b), cpus);
    parent.forEach((p, node) => {
      assert(
        children[node]! > 0 && children[node]! <= (node < firstLeaf ? 64 : 16),
        `${cpus} CPUs, node ${node}`,
      );
      if (node < firstLeaf) assertEquals(children[node], parent.filter((other) => other === node).length);
      if (p >= 0) assert(grpnum[node]! < children[p]!, `${cpus} CPUs, node ${node}`);
    });
  }
});

/** Starts a grace period and lets the kthread come to its first wait. */
function startGp(machine: Machine): void {
  const { m } = machine;
  settle(machine);
  m.rcu.gp_flags[0] = 1;
  rcu_gp_kthread_wake(m, m.gpTask);
  runTask(machine, m.gpTask);
  assertEquals(m.task.state[m.gpTask], TASK.sleeping);
  assertEquals(rcu_seq_state(m.rcu.gp_seq[0]!), 1);
}

for (const cpus of [1, 17, 100, 1100]) {
  Deno.test(`rcu_report_qs_rnp() reaches the root exactly when the last of ${cpus} CPUs has reported`, () => {
    const machine = smallMachine({ cpus, cachedBlocks: 0, bnodesMax: 0, vmallocMax: 1, threads: [] });
    const { m } = machine;
    startGp(machine);
    const prng = new Prng(`report/${cpus}`);
    const left = Array.from({ length: cpus }, (_, c) => c);
    while (left.length > 0) {
      assert(!gpDone(m) && m.task.state[m.gpTask] === TASK.sleeping, `done with ${left.length} CPUs missing`);
      const [c] = left.splice(prng.upTo(left.length - 1), 1);
      assert(owesQs(m, c!));
      rcu_report_qs_rnp(m, m.roles.tick[c!]!, m.rdp.leaf[c!]!, m.rdp.grpnum[c!]!);
      assert(!owesQs(m, c!));
    }
    assert(gpDone(m) && m.task.state[m.gpTask] === TASK.ready);
    runTask(machine, m.gpTask);
    assertEquals([m.rcu.completed[0], rcu_seq_state(m.rcu.gp_seq[0]!)], [1, 0]);
    assert(m.rnp.gp_seq.every((seq) => seq === m.rcu.gp_seq[0]));
  });
}

Deno.test("rcu_start_this_gp() marks the way to the root and wakes the kthread for the first request only", () => {
  const { m } = smallMachine({ cpus: 40, threads: [], cachedBlocks: 0 });
  const seq = rcu_seq_snap(m.rcu.gp_seq[0]!);
  assert(rcu_start_this_gp(m, 39, seq));
  assertEquals(m.rcu.gp_flags[0], 1);
  assertEquals([m.rnp.gp_seq_needed[m.rdp.leaf[39]!], m.rnp.gp_seq_needed[0]], [seq, seq]);
  assert(!rcu_start_this_gp(m, 39, seq) && !rcu_start_this_gp(m, 0, seq));
  assertEquals(m.rnp.gp_seq_needed[m.rdp.leaf[0]!], INITIAL_GP_SEQ + 4, "marked before the root stopped it");
});

/** Reads in two sections between entering and leaving. */
const reader = operation<Rcu, "lock" | "read" | "unlock">(
  "testReader",
  { lock: TOUCHES.own, read: TOUCHES.own, unlock: TOUCHES.rcu },
  (at) => ({
    lock(m, t) {
      rcu_read_lock(m, t);
      return at.read;
    },
    read: () => at.unlock,
    unlock(m, t) {
      rcu_read_unlock(m, t);
      return ret(m, t, 0);
    },
  }),
);
/** The same, with interrupts off from inside the reader until after it. */
const atomicReader = operation<Rcu, "lock" | "read" | "unlock" | "after" | "end">(
  "testAtomicReader",
  { lock: TOUCHES.own, read: TOUCHES.own, unlock: TOUCHES.rcu, after: TOUCHES.own, end: TOUCHES.own },
  (at) => ({
    lock(m, t) {
      rcu_read_lock(m, t);
      return at.read;
    },
    read(m, t) {
      local_irq_save(m, t);
      return at.unlock;
    },
    unlock(m, t) {
      rcu_read_unlock(m, t);
      return at.after;
    },
    after(m, t) {
      local_irq_restore(m, t);
      return at.end;
    },
    end: (m, t) => ret(m, t, 0),
  }),
);
/** Runs two sections and does nothing. */
const busy = operation<Rcu, "one" | "two">("testBusy", { one: TOUCHES.own, two: TOUCHES.own }, (at) => ({
  one: () => at.two,
  two: (m, t) => ret(m, t, 0),
}));

/** A machine of three CPUs with two threads each; thread i is on CPU i modulo 3. */
function readers(preemption: "full" | "voluntary" = "full"): Machine {
  const machine = smallMachine({ cpus: 3, threadsPerCpu: 2, profile: mendedProfile({ preemption }) });
  settle(machine);
  return machine;
}

/** Lets thread `i` enter a reader and thread `by` take the CPU away from it. */
function preemptedReader(machine: Machine, i: number, by: number, reads: number = reader.start): number {
  const t = threadOf(machine, i);
  start(machine, t, reads);
  stepTask(machine, t);
  start(machine, threadOf(machine, by), busy.start);
  runTask(machine, threadOf(machine, by));
  assertEquals(machine.m.rcuTask.blockedOn[t], machine.m.rdp.leaf[machine.m.task.cpu[t]!]! + 1);
  return t;
}

Deno.test("a reader preempted before the grace period blocks it until it ends", () => {
  const machine = readers();
  const { m } = machine;
  const t = preemptedReader(machine, 1, 4);
  assertEquals(m.rcuTask.blocksGp[t], 0);
  startGp(machine);
  assertEquals([m.rcuTask.blocksGp[t], m.rnp.gp_tasks[0]], [1, 1]);
  passJiffies(machine, 40);
  assertEquals(m.rcu.completed[0], 0);
  runTask(machine, t);
  settle(machine);
  assertEquals([m.rcu.completed[0], m.rnp.gp_tasks[0], m.rnp.blkd_tasks[0]], [1, 0, 0]);
});

Deno.test("a reader preempted while its CPU owes the grace period blocks it", () => {
  const machine = readers();
  const { m } = machine;
  startGp(machine);
  const t = preemptedReader(machine, 1, 4);
  assertEquals(m.rcuTask.blocksGp[t], 1);
  passJiffies(machine, 40);
  assertEquals(m.rcu.completed[0], 0);
  runTask(machine, t);
  settle(machine);
  assertEquals(m.rcu.completed[0], 1);
});

Deno.test("a reader that begins after its CPU's quiescent state does not block this grace period but the next", () => {
  const machine = readers();
  const { m } = machine;
  const holdsUp = threadOf(machine, 2);
  start(machine, holdsUp, reader.start);
  stepTask(machine, holdsUp);
  startGp(machine);
  passJiffies(machine, 4);
  assertEquals([0, 1, 2].map((c) => owesQs(m, c)), [false, false, true]);
  const late = preemptedReader(machine, 1, 4);
  assertEquals([m.rcuTask.blocksGp[late], m.rnp.gp_tasks[0]], [0, 0]);
  runTask(machine, holdsUp);
  passJiffies(machine, 2);
  assertEquals([m.rcu.completed[0], m.rcuTask.nesting[late]], [1, 1]);
  startGp(machine);
  passJiffies(machine, 40);
  assertEquals([m.rcu.completed[0], m.rcuTask.blocksGp[late]], [1, 1]);
  runTask(machine, late);
  settle(machine);
  assertEquals(m.rcu.completed[0], 2);
});

Deno.test("a reader that ends with interrupts off reports when they are on again, at the tick", () => {
  const machine = readers();
  const { m } = machine;
  const t = preemptedReader(machine, 1, 4, atomicReader.start);
  startGp(machine);
  passJiffies(machine, 4);
  runTask(machine, t, atomicReader.at.after);
  assertEquals([m.rcuTask.nesting[t], m.rcuTask.blockedOn[t], m.rnp.gp_tasks[0]], [0, 1, 1]);
  stepTask(machine, t);
  assertEquals([m.cpu.irqOff[1], m.rcuTask.blockedOn[t]], [0, 1]);
  stepTask(machine, m.roles.tick[1]!);
  assertEquals([m.rcuTask.blockedOn[t], m.rnp.gp_tasks[0]], [0, 0]);
  assertEquals(m.task.state[m.gpTask], TASK.ready);
});

Deno.test("the tick is a quiescent state of a preemptible kernel outside of readers, and only there", () => {
  for (
    const [preemption, inReader, reports] of [
      ["full", false, true],
      ["full", true, false],
      ["voluntary", false, false],
      ["voluntary", true, false],
    ] as const
  ) {
    const machine = readers(preemption);
    const { m } = machine;
    const t = threadOf(machine, 1);
    start(machine, t, inReader ? reader.start : busy.start);
    stepTask(machine, t);
    startGp(machine);
    tickCpu(machine, 1); // notices the grace period
    tickCpu(machine, 1);
    tickCpu(machine, 1);
    assertEquals(owesQs(m, 1), !reports, `${preemption}, ${inReader ? "in" : "outside of"} a reader`);
  }
});

Deno.test("the tick of an idle CPU is a quiescent state only without preemption: the idle task has it off", () => {
  for (const [preemption, reports] of [["full", false], ["voluntary", true]] as const) {
    const machine = readers(preemption);
    const { m } = machine;
    startGp(machine);
    for (let i = 0; i < 3; i++) tickCpu(machine, 1);
    assertEquals([m.cpu.curr[1], owesQs(m, 1)], [0, !reports], preemption);
    passJiffies(machine, 3); // the scan finds it idle
    assertEquals([owesQs(m, 1), m.rcu.completed[0]! > 0], [false, true], preemption);
  }
});

Deno.test("a context switch is a quiescent state of a kernel that is not preemptible", () => {
  const machine = readers("voluntary");
  const { m } = machine;
  const t = threadOf(machine, 1);
  start(machine, t, reader.start);
  stepTask(machine, t);
  assertEquals(m.cpu.preemptOff[1], 1);
  startGp(machine);
  passJiffies(machine, 40);
  assertEquals([m.rcu.completed[0], owesQs(m, 1)], [0, true]);
  runTask(machine, t);
  assertEquals(m.cpu.preemptOff[1], 0);
  passJiffies(machine, 3);
  assertEquals(m.rcu.completed[0], 1);
});

Deno.test("rcu_gp_kthread hurries CPUs only once the grace period is older than jiffies_to_sched_qs", () => {
  const machine = readers("voluntary");
  const { m } = machine;
  const t = threadOf(machine, 1);
  start(machine, t, busy.start);
  stepTask(machine, t);
  startGp(machine);
  const limit = jiffies_to_sched_qs(250, 3);
  while (m.clock.jiffies[0]! < limit) {
    passJiffies(machine, 1);
    assertEquals(m.cpu.needResched[1], 0, `after ${m.clock.jiffies[0]} jiffies`);
  }
  passJiffies(machine, 4);
  assertEquals(m.cpu.needResched[1], 1);
});

Deno.test("synchronize_rcu() waits for a reader that runs, and not for one that comes later", () => {
  const machine = readers();
  const { m } = machine;
  const early = preemptedReader(machine, 1, 4);
  const waiter = threadOf(machine, 2);
  start(machine, waiter, synchronize_rcu.start);
  runTask(machine, waiter);
  assertEquals(m.task.state[waiter], TASK.sleeping);
  passJiffies(machine, 20);
  assertEquals([m.rcuTask.done[waiter], m.rcu.completed[0]], [0, 0]);
  const late = threadOf(machine, 4);
  start(machine, late, reader.start);
  stepTask(machine, late);
  runTask(machine, early);
  passJiffies(machine, 5);
  assertEquals(m.rcuTask.nesting[late], 1);
  assertEquals([m.rcuTask.nesting[early], m.rcuTask.done[waiter], m.task.state[waiter]], [0, 1, TASK.ready]);
});

Deno.test("synchronize_rcu() inside a reader is a bug, and on the only CPU without preemption it is nothing", () => {
  const machine = readers();
  const t = threadOf(machine, 0);
  rcu_read_lock(machine.m, t);
  start(machine, t, synchronize_rcu.start);
  assertThrows(() => runTask(machine, t), KernelBug, "inside a read-side section");
  for (const preemption of ["voluntary", "full"] as const) {
    const single = smallMachine({ cpus: 1, profile: mendedProfile({ preemption }) });
    settle(single);
    start(single, threadOf(single, 0), synchronize_rcu.start);
    runTask(single, threadOf(single, 0));
    const sleeps = single.m.task.state[threadOf(single, 0)] === TASK.sleeping;
    assertEquals(sleeps, preemption === "full");
  }
});

Deno.test("synchronize_rcu() without preemption returns at once where one CPU is up, before 6.1", () => {
  for (
    const [name, sleeps] of [["v5_9", false], ["v5_14", false], ["v6_1", true], ["v6_18", true]] as const
  ) {
    const machine = smallMachine({ cpus: 2, profile: mendedProfile(profileNamed(name)) });
    const t = threadOf(machine, 0);
    settle(machine);
    machine.m.cpu.online[1] = 0;
    start(machine, t, synchronize_rcu.start);
    runTask(machine, t);
    assertEquals(machine.m.task.state[t] === TASK.sleeping, sleeps, name);
  }
});

Deno.test("rcu_read_unlock() without a reader is a bug", () => {
  const machine = smallMachine();
  assertThrows(() => rcu_read_unlock(machine.m, threadOf(machine, 0)), KernelBug, "never entered");
});

Deno.test("a callback queued during a grace period waits for the next one", () => {
  const machine = readers();
  const { m } = machine;
  const invoked: [number, number][] = [];
  m.events.subscribe({
    kinds: [EVENT.callbackInvoked],
    onEvent: (_k, _t, cb) => void invoked.push([cb, m.rcu.completed[0]!]),
  });
  const [a, b] = [threadOf(machine, 1), threadOf(machine, 2)];
  const add = (t: number) => {
    m.callback.func[t] = CALLBACK.count;
    call_rcu(m, t, t);
  };
  add(a);
  for (let i = 0; i < 20 && m.rcu.gp_seq[0] === INITIAL_GP_SEQ; i++) passJiffies(machine, 1);
  assertEquals(m.rcu.gp_seq[0], INITIAL_GP_SEQ + 1, "the tick asked for a grace period");
  add(b);
  passJiffies(machine, 30);
  assertEquals(invoked, [[a, 1], [b, 2]]);
  assertEquals([m.rcu.completed[0], m.rcu.gp_flags[0], m.rdp.len[1], m.rdp.len[2]], [2, 0, 0, 0]);
});

Deno.test("a callback is never invoked before its grace period, across the wrap of gp_seq", () => {
  const machine = readers();
  const { m } = machine;
  for (const field of [m.rcu.gp_seq, m.rnp.gp_seq, m.rnp.gp_seq_needed, m.rdp.gp_seq]) {
    field.fill(0x7fff_fff0);
  }
  const waiter = threadOf(machine, 1);
  for (let i = 0; i < 8; i++) {
    start(machine, waiter, synchronize_rcu.start);
    runTask(machine, waiter);
    const before = m.rcu.completed[0]!;
    for (let j = 0; j < 30 && m.rcuTask.done[waiter] === 0; j++) passJiffies(machine, 1);
    runTask(machine, waiter);
    assert(m.rcu.completed[0]! > before && m.task.state[waiter] === TASK.idle);
  }
  assert(m.rcu.gp_seq[0]! < 0, "the number has wrapped");
});

for (const [HZ, jiffies] of [[250, 2], [300, 3], [1000, 4]] as const) {
  Deno.test(`a grace period of an idle machine takes ${jiffies} jiffies at HZ=${HZ}`, () => {
    const profile = mendedProfile({ HZ });
    const machine = smallMachine({ virtualTime: true, profile });
    const { m } = machine;
    const times: number[] = [];
    m.events.subscribe({
      kinds: [EVENT.gpStart, EVENT.gpEnd],
      onEvent: (_k, t) => void times.push(m.cpu.clockNs[m.task.cpu[t]!]! / m.tickNs),
    });
    const waiter = threadOf(machine, 1);
    m.cpu.clockNs.fill(10.4 * m.tickNs);
    start(machine, waiter, synchronize_rcu.start);
    runSteps(m, machine.table, new VirtualTimeScheduler(), 500);
    const [began, ended] = times;
    assertEquals(m.task.state[waiter], TASK.idle);
    assert(Math.abs(ended! - began! - jiffies) < 0.1, `took ${ended! - began!} jiffies`);
  });
}
