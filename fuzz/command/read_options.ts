/**
 * Splits a command line into options: nothing unknown, nothing empty, nothing twice.
 */
import { parseArgs } from "../../src/deps/parse_args.ts";
import { UsageError } from "./exit.ts";
import { nearest } from "./nearest.ts";
import { type Args, refuseRepeated, refuseValues } from "./option_values.ts";

/**
 * Reads the options of a task.
 *
 * @param values Options with a value.
 * @param switches Options without one.
 * @param positionals Whether arguments that are no options are kept, in `_`.
 * @throws UsageError when an argument is unknown, empty, given twice, or has a value that it cannot have.
 */
export function readOptions(
  argv: readonly string[],
  values: readonly string[],
  switches: readonly string[],
  positionals = false,
): Args {
  if (argv.includes("")) throw new UsageError("Cannot read the call: expected no empty argument");
  // what follows two dashes is no option to the library, and would be passed over
  if (!positionals && argv.includes("--")) {
    throw new UsageError('Cannot read the call: expected an option of --help, got "--"');
  }
  // there are no options of one letter, and the library looks for numbers behind each letter of a word again and again
  const short = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length).find((word) =>
    /^-[^-]/.test(word)
  );
  if (short !== undefined) refuseUnknown(short, [...values, ...switches]);
  const args = parseArgs([...argv], {
    string: [...values],
    boolean: [...switches],
    unknown: (argument: string) => {
      if (positionals && !argument.startsWith("-")) return true;
      return refuseUnknown(argument, [...values, ...switches]);
    },
  }) as Args;
  refuseRepeated(argv, values);
  refuseValues(argv, switches);
  return args;
}

function refuseUnknown(argument: string, names: readonly string[]): never {
  const hint = nearest(argument, names);
  throw new UsageError(`Cannot read the call: expected an option of --help, got "${argument}"${hint}`);
}
