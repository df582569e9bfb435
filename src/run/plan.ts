/**
 * From a run's options to its machine: programs are drawn here, before the run, each thread's from its own stream.
 */
import { mendBugs } from "../profile/known_bugs.ts";
import { PAGE_SIZE } from "../profile/page_size.ts";
import { type Profile, profileNamed } from "../profile/profile.ts";
import type { Memory } from "../sim/memory.ts";
import { Prng } from "../sim/prng.ts";
import { SCHEDULER_KINDS } from "../scheduler/registry.ts";
import { strategyNamed } from "../strategy/registry.ts";
import { kmallocSize } from "../slab/slab.ts";
import type { Load } from "../workload/load/load.ts";
import { loadNamed } from "../workload/load/registry.ts";
import { type Programs, readProgram } from "../workload/explicit_program.ts";
import { randomDeviceProgram, randomThreadProgram } from "../workload/random_program.ts";
import { MAX_ORDER } from "../mm/gfp.ts";
import type { Mm } from "../mm/mm.ts";
import { checkPageblocks } from "./check_geometry.ts";
import { checkRunOptions } from "./check_options.ts";
import { buildMachine, type Machine } from "./machine.ts";
import type { MachineConfig } from "./machine_config.ts";
import type { ThreadSpec } from "./tasks.ts";
import { fillLists, fillMemory } from "./start_state.ts";
import { isKfreeLoad, KFREE_OBJ_BYTES, PCP_ZONE_PAGES, type RunOptions } from "./options.ts";

/** Mean gap between a device's interrupts, in ns. */
const DEVICE_GAP_NS = 200_000;
/** Sizes of the objects of random programs: one slab page holds 128, 21 and 8 of them. */
const RANDOM_CACHES = [32, 192, 512];

/** Objects for each call of a program, which is more than any allocates, and those that a machine has besides. */
const OBJECTS_A_CALL = 8, OBJECTS_SPARE = 4096;

/** Name of a run's stream of random numbers. */
export function streamName(options: RunOptions, what: string): string {
  return `xor128:${options.seed}/${options.run}/${what}`;
}

/**
 * Builds the machine of a run, filled and ready to start; it lies in `memory`.
 *
 * @throws RangeError when an option is out of its range, or no machine is like that.
 */
export function planMachine(options: RunOptions, memory?: Memory): Machine {
  checkRunOptions(options);
  const machine = buildMachine(machineConfig(options), memory);
  shiftPhases(machine.m, options);
  machine.m.vm.swapFree[0] = options.swapPages;
  fillLists(machine.m, options.initialPcp, options.geometry.zones);
  fillMemory(machine.m, pressurePages(machine.m, options.pressure));
  return machine;
}

/**
 * Loads without a random program would come out the same in every run. Where ticks fall is a matter of chance on a real
 * machine: all runs but the first start each CPU at a time of its own within a jiffy.
 */
function shiftPhases(m: Machine["m"], options: RunOptions): void {
  if (options.run === 0 || options.workload === "random" || !m.virtualTime) return;
  const prng = new Prng(streamName(options, "phase"));
  for (let c = 0; c < m.nrCpus; c++) m.cpu.clockNs[c] = prng.upTo(Math.floor(m.tickNs) - 1);
}

/** What the boot parameter rcu_normal_wake_from_gp changes; nothing where it is left to the kernel. */
function wakeFromGp({ rcuBoot, profile }: RunOptions): Partial<Profile> {
  const given = rcuBoot.filter((name) => name.startsWith("rcu_normal_wake_from_gp"));
  if (given.length === 0) return {};
  const cannot = (expected: string, got: string) =>
    new RangeError(`Cannot boot: expected ${expected} rcu_normal_wake_from_gp, got ${got}`);
  if (profileNamed(profile).rcu_normal_wake_from_gp === "absent") {
    throw cannot("a kernel from v6_12 on with", profile);
  }
  if (given.length > 1) throw cannot("one value of", given.join(" and "));
  return { rcu_normal_wake_from_gp: given[0]!.endsWith("=0") ? "off" : "on" };
}

function machineConfig(options: RunOptions): MachineConfig {
  const strategy = strategyNamed(options.strategy);
  const profile = mendBugs(
    profileNamed(options.profile, {
      HZ: options.HZ,
      preemption: options.preemption,
      pageblock_order: options.pageblockOrder,
      pageOwner: options.pageOwner,
      rcu_nocbs: options.rcuBoot.includes("rcu_nocbs"),
      rcu_expedited: options.rcuBoot.includes("rcu_expedited"),
      ...wakeFromGp(options),
      cma: options.geometry.zones.some((z) => (z.cmaPages ?? 0) > 0),
      ...strategy.changes,
    }),
    options.bugs,
  );
  const { pcp } = options;
  // the sizes of a recorded machine are those of its own version and setting
  const recorded = options.profile === "v5_9" && options.pcpFraction === 0;
  const zones = options.geometry.zones.map((z) =>
    pcp !== null && z.managed >= PCP_ZONE_PAGES ? { ...z, pcp } : recorded ? z : { ...z, pcp: null }
  );
  const load = loadNamed(options.workload); // undefined for those that are not in the registry
  const storm = isKfreeLoad(options.workload);
  const sizes = options.workload !== "random"
    ? [kmallocSize(KFREE_OBJ_BYTES * options.kfree_mult)]
    : RANDOM_CACHES;
  const cpus = options.geometry.cpuNodes.length;
  checkPrograms(options);
  checkPageblocks(zones, options.pageblockOrder);
  const objects = storm
    ? options.threads * options.kfree_alloc_num * options.kfree_loops
    : (options.threads * OBJECTS_A_CALL + cpus) * options.calls + OBJECTS_SPARE;
  const blockEntries = options.blockEntries ?? profile.KVFREE_BULK_MAX_ENTR;
  const cachedBlocks = strategy.keeps === "list" || strategy.keeps === "nothing"
    ? 0
    : options.cachedBlocks ?? profile.rcu_min_cached_objs;
  return {
    geometry: { ...options.geometry, zones },
    profile,
    strategy,
    costEnd: options.costEnd,
    slowdown: options.slowdown,
    cachedBlocks,
    blockEntries,
    pcpFraction: options.pcpFraction,
    traced: options.traced,
    virtualTime: SCHEDULER_KINDS[options.scheduler].virtualTime,
    threads: [...threadsOf(options, load, sizes.length), ...pollersOf(options)],
    devices: devicesOf(options, load, sizes.length),
    caches: sizes.map((size) => ({ size, slabsMax: slabsFor(size, objects, options) })),
    vmallocMax: storm || load?.vmalloc === false ? 0 : objects,
    // full blocks, some that are not, and those in the caches
    bnodesMax: Math.min(objects, Math.ceil(objects / Math.min(blockEntries, 4)) + 1024) + cpus * cachedBlocks,
  };
}

