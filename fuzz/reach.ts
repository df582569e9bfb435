/**
 * What a session has reached: the line at its end, the lists and the file of `--coverage`, and the runs of `--corpus`.
 */
import {
  formatScheduleLine,
  parseScheduleLine,
  planMachine,
  type RunOptions,
  type RunResult,
} from "../mod.ts";
import { Corpus } from "../src/corpus/corpus.ts";
import { Coverage, type Reached } from "../src/coverage/coverage.ts";
import { stringify } from "../src/deps/csv.ts";
import { type ExecuteOptions, RECORD_MAX } from "../src/run/execution.ts";
import { sectionTable } from "../src/sim/operation.ts";
import { Prng } from "../src/sim/prng.ts";
import { Recorder } from "../src/sim/schedule.ts";
import { UnreadableFile } from "./command/exit.ts";
import { inFolder, writeFile } from "./command/guarded.ts";
import { readText } from "./command/read_text.ts";

/** Pairs that `--coverage` names; all of them are in the file. */
const PAIRS_NAMED = 20;

/** Watches the runs of a session. */
export class Reach {
  readonly #coverage = new Coverage(sectionTable());
  readonly #corpus = new Corpus();
  readonly #folder: string | null;
  /** Runs in the folder, and the largest number that one of them has as its name. */
  #files = 0;
  #named = 0;
  readonly #recorder = new Recorder(RECORD_MAX);

  /**
   * Reads the runs that are in the folder of a corpus, if there is one.
   *
   * @throws UnreadableFile when one of them cannot be read, or is of a machine that cannot be.
   */
  constructor(folder: string | null) {
    this.#folder = folder;
    if (folder !== null) this.#read(folder);
  }

  /** What run `i` is to be instead, and how it is recorded; half the runs of random programs are made from others. */
  plan(options: RunOptions): { readonly options: RunOptions; readonly how: ExecuteOptions } {
    this.#recorder.clear();
    const how = { recorder: this.#recorder };
    const prng = new Prng(`xor128:${options.seed}/${options.run}/corpus`);
    const takesPart = this.#folder !== null && options.workload === "random" &&
      options.scheduler !== "virtual";
    if (!takesPart || this.#corpus.size === 0 || !prng.chance(1, 2)) return { options, how };
    const { options: changed, start } = this.#corpus.mutant(prng, options.seed, options.run);
    const { scheduler, pctSections, strategy } = options;
    return {
      options: { ...changed, scheduler, pctSections, strategy },
      how: start === null ? how : { ...how, start },
    };
  }

  /** Adds the run that was planned last. */
  add(result: RunResult): void {
    const isNew = this.#coverage.add(this.#recorder) > 0;
    if (
      this.#folder === null || !isNew || result.options.scheduler === "virtual" || result.schedule === null
    ) return;
    const kept = this.#corpus.add(result);
    const folder = this.#folder;
    this.#files++;
    const file = `${folder}/${String(++this.#named).padStart(6, "0")}.txt`;
    writeFile(file, `${formatScheduleLine(kept, Infinity)}\n`);
  }

  /** One line. */
  line(): string {
    const { sections, branches, pairs, newPairsARun, pairsAtLeast } = this.#coverage.summary();
    const share = ([reached, all]: readonly [number, number], what: string) => `${reached} of ${all} ${what}`;
    const kept = this.#folder === null ? "" : `; ${this.#files} runs kept in ${this.#folder}`;
    return `reached ${share(sections, "sections")}, ${share(branches, "branches")}, ` +
      `${
        share(pairs, "pairs of sections that touch the same")
      }; of all pairs, which are ${pairsAtLeast} at ` +
      `least, another run brings about ${Number(newPairsARun.toPrecision(2))} new ones${kept}`;
  }

  /** What was never reached: sections by operation, branches of sections that were reached, some pairs. */
  never(): string {
    const all = [...this.#coverage.all()];
    const missed = (what: Reached["what"]) => all.filter((one) => one.what === what && one.runs === 0);
    const reached = new Set(
      all.filter((one) => one.what === "section" && one.runs > 0).map((one) => one.from),
    );
    const byOperation = new Map<string, string[]>();
    for (const { from } of missed("section")) {
      const dot = from.indexOf(".");
      const labels = byOperation.get(from.slice(0, dot)) ?? [];
      byOperation.set(from.slice(0, dot), [...labels, from.slice(dot + 1)]);
    }
    const label = (name: string) => name.slice(name.indexOf(".") + 1);
    const pairs = missed("pair");
    return [
      "Sections never reached",
      ...[...byOperation].map(([operation, labels]) => `  ${operation}: ${labels.join(", ")}`),
      "Branches never taken, of sections that were reached",
      ...missed("branch").filter((one) => reached.has(one.from)).map((one) =>
        `  ${one.from} -> ${label(one.to)}`
      ),
      `Pairs that never met, of sections that touch the same: ${pairs.length}, the first of them`,
      ...pairs.slice(0, PAIRS_NAMED).map((one) => `  ${one.from}, then ${one.to} of another task`),
    ].join("\n");
  }

  /** All of it as CSV: what, from, to, runs. */
  csv(): string {
    return stringify([...this.#coverage.all()].map((one) => ({ ...one })), {
      columns: ["what", "from", "to", "runs"],
    });
  }

  #read(folder: string): void {
    inFolder(folder, () => Deno.mkdirSync(folder, { recursive: true }));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      name.endsWith(".txt")
    ).sort();
    for (const name of names) {
      try {
        const run = parseScheduleLine(readText(`${folder}/${name}`));
        planMachine(run.options); // throws now what would end the session later
        this.#corpus.add(run);
      } catch (error) {
        throw new UnreadableFile(`${folder}/${name}: ${error instanceof Error ? error.message : error}`);
      }
      this.#files++;
      this.#named = Math.max(this.#named, Number.parseInt(name) || 0);
    }
  }
}
