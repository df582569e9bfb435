/**
 * Reading and checking the values of command-line options, for every task.
 */
import { numberIn, type NumberRange, rangeWords } from "../../src/run/check_options.ts";
import { UsageError } from "./exit.ts";

/** Values by option name, as the library gives them. */
export type Args = Readonly<Record<string, unknown>>;

/** Value of a numeric option, `fallback` when it was not given. */
export function numberOf(args: Args, name: string, range: NumberRange, fallback: number): number {
  if (args[name] === undefined) return fallback;
  const given = String(args[name]);
  const value = numberIn(range, given);
  return Number.isNaN(value) ? refuse(name, rangeWords(range), given) : value;
}

/** Value of an option that has one of a few names. */
export function choice(args: Args, name: string, fallback: string, names: readonly string[]): string {
  const given = text(args, name, fallback);
  if (!names.includes(given)) refuse(name, `one of ${names.join(", ")}`, given);
  return given;
}

/** Names of a comma list, each one of a few and there once; or one of the words that stand alone. */
export function namesIn(
  option: string,
  given: string,
  names: readonly string[],
  others: readonly string[],
): readonly string[] {
  if (others.includes(given)) return [given];
  const list = given.split(",");
  const wrong = list.find((each) => !names.includes(each));
  if (wrong !== undefined) refuse(option, `one of ${[...names, ...others].join(", ")}`, wrong);
  if (new Set(list).size !== list.length) refuse(option, "each name once", given);
  return list;
}

/** Value of an option as text, `fallback` when it was not given. */
export function text(args: Args, name: string, fallback: string): string {
  const given = args[name];
  if (given === undefined) return fallback;
  if (given === "") refuse(name, "a value", "nothing");
  return String(given);
}

/** Size of the per-CPU lists: HIGH/BATCH in pages. */
export function pcpSize(given: string, others = ""): { readonly high: number; readonly batch: number } {
  const [, high, batch] = /^(\d{1,7})\/(\d{1,7})$/.exec(given) ?? [];
  if (high === undefined || !(Number(batch) >= 1)) {
    refuse("pcp", `HIGH/BATCH in pages with a batch of at least 1${others}`, given);
  }
  return { high: Number(high), batch: Number(batch) };
}

/** Refuses an option that was given more than once: the library would silently take the last one. */
export function refuseRepeated(argv: readonly string[], values: readonly string[]): void {
  const given = argv.map((argument) => /^--([^=]+)/.exec(argument)?.[1]);
  for (const name of values) {
    if (given.indexOf(name) !== given.lastIndexOf(name)) refuse(name, "a single value", "several");
  }
}

/** Refuses a switch with a value: the library would take anything but "false" for yes. */
export function refuseValues(argv: readonly string[], switches: readonly string[]): void {
  for (const argument of argv) {
    const [, name = "", value = ""] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    if (switches.includes(name)) refuse(name, "no value", value);
  }
}

/** Refuses the value of an option. */
export function refuse(name: string, expected: string, got: string): never {
  throw new UsageError(`Cannot use --${name}: expected ${expected}, got "${got}"`);
}
