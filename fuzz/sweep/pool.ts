/**
 * Spreads the runs of a sweep over Web Workers, one long-running worker a core; each gets the next run when it has made
 * one. Runs are told in the order of each cell's seeds, whoever makes them, so that a cell stops at the same run for
 * any number of workers.
 */
import { type CellRun, isDone, runCell } from "../../src/sweep/cell_run.ts";
import { errorOf } from "../command/worker_fault.ts";
import type { CellJob, RunAnswer, RunRequest } from "./worker.ts";

/** Told what happens. */
export interface PoolListener {
  /** A run has ended. */
  readonly run: (run: CellRun) => void;
  /** A cell has enough runs. */
  readonly cell: (cell: number) => void;
  /** Whether to begin no further run. */
  readonly stopped: () => boolean;
}

/** A cell while its runs are made. */
interface OpenCell {
  readonly job: CellJob;
  /** Its runs that have been told, the first ones in order. */
  readonly told: CellRun[];
  /** Runs that were made before an earlier one. */
  readonly early: Map<number, CellRun>;
  /** Number of the next run to begin. */
  next: number;
}

/** Runs that a worker has been asked for at a time: it makes one while the other is on its way. */
const AHEAD = 2;

/** Hands out runs, and takes them back. */
class Runs {
  readonly #open: OpenCell[];

  constructor(jobs: readonly CellJob[], private readonly listener: PoolListener) {
    this.#open = jobs.map((job) => ({
      job,
      told: [...job.finished],
      early: new Map(),
      next: job.finished.length,
    }));
  }

  /**
   * The next run to make, undefined when there is none now. Where the runs themselves decide when a cell has enough,
   * those ahead of what is known are only begun when there is nothing else to do: they may turn out to be too many.
   */
  take(): RunRequest | undefined {
    if (this.listener.stopped()) return undefined;
    const sure = this.#open.find((c) => c.next < this.#wanted(c));
    const cell = sure ?? this.#open.find((c) => c.next < c.job.rule.runsMax);
    return cell && { cell: cell.job.cell, run: cell.next++, options: cell.job.options };
  }

  /** Takes a run that has been made; tells it when all before it have been told. */
  give(made: CellRun): void {
    const cell = this.#open.find((c) => c.job.cell === made.cell);
    if (cell === undefined) return; // its cell had enough without it
    cell.early.set(made.run, made);
    for (let run = cell.early.get(cell.told.length); run; run = cell.early.get(cell.told.length)) {
      cell.early.delete(run.run);
      cell.told.push(run);
      this.listener.run(run);
      if (!isDone(cell.told, cell.job.rule)) continue;
      this.#open.splice(this.#open.indexOf(cell), 1);
      return this.listener.cell(cell.job.cell);
    }
  }

  /** Runs that a cell is sure to need. */
  #wanted({ job, told }: OpenCell): number {
    return job.rule.ci > 0 ? told.length + 1 : job.rule.runsMax;
  }
}

/** Works all jobs off; rejects with what a worker failed with. */
export async function runPool(
  jobs: readonly CellJob[],
  workers: number,
  listener: PoolListener,
): Promise<void> {
  const runs = new Runs(jobs, listener);
  if (workers === 1) {
    for (let next = runs.take(); next !== undefined; next = runs.take()) {
      runs.give(runCell(next.cell, next.options, next.run));
      await new Promise((resolve) => setTimeout(resolve, 0)); // a signal may have come
    }
    return;
  }
  const lacking = jobs.reduce((sum, job) => sum + job.rule.runsMax - job.finished.length, 0);
  await Promise.all(Array.from({ length: Math.min(workers, lacking) }, () => runWorker(runs)));
}

function runWorker(runs: Runs): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<void>((resolve, reject) => {
    let asked = 0;
    const fill = () => {
      for (; asked < AHEAD; asked++) {
        const request = runs.take();
        if (request === undefined) break;
        worker.postMessage(request);
      }
      if (asked === 0) resolve();
    };
    worker.onmessage = ({ data }: MessageEvent<RunAnswer>) => {
      if ("fault" in data) return reject(errorOf(data));
      asked--;
      runs.give(data);
      fill();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    fill();
  }).finally(() => worker.terminate());
}
