/**
 * Fair scheduling: a kernel's times, whom a tick and a wake-up make room for, and what a sleeper is owed.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mendedProfile, smallMachine, threadOf } from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { runSteps } from "../scheduler/engine.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { begin, TASK } from "../sim/task.ts";
import { type Cpus, spend } from "./cpu.ts";
import {
  check_preempt_tick,
  fairTimes,
  place_entity,
  set_user_nice,
  update_min_vruntime,
  wakeup_preempt_entity,
} from "./fair.ts";
import { cond_resched, switchTo } from "./sched.ts";

for (
  const [cpus, latencyMs, leastMs, wakeupMs] of [
    [1, 6, 0.75, 1],
    [2, 12, 1.5, 2],
    [3, 12, 1.5, 2],
    [4, 18, 2.25, 3],
    [8, 24, 3, 4],
    [256, 24, 3, 4],
  ] as const
) {
  Deno.test(`fairTimes: on ${cpus} CPUs the latency is ${latencyMs} ms, half of which a sleeper is owed`, () => {
    assertEquals(fairTimes("fair", cpus), {
      latencyNs: latencyMs * 1e6,
      leastNs: leastMs * 1e6,
      wakeupNs: wakeupMs * 1e6,
      sleeperNs: latencyMs * 5e5,
      byDeadline: false,
    });
    assertEquals(fairTimes("deadlines", cpus), {
      latencyNs: leastMs * 1e6,
      leastNs: leastMs * 1e6,
      wakeupNs: 0,
      sleeperNs: 0,
      byDeadline: true,
    });
  });
}

Deno.test("fairTimes: versions from 6.6 on have deadlines", () => {
  const latency = (name: string) =>
    smallMachine({ cpus: 2, profile: mendedProfile({ ...profileNamed(name) }) }).m.fair.latencyNs;
  assertEquals(["v5_9", "v6_3", "v6_12", "v6_18"].map(latency), [12e6, 12e6, 1.5e6, 1.5e6]);
});

/** One CPU on which thread 0 is current and the others, if any, can run, with what each has had, in ms. */
function sharing(hadMs: readonly number[], pickedAtMs = 0, version = "v5_9") {
  const profile = mendedProfile(profileNamed(version));
  const machine = smallMachine({ cpus: 1, threadsPerCpu: Math.max(2, hadMs.length + 1), profile });
  const { m } = machine;
  m.task.state.fill(TASK.sleeping);
  const first = threadOf(machine, 0);
  hadMs.forEach((ms, i) => {
    m.task.state[first + i] = TASK.ready;
    m.task.vruntimeNs[first + i] = ms * 1e6;
  });
  switchTo(m, first);
  m.cpu.pickedAtNs[0] = pickedAtMs * 1e6;
  return { m, first };
}

for (
  const [is, hadMs, pickedAtMs, asked] of [
    ["it is alone", [100], 0, false],
    ["it has used half of the latency up", [3, 3], 0, false],
    ["it has had more than half of the latency", [3.1, 9], 0, true],
    ["it has had more than a third of the latency beside two others", [2.1, 9, 9], 0, true],
    ["another has had as much less as a share, but it was picked just now", [10, 1], 9.9, false],
    ["another has had less by more than a share", [10, 6.9], 9, true],
    ["another has had less by a share", [10, 7], 9, false],
  ] as const
) {
  Deno.test(`check_preempt_tick: a thread ${asked ? "makes room" : "goes on"} when ${is}`, () => {
    assertEquals(check_preempt_tick(sharing(hadMs, pickedAtMs).m, 0), asked);
  });
}

Deno.test("check_preempt_tick: of eight threads each has an eighth of the latency, of nine the least share", () => {
  for (
    const [threads, hadMs, asked] of [[8, 0.74, false], [8, 0.76, true], [9, 0.74, false], [
      9,
      0.76,
      true,
    ]] as const
  ) {
    const { m } = sharing([hadMs, ...new Array<number>(threads - 1).fill(50)]);
    assertEquals(check_preempt_tick(m, 0), asked);
  }
});

Deno.test("update_min_vruntime() follows who has had least, the current thread too, and never falls", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 4 }), fc.nat(100), (hadMs, before) => {
      const { m } = sharing(hadMs);
      m.cpu.minVruntimeNs[0] = before * 1e6;
      update_min_vruntime(m, 0);
      assertEquals(m.cpu.minVruntimeNs[0], Math.max(before, Math.min(...hadMs)) * 1e6);
    }),
  );
});

Deno.test("place_entity() owes a sleeper half the latency, and takes nothing away", () => {
  for (const [slept, placed] of [[0, 47], [46, 47], [48, 48], [60, 60]] as const) {
    const { m, first } = sharing([50, 70]);
    m.task.vruntimeNs[first + 2] = slept * 1e6;
    place_entity(m, 0, first + 2);
    assertEquals(m.task.vruntimeNs[first + 2], placed * 1e6);
  }
});

Deno.test("wakeup_preempt_entity() asks for more than the granularity", () => {
  const { m, first } = sharing([50, 49]);
  assert(!wakeup_preempt_entity(m, first, first + 1));
  m.task.vruntimeNs[first + 1]!--;
  assert(wakeup_preempt_entity(m, first, first + 1));
});

