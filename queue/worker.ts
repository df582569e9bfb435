/**
 * A worker of the queue: takes jobs, each one run, and makes them on a thread of its own. Any number of workers on any
 * number of machines may run; one that dies loses its lock, and its job goes to another.
 */
import type { RunOptions } from "../mod.ts";
import { whole } from "../src/run/check_options.ts";
import type { CellRun } from "../src/sweep/cell_run.ts";
import { EXIT, reportError } from "../fuzz/command/exit.ts";
import { modelHere } from "../fuzz/command/model_hash.ts";
import { numberOf } from "../fuzz/command/option_values.ts";
import { readOptions } from "../fuzz/command/read_options.ts";
import { Worker as QueueWorker } from "./bullmq.ts";
import { connectionHere, QUEUE } from "./connection.ts";

const HELP = `deno task worker [--lock_ms N] [--stalled_ms N]   (one worker a core)

Takes runs from the queue until it is stopped. Redis: REDIS_URL, REDIS_USERNAME, REDIS_PASSWORD, REDIS_CA.
  --lock_ms N     a worker that has not renewed its lock for so long is dead (30000)
  --stalled_ms N  milliseconds between two looks for jobs of dead workers (5000)`;

/** What a job is. */
export interface RunJob {
  /** Hash of the sources of the model that its result is of. */
  readonly model: string;
  /** The run. */
  readonly options: RunOptions;
}

/** Makes runs one after the other on a thread. */
function thread(): (options: RunOptions) => Promise<CellRun> {
  const worker = new Worker(new URL("./thread.ts", import.meta.url).href, { type: "module" });
  return (options) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: record }: MessageEvent<CellRun>) => resolve(record);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(options);
    });
}

async function main(argv: readonly string[]): Promise<number | null> {
  try {
    const args = readOptions(argv, ["lock_ms", "stalled_ms"], ["help"]);
    if (args.help === true) {
      console.log(HELP);
      return EXIT.fine;
    }
    const model = await modelHere();
    const make = thread();
    const worker = new QueueWorker<RunJob, CellRun>(QUEUE, ({ data: job }) => {
      if (job.model === model) return make(job.options);
      throw new Error(`expected a job for the model ${model} of this worker, got one for ${job.model}`);
    }, {
      connection: connectionHere(),
      concurrency: 1,
      lockDuration: numberOf(args, "lock_ms", whole(100, 1e7), 30_000),
      stalledInterval: numberOf(args, "stalled_ms", whole(100, 1e7), 5000),
      maxStalledCount: 5,
    });
    worker.on("error", (error) => console.error(`${error.message}; waiting for Redis`));
    worker.on("completed", (job) => console.error(`made ${job.id?.slice(0, 12)}`));
    const end = () => {
      // without Redis a worker cannot be closed in order: its job then goes to another when its lock runs out
      setTimeout(() => Deno.exit(EXIT.fine), 3000);
      worker.close().then(() => Deno.exit(EXIT.fine));
    };
    Deno.addSignalListener("SIGINT", end);
    Deno.addSignalListener("SIGTERM", end);
    return null;
  } catch (error) {
    return reportError("worker", error);
  }
}

if (import.meta.main) {
  const code = await main(Deno.args);
  if (code !== null) Deno.exit(code);
}
