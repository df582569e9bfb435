/**
 * The one error of all importers: what was read, where, and what was wrong with it. Importers throw nothing else for
 * bad input, whatever the bytes are.
 *
 * @module
 */

/** Where and what; becomes the message of an ImportError. */
export interface ImportFault {
  /** Kind of text that was to be read, e.g. "zoneinfo" or "trace". */
  readonly subject: string;
  /** Name of the file, for the message only. */
  readonly file: string;
  /** Line, counted from 1. */
  readonly line: number;
  /** What is wrong: a field by its printed name, or `the file`, `the line`. */
  readonly field: string;
  /** What was required, e.g. "a whole number". */
  readonly expected: string;
  /** What was there; text of the file goes through {@link quote}. */
  readonly got: string;
}

const QUOTED_CHARACTERS_MAX = 40;
const PART_CHARACTERS_MAX = 200;
const NAME_CHARACTERS_MAX = 400;

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const UNPRINTABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A text that may stand in a message on a terminal: what would move its cursor or turn its letters is escaped. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text that is cut when it is long. */
export function cut(text: string, charactersMax: number): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}...` : text;
}

/** Text of a file as messages show it: in quotes, control characters escaped, cut when long. */
export function quote(text: string): string {
  return printable(JSON.stringify(cut(text, QUOTED_CHARACTERS_MAX)));
}

/**
 * Bad input, e.g. `zoneinfo.before:12: Cannot read zoneinfo: "managed" must be a whole number, got "abc"`.
 *
 * The parts of the message are properties, so that a caller need not take it apart.
 */
export class ImportError extends Error implements ImportFault {
  /** "ImportError". */
  override name = "ImportError";
  readonly subject: string;
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly expected: string;
  readonly got: string;

  /** Makes the message of what was found. */
  constructor(fault: ImportFault) {
    const part = (text: string) => cut(printable(text), PART_CHARACTERS_MAX);
    const field = fault.field.startsWith("the ") ? fault.field : JSON.stringify(part(fault.field));
    super(printable(
      `${cut(fault.file, NAME_CHARACTERS_MAX)}:${fault.line}: Cannot read ${fault.subject}: ` +
        `${field} must be ${part(fault.expected)}, got ${part(fault.got)}`,
    ));
    this.subject = fault.subject;
    this.file = fault.file;
    this.line = fault.line;
    this.field = fault.field;
    this.expected = fault.expected;
    this.got = fault.got;
  }
}
