/**
 * Loads: random programs are well formed, the storm does what rcuscale does, and a thread ends with what it held freed.
 */
import { assert, assertEquals } from "@std/assert";
import { allocateObject, runTask, smallMachine, threadOf } from "../../tests/support/machines.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions } from "../run/options.ts";
import { Prng } from "../sim/prng.ts";
import { TASK } from "../sim/task.ts";
import { GFP_NAMES, GFPS } from "./gfps.ts";
import { CALL_WORDS, CODE, SLOTS } from "./program.ts";
import { randomDeviceProgram, randomThreadProgram } from "./random_program.ts";

const OPTIONS = { calls: 400, rateHz: 0, caches: 3, orderMax: 10 };

function callsOf(program: Int32Array): number[][] {
  assertEquals(program.length % CALL_WORDS, 0);
  return Array.from({ length: program.length / CALL_WORDS }, (_, i) => [
    ...program.subarray(i * CALL_WORDS, (i + 1) * CALL_WORDS),
  ]);
}

Deno.test("randomThreadProgram() closes every reader and irq-off part, and sleeps in none of them", () => {
  for (let seed = 0; seed < 60; seed++) {
    let [readers, irqsOff] = [0, 0];
    const calls = callsOf(randomThreadProgram(new Prng(`t/${seed}`), OPTIONS));
    for (const [code, a, b] of calls) {
      if (code === CODE.readLock) readers++;
      if (code === CODE.readUnlock) readers--;
      if (code === CODE.irqOff) irqsOff++;
      if (code === CODE.irqOn) irqsOff--;
      const maySleep = code === CODE.sleep || code === CODE.kvfreeVmalloc || code === CODE.fill ||
        code === CODE.alloc || (code === CODE.kvfree && b === 1);
      if (maySleep) assertEquals([readers, irqsOff], [0, 0]);
      if (code === CODE.kvfree) assert(a! < OPTIONS.caches);
      if (code === CODE.alloc) assert((a! & 15) <= 10 && (a! >> 4) < GFPS.length && b! < SLOTS);
    }
    assertEquals([readers, irqsOff], [0, 0]);
    assertEquals(calls.at(-1)![0], CODE.end);
    assertEquals(calls.slice(-SLOTS - 1, -1).map(([code, slot]) => [code, slot]), slotsFreed());
  }
});

function slotsFreed(): number[][] {
  return Array.from({ length: SLOTS }, (_, slot) => [CODE.free, slot]);
}

Deno.test("randomThreadProgram() frees a slot before it fills it again", () => {
  let filled = 0;
  for (let seed = 0; seed < 20; seed++) {
    const calls = callsOf(randomThreadProgram(new Prng(`slots/${seed}`), OPTIONS));
    calls.forEach(([code, , slot], i) => {
      if (code !== CODE.alloc) return;
      assertEquals(calls[i - 1]!.slice(0, 2), [CODE.free, slot]);
      filled++;
    });
  }
  assert(filled > 100, `${filled}`); // some programs allocate nothing
});

Deno.test("randomThreadProgram() leaves some kinds of calls out of some programs, and kvfree out of none", () => {
  const kinds = new Map<number, number>();
  for (let seed = 0; seed < 100; seed++) {
    const codes = new Set(
      callsOf(randomThreadProgram(new Prng(`mix/${seed}`), OPTIONS)).map(([code]) => code!),
    );
    for (const code of codes) kinds.set(code, (kinds.get(code) ?? 0) + 1);
  }
  assertEquals(kinds.get(CODE.kvfree), 100);
  for (const code of [CODE.readLock, CODE.sleep, CODE.fill, CODE.alloc, CODE.irqOff]) {
    assert(kinds.get(code)! > 50 && kinds.get(code)! < 95, `${code} in ${kinds.get(code)} of 100`);
  }
});

Deno.test("randomThreadProgram() puts gaps of the asked mean between its calls", () => {
  const calls = callsOf(randomThreadProgram(new Prng("rate"), { ...OPTIONS, calls: 5000, rateHz: 1e5 }));
  const gaps = calls.filter(([code]) => code === CODE.work).map(([, ns]) => ns!);
  const mean = gaps.reduce((a, b) => a + b) / gaps.length;
  assert(Math.abs(mean - 1e4) < 1000, `mean gap is ${mean} ns`);
});

Deno.test("randomDeviceProgram() never waits, whatever it does", () => {
  const calls = callsOf(randomDeviceProgram(new Prng("device"), 300, 1000, 3));
  const atomic = GFP_NAMES.indexOf("ATOMIC");
  for (const [code, a, b] of calls) {
    if (code === CODE.alloc) assertEquals(a, 16 * atomic);
    else if (code === CODE.kvfree) assertEquals(b, 0);
    else assert(code === CODE.work || code === CODE.free || code === CODE.end);
  }
  assertEquals(calls.at(-1)![0], CODE.end);
});

Deno.test("program runs its calls in order and ends with its slots empty", () => {
  const calls = [
    [CODE.alloc, 2 + 16 * 2, 3],
    [CODE.kvfree, 0, 0],
    [CODE.readLock, 0, 0],
    [CODE.readUnlock, 0, 0],
    [CODE.irqOff, 0, 0],
    [CODE.irqOn, 0, 0],
    [CODE.free, 3, 0],
    [CODE.free, 3, 0],
    [CODE.end, 0, 0],
  ];
  const machine = smallMachine({ cpus: 1, threads: [{ cpu: 0, program: Int32Array.from(calls.flat()) }] });
  const { m } = machine;
  const t = threadOf(machine, 0);
  runTask(machine, t);
  assertEquals([m.task.state[t], m.workload.live[0], m.workload.calls[0]], [TASK.finished, 0, 1]);
  assertEquals([m.program.at[0], [...m.program.slot.slice(0, SLOTS)]], [
    calls.length,
    new Array(SLOTS).fill(0),
  ]);
  assertEquals([m.cpu.irqOff[0], m.cpu.preemptOff[0], m.rcuTask.nesting[t]], [0, 0, 0]);
  assertEquals(m.krc.count[0], 1);
});

Deno.test("kfree_scale_thread gives kfree_alloc_num objects to kvfree_rcu() in each of its loops", () => {
  const options = {
    ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
    workload: "kfree_storm" as const,
    scheduler: "virtual" as const,
    threads: 3,
    kfree_alloc_num: 70,
    kfree_loops: 5,
    kfree_mult: 4,
  };
  const { collector, m } = execute(options);
  assertEquals([m.workload.calls[0], m.workload.failed[0], m.workload.live[0]], [3 * 70 * 5, 0, 0]);
  assertEquals(collector.freed, 3 * 70 * 5);
  const rates = m.roles.threads[0]!.map((t) => Math.round(m.task.vruntimeRate[t]!)).filter((rate) =>
    rate !== 1
  );
  assertEquals([...rates], [68, 68], "its threads are as nice as can be, and nobody else is");
  assertEquals(m.caches.map((c) => c.size), [96], "four times 24 bytes");
});

Deno.test("smallMachine's objects are of its first cache", () => {
  const machine = smallMachine();
  const object = allocateObject(machine, threadOf(machine, 0));
  assertEquals(machine.m.slab.cache[machine.m.object.slab[object]!], 0);
});
