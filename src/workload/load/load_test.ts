/**
 * Loads of the registry: each runs to its end with nothing violated, is the same every time, and does what it is for.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { EVENT } from "../../sim/events.ts";
import { LEVEL } from "../../sim/task.ts";
import { execute } from "../../run/execution.ts";
import { geometryFromSize } from "../../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../../run/options.ts";
import { LOADS } from "./registry.ts";

const GEOMETRY = geometryFromSize({ memoryBytes: 128 * 1024 ** 2, cpus: 2, nodes: 1 });

function loadRun(workload: string, change: Partial<RunOptions> = {}) {
  const base = { ...defaultRunOptions(GEOMETRY), scheduler: "virtual", calls: 300, rateHz: 20_000 } as const;
  return { ...base, gapUs: 2000, workload, ...change } as RunOptions;
}

for (const load of LOADS) {
  for (const scheduler of ["virtual", "random"] as const) {
    Deno.test(`load ${load.name} under scheduler ${scheduler} ends with nothing violated, all freed`, () => {
      const { collector, violation } = execute(loadRun(load.name, { scheduler }));
      assertEquals(violation, null);
      const callers = load.name === "memory_pressure" ? 1.9 : 2;
      assert(collector.freed + collector.synchronized >= 300 * callers, `${collector.freed} freed`);
      assertEquals(collector.waiting, 0);
    });
  }
}

Deno.test("poisson keeps its rate: calls that were late are made up for", () => {
  const { m } = execute(loadRun("poisson", { calls: 2000 }), { checkers: [] });
  const expectedNs = 2000 / 20_000 * 1e9;
  assert(Math.abs(m.workload.endNs[0]! / expectedNs - 1) < 0.1, `${m.workload.endNs[0]} ns`);
});

Deno.test("on_off takes about twice as long as poisson at the same rate, and another seed draws other times", () => {
  const endNs = (workload: string, seed = "1") =>
    execute(loadRun(workload, { calls: 4000, seed }), { checkers: [] }).m.workload.endNs[0]!;
  const ratio = endNs("on_off") / endNs("poisson");
  assert(ratio > 1.5 && ratio < 2.6, `${ratio}`);
  assert(endNs("on_off") !== endNs("on_off", "2"));
  assertEquals(endNs("on_off"), endNs("on_off"));
});

Deno.test("interrupt calls kvfree_rcu() in hard interrupts only, and nothing else does", () => {
  const levels = new Set<number>();
  execute(loadRun("interrupt"), {
    checkers: [],
    prepare: ({ m }) =>
      m.events.subscribe({
        kinds: [EVENT.kvfreeQueued],
        onEvent: (_kind: number, t: number) => void levels.add(m.task.level[t]!),
      }),
  });
  assertEquals([...levels], [LEVEL.hardirq]);
  const { m } = execute(loadRun("interrupt", { calls: 2000 }), { checkers: [] });
  const expectedNs = 2000 / 20_000 * 1e9; // the load is its devices', not that of threads that do nothing
  assert(Math.abs(m.workload.endNs[0]! / expectedNs - 1) < 0.1, `${m.workload.endNs[0]} ns`);
});

Deno.test("one_argument waits for a grace period where no block comes, mixed_channels fills both channels", () => {
  const waits = execute(loadRun("one_argument", { strategy: "none", calls: 20 }), { checkers: [] }).collector;
  assertEquals(waits.synchronized, 40);
  // the objects of two callers that wait themselves, each as long as its caller
  assertEquals([waits.waitingPeak, waits.memoryPeakBytes], [2, 2 * 32]);
  assertEquals([waits.enqueueToFreeNs.count, waits.fallbackNs[1]!.count], [40, 40]);
  assert(waits.enqueueToFreeNs.quantile(0.5) > 1e6);
  const { queued } = execute(loadRun("mixed_channels", { strategy: "nowait" }), { checkers: [] }).collector;
  assert(queued[0]! > 300 && queued[1]! > 80, `${queued}`);
});

Deno.test("memory_pressure makes the machine reclaim", () => {
  const { collector } = execute(loadRun("memory_pressure", { pressure: 1 }), { checkers: [] });
  assert(collector.reclaimed > 1000, `${collector.reclaimed}`);
});

Deno.test("execute() refuses a load that does not exist, and names those that do", () => {
  assertThrows(() => execute(loadRun("posson")), RangeError, "one of random, kfree_storm");
});

Deno.test("memory_pressure: with swap anonymous pages go there, without they stay and the cache alone goes", () => {
  const under = (swapPages: number) => {
    const { collector, m, violation } = execute(
      loadRun("memory_pressure", { calls: 900, swapPages, pressure: 0.8 }),
    );
    assertEquals(violation, null);
    return { reclaimed: collector.reclaimed, swapped: m.vm.pswpout[0]! };
  };
  const [without, withSwap] = [under(0), under(1 << 16)];
  assertEquals(without.swapped, 0);
  assert(without.reclaimed > 1000, `${without.reclaimed} reclaimed`);
  assert(withSwap.swapped > 100 && withSwap.swapped < withSwap.reclaimed / 2, `${withSwap.swapped} swapped`);
});
