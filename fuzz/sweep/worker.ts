/**
 * A worker of a sweep: makes the runs that it is asked for, one after the other. What a run comes to depends on the
 * request alone, so that any number of workers gives the same rows.
 */
import { type CellRun, runCell, type StopRule } from "../../src/sweep/cell_run.ts";
import type { RunOptions } from "../../src/run/options.ts";
import { faultOf, type WorkerFault } from "../command/worker_fault.ts";

/** A cell that lacks runs. */
export interface CellJob {
  /** Cell. */
  readonly cell: number;
  /** Its runs' options. */
  readonly options: RunOptions;
  /** Runs that are known already, the first ones in order. */
  readonly finished: readonly CellRun[];
  /** When to stop. */
  readonly rule: StopRule;
}

/** A run to make. */
export interface RunRequest {
  /** Cell. */
  readonly cell: number;
  /** Options of the cell's runs. */
  readonly options: RunOptions;
  /** Number of the run. */
  readonly run: number;
}

/** The run, or why there is none. */
export type RunAnswer = CellRun | WorkerFault;

/** The side of a worker that this file uses. */
interface Scope {
  onmessage: ((event: MessageEvent<RunRequest>) => void) | null;
  postMessage(answer: RunAnswer): void;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === "function") {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = ({ data }) => {
    try {
      scope.postMessage(runCell(data.cell, data.options, data.run));
    } catch (error) {
      scope.postMessage(faultOf(error));
    }
  };
}
