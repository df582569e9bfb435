/**
 * Stolen time: how much of it there is, whom it meets, and that a seed says when.
 */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import type { Cpus } from "../cpu/cpu.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { Prng } from "../sim/prng.ts";
import { StolenTime } from "./stolen_time.ts";

/** Clocks of CPUs and nothing else; task c runs on CPU c where `running` says so. */
function clocks(running: readonly boolean[]): Cpus {
  return {
    nrCpus: running.length,
    cpu: {
      clockNs: new Float64Array(running.length),
      idleNs: new Float64Array(running.length),
      curr: Int32Array.from(running, (runs, c) => runs ? c + 1 : 0),
    },
    task: { vruntimeNs: new Float64Array(running.length) },
  } as unknown as Cpus;
}

function storm(changes: Partial<RunOptions>): RunOptions {
  return {
    ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
    scheduler: "virtual",
    workload: "kfree_storm",
    slowdown: 10,
    ...changes,
  };
}

Deno.test("StolenTime takes the share that was asked for, in slices of 4 ms, from the task that runs", () => {
  for (const share of [0.1, 0.45, 0.9]) {
    const m = clocks([true]);
    const host = new StolenTime(m, share, new Prng("share"));
    let slices = 0;
    while (slices < 2000) {
      if (host.take(0)) slices++;
      else m.cpu.clockNs[0] = m.cpu.clockNs[0]! + 10_000;
    }
    assertEquals(m.task.vruntimeNs[0], slices * 4e6);
    assertAlmostEquals(slices * 4e6 / m.cpu.clockNs[0]!, share, 0.01, `${share}`);
  }
});

Deno.test("StolenTime takes nothing from a CPU that sleeps, and no task's time from one in an interrupt", () => {
  const m = clocks([false]);
  const host = new StolenTime(m, 0.5, new Prng("idle"));
  for (let i = 0; i < 1000; i++) {
    m.cpu.clockNs[0] = m.cpu.clockNs[0]! + 1e6;
    m.cpu.idleNs[0] = m.cpu.idleNs[0]! + 1e6;
    assert(!host.take(0), "taken from an idle CPU");
  }
  m.cpu.clockNs[0] = m.cpu.clockNs[0]! + 20e6; // it handles interrupts
  assert(host.take(0), "not taken from a busy one");
  assertEquals(m.task.vruntimeNs[0], 0);
});

Deno.test("StolenTime makes a load longer by its share, and a seed says when", () => {
  const [none, half, again, other] = [{ stolen: 0 }, { stolen: 0.5 }, { stolen: 0.5 }, {
    stolen: 0.5,
    seed: "2",
  }]
    .map((changes) => execute(storm(changes)));
  for (const { violation, collector } of [none!, half!, again!, other!]) {
    assertEquals([violation, collector.freed], [null, 160_000]);
  }
  const loadNs = ({ m }: { readonly m: Cpus }) => m.cpu.clockNs[0]! - m.cpu.idleNs[0]!;
  const ratio = loadNs(half!) / loadNs(none!);
  assert(ratio > 1.6 && ratio < 2.4, `${ratio} times as long with half of the time stolen`);
  assertEquals(again!.m.cpu.clockNs, half!.m.cpu.clockNs);
  assertNotEquals(other!.m.cpu.clockNs, half!.m.cpu.clockNs);
});

Deno.test("StolenTime is virtual time's: the random scheduler has none", () => {
  const random = { scheduler: "random", kfree_loops: 1, kfree_alloc_num: 500 } as const;
  const [without, stolen] = [0, 0.5].map((stolen) => execute(storm({ ...random, stolen })));
  assertEquals(stolen!.steps, without!.steps);
  assertEquals(stolen!.m.cpu.clockNs, without!.m.cpu.clockNs);
});
