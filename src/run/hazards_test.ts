/**
 * Hazards of the lockless function that need whole runs to show: each is produced and observed.
 */
import { EVENT } from "../sim/events.ts";
import { assert, assertEquals } from "@std/assert";
import { CODE } from "../workload/program.ts";
import { MIGRATE } from "../mm/gfp.ts";
import { get_pageblock_migratetype } from "../mm/mm.ts";
import type { Geometry } from "../mm/mm.ts";
import { execute, type RunResult } from "./execution.ts";
import { geometryFromSize } from "./geometry.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

const SMALL: Geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 2, nodes: 1 });

/** Runs seeds until one violates a property; the last result. */
function firstViolation(options: RunOptions, runs: number, how = {}): RunResult {
  let result = execute({ ...options, run: 0 }, how);
  for (let run = 1; run < runs && result.violation === null; run++) {
    result = execute({ ...options, run }, how);
  }
  return result;
}

const small = (changes: Partial<RunOptions>): RunOptions => ({
  ...defaultRunOptions(SMALL),
  calls: 600,
  blockEntries: 4,
  pcp: { high: 20, batch: 5 },
  ...changes,
});

Deno.test("H18: with pcp->lock and remote drains, interrupts being off do not protect the lockless function", () => {
  const { violation } = firstViolation(small({ profile: "v6_1", pressure: 0.99, blockEntries: 1 }), 40);
  assert(
    ["pcp_count", "page_places", "block_places", "kernel_bug"].includes(violation?.checker ?? "none"),
    violation?.checker,
  );
});

Deno.test("H18: strategies that take pcp->lock by trylock survive the same runs", () => {
  for (const strategy of ["nowait", "nolock"]) {
    assertEquals(
      firstViolation(small({ profile: "v6_1", pressure: 0.99, blockEntries: 1, strategy }), 10).violation,
      null,
      strategy,
    );
  }
});

Deno.test("H22: in 5.9 drains run on the list's own CPU, and the lockless function is safe against them", () => {
  const last = firstViolation(small({ pressure: 0.99, blockEntries: 1 }), 10);
  assertEquals(last.violation, null);
  assert(last.m.vm.drainAll[0]! > 0);
});

Deno.test("H16: with page_owner the lockless function takes depot_lock, and zone->lock for the depot's pages", () => {
  const { violation } = firstViolation(small({ pageOwner: true }), 5);
  assertEquals(violation?.checker, "lockless_locks");
  assertEquals(firstViolation(small({ pageOwner: false }), 5).violation, null);
});

Deno.test("H4, H5: a block taken from a CMA pageblock by the lockless function makes a CMA allocation fail", () => {
  const zones = SMALL.zones.map((z) => z.index === 1 ? { ...z, cmaPages: 8192 } : z);
  const geometry = { ...SMALL, zones };
  const end = zones[1]!.startPfn + zones[1]!.spanned;
  const cmaRange = end - end % 1024 - 1024;
  const attempt = (strategy: string) => {
    const options = small({
      geometry,
      strategy,
      cachedBlocks: 0,
      blockEntries: 1,
      calls: 1,
      threads: 1,
      scheduler: "virtual",
    });
    return execute(options, {
      prepare: ({ m }) => {
        assertEquals(get_pageblock_migratetype(m, cmaRange), MIGRATE.CMA);
        const calls: number[] = [];
        // with most free memory in CMA, movable pages come from there, and go to the MOVABLE list when they are freed
        for (let i = 0; i < 16; i++) calls.push(CODE.alloc, 16 * 3, i);
        for (let i = 0; i < 16; i++) calls.push(CODE.free, i, 0);
        for (let i = 0; i < 64; i++) calls.push(CODE.kvfree, 0, 0);
        calls.push(CODE.cmaAlloc, cmaRange, 0, CODE.end, 0, 0);
        (m.programs as Int32Array[])[0] = Int32Array.from(calls);
      },
    });
  };
  const none = attempt("none");
  assertEquals(none.violation, null);
  assertEquals(none.m.vm.cmaAllocs[0], 0); // nothing unmovable lies there
  const lockless = attempt("lockless");
  assertEquals(lockless.violation, null);
  assert(lockless.m.vm.pollution[MIGRATE.CMA]! > 0);
  assert(lockless.m.vm.cmaAllocs[0]! > 0);
});

