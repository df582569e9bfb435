/**
 * `deno task merge`: the shards of one sweep, put together into what one machine would have written.
 */
import { EXPERIMENTS } from "../../bench/experiments/experiments.ts";
import { type CellRun, isDone } from "../../src/sweep/cell_run.ts";
import { cellsOf } from "../../src/sweep/experiment.ts";
import { sweepFiles } from "../../src/sweep/tables.ts";
import { commitHere } from "../command/commit.ts";
import { EXIT, reportError, UnreadableFile, UsageError } from "../command/exit.ts";
import { writeFiles } from "../command/guarded.ts";
import { readMachine } from "../command/machine_input.ts";
import { modelHere } from "../command/model_hash.ts";
import { text } from "../command/option_values.ts";
import { readOptions } from "../command/read_options.ts";
import { readJournal } from "./journal.ts";
import type { JournalSweep } from "./journal_lines.ts";
import { sweepMeta } from "./meta.ts";
import { MERGE_HELP } from "./usage.ts";
import { verdictOf } from "./violations.ts";

/** The runs of all folders, each once; refuses folders of different sweeps, and runs that came out differently. */
function gather(folders: readonly string[]): { sweep: JournalSweep; runs: CellRun[] } {
  const journals = folders.map((folder) => ({ folder, ...readJournal(folder) }));
  const first = JSON.stringify(journals[0]!.sweep);
  const other = journals.find((journal) => JSON.stringify(journal.sweep) !== first);
  if (other !== undefined) {
    throw new UnreadableFile(
      `${other.folder}: expected a shard of the sweep in ${folders[0]}, got one of another sweep`,
    );
  }
  const runs = new Map<string, CellRun>();
  for (const { folder, runs: own } of journals) {
    for (const run of own) {
      const key = `${run.cell}/${run.run}`;
      const before = runs.get(key);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(run)) {
        throw new UnreadableFile(
          `${folder}: expected run ${run.run} of cell ${run.cell} as in a folder before, got another result`,
        );
      }
      runs.set(key, run);
    }
  }
  return { sweep: journals[0]!.sweep, runs: [...runs.values()] };
}

/** What was merged: how many runs, and the exit code that they stand for. */
interface Merged {
  readonly runs: number;
  readonly verdict: number;
}

/** The call that makes the whole sweep on one machine. */
function callOf({ name, axes, options, rule }: JournalSweep, out: string): string[] {
  const named = EXPERIMENTS.some((each) => each.name === name) ? [name] : [];
  const given = Object.entries(axes).map(([axis, values]) => `--axis=${axis}=${values}`);
  const rest = [`--seeds=${rule.runsMax}`, `--ci=${rule.ci}`, `--seed=${options.seed}`, `--out=${out}`];
  return ["deno", "task", "sweep", ...named, ...given, ...rest];
}

async function merge(folders: readonly string[], out: string): Promise<Merged> {
  const { sweep, runs } = gather(folders);
  const asked = EXPERIMENTS.find(({ name }) => name === sweep.name);
  const { question = "", expected = "", refutedBy = "" } = asked ?? {};
  const experiment = { ...sweep, question, expected, refutedBy };
  const cells = cellsOf(experiment, readMachine(null));
  const beyond = runs.find((run) => run.cell >= cells.length);
  if (beyond !== undefined) {
    throw new UnreadableFile(
      `${folders.join(", ")}: expected runs of ${cells.length} cells, got one of cell ${beyond.cell}`,
    );
  }
  for (const cell of cells) {
    const own = runs.filter((run) => run.cell === cell.index).sort((a, b) => a.run - b.run);
    if (!isDone(own, sweep.rule)) {
      throw new UnreadableFile(
        `${
          folders.join(", ")
        }: expected all runs of cell ${cell.index}, got ${own.length}: a shard is missing or not over`,
      );
    }
  }
  const { version, rule } = sweep;
  // the shards' machines had the same sources as this one, or nobody knows here which commit theirs was
  const commit = sweep.model === await modelHere() ? commitHere() : "unknown";
  const meta = sweepMeta({ version, commit, command: callOf(sweep, out), experiment, rule }, cells);
  writeFiles(out, { ...sweepFiles(cells, runs), "meta.json": meta });
  return { runs: runs.length, verdict: verdictOf(cells, runs) };
}

/** Runs the task; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const args = readOptions(argv, ["out"], ["quiet", "help"], true);
    if (args.help === true) {
      console.log(MERGE_HELP);
      return EXIT.fine;
    }
    const folders = (args._ as readonly unknown[]).map(String);
    if (folders.length === 0 || args.out === undefined) {
      throw new UsageError("Cannot merge: expected the folders of the shards, and --out DIR");
    }
    const { runs, verdict } = await merge(folders, text(args, "out", ""));
    if (args.quiet !== true) console.log(`${runs} runs in ${args.out}`);
    return verdict;
  } catch (error) {
    return reportError("merge", error, "badInput"); // a RangeError is about what a journal asks for
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
