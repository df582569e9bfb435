/**
 * One run of a cell, as what is written of it: rows of the files, and the figures that its cell is summed up by.
 */
import { COLUMNS } from "../metrics/columns.ts";
import { meanWithin } from "../metrics/student_t.ts";
import { bulkRows, latencyRows, runsRow, streakRows } from "../report/tables.ts";
import { execute } from "../run/execution.ts";
import { factsOf } from "../run/facts.ts";
import type { RunOptions } from "../run/options.ts";
import { Memory } from "../sim/memory.ts";

/** Columns of runs.csv that a cell is summed up by. */
export const HEADLINES = [
  "hit_rate_request",
  "hit_rate_attempt",
  "hit_rate_block",
  "fell_back_share",
  "rcu_head_ns_p50",
  "rcu_head_ns_p99",
  "rcu_head_ns_max",
  "synchronize_ns_p50",
  "synchronize_ns_p99",
  "synchronize_ns_max",
  "enqueue_to_free_ns_p50",
  "enqueue_to_free_ns_p99",
  "enqueue_to_free_ns_max",
  "bulk_mean",
  "group_mean",
  "wait_type_splats",
  "rt_sleeps",
  "zone_lock_hold_ns",
  "zone_lock_wait_ns",
  "polluting_movable",
  "polluting_cma",
  "polluting_hits",
  "waiting_peak",
  "memory_peak_bytes",
  "blocks_peak",
  "grace_periods",
  "oom_kills",
  "load_ns",
] as const;

/** What is kept of a run. */
export interface CellRun {
  /** Cell. */
  readonly cell: number;
  /** Number of the run in its cell. */
  readonly run: number;
  /** Row of runs.csv, without the cell. */
  readonly runs: string;
  /** Rows of latency.csv, kfree_bulk.csv and miss_streaks.csv. */
  readonly latency: string;
  readonly bulk: string;
  readonly streaks: string;
  /** What did not hold, and by which checker; null when all did. */
  readonly violation: string | null;
  /** Values of HEADLINES, null where one does not apply. */
  readonly headlines: readonly (number | null)[];
}

/** A thread makes one run at a time, and nothing of the machine is in what is kept. */
const memory = new Memory();

/** Runs number `run` of a cell. */
export function runCell(cell: number, options: RunOptions, run: number): CellRun {
  const result = execute({ ...options, run }, { memory });
  const facts = factsOf(result);
  const { violation } = result;
  const headlines = HEADLINES.map((name) => {
    const value = COLUMNS.find((c) => c.name === name)!.value(facts);
    return value === "" ? null : Number(value);
  });
  return {
    cell,
    run,
    runs: runsRow(facts),
    latency: latencyRows(options.strategy, run, result.collector),
    bulk: bulkRows(options.strategy, run, result.collector),
    streaks: streakRows(options.strategy, run, result.collector),
    violation: violation === null ? null : `${violation.checker}: ${violation.message}`,
    headlines,
  };
}

/** Fewest runs of a cell before it may stop early. */
const RUNS_MIN = 3;

/** When a cell has enough runs. */
export interface StopRule {
  /** Most runs. */
  readonly runsMax: number;
  /** Half the width of the interval of the share of objects that fell back at which a cell stops; 0 for never. */
  readonly ci: number;
}

/** Whether a cell is done with these runs, which are its first ones in order. */
export function isDone(runs: readonly CellRun[], rule: StopRule): boolean {
  if (runs.length >= rule.runsMax) return true;
  if (runs.length < RUNS_MIN || rule.ci <= 0) return false;
  return ["fell_back_share", "hit_rate_block"].every((name) => {
    const i = (HEADLINES as readonly string[]).indexOf(name);
    const values = runs.map((r) => r.headlines[i]).filter((v) => v != null);
    return values.length === 0 || meanWithin(values).halfWidth <= rule.ci;
  });
}
