/**
 * Makes the runs of a sweep through the queue. A job is named by the hash of what it computes, so a run that is asked
 * for twice, by the same sweep after a crash or by another one, is made once; its result is looked up by that name.
 */
import type { RunOptions } from "../mod.ts";
import { type CellRun, isDone } from "../src/sweep/cell_run.ts";
import { modelHere } from "../fuzz/command/model_hash.ts";
import { sha256 } from "../fuzz/command/sha256.ts";
import type { PoolListener } from "../fuzz/sweep/pool.ts";
import type { CellJob } from "../fuzz/sweep/worker.ts";
import { Queue } from "./bullmq.ts";
import { connectionHere, QUEUE } from "./connection.ts";
import type { RunJob } from "./worker.ts";

/** Cells that are in the queue at a time: enough for as many workers when each run decides whether there is a next. */
const CELLS = 64;
/** Milliseconds between two looks at the jobs: asking survives a restart of Redis, being told does not. */
const LOOK_MS = 100;
/** Times that a job which failed is tried. */
const ATTEMPTS = 3;
/** Seconds for which results stay in Redis. */
const KEPT_SECONDS = 7 * 24 * 3600;

/** Asks the queue for a run by the sources of the model here, and waits for it. */
async function askFor(queue: Queue, model: string, options: RunOptions): Promise<CellRun> {
  const job: RunJob = { model, options };
  const id = await sha256(JSON.stringify(job));
  const before = await queue.getJob(id);
  if (before !== undefined && await before.isFailed()) await before.retry();
  await queue.add("run", job, {
    jobId: id,
    attempts: ATTEMPTS,
    backoff: { type: "exponential", delay: 200 },
    removeOnComplete: { age: KEPT_SECONDS },
  });
  for (;;) {
    const job = await queue.getJob(id);
    if (job === undefined) throw new Error(`run ${id.slice(0, 12)} is no longer in the queue`);
    if (job.finishedOn !== undefined) {
      if (job.failedReason) throw new Error(`run ${id.slice(0, 12)} failed: ${job.failedReason}`);
      return job.returnvalue;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Makes what a cell lacks: all at once, or one by one where each decides whether there is a next. */
async function makeCell(
  queue: Queue,
  model: string,
  job: CellJob,
  listener: PoolListener,
): Promise<void> {
  const runs = [...job.finished];
  while (!isDone(runs, job.rule) && !listener.stopped()) {
    const count = job.rule.ci > 0 ? 1 : job.rule.runsMax - runs.length;
    const asked = Array.from(
      { length: count },
      (_, i) => askFor(queue, model, { ...job.options, run: runs.length + i }),
    );
    for (const run of asked) run.catch(() => {}); // what fails is thrown below, in the order of the runs
    for (const found of asked) {
      const run = { ...await found, cell: job.cell };
      runs.push(run);
      listener.run(run);
      if (listener.stopped()) return;
    }
  }
  listener.cell(job.cell);
}

/** Works all jobs off through the queue; how many workers there are is not decided here. */
export async function queuePool(
  jobs: readonly CellJob[],
  _workers: number,
  listener: PoolListener,
): Promise<void> {
  const model = await modelHere();
  const queue = new Queue(QUEUE, { connection: connectionHere() });
  queue.on("error", (error) => console.error(`${error.message}; waiting for Redis`));
  const left = [...jobs];
  const makeCells = async () => {
    for (let job = left.shift(); job !== undefined && !listener.stopped(); job = left.shift()) {
      await makeCell(queue, model, job, listener);
    }
  };
  try {
    await Promise.all(Array.from({ length: CELLS }, makeCells));
  } finally {
    await queue.close();
  }
}
