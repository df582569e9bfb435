/**
 * Numbers in columns, for people.
 */

/** A share in percent, "-" of nothing. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${(100 * part / whole).toFixed(2)}%`;

/** Columns to the right, two blanks apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) => row.map((cell, at) => cell.padStart(widths[at]!)).join("  ")).join("\n");
}
