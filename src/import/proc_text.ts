/**
 * A /proc file as lines with a place in them, and the checks that every reader of such a file needs: text and not
 * binary, complete last line, whole numbers in a range. It knows nothing about any single file.
 *
 * @module
 */
import { ImportError, quote } from "./import_error.ts";

/** Largest page count: 4 PiB of 4 KiB pages, all that x86-64 can address. */
export const PAGES_MAX = 2 ** 40;
/** Largest event counter that a number holds exactly. */
export const COUNTER_MAX = Number.MAX_SAFE_INTEGER;
/** Largest node number that any configuration of the kernel allows. */
export const NID_MAX = 1023;
/** Largest CPU number that any configuration of the kernel allows. */
export const CPU_MAX = 8191;
/** Largest length, `high` or `batch` of a pcp list: it is an int. */
export const PCP_MAX = 2 ** 31 - 1;

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffd]|\r(?!$)/;

/** Lines of one file; `next()` walks them, `fail()` names the line that was read last. */
export class ProcText {
  readonly #lines: readonly string[];
  readonly #subject: string;
  readonly #file: string;
  #read = 0;

  /**
   * @param subject Name of the /proc file, for messages.
   * @param file Name of the file the text comes from, for messages.
   * @throws {ImportError} When the text is empty, holds control characters, or ends inside a line.
   */
  constructor(subject: string, text: string, file: string) {
    this.#subject = subject;
    this.#file = file;
    this.#lines = text.split("\n");
    if (text.trim() === "") this.fail("the file", `a /proc/${subject} text`, "an empty file");
    const binary = this.#lines.findIndex((line) => CONTROL.test(line));
    if (binary >= 0) {
      this.#read = binary + 1;
      this.fail("the line", "text", `binary data ${quote(this.#lines[binary]!)}`);
    }
    if (this.#lines.at(-1) !== "") {
      this.#read = this.#lines.length;
      this.fail("the file", "complete", `a last line without an end: ${quote(this.#lines.at(-1)!)}`);
    }
  }

  /** The line after the one read last, without reading it; undefined at the end. */
  peek(): string | undefined {
    return this.#read < this.#lines.length - 1 ? this.#lines[this.#read]!.trimEnd() : undefined;
  }

  /** Reads a line, blanks at its end removed; undefined at the end. */
  next(): string | undefined {
    const line = this.peek();
    if (line !== undefined) this.#read++;
    return line;
  }

  /** Throws an ImportError about the line read last. */
  fail(field: string, expected: string, got: string): never {
    const line = Math.max(1, this.#read);
    throw new ImportError({ subject: this.#subject, file: this.#file, line, field, expected, got });
  }

  /** A field as a whole number from 0 to `max`. */
  whole(field: string, text: string | undefined, max: number): number {
    if (text === undefined) this.fail(field, "a whole number", "nothing");
    if (!/^\d+$/.test(text)) this.fail(field, "a whole number", quote(text));
    const value = Number(text);
    if (value > max) this.fail(field, `a whole number up to ${max}`, quote(text));
    return value;
  }
}
