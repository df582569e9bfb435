/**
 * Seeded bugs: each changes one section of a machine's own copy of the table, so that a checker can be shown to catch
 * it. A machine without a mutation pays nothing. A mutation may keep notes of its own beside the world: a run with it
 * is built afresh each time.
 */
import type { Rcu } from "../rcu/rcu.ts";
import type { Section } from "../sim/operation.ts";

/** The parts of a machine that mutations change. */
export interface Mutable {
  /** State and constants. */
  readonly m: Rcu;
  /** Sections by program counter. */
  // deno-lint-ignore no-explicit-any -- sections of every layer's machine type
  readonly table: Section<any>[];
}

/** What a run must be like for a mutation to show; what is left out does not matter. */
export interface Conditions {
  /** Load: `random` or `kfree_storm`. */
  readonly workload?: "random" | "kfree_storm";
  /** Where blocks come from. */
  readonly strategy?: string;
  /** Kernel version. */
  readonly profile?: string;
  /** Calls of each random program. */
  readonly calls?: number;
  /** Threads of the load. */
  readonly threads?: number;
  /** NUMA nodes. */
  readonly nodes?: number;
  /** Pages of each zone that belong to CMA. */
  readonly cmaPages?: number;
  /** pcp size. */
  readonly pcp?: { readonly high: number; readonly batch: number };
  /** Share of the free memory filled before the run. */
  readonly pressure?: number;
  /** Blocks a CPU keeps. */
  readonly cachedBlocks?: number;
  /** Pointers a block holds. */
  readonly blockEntries?: number;
  /** Boot parameters of RCU that are set. */
  readonly rcuBoot?: readonly string[];
}

/** A seeded bug. */
export interface Mutation {
  /** Number in the catalogue of mutations, or a name. */
  readonly id: string;
  /** What is wrong, in one line. */
  readonly summary: string;
  /** Checkers of which one reports it; `progress` and `kernel_bug` stand for a hang and for the kernel's own checks. */
  readonly caughtBy: readonly string[];
  /** Runs in which it shows. */
  readonly conditions?: Conditions;
  /** Brings the machine into a state in which the bug can show; harmless by itself. */
  arrange?(machine: Mutable): void;
  /** Seeds the bug. */
  apply(machine: Mutable): void;
}

/** Replaces the section at `pc`; the new one may run the `original`. */
export function wrap(
  machine: Mutable,
  pc: number,
  mutated: (original: Section<Rcu>, m: Rcu, t: number) => number,
): void {
  const original = machine.table[pc]!;
  machine.table[pc] = (m: Rcu, t: number) => mutated(original, m, t);
}
