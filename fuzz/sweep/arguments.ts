/**
 * From the command line of `deno task sweep` to the sweep that is asked for.
 */
import { EXPERIMENTS } from "../../bench/experiments/experiments.ts";
import { AXES } from "../../src/sweep/axis.ts";
import type { StopRule } from "../../src/sweep/cell_run.ts";
import type { Experiment } from "../../src/sweep/experiment.ts";
import { STRATEGIES } from "../../src/strategy/registry.ts";
import { UsageError } from "../command/exit.ts";
import { nearest } from "../command/nearest.ts";
import { type Args, numberOf, refuse, text } from "../command/option_values.ts";
import { readOptions } from "../command/read_options.ts";

const VALUES = ["strategy", "seeds", "ci", "seed", "workers", "shard", "out"] as const;
const SWITCHES = ["sensitivity", "json", "quiet", "help"] as const;

/** What is asked for. */
export interface SweepRequest {
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
 * @throws UsageError when one is unknown or has an impossible value.
 */
export function readSweepArguments(argv: readonly string[]): SweepRequest {
  const { axes, rest } = takeAxes(argv);
  const args = readOptions(rest, VALUES, SWITCHES, true);
  const base = baseOf(args);
  const all = { ...base.axes, ...axes };
  if (args.strategy !== undefined) all.strategy = strategiesOf(text(args, "strategy", ""));
  if (args.sensitivity === true) all.costs = ["low", "nominal", "high"];
  if (Object.keys(all).length === 0 && args.help !== true) {
    throw new UsageError("Cannot sweep: expected the name of an experiment or an --axis, got neither");
  }
  const whole = (name: string, fallback: number, min: number, max: number) =>
    numberOf(args, name, fallback, min, max, true);
  return {
    experiment: { ...base, axes: all, options: { ...base.options, seed: text(args, "seed", "1") } },
    rule: { runsMax: whole("seeds", 5, 1, 10_000), ci: numberOf(args, "ci", 0, 0, 1, false) },
    sensitivity: args.sensitivity === true,
    workers: whole("workers", 0, 0, 256),
    shard: shardOf(args),
    out: text(args, "out", `results/${base.name}`),
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
}

/** Takes `--axis NAME=VALUES` out, which may be given several times. */
function takeAxes(argv: readonly string[]): { axes: Record<string, string[]>; rest: string[] } {
  const axes: Record<string, string[]> = {};
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
    axes[name] = name === "strategy" ? strategiesOf(values) : list;
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

function strategiesOf(given: string): string[] {
  const known = STRATEGIES.map((s) => s.name);
  if (given === "all") return known;
  const names = given.split(",");
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) refuse("strategy", `one of ${known.join(", ")}, all`, wrong);
  return names;
}

function shardOf(args: Args): readonly [number, number] {
  const given = text(args, "shard", "1/1");
  const [, i = "", n = ""] = /^(\d{1,6})\/(\d{1,6})$/.exec(given) ?? [];
  if (!(Number(i) >= 1 && Number(i) <= Number(n))) refuse("shard", "I/N with I from 1 to N", given);
  return [Number(i) - 1, Number(n)];
}
