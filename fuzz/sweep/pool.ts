/**
 * Spreads the cells of a sweep over Web Workers, one long-running worker a core; each gets the next cell when it has
 * done one.
 */
import type { CellRun } from "../../src/sweep/cell_run.ts";
import { type CellJob, type CellNews, workOff } from "./worker.ts";

/** Told what happens. */
export interface PoolListener {
  /** A run has ended. */
  readonly run: (run: CellRun) => void;
  /** A cell has enough runs. */
  readonly cell: (cell: number) => void;
  /** Whether to begin no further cell. */
  readonly stopped: () => boolean;
}

/** Works all jobs off; rejects with what a worker failed with. */
export async function runPool(
  jobs: readonly CellJob[],
  workers: number,
  listener: PoolListener,
): Promise<void> {
  const queue = [...jobs];
  if (workers === 1) {
    for (const job of queue) {
      if (listener.stopped()) return;
      workOff(job, listener.run);
      listener.cell(job.cell);
      await new Promise((resolve) => setTimeout(resolve, 0)); // a signal may have come
    }
    return;
  }
  await Promise.all(
    Array.from({ length: Math.min(workers, queue.length) }, () => runWorker(queue, listener)),
  );
}

function runWorker(queue: CellJob[], listener: PoolListener): Promise<void> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<void>((resolve, reject) => {
    const next = () => {
      const job = listener.stopped() ? undefined : queue.shift();
      if (job === undefined) resolve();
      else worker.postMessage(job);
    };
    worker.onmessage = ({ data }: MessageEvent<CellNews>) => {
      if (data.kind === "run") return listener.run(data.run);
      if (data.kind === "failed") return reject(new RangeError(data.message));
      listener.cell(data.cell);
      next();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    next();
  }).finally(() => worker.terminate());
}
