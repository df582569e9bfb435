/**
 * Tables of a terminal, for people.
 */

/**
 * Rows in columns two blanks apart, to the right.
 *
 * @param isLeft Columns, from 0 on, that are to the left.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  isLeft: (column: number) => boolean = () => false,
): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const padded = (cell: string, at: number) =>
    isLeft(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!);
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
