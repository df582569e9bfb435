/**
 * How every task ends: exit codes, the errors that mean each of them, and what is said on standard error.
 */
import { ImportError, ScheduleDiverged } from "../../mod.ts";
import { Interrupted } from "./interrupt.ts";
import { cut, printable } from "../../src/import/import_error.ts";

/** Exit codes of every task. */
export const EXIT = {
  /** All is well. */
  fine: 0,
  /** A property did not hold, or a figure is out of its band. */
  violation: 1,
  /** The call is wrong. */
  usage: 2,
  /** A file or a line that was given cannot be used. */
  badInput: 3,
  /** The tool itself is broken. */
  internal: 4,
  /** A signal ended the task in order: what it had done is kept. */
  interrupted: 130,
} as const;

/** Longest message: one that quotes what was given says enough with its beginning. */
const MESSAGE_CHARACTERS_MAX = 1000;

/** What was given cannot be used. The message is fit for a terminal, whatever it quotes. */
class Fault extends Error {
  constructor(message: string) {
    super(cut(printable(message), MESSAGE_CHARACTERS_MAX));
  }
}

/** The call is wrong; the message says what was expected. */
export class UsageError extends Fault {
  override name = "UsageError";
}

/** A file that was named cannot be read. */
export class UnreadableFile extends Fault {
  override name = "UnreadableFile";
}

/** Does what a file may be at fault for; the errors of that kind are the file's. */
export function ofFile<T>(file: string, kind: typeof RangeError | typeof SyntaxError, act: () => T): T {
  try {
    return act();
  } catch (fault) {
    if (!(fault instanceof kind)) throw fault;
    throw new UnreadableFile(`${file}: ${fault.message}`);
  }
}

/** A folder or file cannot be written to. */
export class OutputError extends Fault {
  override name = "OutputError";
}

/** Errors that say that what was given cannot be used, for whatever task. */
const BAD_INPUT = [ImportError, UnreadableFile, OutputError, ScheduleDiverged, SyntaxError];

/**
 * Says on standard error what went wrong, and gives the exit code.
 *
 * @param task Name of the task, for the hint at its help.
 * @param rangeError What a RangeError of the model means here: a wrong call, or a file that asks for the impossible.
 */
export function reportError(
  task: string,
  error: unknown,
  rangeError: "usage" | "badInput" = "usage",
): number {
  const message = printable(
    cut(error instanceof Error ? error.message : String(error), MESSAGE_CHARACTERS_MAX),
  );
  if (error instanceof UsageError || (rangeError === "usage" && error instanceof RangeError)) {
    console.error(`${message}\nTry: deno task ${task} --help`);
    return EXIT.usage;
  }
  if (error instanceof Interrupted) {
    console.error(message);
    return EXIT.interrupted;
  }
  if (error instanceof RangeError || BAD_INPUT.some((kind) => error instanceof kind)) {
    console.error(message);
    return EXIT.badInput;
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EPIPE") {
    // files are guarded where they are written: what is left is standard output
    console.error(`Cannot write the results to standard output: ${message}`);
    return EXIT.badInput;
  }
  console.error(`Internal error, please report it: ${error instanceof Error ? error.stack : error}`);
  return EXIT.internal;
}
