/**
 * Registers of a frame hold whatever an earlier operation has left there: no operation may read one that it has not
 * written. Runs in which they are spoiled wherever an operation begins must come to the same as runs without.
 */
import { assert, assertEquals } from "@std/assert";
import { SPOILT } from "../../tests/support/machines.ts";
import { runsRow } from "../report/tables.ts";
import { DONE } from "../sim/operation.ts";
import { frame, FRAME_DEPTH, FRAME_REGS, TASK } from "../sim/task.ts";
import { execute } from "./execution.ts";
import { factsOf } from "./facts.ts";
import { geometryFromSize } from "./geometry.ts";
import type { Machine } from "./machine.ts";
import { defaultRunOptions, type RunOptions } from "./options.ts";

const BASE: RunOptions = {
  ...defaultRunOptions(geometryFromSize({ memoryBytes: 2 ** 26, cpus: 2, nodes: 2 })),
  calls: 300,
  blockEntries: 4,
  pcp: { high: 20, batch: 5 },
};
/** Arguments that call() writes. */
const ARGUMENTS = 4;

/** Spoils the registers of tasks without an operation now and as they end, and of each frame as it is called. */
function spoil({ m, table }: Machine): void {
  const { task } = m;
  const all = (t: number) =>
    task.reg.fill(SPOILT, t * FRAME_DEPTH * FRAME_REGS, (t + 1) * FRAME_DEPTH * FRAME_REGS);
  for (let t = 0; t < m.nrTasks; t++) if (task.state[t] === TASK.idle) all(t);
  table.forEach((section, pc) => {
    table[pc] = (world, t) => {
      const depth = task.sp[t]!;
      const next = section(world, t);
      if (next === DONE) all(t);
      else if (task.sp[t]! > depth) {
        task.reg.fill(SPOILT, frame(m, t) + ARGUMENTS, frame(m, t) + FRAME_REGS);
      }
      return next;
    };
  });
}

const OPTIONS: readonly Partial<RunOptions>[] = [
  {},
  { scheduler: "virtual", pressure: 0.99 },
  { scheduler: "virtual", workload: "kfree_storm", strategy: "none" },
  { rcuBoot: ["rcu_expedited"], workload: "hotplug" },
  { rcuBoot: ["rcu_nocbs"], workload: "mixed_channels" },
  { profile: "v5_12", strategy: "page_cache_work", scheduler: "pct" },
  { profile: "v6_1", pressure: 0.99, strategy: "nolock", scheduler: "pct" },
  { profile: "v6_12", rcuBoot: ["rcu_normal_wake_from_gp"], workload: "one_argument" },
  { profile: "v6_18", strategy: "sheaf", scheduler: "virtual" },
];

for (const changes of OPTIONS) {
  Deno.test(`no operation reads a register that it has not written: ${JSON.stringify(changes)}`, () => {
    const [as, spoilt] = [{}, { prepare: spoil }].map((how) => execute({ ...BASE, ...changes }, how));
    assert(as!.collector.freed > 100);
    assertEquals([spoilt!.violation, spoilt!.steps], [as!.violation, as!.steps]);
    assertEquals(runsRow(factsOf(spoilt!)), runsRow(factsOf(as!)));
  });
}
