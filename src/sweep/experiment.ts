/**
 * Experiments as data: a question, and the axes whose every combination is a cell. A cell is run with several seeds.
 */
import { quote } from "../import/import_error.ts";
import { checkRunOptions } from "../run/check_options.ts";
import { geometryFromSize } from "../run/geometry.ts";
import { defaultRunOptions, type InitialPcp, type RunOptions } from "../run/options.ts";
import type { Geometry } from "../mm/mm.ts";
import { AXES, type CellDraft } from "./axis.ts";

/** An experiment. */
export interface Experiment {
  /** Name on the command line. */
  readonly name: string;
  /** What it asks. */
  readonly question: string;
  /** The answer that is expected. */
  readonly expected: string;
  /** What would refute that. */
  readonly refutedBy: string;
  /** Values by axis. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** What every cell has in common. */
  readonly options: Partial<RunOptions>;
}

/** Most combinations of a sweep: each is held with its options. */
const CELLS_MAX = 100_000;

/** The machine that cells are on unless an axis makes another. */
export interface SweepMachine {
  /** Zones, CPUs, nodes. */
  readonly geometry: Geometry;
  /** What lies on the lists. */
  readonly initialPcp: readonly InitialPcp[];
}

/** A combination of values. */
export interface Cell {
  /** Number in the order of the axes. */
  readonly index: number;
  /** Value by axis. */
  readonly values: Readonly<Record<string, string>>;
  /** Options of its runs, but for the number of the run. */
  readonly options: RunOptions;
}

/**
 * All cells of an experiment, in the order of AXES.
 *
 * @throws RangeError when an axis or a value is unknown, no run can have it, or there are too many combinations.
 */
export function cellsOf(experiment: Experiment, machine: SweepMachine): Cell[] {
  for (const axis of Object.keys(experiment.axes)) {
    if (!Object.hasOwn(AXES, axis)) {
      throw new RangeError(
        `Cannot sweep: expected an axis of ${Object.keys(AXES).join(", ")}, got ${quote(axis)}`,
      );
    }
  }
  const count = Object.values(experiment.axes).reduce((product, values) => product * values.length, 1);
  if (count > CELLS_MAX) {
    throw new RangeError(`Cannot sweep: expected at most ${CELLS_MAX} cells, got ${count}`);
  }
  let combinations: Record<string, string>[] = [{}];
  for (const axis of Object.keys(AXES)) {
    const values = experiment.axes[axis];
    if (values === undefined) continue;
    combinations = combinations.flatMap((c) => values.map((value) => ({ ...c, [axis]: value })));
  }
  return combinations.map((values, index) => ({
    index,
    values,
    options: optionsOf(experiment, values, machine),
  }));
}

function optionsOf(
  experiment: Experiment,
  values: Record<string, string>,
  machine: SweepMachine,
): RunOptions {
  const draft: CellDraft = { memoryBytes: 0, cpus: 0, nodes: 1, pcpHigh: null, pcpBatch: null, options: {} };
  for (const [axis, value] of Object.entries(values)) {
    const expected = AXES[axis]!.apply(draft, value);
    if (typeof expected === "string") {
      throw new RangeError(`Cannot sweep axis ${axis}: expected ${expected}, got ${quote(value)}`);
    }
  }
  const own = draft.memoryBytes === 0 && draft.cpus === 0;
  const { memoryBytes, cpus, nodes } = draft;
  if (own && values.nodes !== undefined) {
    // the machine that is there has the nodes it has
    throw new RangeError(
      `Cannot sweep axis nodes: expected an axis memory_mib or cpus beside it, got ${
        quote(Object.keys(values).join(", "))
      }`,
    );
  }
  const geometry = own
    ? machine.geometry
    : geometryFromSize({ memoryBytes: memoryBytes || 2 ** 30, cpus: cpus || 2, nodes });
  const options: unknown = {
    ...defaultRunOptions(geometry),
    scheduler: "virtual",
    preemption: "voluntary",
    initialPcp: own ? machine.initialPcp : [],
    ...experiment.options,
    ...draft.options,
    ...pcpOf(draft),
  };
  checkRunOptions(options);
  return options;
}

/** Size of the lists; a batch that is not given is a quarter of high, as percpu_pagelist_fraction has it. */
function pcpOf({ pcpHigh, pcpBatch }: CellDraft): Partial<RunOptions> {
  if (pcpHigh === null && pcpBatch === null) return {};
  const batch = pcpBatch ?? Math.min(96, Math.max(1, Math.floor(pcpHigh! / 4)));
  return { pcp: { high: pcpHigh ?? 6 * batch, batch } };
}