Deno.test("H5: pages taken from movable pageblocks stay in the caches of blocks when all objects are freed", () => {
  const idleIn = (strategy: string, cachedBlocks: number) => {
    const options = small({
      strategy,
      cachedBlocks,
      blockEntries: 1,
      calls: 1,
      threads: 1,
      scheduler: "virtual",
    });
    const result = execute(options, {
      prepare: ({ m }) => {
        const calls: number[] = [];
        // only movable pages lie on the lists, and a flood of objects needs many blocks
        for (let i = 0; i < 16; i++) calls.push(CODE.alloc, 16 * 3, i);
        for (let i = 0; i < 16; i++) calls.push(CODE.free, i, 0);
        for (let i = 0; i < 64; i++) calls.push(CODE.kvfree, 0, 0);
        calls.push(CODE.sleep, 50, 0, CODE.end, 0, 0);
        (m.programs as Int32Array[])[0] = Int32Array.from(calls);
      },
    });
    const { m, collector } = result;
    assertEquals(result.violation, null);
    assert(collector.freed >= 64);
    let cached = 0;
    for (let cpu = 0; cpu < m.nrCpus; cpu++) cached += m.krc.nr_bkv_objs[cpu]!;
    return { cached, pollution: m.vm.pollution[MIGRATE.MOVABLE]! };
  };
  const limit = 5;
  const lockless = idleIn("lockless", limit);
  // the flood took more pages than the caches hold, and the caches keep theirs for ever
  assert(lockless.pollution > limit, `${lockless.pollution}`);
  assert(lockless.cached > 0 && lockless.cached <= 2 * limit, `${lockless.cached}`);
  assertEquals(idleIn("lockless", 0).cached, 0);
  assertEquals(idleIn("none", limit), { cached: 0, pollution: 0 });
});

Deno.test("cpu_down() hands over what the dead CPU had: its lists, its callbacks, its objects", () => {
  const geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 3, nodes: 1 });
  const options = { ...small({ threads: 1 }), geometry, scheduler: "virtual" as const };
  const result = execute(options, {
    prepare: ({ m }) => {
      const calls = [CODE.sleep, 3, 0, CODE.cpuDown, 2, 0, CODE.kvfree, 0, 0, CODE.end, 0, 0];
      (m.programs as Int32Array[])[0] = Int32Array.from(calls);
    },
  });
  const { m } = result;
  assertEquals(result.violation, null);
  assertEquals(m.cpu.online[2], 0);
  for (let zone = 0; zone < m.nrZones; zone++) assertEquals(m.pcp.count[zone * 3 + 2], 0);
  assertEquals(m.rdp.len[2], 0);
  assert(result.collector.freed > 0);
});

Deno.test("cpu_up() brings back a CPU that grace periods passed without, and it owes them nothing", () => {
  const geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 3, nodes: 1 });
  const options = { ...small({ threads: 2 }), geometry, scheduler: "virtual" as const };
  const result = execute(options, {
    prepare: ({ m }) => {
      const there = [CODE.kvfree, 0, 0, CODE.end, 0, 0];
      const here = [CODE.sleep, 3, 0, CODE.cpuDown, 1, 0, CODE.wait, 0, 0, CODE.kvfree, 0, 0];
      here.push(
        CODE.cpuUp,
        1,
        0,
        CODE.wait,
        0,
        0,
        CODE.cpuDown,
        1,
        0,
        CODE.cpuUp,
        1,
        0,
        CODE.sleep,
        2,
        0,
        CODE.end,
        0,
        0,
      );
      (m.programs as Int32Array[])[0] = Int32Array.from(here);
      (m.programs as Int32Array[])[1] = Int32Array.from(there);
    },
  });
  const { m } = result;
  assertEquals([result.violation, m.cpu.online[1]], [null, 1]);
  assertEquals(result.collector.waiting, 0);
  assertEquals(
    m.timer.armed[m.vmstatTimer + 1]! + m.work.pending[m.vmstatWork + 1]!,
    1,
    "its statistics are folded again",
  );
});

Deno.test("hotplug: no object is lost or freed early, whatever the order, in every version", () => {
  const geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 4, nodes: 1 });
  for (const profile of ["v5_9", "v5_14", "v6_1", "v6_12", "v6_18"]) {
    for (const scheduler of ["random", "virtual"] as const) {
      let downs = 0;
      const options = {
        ...small({ profile, scheduler, workload: "hotplug", calls: 200, threads: 4 }),
        geometry,
      };
      const result = execute(options, {
        prepare: ({ m }) =>
          m.events.subscribe({
            kinds: [EVENT.kvfreeQueued],
            onEvent: () => void (downs += 1 - m.cpu.online[1]!),
          }),
      });
      assertEquals(result.violation, null, `${profile}, ${scheduler}`);
      assert(downs > 0, `${profile}, ${scheduler}: nobody queued while the CPU was down`);
    }
  }
});