/** As many slabs as all objects of the run could need, but no more than the memory could hold. */
function slabsFor(size: number, objects: number, options: RunOptions): number {
  const memoryPages = options.geometry.zones.reduce((sum, z) => sum + z.managed, 0);
  const perSlab = Math.max(4, Math.floor(PAGE_SIZE / size));
  return Math.min(memoryPages, Math.ceil(objects / perSlab) + 64 * options.geometry.cpuNodes.length);
}

function threadsOf(options: RunOptions, load: Load | undefined, caches: number): ThreadSpec[] {
  const cpus = options.geometry.cpuNodes.length;
  return Array.from({ length: options.threads }, (_, i) => {
    const cpu = i % cpus;
    if (isKfreeLoad(options.workload)) {
      const { kfree_alloc_num, kfree_loops, gapUs, workload } = options;
      if (workload !== "kfree_storm") {
        const preallocate = workload === "kfree_flood";
        return { cpu, flood: { num: kfree_alloc_num, loops: kfree_loops, gapUs, preallocate } };
      }
      return { cpu, storm: { kfree_alloc_num, kfree_loops } };
    }
    if (options.programs !== null) {
      return { cpu, program: readProgram(options.programs.threads[i]!, caches, cpus) };
    }
    const prng = new Prng(streamName(options, `thread/${i}`));
    if (load !== undefined) return { cpu, program: load.thread(prng, options, i) };
    const program = randomThreadProgram(prng, {
      calls: options.calls,
      rateHz: options.rateHz,
      caches: RANDOM_CACHES.length,
      orderMax: MAX_ORDER - 1,
    });
    return { cpu, program };
  });
}

/** Programs that came with the options must be as many as the machine has threads and devices. */
function checkPrograms({ programs, threads, geometry, workload }: RunOptions): void {
  if (programs === null) return;
  const cpus = geometry.cpuNodes.length;
  const given = `${programs.threads?.length} and ${programs.devices?.length}`;
  if (isKfreeLoad(workload) || given !== `${threads} and ${cpus}`) {
    throw new RangeError(
      `Cannot use programs: expected those of ${threads} threads and ${cpus} devices of a load of calls, got ${given}`,
    );
  }
}

/** The programs of a machine as options may name them. */
export function programsOf(m: Machine["m"], { threads }: RunOptions): Programs {
  const numbers = m.programs.map((words) => words.length === 0 ? null : [...words]);
  return {
    threads: numbers.slice(0, threads).map((words) => words ?? []),
    devices: numbers.slice(numbers.length - m.nrCpus),
  };
}

/**
 * The two ends of the polling script's pipe, on CPUs of their own where there are two. Processes come to all pairs of
 * CPUs: of several each has its round in turn. The last of an odd number of CPUs has none.
 */
function pollersOf({ pollUs, geometry }: RunOptions): ThreadSpec[] {
  if (pollUs === 0) return [];
  const cpus = geometry.cpuNodes.length;
  const pairs = Math.max(1, cpus >> 1);
  return Array.from({ length: 2 * pairs }, (_, i) => ({
    cpu: i % cpus,
    poll: { pauseUs: pairs * pollUs, end: i & 1, waitUs: (i >> 1) * pollUs },
  }));
}

function devicesOf(options: RunOptions, load: Load | undefined, caches: number): (Int32Array | null)[] {
  return options.geometry.cpuNodes.map((_, c) => {
    if (isKfreeLoad(options.workload)) return null;
    const given = options.programs?.devices[c];
    if (given !== undefined) {
      return given === null ? null : readProgram(given, caches, options.geometry.cpuNodes.length);
    }
    const prng = new Prng(streamName(options, `device/${c}`));
    if (load !== undefined) return load.device?.(prng, options) ?? null;
    return randomDeviceProgram(prng, options.calls, DEVICE_GAP_NS, RANDOM_CACHES.length);
  });
}

/** Reclaimable pages to fill before the run, by zone: a share of what is free above the min watermark at boot. */
function pressurePages(m: Mm, pressure: number): number[] {
  return m.geometry.zones.map((z, zone) =>
    Math.max(0, Math.floor(((z.free ?? z.managed) - m.zone.watermark[zone * 3]!) * pressure))
  );
}
