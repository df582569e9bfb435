/** Types of the part of deno-std `csv` that this project uses, in our own words; the package ships none. */

/** One column of the output: a property name, or a property under another header. */
export type Column = string | {
  /** Property of the row. */
  readonly prop: string;
  /** Text in the header line; the property name when left out. */
  readonly header?: string;
};

/** How to write rows. */
export interface StringifyOptions {
  /** Columns in their order; needed when rows are objects. */
  readonly columns?: readonly Column[];
  /**
   * Whether the first line names the columns.
   *
   * @default {true}
   */
  readonly headers?: boolean;
  /**
   * Text between two fields.
   *
   * @default {","}
   */
  readonly separator?: string;
  /**
   * Whether the output starts with a byte-order mark.
   *
   * @default {false}
   */
  readonly bom?: boolean;
}

/** How to read rows. */
export interface ParseOptions {
  /**
   * Whether the first line holds the column names, so that each row is an object.
   *
   * @default {false}
   */
  readonly skipFirstRow?: boolean;
  /**
   * Text between two fields.
   *
   * @default {","}
   */
  readonly separator?: string;
  /** Lines that start with this character are left out. */
  readonly comment?: string;
  /** Fields that each row must have; 0 takes the number from the first row, a negative number or nothing allows any. */
  readonly fieldsPerRecord?: number;
}

/**
 * Writes rows as CSV text. `undefined` and `null` become empty fields, and an object becomes its JSON.
 *
 * A row that is an object needs `columns`; a row that is an array needs none.
 */
export function stringify(
  rows: readonly (readonly unknown[] | object)[],
  options?: StringifyOptions,
): string;

/** Reads CSV text whose first line names the columns: one object for each row, every field as text. */
export function parse(
  text: string,
  options: ParseOptions & { readonly skipFirstRow: true },
): Record<string, string>[];
/** Reads CSV text: one array for each row, every field as text. */
export function parse(text: string, options?: ParseOptions & { readonly skipFirstRow?: false }): string[][];
