/**
 * The polling script: what its processes take they give back, it ends with the load, and it brings movable pages.
 */
import { assert, assertEquals } from "@std/assert";
import { NO_PAGE } from "../mm/mm.ts";
import { __alloc_pages_nodemask } from "../mm/page_alloc.ts";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { planMachine } from "../run/plan.ts";
import { begin, ret } from "../sim/task.ts";
import { pollScript } from "./poll_script.ts";

function storm(changes: Partial<RunOptions>): RunOptions {
  return {
    ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 })),
    scheduler: "virtual",
    workload: "kfree_storm",
    kfree_alloc_num: 8000,
    kfree_loops: 20,
    pcp: { high: 20, batch: 5 },
    slowdown: 10,
    ...changes,
  };
}

Deno.test("pollScript takes pages in every round and gives them back, under both schedulers", () => {
  for (const scheduler of ["virtual", "random"] as const) {
    const loops = scheduler === "random" ? 1 : 20;
    const [without, polled] = [0, 1000].map((pollUs) =>
      execute(storm({ scheduler, pollUs, kfree_loops: loops, slowdown: 1 }))
    );
    assertEquals([without!.violation, polled!.violation], [null, null]);
    assertEquals(polled!.collector.freed, 2 * 8000 * loops);
    const more = polled!.collector.order0Allocs - without!.collector.order0Allocs;
    assert(more >= 40, `${scheduler}: ${more} pages more`);
  }
});

Deno.test("pollScript leaves movable pages behind on the lists that blocks are taken from", () => {
  const [without, polled] = [0, 2000].map((pollUs) => execute(storm({ pollUs })).collector.hitsByType);
  assert(polled![1]! > 2 * without![1]! && polled![1]! > 10, `${polled} for ${without}`);
});

Deno.test("pollScript keeps no run alive: it ends once the threads of the load have", () => {
  const { m, violation, collector } = execute(storm({ pollUs: 10_000_000, kfree_loops: 1 }));
  assertEquals([violation, m.workload.live[0]], [null, 0]);
  assert(collector.lastFreedNs < 1e9, `${collector.lastFreedNs} ns`);
});

Deno.test("pollScript pauses also in a round in which there is no page for any process", () => {
  const { m, table } = planMachine(storm({ pollUs: 1000 }));
  const t = m.roles.threads[0]![0]!;
  for (const end of [0, 1]) {
    begin(m, t, pollScript.at.fork, 1000, end);
    let pc = pollScript.at.fork;
    do {
      pc = table[pc]!(m, t);
      if (pc === __alloc_pages_nodemask.start) pc = ret(m, t, NO_PAGE);
    } while (pc !== pollScript.at.pause && pc !== pollScript.at.fork);
    assertEquals(pc, pollScript.at.pause, `end ${end} starts over without a pause`);
  }
});

Deno.test("pollScript comes to every pair of CPUs, one pair a pause", () => {
  for (const cpus of [1, 2, 3, 4, 6]) {
    const pairs = Math.max(1, cpus >> 1);
    const options = {
      ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus, nodes: 1 })),
      scheduler: "virtual" as const,
      workload: "kfree_storm",
      threads: 1,
      kfree_loops: 40,
      slowdown: 40,
      pollUs: 100_000,
    };
    const rounds: { cpu: number; ms: number }[] = [];
    execute(options, {
      prepare({ m, table }) {
        const fork = table[pollScript.at.fork]!;
        table[pollScript.at.fork] = (m, t) => {
          rounds.push({ cpu: m.task.cpu[t]!, ms: m.cpu.clockNs[m.task.cpu[t]!]! / 1e6 });
          return fork(m, t);
        };
        assertEquals(m.nrCpus, cpus);
      },
    });
    const met = [...new Set(rounds.map((r) => r.cpu))].sort();
    assertEquals(met, Array.from({ length: cpus === 1 ? 1 : 2 * pairs }, (_, c) => c), `${cpus} CPUs`);
    const first = met.map((cpu) => Math.round(rounds.find((r) => r.cpu === cpu)!.ms / 100));
    assertEquals(first, met.map((cpu) => cpus === 1 ? 0 : cpu >> 1), `${cpus} CPUs: first rounds, in pauses`);
  }
});