for (
  const [is, hadMs, pickedAtMs, nice, preempts] of [
    ["a nice one, whose slice is over", [60, 60], 0, true, true],
    ["a nice one, whose slice is not over", [50, 50], 49, true, false],
    ["an equal one that has had as much", [50, 50], 0, false, false],
    ["an equal one that has had more, whose slice is over", [50, 49], 0, false, true],
    ["an equal one that has had more, whose slice is not over", [50, 49], 49.5, false, false],
    ["an equal one that has had less", [50, 51], 0, false, false],
  ] as const
) {
  Deno.test(`wakeup_preempt_entity by deadlines: who wakes ${preempts ? "comes before" : "waits for"} ${is}`, () => {
    const { m, first } = sharing(hadMs, pickedAtMs, "v6_12");
    if (nice) set_user_nice(m, first);
    assertEquals(wakeup_preempt_entity(m, first, first + 1), preempts);
  });
}

Deno.test("a nice thread has 15 of 1039 parts, and must have had 68 times less than another to preempt it", () => {
  const { m, first } = sharing([50, 50]);
  set_user_nice(m, first);
  assertAlmostEquals(m.task.vruntimeRate[first]!, 1024 / 15);
  const partNs = 6e6 * 15 / 1039;
  const ran = (ns: number) => m.cpu.pickedAtNs[0] = m.task.vruntimeNs[first]! - ns * 1024 / 15;
  ran(partNs - 1);
  assert(!check_preempt_tick(m, 0));
  ran(partNs + 1);
  assert(check_preempt_tick(m, 0));
  m.task.vruntimeNs[first + 1] = m.task.vruntimeNs[first]! + 2e6;
  assert(!wakeup_preempt_entity(m, first + 1, first), "two ms less are enough at nice 0 only");
  m.task.vruntimeNs[first + 1] = m.task.vruntimeNs[first]! + 70e6;
  assert(wakeup_preempt_entity(m, first + 1, first));
  m.task.vruntimeNs[first + 1] = m.task.vruntimeNs[first]! - 2e6;
  assert(wakeup_preempt_entity(m, first, first + 1));
});

Deno.test("check_preempt_tick: beside a nice thread another has nearly all of the latency", () => {
  for (const [hadMs, asked] of [[5.9, false], [5.92, true]] as const) {
    const { m, first } = sharing([hadMs, 50]);
    set_user_nice(m, first + 1);
    assertEquals(check_preempt_tick(m, 0), asked);
  }
});

const STEP_NS = 10_000;
/** Runs for ever and lets others run after each section. */
const spinner = operation<Cpus, "on">("testFairSpinner", { on: TOUCHES.own }, (at) => ({
  on(m, t) {
    spend(m, t, STEP_NS);
    cond_resched(m, t);
    return at.on;
  },
}));

for (
  const [version, cpus, threads, sliceMs] of [
    ["v5_9", 1, 2, 4],
    ["v5_9", 1, 3, 4],
    ["v5_9", 4, 2, 12],
    ["v6_12", 4, 2, 4],
  ] as const
) {
  Deno.test(`virtual time, ${version}: ${threads} threads on one of ${cpus} CPUs take turns of ${sliceMs} ms`, () => {
    const profile = mendedProfile(profileNamed(version));
    const machine = smallMachine({ cpus, threadsPerCpu: threads, virtualTime: true, profile });
    const { m } = machine;
    const all = Array.from({ length: threads }, (_, i) => threadOf(machine, i * cpus));
    all.forEach((t) => begin(m, t, spinner.start));
    const scheduler = new VirtualTimeScheduler();
    let [last, sinceNs] = [-1, 0];
    const slices: number[] = [];
    for (let i = 0; i < 60_000; i++) {
      runSteps(m, machine.table, scheduler, 1);
      const curr = m.cpu.curr[0]! - 1;
      if (curr === last) continue;
      if (all.includes(last) && all.includes(curr)) slices.push(m.cpu.clockNs[0]! - sinceNs);
      [last, sinceNs] = [curr, m.cpu.clockNs[0]!];
    }
    const had = all.map((t) => m.task.vruntimeNs[t]!);
    assertAlmostEquals(Math.max(...had) / Math.min(...had), 1, 0.05);
    slices.sort((a, b) => a - b);
    assertAlmostEquals(slices[slices.length >> 1]!, sliceMs * 1e6, 2 * STEP_NS);
  });
}

Deno.test("virtual time: a nice thread beside a busy one gets 15 of 1039 parts of the CPU", () => {
  const machine = smallMachine({ cpus: 1, threadsPerCpu: 2, virtualTime: true });
  const { m } = machine;
  const [busy, nice] = [threadOf(machine, 0), threadOf(machine, 1)];
  for (const t of [busy, nice]) begin(m, t, spinner.start);
  set_user_nice(m, nice);
  let niceSteps = 0;
  const scheduler = new VirtualTimeScheduler();
  const steps = 400_000;
  for (let i = 0; i < steps; i++) {
    runSteps(m, machine.table, scheduler, 1);
    if (m.cpu.curr[0] === nice + 1) niceSteps++;
  }
  assertAlmostEquals(niceSteps / steps, 15 / 1039, 0.003);
});
