/**
 * From the command line of `deno task bench` to what is asked for.
 */
import { real, whole } from "../../src/run/check_options.ts";
import { UsageError } from "../command/exit.ts";
import { numberOf, text } from "../command/option_values.ts";
import { readOptions } from "../command/read_options.ts";

const VALUES = ["save", "compare", "rounds", "filter", "max-ratio", "out"] as const;
const SWITCHES = ["json", "quiet", "help"] as const;

/** What is asked for. */
export interface BenchRequest {
  /** File to keep the rounds in, null for none. */
  readonly save: string | null;
  /** File or folder to compare with, null for none. */
  readonly compare: string | null;
  /** Rounds of each side. */
  readonly rounds: number;
  /** Arguments for deno bench: files, filter. */
  readonly files: readonly string[];
  readonly filter: string | null;
  /** Largest ratio that is fine. */
  readonly maxRatio: number;
  /** Folder of compare.csv. */
  readonly out: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
}

/**
 * Reads the arguments.
 *
 * @throws UsageError when one is unknown, has an impossible value, or has no use without another.
 */
export function readBenchArguments(argv: readonly string[]): BenchRequest {
  const args = readOptions(argv, VALUES, SWITCHES, true);
  const optional = (name: string) => args[name] === undefined ? null : text(args, name, "");
  const compared = args.compare !== undefined;
  if (!compared) {
    for (const name of ["max-ratio", "out"]) {
      if (args[name] !== undefined) {
        throw new UsageError(`Cannot read the call: --${name} goes with --compare`);
      }
    }
    if (args.save === undefined) {
      for (const name of ["rounds", "json"]) {
        if (args[name] !== undefined && args[name] !== false) {
          throw new UsageError(`Cannot read the call: --${name} goes with --save or --compare`);
        }
      }
    }
  }
  const files = (args._ as readonly unknown[]).map(String);
  return {
    save: optional("save"),
    compare: optional("compare"),
    rounds: numberOf(args, "rounds", whole(2, 1000), 5),
    files: files.length === 0 ? ["bench/"] : files,
    filter: optional("filter"),
    maxRatio: numberOf(args, "max-ratio", real(0, 1e6), Infinity),
    out: text(args, "out", "results/bench"),
    json: args.json === true,
    quiet: args.quiet === true,
    help: args.help === true,
  };
}
