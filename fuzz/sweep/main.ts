/**
 * `deno task sweep`: every combination of an experiment's axes, each with several seeds, on all cores.
 */
import { type CellRun, HEADLINES, isDone } from "../../src/sweep/cell_run.ts";
import { type Cell, cellsOf } from "../../src/sweep/experiment.ts";
import { headlineOf, sweepFiles } from "../../src/sweep/tables.ts";
import { VERSION } from "../../mod.ts";
import { commitHere } from "../command/commit.ts";
import { modelHere } from "../command/model_hash.ts";
import { EXIT, reportError } from "../command/exit.ts";
import { writeFiles } from "../command/guarded.ts";
import { Interrupt } from "../command/interrupt.ts";
import { readMachine } from "../command/machine_input.ts";
import { readSweepArguments, type SweepRequest } from "./arguments.ts";
import { Bar } from "./bar.ts";
import { Journal } from "./journal.ts";
import { sweepMeta } from "./meta.ts";
import { runPool } from "./pool.ts";
import { sensitivity, sweepTable } from "./table.ts";
import { SWEEP_HELP } from "./usage.ts";
import { verdictOf } from "./violations.ts";

/** What a journal is of: two sweeps are the same when this is, the sources of the model included. */
export function sweepOf(request: SweepRequest, model: string) {
  const { experiment, rule } = request;
  return {
    version: VERSION,
    model,
    name: experiment.name,
    axes: experiment.axes,
    options: experiment.options,
    rule,
  };
}

async function sweep(request: SweepRequest, pool: typeof runPool): Promise<number> {
  const cells = cellsOf(request.experiment, readMachine(null));
  const [part, parts] = request.shard;
  const own = cells.filter((cell) => cell.index % parts === part);
  const journal = new Journal(request.out, sweepOf(request, await modelHere()));
  const runs: CellRun[] = [...journal.finished];
  const jobs = own.map((cell) => ({
    cell: cell.index,
    options: cell.options,
    finished: runs.filter((run) => run.cell === cell.index),
    rule: request.rule,
  })).filter((job) => !isDone(job.finished, request.rule));
  using interrupt = new Interrupt();
  const bar = new Bar(own.length, request.quiet);
  let done = own.length - jobs.length;
  try {
    await pool(jobs, request.workers || navigator.hardwareConcurrency, {
      run(run) {
        journal.add(run);
        runs.push(run);
        bar.update(done, runs.length - journal.finished.length);
      },
      cell: () => void done++,
      stopped: () => interrupt.requested,
    });
  } finally {
    bar.clear();
    journal.close();
  }
  writeSweep(request, cells, runs);
  show(request, cells, runs);
  const verdict = verdictOf(cells, runs);
  if (!interrupt.requested || done === own.length) return verdict;
  console.error(`Interrupted with ${done} of ${own.length} cells done: the same command goes on from here`);
  return EXIT.interrupted; // whatever was found so far: who starts it again is told when it is done
}

function writeSweep(request: SweepRequest, cells: readonly Cell[], runs: readonly CellRun[]): void {
  const { experiment, rule, out } = request;
  const command = ["deno", "task", "sweep", ...request.argv];
  const meta = sweepMeta({ version: VERSION, commit: commitHere(), command, experiment, rule }, cells);
  writeFiles(out, { ...sweepFiles(cells, runs), "meta.json": meta });
}

function show(request: SweepRequest, cells: readonly Cell[], runs: readonly CellRun[]): void {
  if (request.json) {
    const rows = cells.map((cell) => {
      const own = runs.filter((run) => run.cell === cell.index);
      const figures = Object.fromEntries(HEADLINES.map((name) => [name, headlineOf(own, name)]));
      return { cell: cell.index, ...cell.values, seeds: own.length, ...figures };
    });
    console.log(JSON.stringify(rows, null, 2));
  } else if (!request.quiet) {
    console.log(sweepTable(cells, runs));
    if (request.sensitivity) console.log(`\n${sensitivity(cells, runs)}`);
    console.log(`\n${runs.length} runs in ${request.out}`);
  }
}

/**
 * Runs the task; returns the exit code.
 *
 * @param pool Who makes the runs; Web Workers of this machine unless a queue stands in for them.
 */
export async function main(argv: readonly string[], pool: typeof runPool = runPool): Promise<number> {
  try {
    const request = readSweepArguments(argv);
    if (request.help) {
      console.log(SWEEP_HELP);
      return EXIT.fine;
    }
    if (request.print !== null) {
      console.log(request.print);
      return EXIT.fine;
    }
    return await sweep(request, pool);
  } catch (error) {
    return reportError("sweep", error);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
