/**
 * `deno task fidelity`: predictions in virtual time, held against recordings of a real kernel.
 */
import { execute } from "../../src/run/execution.ts";
import { defaultRunOptions, type RunOptions } from "../../src/run/options.ts";
import { Memory } from "../../src/sim/memory.ts";
import type { FidelityRow } from "../../src/report/fidelity_row.ts";
import { EXIT, reportError } from "../command/exit.ts";
import { type MachineInput, readMachine } from "../command/machine_input.ts";
import { pathOf } from "../command/path_of.ts";
import { Progress } from "../command/progress.ts";
import { readOptions } from "../command/read_options.ts";
import { textTable } from "../command/text_table.ts";
import type { FidelityCase } from "./case_kinds.ts";
import { FIDELITY_CASES, NOT_COMPARED } from "./cases.ts";
import type { Measured } from "./predict.ts";
import { SCENES } from "./scenes.ts";
import { FIDELITY_HELP } from "./usage.ts";

/** One line of the table. */
export interface DrawnRow extends FidelityRow {
  /** Least and most of the single runs that the prediction is made of. */
  readonly drawn: readonly [number, number];
}

/** Runs of a load: much is a matter of phase, and where the CPUs' ticks and turns fall is drawn for each run. */
const RUNS = 24;

function machineNamed(name: string | null): MachineInput {
  if (name === null) return readMachine(null);
  const file = (kind: string) => pathOf(`./machines/${name}/${kind}`, import.meta.url);
  return readMachine({ zoneinfo: file("zoneinfo"), pcplists: file("pcplists") });
}

const memory = new Memory();

/** Runs a load, in turn with what each of its recordings met. */
function runScene(name: string): Measured {
  const { options, met } = SCENES[name]!;
  const machines = met.map(({ machine }) => machineNamed(machine));
  const results = Array.from({ length: RUNS }, (_, i) => {
    const { geometry, initialPcp } = machines[i % met.length]!;
    const run: RunOptions = {
      ...defaultRunOptions(geometry),
      initialPcp,
      run: 1 + i,
      scheduler: "virtual",
      preemption: "voluntary",
      pageblockOrder: 10,
      ...met[i % met.length]!.host,
      ...options,
    };
    const { collector, m } = execute(run, { checkers: [], memory });
    return { collector, loadNs: m.workload.endNs[0]! };
  });
  return { runs: results.map((r) => r.collector), loadNs: results.map((r) => r.loadNs) };
}

/** The comparisons; `done` is told how many loads have been run. */
export function fidelityRows(
  cases: readonly FidelityCase[],
  done: (scenes: number) => void = () => {},
): DrawnRow[] {
  const measured = new Map<string, Measured>();
  return cases.map(({ name, scene, recorded, low, high, predict }) => {
    let all = measured.get(scene);
    if (all === undefined) {
      measured.set(scene, all = runScene(scene));
      done(measured.size);
    }
    const { runs, loadNs } = all;
    const predicted = rounded(predict(all));
    const single = runs.map((run, i) => rounded(predict({ runs: [run], loadNs: [loadNs[i]!] })));
    return {
      name,
      predicted,
      recorded,
      low,
      high,
      inBand: predicted >= low && predicted <= high,
      drawn: [Math.min(...single), Math.max(...single)],
    };
  });
}

const rounded = (value: number) => Math.round(value * 100) / 100;

/** The table for people. */
function fidelityTable(rows: readonly DrawnRow[]): string {
  const number = (value: number) => String(rounded(value));
  const lines = rows.map((r) => {
    const difference = typeof r.recorded === "number" ? number(r.predicted - r.recorded) : "";
    const band = `${number(r.low)} to ${number(r.high)}`;
    const drawn = `${number(r.drawn[0])} to ${number(r.drawn[1])}`;
    return [
      r.name,
      number(r.predicted),
      drawn,
      String(r.recorded),
      difference,
      band,
      r.inBand ? "yes" : "NO",
    ];
  });
  const all = [["", "predicted", "single runs", "recorded", "difference", "band", "in band"], ...lines];
  return textTable(all, (column) => column === 0);
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const args = readOptions(argv, [], ["json", "quiet", "help"]);
    if (args.help === true) {
      console.log(FIDELITY_HELP);
      return EXIT.fine;
    }
    const scenes = new Set(FIDELITY_CASES.map((c) => c.scene)).size;
    const progress = new Progress(scenes, args.quiet === true, { items: "loads", steps: "loads" });
    const rows = fidelityRows(FIDELITY_CASES, (n) => progress.update(n, n));
    progress.clear();
    const out = rows.filter((r) => !r.inBand).length;
    if (args.json === true) console.log(JSON.stringify(rows, null, 2));
    else if (args.quiet !== true) {
      console.log(fidelityTable(rows));
      console.log(`\n${rows.length - out} of ${rows.length} in their band. Not compared:`);
      for (const why of NOT_COMPARED) console.log(`- ${why}`);
    }
    return out === 0 ? EXIT.fine : EXIT.violation;
  } catch (error) {
    return reportError("fidelity", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
