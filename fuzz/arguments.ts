/**
 * From the command line to what is asked for. Everything is checked here, before anything runs or is written.
 */
import { type RunOptions, type SchedulerName, SCHEDULERS } from "../mod.ts";
import { choice, numberOf, text } from "./command/option_values.ts";
import { readOptions } from "./command/read_options.ts";
import {
  machineOf,
  type MachineSource,
  RUN_VALUES,
  runOptions,
  strategiesOf,
} from "./command/run_options.ts";
import type { TimelineRequest } from "./timeline.ts";

/** Options with a value, and switches. */
const VALUES = [
  ...RUN_VALUES,
  "runs",
  "seconds",
  "scheduler",
  "strategy",
  "out",
  "replay",
  "timeline",
  "timeline_sections",
  "shrink_sections",
] as const;
const SWITCHES = ["json", "quiet", "help", "traced", "contexts", "shrink"] as const;

/** What is asked for. */
export interface FuzzRequest {
  /** Options of every run; geometry, scheduler and strategy follow per run. */
  readonly run: Partial<RunOptions>;
  /** Machine, null for the one that comes with the tool. */
  readonly machine: MachineSource | null;
  /** Schedulers to use in turn. */
  readonly schedulers: readonly SchedulerName[];
  /** Sections that a run of each strategy has, once one has been measured for pct. */
  readonly sections: Map<string, number>;
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
 * @throws UsageError when one is unknown or has an impossible value.
 */
export function readArguments(argv: readonly string[]): FuzzRequest {
  const args = readOptions(argv, VALUES, SWITCHES);
  const number = (name: string, fallback: number, min: number, max: number, integer = true) =>
    numberOf(args, name, fallback, min, max, integer);
  const scheduler = choice(args, "scheduler", "both", [...SCHEDULERS, "both", "all"]);
  return {
    run: runOptions(args),
    machine: machineOf(args),
    schedulers: scheduler === "both"
      ? ["random", "virtual"]
      : scheduler === "all"
      ? SCHEDULERS
      : [scheduler as SchedulerName],
    sections: new Map(),
    strategies: strategiesOf(args),
    contexts: args.contexts === true,
    runs: number("runs", 200, 1, 1e6),
    seconds: args.seconds === undefined ? Infinity : number("seconds", 0, 0.001, 1e7, false),
    out: text(args, "out", "results/fuzz"),
    replay: args.replay === undefined ? null : text(args, "replay", ""),
    timeline: args.timeline === undefined
      ? null
      : { file: text(args, "timeline", ""), sections: number("timeline_sections", 20_000, 1, 1e7) },
    shrink: args.shrink === true ? number("shrink_sections", 20_000_000, 1, 1e12) : null,
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
}
