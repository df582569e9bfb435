/** Types of the part of deno-std `cli/parse-args` that this project uses, in our own words; the package ships none. */

/** Which options there are and what they take. */
export interface ParseArgsOptions<
  TBoolean extends string,
  TString extends string,
  TCollect extends TString,
  TDefault extends Partial<Record<TBoolean, boolean> & Record<TString, string>>,
> {
  /** Options without a value; `false` when absent. */
  readonly boolean?: readonly TBoolean[];
  /** Options with a value, which stays text. An option given without its value is the empty string. */
  readonly string?: readonly TString[];
  /** Options of `string` that may be repeated; their values are an array, empty when absent. */
  readonly collect?: readonly TCollect[];
  /** Values of absent options. */
  readonly default?: TDefault;
  /** Other names: long name to short name or names. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Options of `boolean` that `--no-NAME` turns off. */
  readonly negatable?: readonly TBoolean[];
  /** Whether everything after the first argument that is no option is left unread in `_`. */
  readonly stopEarly?: boolean;
  /** Is called for each unknown option or positional argument; `false` leaves it out of the result. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The options read, by name, and the positional arguments in `_`. */
export type Args<
  TBoolean extends string,
  TString extends string,
  TCollect extends TString,
  TDefault,
> =
  & {
    /** Positional arguments; what looks like a number is a number, unless `string` has `_`. */
    _: (string | number)[];
  }
  & { [K in TBoolean]: boolean }
  & { [K in Exclude<TString, TCollect | "_">]: K extends keyof TDefault ? string : string | undefined }
  & { [K in TCollect]: string[] };

/**
 * Reads command line arguments.
 *
 * `--seed 1` and `--seed=1` mean the same. A value that starts with a hyphen needs the form with the equals sign.
 */
export function parseArgs<
  const TBoolean extends string = never,
  const TString extends string = never,
  const TCollect extends TString = never,
  const TDefault extends Partial<Record<TBoolean, boolean> & Record<TString, string>> = Record<never, never>,
>(
  args: readonly string[],
  options?: ParseArgsOptions<TBoolean, TString, TCollect, TDefault>,
): Args<TBoolean, TString, TCollect, TDefault>;
