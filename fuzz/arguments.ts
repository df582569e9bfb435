/**
 * From the command line to what is asked for. Everything is checked here, before anything runs or is written.
 */
import { type RunOptions, type SchedulerName, SCHEDULERS } from "../mod.ts";
import { real } from "../src/run/check_options.ts";
import { type ConfigTask, readCall } from "./command/config.ts";
import {
  CONFIG_TABLE,
  numberOption,
  Options,
  type OptionTable,
  readTable,
  wholeOption,
} from "./command/option_table.ts";
import { machineOf, type MachineSource, runOptions, strategiesOf } from "./command/run_options.ts";
import { MACHINE_OPTIONS, RUN_TABLE, STRATEGY_OPTION } from "./command/run_table.ts";
import type { TimelineRequest } from "./timeline.ts";

/** Options of `deno task fuzz`. */
const FUZZ_TABLE = {
  ...RUN_TABLE,
  runs: wholeOption(1, 1e6, 200),
  seconds: numberOption(real(0.001, 1e7)),
  scheduler: { kind: "choice", names: [...SCHEDULERS, "both", "all"], fallback: "both" },
  strategy: STRATEGY_OPTION,
  out: { kind: "text", fallback: "results/fuzz" },
  replay: { kind: "text" },
  timeline: { kind: "text" },
  timeline_sections: wholeOption(1, 1e7, 20_000),
  contexts: { kind: "switch" },
  shrink: { kind: "switch" },
  shrink_sections: wholeOption(1, 1e12, 30_000_000),
  coverage: { kind: "switch" },
  corpus: { kind: "text" },
  ...CONFIG_TABLE,
} as const satisfies OptionTable;

/** How a call of `deno task fuzz` is a file. */
export const FUZZ_CONFIG: ConfigTask = {
  name: "fuzz",
  table: FUZZ_TABLE,
  positional: null,
  together: MACHINE_OPTIONS,
};

/** What is asked for. */
export interface FuzzRequest {
  /** The whole call, what a file says included. */
  readonly argv: readonly string[];
  /** The call as a file, to be printed instead; null to run. */
  readonly print: string | null;
  /** Options of every run; geometry, scheduler and strategy follow per run. */
  readonly run: Partial<RunOptions>;
  /** Machine, null for the one that comes with the tool. */
  readonly machine: MachineSource | null;
  /** Schedulers to use in turn. */
  readonly schedulers: readonly SchedulerName[];
  /** Strategies to run one after the other. */
  readonly strategies: readonly string[];
  /** Checkers of contexts are asked too. */
  readonly contexts: boolean;
  /** Runs per strategy. */
  readonly runs: number;
  /** Seconds after which no run starts. */
  readonly seconds: number;
  /** Folder of the files. */
  readonly out: string;
  /** Whether what was never reached is named, and everything written to coverage.csv. */
  readonly coverage: boolean;
  /** Folder of runs to go on from, or null. */
  readonly corpus: string | null;
  /** Sections that making a failure smaller may run, null not to do it. */
  readonly shrink: number | null;
  /** Line to replay instead. */
  readonly replay: string | null;
  /** Timeline to draw of the first run, or of the one that fails; null for none. */
  readonly timeline: TimelineRequest | null;
  /** Output switches. */
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown or has an impossible value; UnreadableFile, ImportError for a file of
 * options that cannot be used.
 */
export function readArguments(argv: readonly string[]): FuzzRequest {
  const call = readCall(argv, FUZZ_CONFIG);
  const options = new Options(readTable(call.argv, FUZZ_TABLE), FUZZ_TABLE);
  const scheduler = options.choice("scheduler");
  const given = (name: string) => options.has(name) ? options.text(name) : null;
  const timeline = given("timeline");
  return {
    argv: call.argv,
    print: call.print,
    run: runOptions(options),
    machine: call.machine ?? machineOf(options),
    schedulers: scheduler === "both"
      ? ["random", "virtual"]
      : scheduler === "all"
      ? SCHEDULERS
      : [scheduler as SchedulerName],
    strategies: strategiesOf(options),
    contexts: options.on("contexts"),
    runs: options.number("runs"),
    seconds: options.has("seconds") ? options.number("seconds") : Infinity,
    out: options.text("out"),
    replay: given("replay"),
    timeline: timeline === null ? null : { file: timeline, sections: options.number("timeline_sections") },
    coverage: options.on("coverage"),
    corpus: given("corpus"),
    shrink: options.on("shrink") ? options.number("shrink_sections") : null,
    json: options.on("json"),
    quiet: options.on("quiet"),
    help: options.on("help"),
  };
}
