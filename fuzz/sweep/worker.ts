/**
 * A worker of a sweep: runs a cell's seeds in order until it has enough, and tells each run as it ends. What it does
 * depends on the cell alone, so that any number of workers gives the same rows.
 */
import { type CellRun, isDone, runCell, type StopRule } from "../../src/sweep/cell_run.ts";
import type { RunOptions } from "../../src/run/options.ts";

/** What a worker is asked to do. */
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

/** What a worker says. */
export type CellNews =
  | { readonly kind: "run"; readonly run: CellRun }
  | { readonly kind: "done"; readonly cell: number }
  | { readonly kind: "failed"; readonly message: string };

/** Runs what a cell lacks. */
export function workOff(job: CellJob, tell: (run: CellRun) => void): void {
  const runs = [...job.finished];
  while (!isDone(runs, job.rule)) {
    const run = runCell(job.cell, job.options, runs.length);
    runs.push(run);
    tell(run);
  }
}

/** The side of a worker that this file uses. */
interface Scope {
  onmessage: ((event: MessageEvent<CellJob>) => void) | null;
  postMessage(news: CellNews): void;
}

if (typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === "function") {
  const scope = globalThis as unknown as Scope;
  scope.onmessage = ({ data }) => {
    try {
      workOff(data, (run) => scope.postMessage({ kind: "run", run }));
      scope.postMessage({ kind: "done", cell: data.cell });
    } catch (error) {
      scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  };
}
