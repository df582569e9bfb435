/**
 * From the command line of `deno task explore`, with `--model` or without, to what is asked for.
 */
import type { RunOptions } from "../../mod.ts";
import { type MachineInput, readMachine } from "../command/machine_input.ts";
import { Options, type OptionTable, readTable, wholeOption } from "../command/option_table.ts";
import { machineOf, runOptions, strategiesOf } from "../command/run_options.ts";
import { RUN_TABLE, STRATEGY_OPTION } from "../command/run_table.ts";
import { type ExploreRequest, readExploreArguments } from "./arguments.ts";

/** Options of `deno task explore --model`. */
const MODEL_TABLE = {
  ...RUN_TABLE,
  strategy: STRATEGY_OPTION,
  runs: wholeOption(1, 1e6, 3),
  deviations: wholeOption(0, 20, 1),
  limit: wholeOption(1, 1e12, 1e12),
  model: { kind: "switch" },
  json: { kind: "switch" },
  quiet: { kind: "switch" },
  help: { kind: "switch" },
} as const satisfies OptionTable;
/** A machine on which searches end. */
const SMALL = { memoryBytes: 2 ** 24, cpus: 2, nodes: 1 };

/** What is searched. */
export interface ModelRequest {
  readonly run: Partial<RunOptions>;
  readonly machine: MachineInput;
  readonly strategies: readonly string[];
  readonly runs: number;
  readonly deviations: number;
  readonly limit: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown or has an impossible value, ImportError when the machine's file does.
 */
export function readModelArguments(argv: readonly string[]): ModelRequest {
  const options = new Options(readTable(argv, MODEL_TABLE), MODEL_TABLE);
  return {
    run: runOptions(options),
    machine: readMachine(machineOf(options, SMALL)),
    strategies: strategiesOf(options),
    runs: options.number("runs"),
    deviations: options.number("deviations"),
    limit: options.number("limit"),
    json: options.on("json"),
    quiet: options.on("quiet"),
    help: options.on("help"),
  };
}

/** What a call asks for: the whole model, or the scenario. */
export type ExploreCall = { readonly model: ModelRequest } | { readonly scenario: ExploreRequest };

/**
 * Reads a call of either kind.
 *
 * @throws UsageError when it is wrong.
 */
export function readExploreCall(argv: readonly string[]): ExploreCall {
  return argv.includes("--model")
    ? { model: readModelArguments(argv) }
    : { scenario: readExploreArguments(argv) };
}
