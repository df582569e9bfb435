/** High-resolution timers against a list of what is due: the earliest of a CPU fires first, at its time, once. */
import { assert, assertEquals } from "@std/assert";
import { smallMachine, start, stepTask, threadOf } from "../../tests/support/machines.ts";
import { TOUCHES } from "../sim/footprint.ts";
import { operation } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { frame, ret, TASK } from "../sim/task.ts";
import { type Cpus, nowNs } from "./cpu.ts";
import { hrtimer_interrupt, hrtimer_start, usleep_range } from "./hrtimer.ts";

/** Sleeps for the nanoseconds of register 0. */
const napper = operation<Cpus, "nap" | "woken">(
  "testNapper",
  { nap: TOUCHES.timer | TOUCHES.task, woken: TOUCHES.own },
  (at) => ({
    nap(m, t) {
      usleep_range(m, t, m.task.reg[frame(m, t)]!);
      return at.woken;
    },
    woken: (m, t) => ret(m, t, 0),
  }),
);

const CPUS = 2;

Deno.test("hrtimer_interrupt() wakes the sleepers of its own CPU, the earliest first and none too soon", () => {
  const machine = smallMachine({ cpus: CPUS, threadsPerCpu: 5, virtualTime: true });
  const { m } = machine;
  const prng = new Prng("naps");
  /** When each sleeping thread is due. */
  const due = new Map<number, number>();
  const earliest = (cpu: number) =>
    [...due].filter(([t]) => m.task.cpu[t] === cpu).sort(([, a], [, b]) => a - b)[0];
  let woken = 0;
  for (let round = 0; round < 600; round++) {
    const t = threadOf(machine, prng.upTo(CPUS * 5 - 1));
    if (m.task.state[t] === TASK.idle && prng.chance(3, 5)) {
      const ns = prng.upTo(5) * m.cost.timerMinDelta / 2;
      start(machine, t, napper.start, ns);
      stepTask(machine, t);
      due.set(t, nowNs(m, t) + Math.max(ns, m.cost.timerMinDelta));
    } else {
      const cpu = m.task.cpu[t]!;
      const interrupt = m.roles.hrtimer[cpu]!;
      const first = earliest(cpu);
      if (first === undefined) continue;
      m.cpu.clockNs[cpu] = Math.max(m.cpu.clockNs[cpu]!, first[1]);
      do stepTask(machine, interrupt); while (m.task.state[interrupt] === TASK.ready);
      const now = m.cpu.clockNs[cpu]!;
      for (const [sleeper, at] of due) {
        if (m.task.cpu[sleeper] !== cpu || at > now) continue;
        assertEquals(m.task.state[sleeper], TASK.ready);
        stepTask(machine, sleeper);
        due.delete(sleeper);
        woken++;
      }
    }
    for (const sleeper of due.keys()) assertEquals(m.task.state[sleeper], TASK.sleeping);
    for (let cpu = 0; cpu < CPUS; cpu++) {
      assertEquals(m.cpu.hrtimerDueNs[cpu], earliest(cpu)?.[1] ?? Infinity);
    }
  }
  assert(woken > 100);
});

Deno.test("hrtimer_start() moves a timer that is started, which queues its work with high priority", () => {
  const machine = smallMachine({ cpus: CPUS, virtualTime: true });
  const { m } = machine;
  const t = threadOf(machine, 1);
  const interrupt = m.roles.hrtimer[1]!;
  hrtimer_start(m, t, 1, m.pageCacheWork + 1, 1e6);
  hrtimer_start(m, t, 1, m.pageCacheWork + 1, 5e6);
  const due = nowNs(m, t) + 5e6;
  assertEquals([...m.cpu.hrtimerDueNs], [Infinity, due]);
  for (const [early, pending] of [[1, 0], [0, 1]] as const) {
    m.cpu.clockNs[1] = due - early - m.cost.interrupt;
    stepTask(machine, interrupt);
    stepTask(machine, interrupt);
    assertEquals(m.work.pending[m.pageCacheWork + 1], pending);
  }
  assertEquals([m.task.pc[interrupt], m.cpu.hrtimerDueNs[1]], [hrtimer_interrupt.at.expire, Infinity]);
  assertEquals([...m.pool.head.slice(0, 4)].map((item) => item === m.pageCacheWork + 2), [
    false,
    false,
    false,
    true,
  ]);
});
