/**
 * From the command line of `deno task sweep` to the sweep that is asked for.
 */
import { EXPERIMENTS } from "../../bench/experiments/experiments.ts";
import { real } from "../../src/run/check_options.ts";
import { AXES } from "../../src/sweep/axis.ts";
import type { StopRule } from "../../src/sweep/cell_run.ts";
import type { Experiment } from "../../src/sweep/experiment.ts";
import { type ConfigTask, readCall } from "../command/config.ts";
import { UsageError } from "../command/exit.ts";
import { nearest } from "../command/nearest.ts";
import {
  CONFIG_TABLE,
  numberOption,
  Options,
  type OptionTable,
  readTable,
  wholeOption,
} from "../command/option_table.ts";
import { type Args, namesIn, refuse } from "../command/option_values.ts";
import { everyStrategy } from "../command/run_options.ts";
import { STRATEGY_OPTION } from "../command/run_table.ts";

/** Options of `deno task sweep`. */
const SWEEP_TABLE = {
  axis: {
    kind: "lists",
    names: Object.fromEntries(Object.entries(AXES).map(([name, { meaning }]) => [name, meaning])),
  },
  strategy: { kind: "names", names: STRATEGY_OPTION.names, others: STRATEGY_OPTION.others },
  sensitivity: { kind: "switch" },
  seeds: wholeOption(1, 10_000, 5),
  ci: numberOption(real(0, 1), 0),
  seed: { kind: "text", fallback: "1" },
  workers: wholeOption(0, 256, 0),
  shard: { kind: "text", pattern: "^\\d{1,6}/\\d{1,6}$", fallback: "1/1" },
  out: { kind: "text" },
  ...CONFIG_TABLE,
} as const satisfies OptionTable;

/** How a call of `deno task sweep` is a file. */
export const SWEEP_CONFIG: ConfigTask = {
  name: "sweep",
  table: SWEEP_TABLE,
  positional: { name: "experiment", many: false },
  together: [],
};

/** What is asked for. */
export interface SweepRequest {
  /** The whole call, what a file says included. */
  readonly argv: readonly string[];
  /** The call as a file, to be printed instead; null to run. */
  readonly print: string | null;
  /** The experiment, with the axes that were given. */
  readonly experiment: Experiment;
  /** Runs of a cell. */
  readonly rule: StopRule;
  /** Say what depends on the costs. */
  readonly sensitivity: boolean;
  /** Web Workers, 0 for one a core. */
  readonly workers: number;
  /** Part of the cells, from 0 on, of how many. */
  readonly shard: readonly [number, number];
  /** Folder of the files. */
  readonly out: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/** Options that belong to no named experiment. */
const OWN: Experiment = {
  name: "sweep",
  question: "",
  expected: "",
  refutedBy: "",
  axes: {},
  options: { workload: "kfree_storm", kfree_loops: 5 },
};

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown or has an impossible value; UnreadableFile, ImportError for a file of
 * options that cannot be used.
 */
export function readSweepArguments(argv: readonly string[]): SweepRequest {
  const call = readCall(argv, SWEEP_CONFIG);
  const { axes, rest } = takeAxes(call.argv);
  const args = readTable(rest, SWEEP_TABLE, true);
  const options = new Options(args, SWEEP_TABLE);
  const base = baseOf(args);
  const short = {
    ...(options.has("strategy") ? { strategy: everyStrategy(options.names("strategy")) } : {}),
    ...(options.on("sensitivity") ? { costs: ["low", "nominal", "high"] } : {}),
  };
  const twice = Object.keys(short).find((axis) => axes[axis] !== undefined);
  if (twice !== undefined) {
    refuse("axis", "each axis once, what --strategy and --sensitivity stand for included", twice);
  }
  const all = { ...base.axes, ...axes, ...short };
  if (Object.keys(all).length === 0 && !options.on("help")) {
    throw new UsageError("Cannot sweep: expected the name of an experiment or an --axis, got neither");
  }
  return {
    argv: call.argv,
    print: call.print,
    experiment: { ...base, axes: all, options: { ...base.options, seed: options.text("seed") } },
    rule: { runsMax: options.number("seeds"), ci: options.number("ci") },
    sensitivity: options.on("sensitivity"),
    workers: options.number("workers"),
    shard: shardOf(options.text("shard")),
    out: options.has("out") ? options.text("out") : `results/${base.name}`,
    json: options.on("json"),
    quiet: options.on("quiet"),
    help: options.on("help"),
  };
}

/** Takes `--axis NAME=VALUES` out, which may be given several times. */
function takeAxes(argv: readonly string[]): { axes: Record<string, readonly string[]>; rest: string[] } {
  const axes: Record<string, readonly string[]> = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const given = argv[i] === "--axis" ? argv[++i] ?? "" : /^--axis=(.*)$/s.exec(argv[i]!)?.[1];
    if (given === undefined) {
      rest.push(argv[i]!);
      continue;
    }
    const [, name = "", values = ""] = /^([^=]*)=(.*)$/s.exec(given) ?? [];
    if (!Object.hasOwn(AXES, name)) {
      refuse("axis", `NAME=VALUES with a name of ${Object.keys(AXES).join(", ")}`, given);
    }
    if (axes[name] !== undefined) refuse("axis", "each axis once", given);
    const list = values.split(",");
    if (list.includes("") || new Set(list).size !== list.length) {
      refuse("axis", "different values between commas", given);
    }
    const { names, others } = STRATEGY_OPTION;
    axes[name] = name === "strategy" ? everyStrategy(namesIn(name, values, names, others)) : list;
  }
  return { axes, rest };
}

function baseOf(args: Args): Experiment {
  const names = args._ as readonly unknown[];
  if (names.length === 0) return OWN;
  const found = EXPERIMENTS.find((e) => e.name === String(names[0]));
  if (names.length > 1 || found === undefined) {
    const known = EXPERIMENTS.map((e) => e.name);
    const got = names.join(" ");
    throw new UsageError(
      `Cannot sweep: expected one experiment of ${known.join(", ")}, got "${got}"${
        nearest(got, known).replace("--", "")
      }`,
    );
  }
  return found;
}

function shardOf(given: string): readonly [number, number] {
  const [, i = "", n = ""] = /^(\d{1,6})\/(\d{1,6})$/.exec(given) ?? [];
  if (!(Number(i) >= 1 && Number(i) <= Number(n))) refuse("shard", "I/N with I from 1 to N", given);
  return [Number(i) - 1, Number(n)];
}
