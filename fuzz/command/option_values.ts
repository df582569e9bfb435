/**
 * Reading and checking the values of command-line options, for every task.
 */
import { UsageError } from "./exit.ts";

/** Values by option name, as the library gives them. */
export type Args = Readonly<Record<string, unknown>>;

/** Value of a numeric option, `fallback` when it was not given. */
export function numberOf(
  args: Args,
  name: string,
  fallback: number,
  min: number,
  max: number,
  integer: boolean,
): number {
  if (args[name] === undefined) return fallback;
  const given = String(args[name]);
  const value = /^\d+(\.\d+)?(e\d+)?$/i.test(given) ? Number(given) : NaN;
  if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
    refuse(name, `a ${integer ? "whole " : ""}number from ${min} to ${max}`, given);
  }
  return value;
}

/** Value of an option that has one of a few names. */
export function choice(args: Args, name: string, fallback: string, names: readonly string[]): string {
  const given = text(args, name, fallback);
  if (!names.includes(given)) refuse(name, `one of ${names.join(", ")}`, given);
  return given;
}

/** Value of an option as text, `fallback` when it was not given. */
export function text(args: Args, name: string, fallback: string): string {
  const given = args[name];
  if (given === undefined) return fallback;
  if (given === "") refuse(name, "a value", "nothing");
  return String(given);
}

/** Refuses an option that was given more than once: the library would silently take the last one. */
export function refuseRepeated(argv: readonly string[], values: readonly string[]): void {
  const given = argv.map((argument) => /^--([^=]+)/.exec(argument)?.[1]);
  for (const name of values) {
    if (given.indexOf(name) !== given.lastIndexOf(name)) refuse(name, "a single value", "several");
  }
}

/** Refuses the value of an option. */
export function refuse(name: string, expected: string, got: string): never {
  throw new UsageError(`Cannot use --${name}: expected ${expected}, got "${got}"`);
}
