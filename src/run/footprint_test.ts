/**
 * No section writes a struct that its footprint does not declare: every section of random runs is compared, byte by
 * byte, with what it may touch.
 */
import { assert, assertEquals } from "@std/assert";
import { mendedProfile, smallMachine } from "../../tests/support/machines.ts";
import { profileNamed } from "../profile/profile.ts";
import { runSteps } from "../scheduler/engine.ts";
import { RandomScheduler } from "../scheduler/random.ts";
import { VirtualTimeScheduler } from "../scheduler/virtual_time.ts";
import { TOUCHES } from "../sim/footprint.ts";
import type { FieldPlace } from "../sim/layout.ts";
import { sectionFacts } from "../sim/operation.ts";
import { Prng } from "../sim/prng.ts";
import { lockless, locklessWorker } from "../strategy/lockless.ts";
import { none } from "../strategy/none.ts";
import { nowait } from "../strategy/nowait.ts";
import { page_cache_work } from "../strategy/page_cache_work.ts";
import { sheaf } from "../strategy/sheaf.ts";
import { sync } from "../strategy/sync.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { randomDeviceProgram, randomThreadProgram } from "../workload/random_program.ts";
import type { Machine } from "./machine.ts";
import { fillMemory } from "./start_state.ts";

const T = TOUCHES;
/** Page lists: free areas, pcp lists, LRU and vmalloc chains share the links. */
const LISTS = T.page | T.pcp | T.zone | T.lru;

/** Bits of which one must be declared to write a struct; a field of its own goes before its struct. */
const WRITES: Readonly<Record<string, number>> = {
  "task": T.task,
  // releasing a lock lets those who spin for it go on
  "task.state": T.task | T.lock,
  "task.waitOn": T.task | T.lock,
  "cpu": T.task,
  "cpu.clockNs": T.task | T.lock,
  "lock": T.lock,
  "timer": T.timer,
  "hrtimer": T.timer,
  "work": T.work,
  "pool": T.work,
  "clock": T.timer,
  "link": LISTS,
  "largest": T.zone,
  "page": T.page | T.pcp | T.zone,
  "pageblock": T.zone,
  "zone": T.zone,
  "zone.nr_free_pages": T.watermark | T.zone,
  "zone.flags": T.watermark | T.zone,
  "zone.boosted": T.watermark | T.zone,
  "zone.watermark_boost": T.watermark | T.zone | T.lru,
  "zone.lruPages": T.lru,
  "pcp": T.pcp,
  "pcp.vm_stat_diff": T.watermark | T.zone | T.pcp,
  "node": T.lru,
  "cache": T.slabNode,
  "slab": T.slabNode | T.slabCpu,
  "slabLink": T.slabNode,
  "slabNode": T.slabNode,
  "slabCpu": T.slabCpu,
  "object": T.object | T.slabCpu,
  "vmalloc": T.object,
  "rcu": T.rcu,
  "srs": T.rcu,
  "rnp": T.rcu,
  "rdp": T.rcuCpu,
  "callback": T.rcuCpu,
  "rcuTask": T.rcu,
  "krc": T.krc,
  "krwp": T.krc,
  "sheaf": T.slabCpu | T.slabNode,
  "pcs": T.slabCpu,
  "barn": T.slabNode,
  "shrinker": T.lru,
  "bnode": T.bnode | T.krc,
  "bnodePool": T.bnode,
  "program": T.program,
  "workload": T.program,
  "vm": T.lru,
  "vm.drainOwner": T.lock,
  "vm.drainsPending": T.work,
  "vm.leaked": T.page,
  "vm.badReports": T.page,
  "vm.badShown": T.page,
  "vm.badResumeNs": T.page,
};

/** Counters that sections only add to: their order does not matter, so they are in no footprint. */
const COUNTERS = new Set([
  "zone.pgalloc",
  "zone.numa",
  "vm.pgfree",
  "vm.pollution",
  "vm.allocstall",
  "vm.pageoutrun",
  "vm.pgsteal",
  "vm.oomKill",
  "vm.drainAll",
]);

/** Number of the instance that a byte of a field belongs to, for structs of which each task or CPU has one. */
function instanceAt({ m }: Machine, { struct, byteLength }: FieldPlace, at: number): number {
  const counts: Readonly<Record<string, number>> = {
    task: m.nrTasks,
    rcuTask: m.nrTasks,
    cpu: m.nrCpus,
    timer: m.timer.armed.length,
  };
  return Math.floor(at / (byteLength / (counts[struct] ?? 1)));
}

/** Whether a task may write there without saying so: its own registers, its CPU, its own sleep timer. */
function isOwn(machine: Machine, place: FieldPlace, at: number, t: number): boolean {
  const own = place.struct === "cpu" ? machine.m.task.cpu[t]! : t;
  const structs = ["task", "rcuTask", "cpu", "timer"];
  return structs.includes(place.struct) && instanceAt(machine, place, at) === own;
}

/** Bits of which one allows the write. */
function neededBits(machine: Machine, place: FieldPlace, at: number): number | undefined {
  const { struct, field } = place;
  // the first timers are the tasks' sleep timers: waking a task takes its timer back
  if (struct === "timer" && instanceAt(machine, place, at) < machine.m.nrTasks) return T.timer | T.task;
  return WRITES[`${struct}.${field}`] ?? WRITES[struct];
}

