/**
 * A search over several workers: they share the table of states, and who has nothing left is given half of what another
 * has. Each state is expanded by the one that met it first, so the counts are those of one worker.
 */
import type { Exploration } from "../../src/explore/exploration.ts";
import type { SavedFrame } from "../../src/explore/frame.ts";
import { SharedVisited } from "../../src/explore/shared_visited.ts";
import { errorOf, type WorkerFault } from "../command/worker_fault.ts";
import type { ExploreRequest } from "./arguments.ts";

/** What a worker is given at first. */
export interface ShardStart {
  readonly request: ExploreRequest;
  /** The shared table. */
  readonly memory: SharedArrayBuffer;
  /** How many workers wait for something to do. */
  readonly signals: SharedArrayBuffer;
  /** Path to go on from, null for the first state, "nothing" to wait. */
  readonly frames: readonly SavedFrame[] | null | "nothing";
}

/** What a worker is told later: a path to go on from, or that it is over. */
export type ShardOrder = { readonly frames: readonly SavedFrame[] } | "report";

/** What a worker says. */
export type ShardNews =
  | { readonly kind: "idle" }
  | { readonly kind: "given"; readonly frames: readonly SavedFrame[] }
  | { readonly kind: "report"; readonly found: Exploration }
  | ({ readonly kind: "fault" } & WorkerFault);

/** Indices of `signals`. */
export const SIGNAL = { idle: 0, count: 1 } as const;

/**
 * Searches with so many workers.
 *
 * @param tableBits The table has 2^tableBits slots.
 * @throws RangeError when the table is full.
 */
export async function exploreSharded(
  request: ExploreRequest,
  workers: number,
  tableBits: number,
): Promise<Exploration> {
  const memory = SharedVisited.ofBits(tableBits).memory;
  const signals = new SharedArrayBuffer(4 * SIGNAL.count);
  const pool = Array.from(
    { length: workers },
    () => new Worker(new URL("./shard.ts", import.meta.url), { type: "module" }),
  );
  try {
    const reports = await run(
      pool,
      (i) => ({ request, memory, signals, frames: i === 0 ? null : "nothing" }),
      signals,
    );
    return merged(reports, memory.byteLength);
  } finally {
    for (const worker of pool) worker.terminate();
  }
}

/** Passes work from worker to worker until none has any, then collects what they found. */
function run(
  pool: readonly Worker[],
  startOf: (i: number) => ShardStart,
  signals: SharedArrayBuffer,
): Promise<Exploration[]> {
  const flags = new Int32Array(signals);
  const idle = new Set<Worker>();
  const waiting: (readonly SavedFrame[])[] = [];
  const reports: Exploration[] = [];
  const deal = () => {
    while (waiting.length > 0 && idle.size > 0) {
      const [worker] = idle;
      idle.delete(worker!);
      worker!.postMessage({ frames: waiting.shift()! } satisfies ShardOrder);
    }
    Atomics.store(flags, SIGNAL.idle, waiting.length > 0 ? 0 : idle.size);
    if (idle.size === pool.length) {
      for (const worker of pool) worker.postMessage("report" satisfies ShardOrder);
    }
  };
  return new Promise((resolve, reject) => {
    pool.forEach((worker, i) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }: MessageEvent<ShardNews>) => {
        if (data.kind === "fault") reject(errorOf(data));
        else if (data.kind === "report") {
          if (reports.push(data.found) === pool.length) resolve(reports);
        } else {
          if (data.kind === "idle") idle.add(worker);
          else waiting.push(data.frames);
          deal();
        }
      };
      worker.postMessage(startOf(i));
    });
  });
}

/** What the workers found together. */
function merged(reports: readonly Exploration[], bytes: number): Exploration {
  const sum = (of: (found: Exploration) => number) => reports.reduce((total, found) => total + of(found), 0);
  return {
    states: sum((found) => found.states),
    transitions: sum((found) => found.transitions),
    ends: new Set(reports.flatMap((found) => [...found.ends])),
    endings: sum((found) => found.endings),
    violations: sum((found) => found.violations),
    // which worker meets a fault first is chance: the shortest path is told, the first by its text among equals
    failure: reports.flatMap(({ failure }) => failure === null ? [] : [failure])
      .sort((a, b) =>
        a.steps.length - b.steps.length || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
      )[0] ?? null,
    depth: Math.max(...reports.map((found) => found.depth)),
    bytes,
    complete: reports.every((found) => found.complete),
    unreached: reports[0]!.unreached.filter((name) =>
      reports.every((found) => found.unreached.includes(name))
    ),
  };
}
