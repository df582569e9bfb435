/**
 * Options as data. A task's table is the one place that says which options it has, what their values are and what
 * holds when one is not given; command lines, configuration files and the schema of these are read off it.
 */
import { isIn, type NumberRange, rangeWords, whole } from "../../src/run/check_options.ts";
import { type Args, choice, namesIn, numberOf, text } from "./option_values.ts";
import { readOptions } from "./read_options.ts";

/** An option: what its value is, and the value that not giving it stands for, where it stands for one. */
export type OptionSpec =
  | { readonly kind: "number"; readonly range: NumberRange; readonly fallback?: number }
  | { readonly kind: "choice"; readonly names: readonly string[]; readonly fallback?: string }
  /** A comma list; `others` stand alone. */
  | {
    readonly kind: "names";
    readonly names: readonly string[];
    readonly others: readonly string[];
    readonly fallback?: string;
  }
  /** Any text, of the form that `pattern` says. */
  | { readonly kind: "text"; readonly pattern?: string; readonly fallback?: string }
  /** Several values by a name of their own: NAME=V,V,... */
  | { readonly kind: "lists"; readonly names: Readonly<Record<string, string>> }
  /** No value: given or not. */
  | { readonly kind: "switch" };

/** Options by name. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** A number option. */
export function numberOption(range: NumberRange, fallback?: number): OptionSpec {
  return { kind: "number", range, ...(fallback === undefined ? {} : { fallback }) };
}

/** A whole number from `min` to `max`. */
export function wholeOption(min: number, max: number, fallback?: number): OptionSpec {
  return numberOption(whole(min, max), fallback);
}

/** Options of every task whose calls can be files. */
export const CONFIG_TABLE = {
  config: { kind: "text" },
  "print-config": { kind: "switch" },
  json: { kind: "switch" },
  quiet: { kind: "switch" },
  help: { kind: "switch" },
} as const satisfies OptionTable;

/**
 * Reads the options of a command line.
 *
 * @throws UsageError when one is unknown, empty, or given twice.
 */
export function readTable(argv: readonly string[], table: OptionTable, positionals = false): Args {
  const names = Object.keys(table);
  const isSwitch = (name: string) => table[name]!.kind === "switch";
  return readOptions(argv, names.filter((n) => !isSwitch(n)), names.filter(isSwitch), positionals);
}

function known<K extends OptionSpec["kind"]>(table: OptionTable, name: string, kind: K) {
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec?.kind !== kind) throw new TypeError(`Cannot read option ${name}: expected a ${kind} of the table`);
  return spec as OptionSpec & { readonly kind: K };
}

/** Values of the options of a table, as they were given or as they hold otherwise. */
export class Options {
  readonly #args: Args;
  readonly #table: OptionTable;

  /** Values in `args`, read by {@link readTable}. */
  constructor(args: Args, table: OptionTable) {
    this.#args = args;
    this.#table = table;
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#args[name] !== undefined;
  }

  /** Whether a switch was given. */
  on(name: string): boolean {
    known(this.#table, name, "switch");
    return this.#args[name] === true;
  }

  /** A number; that of the table when it was not given, NaN where the table has none. */
  number(name: string): number {
    const { range, fallback = NaN } = known(this.#table, name, "number");
    return numberOf(this.#args, name, range, fallback);
  }

  /** One of a few names. */
  choice(name: string): string {
    const { names, fallback = "" } = known(this.#table, name, "choice");
    return this.has(name) ? choice(this.#args, name, fallback, names) : fallback;
  }

  /** A comma list of names, or one of the words that stand alone. */
  names(name: string): readonly string[] {
    const { names, others, fallback = "" } = known(this.#table, name, "names");
    return namesIn(name, text(this.#args, name, fallback), names, others);
  }

  /** A text. */
  text(name: string): string {
    return text(this.#args, name, known(this.#table, name, "text").fallback ?? "");
  }
}

/** What a value must be, in words; null when it is that. */
export function valueFault(spec: OptionSpec, value: unknown): string | null {
  const isName = (names: readonly string[]) => typeof value === "string" && names.includes(value);
  switch (spec.kind) {
    case "number":
      return isIn(spec.range, value) ? null : rangeWords(spec.range);
    case "switch":
      return typeof value === "boolean" ? null : "true or false";
    case "choice":
      return isName(spec.names) ? null : `one of ${spec.names.join(", ")}`;
    case "names": {
      const isList = Array.isArray(value) && value.length > 0 && new Set(value).size === value.length &&
        value.every((each) => spec.names.includes(each));
      const words = [...spec.names, ...spec.others].join(", ");
      return isList || isName([...spec.names, ...spec.others])
        ? null
        : `a list of ${spec.names.join(", ")}, or ${words}`;
    }
    case "text": {
      const fits = typeof value === "string" && value !== "" && new RegExp(spec.pattern ?? "").test(value);
      return fits ? null : `a text${spec.pattern === undefined ? "" : ` of the form ${spec.pattern}`}`;
    }
    case "lists": {
      const isValue = (each: unknown) => typeof each === "string" || typeof each === "number";
      const isRight = typeof value === "object" && value !== null && !Array.isArray(value) &&
        Object.entries(value).every(([name, list]) =>
          Object.hasOwn(spec.names, name) && Array.isArray(list) && list.length > 0 && list.every(isValue)
        );
      return isRight ? null : `an object of lists, by ${Object.keys(spec.names).join(", ")}`;
    }
  }
}