/** What a section wrote without having declared it, as `struct.field`. */
function undeclared(
  machine: Machine,
  before: Int32Array,
  after: Int32Array,
  footprint: number,
  t: number,
): string[] {
  const found = new Set<string>();
  for (let i = 0; i < after.length; i++) {
    if (after[i] === before[i]) continue;
    for (let byte = 4 * i; byte < 4 * i + 4; byte++) {
      if (machine.bytes[byte] === (before[i]! >> (8 * (byte - 4 * i)) & 255)) continue;
      const place = machine.places.find((p) => byte >= p.offset && byte < p.offset + p.byteLength)!;
      const name = `${place.struct}.${place.field}`;
      if (COUNTERS.has(name) || isOwn(machine, place, byte - place.offset, t)) continue;
      const needed = neededBits(machine, place, byte - place.offset);
      if (needed === undefined) throw new Error(`${name} is in no footprint`);
      if ((needed & footprint) === 0) found.add(name);
    }
  }
  return [...found];
}

/** Puts a comparison around every section; returns the findings by section, and which sections ran. */
function watch(machine: Machine): { findings: Map<string, Set<string>>; ran: Set<string> } {
  const words = new Int32Array(machine.bytes.buffer, 0, machine.bytes.length >> 2);
  const before = new Int32Array(words.length);
  const findings = new Map<string, Set<string>>();
  const ran = new Set<string>();
  machine.table.forEach((section, pc) => {
    const { name, footprint } = sectionFacts(pc);
    machine.table[pc] = (m, t) => {
      before.set(words);
      const next = section(m, t);
      ran.add(name);
      for (const field of undeclared(machine, before, words, footprint, t)) {
        const fields = findings.get(name) ?? new Set();
        findings.set(name, fields.add(field));
      }
      return next;
    };
  });
  return { findings, ran };
}

interface Watched {
  readonly is: string;
  readonly strategy: Strategy;
  readonly virtualTime: boolean;
  readonly profile: string;
  readonly preemption: "full" | "voluntary";
  readonly filled: boolean;
}

const RUNS: readonly Watched[] = [
  {
    is: "any order",
    strategy: lockless,
    virtualTime: false,
    profile: "v5_9",
    preemption: "full",
    filled: false,
  },
  {
    is: "under pressure",
    strategy: nowait,
    virtualTime: false,
    profile: "v5_9",
    preemption: "full",
    filled: true,
  },
  {
    is: "virtual time",
    strategy: none,
    virtualTime: true,
    profile: "v5_9",
    preemption: "voluntary",
    filled: true,
  },
  {
    is: "the RFC's worker",
    strategy: locklessWorker,
    virtualTime: false,
    profile: "v5_9",
    preemption: "full",
    filled: false,
  },
  {
    is: "the worker of 6.12",
    strategy: page_cache_work,
    virtualTime: false,
    profile: "v6_12",
    preemption: "full",
    filled: true,
  },
  { is: "sheaves", strategy: sheaf, virtualTime: false, profile: "v6_18", preemption: "full", filled: false },
  { is: "waiting", strategy: sync, virtualTime: true, profile: "v5_9", preemption: "full", filled: false },
  { is: "6.1", strategy: nowait, virtualTime: false, profile: "v6_1", preemption: "full", filled: true },
];

/** Sections of each run. */
const SECTIONS = 8000;
const everRan = new Set<string>();

/** A small machine with random programs. */
function watchedMachine({ is, strategy, virtualTime, profile, preemption, filled }: Watched): Machine {
  const options = { calls: 300, rateHz: 0, caches: 3, orderMax: 10 };
  const machine = smallMachine({
    strategy,
    virtualTime,
    profile: profile === "v5_9" ? mendedProfile({ preemption }) : profileNamed(profile, { preemption }),
    cachedBlocks: 1,
    blockEntries: 4,
    threads: [0, 1, 0, 1].map((cpu, i) => ({
      cpu,
      program: randomThreadProgram(new Prng(`${is}/${i}`), options),
    })),
    devices: [0, 1].map((cpu) => randomDeviceProgram(new Prng(`${is}/device/${cpu}`), 100, 20_000, 3)),
    caches: [512, 512, 1024].map((size) => ({ size, slabsMax: 100 })),
    vmallocMax: 400,
    bnodesMax: 600,
  });
  if (filled) fillMemory(machine.m, machine.m.geometry.zones.map((z) => z.managed - 150));
  return machine;
}

for (const run of RUNS) {
  Deno.test(`sections write what their footprints declare (${run.is})`, () => {
    const machine = watchedMachine(run);
    const { findings, ran } = watch(machine);
    const scheduler = run.virtualTime ? new VirtualTimeScheduler() : new RandomScheduler(new Prng(run.is));
    runSteps(machine.m, machine.table, scheduler, SECTIONS);
    for (const name of ran) everRan.add(name);
    const lines = [...findings].map(([section, fields]) => `${section}: ${[...fields].join(", ")}`);
    assertEquals(lines.toSorted(), []);
  });
}

Deno.test("the watched runs reach the sections that matter", () => {
  for (
    const section of [
      "kvfree_call_rcu.gotPage",
      "kfree_rcu_work.recycle",
      "kfree_rcu_monitor.start",
      "rcu_gp_kthread.cleanup",
      "softirq.callbacks",
      "__rcu_alloc_page_lockless.prepare",
      "get_page_from_freelist.refill",
      "__free_pages.drain",
      "__alloc_pages_slowpath.reclaimed",
      "synchronize_rcu.wait",
      "vfree.page",
      "kmalloc.install",
      "hrtimer_interrupt.expire",
      "fill_page_cache_func.push",
    ]
  ) assert(everRan.has(section), `${section} never ran`);
});
