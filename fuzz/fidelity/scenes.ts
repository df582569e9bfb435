/**
 * Loads, as they were recorded, and what the recordings met.
 */
import type { RunOptions } from "../../src/run/options.ts";
import { type Circumstances, metBy, onEither, onHardware } from "./circumstances.ts";

/** A load. */
export interface Scene {
  /** What is different from the default options. */
  readonly options: Partial<RunOptions>;
  /** What its recordings met: the runs take turns. */
  readonly met: readonly Circumstances[];
}

/** What every recorded load had beside it: a script that polled the kernel's log, traced page events, an emulator. */
const RECORDED = { pollUs: 250_000, traced: true, cachedBlocks: 0, costEnd: "emulated" } as const;

/** The load of rcuscale's test as recorded: 2 threads, 40 loops of 8000 objects of 24 bytes, no cached blocks. */
const STORM = { ...RECORDED, workload: "kfree_storm", kfree_loops: 40 } as const;
/** The same with four threads and half as many loops. */
const STORM_4 = { ...STORM, threads: 4, kfree_loops: 20 } as const;
/** The recorded flood of 50,000 objects a round. */
const FLOOD = { ...RECORDED, workload: "kfree_flood", kfree_alloc_num: 50_000, kfree_loops: 6 } as const;
const FLOOD_4 = { ...FLOOD, threads: 4, kfree_loops: 4 } as const;
const SMALL_FLOOD = { ...FLOOD, kfree_alloc_num: 20_000, kfree_loops: 2 } as const;
const STOCK_FLOOD = { ...FLOOD, kfree_loops: 3, strategy: "page_cache_work", cachedBlocks: 5 } as const;
/** Few objects at a time, then a pause. */
const TRICKLE = { ...RECORDED, workload: "kfree_trickle" } as const;

/** Rezki's test of August 2020: a million objects of 36 bytes on one CPU; its machine and build are not named. */
const MILLION = {
  preemption: "full",
  workload: "kfree_storm",
  threads: 1,
  kfree_alloc_num: 1_000_000,
  kfree_loops: 1,
  kfree_mult: 2,
  cachedBlocks: 0,
} as const;

/**
 * Loads by name. The trickles have the pace that they had: their sleeps are such that a round of a nominal 5 ms takes
 * 5.96 ms, as recorded (400 rounds in 2383 ms), and one of 2 ms 2.68 ms (1000 rounds in 2684 ms).
 */
export const SCENES: Readonly<Record<string, Scene>> = {
  "storm 378/63": { options: STORM, met: metBy("low_s2_ll_f0", "rep2_low_s2_ll_f0") },
  "storm 250/62": { options: STORM, met: metBy("low_s2_ll_f1000", "rep2_low_s2_ll_f1000") },
  "storm 62/15": { options: STORM, met: metBy("low_s2_ll_f4000") },
  "storm 20/5": { options: { ...STORM, pcp: { high: 20, batch: 5 } }, met: onEither(null) },
  "storm 8/2": { options: STORM, met: metBy("low_s2_ll_f30000", "rep2_low_s2_ll_f30000") },
  "storm nowait": { options: { ...STORM, strategy: "nowait" }, met: metBy("mode_s2_gfp59_f0") },
  "storm 378/63, 4 CPUs": { options: STORM_4, met: metBy("low_s4_ll_f0") },
  "storm 8/2, 4 CPUs": { options: STORM_4, met: metBy("low_s4_ll_f30000") },
  "flood 378/63": { options: FLOOD, met: metBy("flood_s2_ll_f0_b50000") },
  "flood 8/2": { options: SMALL_FLOOD, met: metBy("flood_s2_ll_f30000_b20000") },
  "flood stock": { options: STOCK_FLOOD, met: metBy("flood_s2_stock_f0_b50000") },
  "flood 378/63, 4 CPUs": { options: FLOOD_4, met: metBy("flood_s4_ll_f0_b50000") },
  "trickle 100/5ms": {
    options: { ...TRICKLE, kfree_alloc_num: 100, kfree_loops: 400, gapUs: 5430 },
    met: onEither("trickle_s2_ll_f30000_b100_g5ms"),
  },
  "trickle 10/2ms": {
    options: { ...TRICKLE, threads: 4, kfree_alloc_num: 10, kfree_loops: 1000, gapUs: 2335 },
    met: onEither("trickle_s4_ll_f0_b10_g2ms"),
  },
  "million, fraction 0": { options: MILLION, met: onHardware(null) },
  "million, fraction 8": { options: MILLION, met: onHardware("low_s2_ll_f8") },
};
