/**
 * A JSON file: its value, and faults that name file, line and field, as all importers have them.
 *
 * @module
 */
import { ImportError, quote } from "./import_error.ts";
import { JsonFault, JsonScanner } from "./json_scan.ts";

/** Fields of an object. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** A JSON file that has been read. */
export class JsonText {
  /** What the file holds. */
  readonly value: unknown;
  readonly #subject: string;
  readonly #text: string;
  readonly #file: string;

  /**
   * Reads a file.
   *
   * @param subject What it should be, for messages.
   * @param file Its name, for messages.
   * @throws {ImportError} When it is no JSON.
   */
  constructor(subject: string, text: string, file: string) {
    this.#subject = subject;
    this.#text = text;
    this.#file = file;
    const scanner = new JsonScanner(text);
    try {
      this.value = scanner.read();
      scanner.end();
    } catch (fault) {
      if (!(fault instanceof JsonFault)) throw fault;
      const found = text.slice(fault.offset, fault.offset + 20);
      this.#fail(
        fault.offset,
        "the file",
        `JSON: ${fault.expected}`,
        found === "" ? "its end" : quote(found),
      );
    }
  }

  /** The value as an object. */
  fields(): JsonFields {
    return isFields(this.value) && !Array.isArray(this.value) ? this.value : this.fail("", "an object");
  }

  /**
   * Throws an ImportError about a part.
   *
   * @param path Keys and numbers parted by slashes; empty for the whole.
   * @param got What is there, unless that is the part itself.
   */
  fail(path: string, expected: string, got?: string): never {
    const part = path.split("/").reduce<unknown>(
      (value, key) => key === "" || !isFields(value) ? value : value[key],
      this.value,
    );
    const found = got ?? (part === undefined ? "nothing" : quote(JSON.stringify(part)));
    this.#fail(this.#offsetOf(path), path === "" ? "the file" : path, expected, found);
  }

  /** Where a part is, or the nearest thing that holds it. */
  #offsetOf(path: string): number {
    let offset = 0;
    new JsonScanner(this.#text, 0, (own, at) => {
      if (own === path || path.startsWith(`${own}/`)) offset = at;
    }).read();
    return offset;
  }

  #fail(offset: number, field: string, expected: string, got: string): never {
    const line = this.#text.slice(0, offset).split("\n").length;
    throw new ImportError({ subject: this.#subject, file: this.#file, line, field, expected, got });
  }
}

/** Whether a value is an object or a list. */
export function isFields(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null;
}
