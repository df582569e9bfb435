/**
 * Floods and trickles: what they allocate is freed, in the order and at the pace that they are told.
 */
import { assert, assertEquals } from "@std/assert";
import { execute } from "../run/execution.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type RunOptions } from "../run/options.ts";
import { EVENT } from "../sim/events.ts";

function options(changes: Partial<RunOptions>): RunOptions {
  const geometry = geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 1 });
  return {
    ...defaultRunOptions(geometry),
    scheduler: "virtual",
    workload: "kfree_flood",
    kfree_alloc_num: 3000,
    kfree_loops: 3,
    gapUs: 30_000,
    preemption: "voluntary",
    ...changes,
  };
}

Deno.test("kfreeFlood frees every object once, under any scheduler and strategy", () => {
  for (const scheduler of ["random", "virtual"] as const) {
    for (const strategy of ["lockless", "page_cache_work", "none"]) {
      for (const workload of ["kfree_flood", "kfree_trickle"] as const) {
        const { violation, collector } = execute(
          options({ scheduler, strategy, workload, kfree_alloc_num: 500 }),
        );
        assertEquals([violation, collector.freed], [null, 3000]);
      }
    }
  }
});

Deno.test("kfreeFlood allocates nothing between two frees, and the trickle does", () => {
  const most = (["kfree_flood", "kfree_trickle"] as const).map((workload) => {
    let run = 0, longest = 0;
    execute(options({ workload, threads: 1, strategy: "none", kfree_loops: 1 }), {
      prepare: ({ m }) =>
        m.events.subscribe({
          kinds: [EVENT.kvfreeQueued, EVENT.mm_page_alloc],
          onEvent(kind) {
            run = kind === EVENT.kvfreeQueued ? run + 1 : 0;
            longest = Math.max(longest, run);
          },
        }),
    });
    return longest;
  });
  // a slab page has 128 objects
  assert(most[0] === 3000 && most[1]! <= 128, `${most}`);
});

Deno.test("kfreeFlood sleeps as long as it is told, whatever the tick", () => {
  for (const gapUs of [2000, 30_000]) {
    const starts: number[] = [];
    let before = 0;
    execute(options({ workload: "kfree_trickle", threads: 1, kfree_alloc_num: 10, gapUs }), {
      prepare: ({ m }) =>
        m.events.subscribe({
          kinds: [EVENT.kvfreeQueued],
          onEvent(_k, t) {
            const now = m.cpu.clockNs[m.task.cpu[t]!]!;
            if (now - before > 1e6) starts.push(now);
            before = now;
          },
        }),
    });
    const gap = starts.at(-1)! - starts.at(-2)!;
    assert(gap >= gapUs * 1000 && gap < gapUs * 1000 + 100_000, `${gap} ns for ${gapUs} us`);
  }
});

Deno.test("startAfterOthers(): the threads of a module start one after the other, a kthreadStart apart", () => {
  for (const workload of ["kfree_storm", "kfree_flood"] as const) {
    const starts: number[] = [];
    execute(options({ workload, threads: 2, kfree_loops: 1, kfree_alloc_num: 50 }), {
      prepare: ({ m }) =>
        m.events.subscribe({
          kinds: [EVENT.kvfreeQueued],
          onEvent: (_kind, t) => void (starts[m.task.cpu[t]!] ??= m.cpu.clockNs[m.task.cpu[t]!]!),
        }),
    });
    const apartUs = (starts[1]! - starts[0]!) / 1000;
    assert(apartUs >= 50 && apartUs < 60, `${workload}: ${apartUs} us`);
  }
});

Deno.test("traced: a run takes as much longer as its events take to write", () => {
  const ends = [false, true].map((traced) => {
    let events = 0;
    const { m } = execute(
      options({ workload: "kfree_storm", threads: 1, kfree_loops: 1, strategy: "none", traced }),
      {
        prepare: (machine) =>
          machine.m.events.subscribe({
            kinds: [EVENT.mm_page_alloc, EVENT.refill],
            onEvent: (kind, _t, _a, b) => void (events += kind === EVENT.refill ? b : 1),
          }),
      },
    );
    return { endNs: m.workload.endNs[0]!, events };
  });
  const dearerNs = ends[1]!.endNs - ends[0]!.endNs;
  assert(
    ends[1]!.events > 40 && dearerNs >= 90 * ends[1]!.events,
    `${dearerNs} ns for ${ends[1]!.events} events`,
  );
});
