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

/** Text of a file as messages show it: in quotes, control characters escaped, cut when long. */
export function quote(text: string): string {
  const short = text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}...` : text;
  return JSON.stringify(short);
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
    const field = fault.field.startsWith("the ") ? fault.field : JSON.stringify(fault.field);
    super(
      `${fault.file}:${fault.line}: Cannot read ${fault.subject}: ` +
        `${field} must be ${fault.expected}, got ${fault.got}`,
    );
    this.subject = fault.subject;
    this.file = fault.file;
    this.line = fault.line;
    this.field = fault.field;
    this.expected = fault.expected;
    this.got = fault.got;
  }
}
