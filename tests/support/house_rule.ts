/**
 * What a rule of the house is: a check of one parsed source file. Rules run twice, as a lint plugin (in the editor and
 * in `deno lint`) and in the tests, where no ignore comment silences them.
 *
 * @module
 */

/** Says what is wrong at a range of the text. */
export type Report = (range: readonly [number, number], message: string) => void;

/** A source file as rules see it. */
export interface SourceFile {
  /** Path relative to the root, with slashes. */
  readonly path: string;
  /** The whole text. */
  readonly text: string;
  /** All comments in order. */
  readonly comments: readonly Comment[];
  /** The text of a node. */
  readonly textOf: (node: Deno.lint.Node) => string;
}

/** A comment: where it stands, delimiters included, and what it says, delimiters left out. */
export interface Comment {
  readonly type: "Line" | "Block";
  readonly range: readonly [number, number];
  readonly value: string;
}

/** One rule. */
export interface HouseRule {
  /** Whether the rule holds for the file at this path. */
  readonly covers: (path: string) => boolean;
  /** Called once a file; the visitor is called for the nodes of its syntax tree. */
  readonly visit: (file: SourceFile, report: Report) => Deno.lint.LintVisitor;
}

/** Whether a file is test code: it may use everything and is not shipped. */
export function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.endsWith("_test.ts");
}

/** Whether a file is part of the model or of its index, which run everywhere without a permission. */
export function isModel(path: string): boolean {
  return (path.startsWith("src/") || path === "mod.ts") && !isTest(path);
}

/** Whether a file is shipped: the model, the command lines, the benchmarks and the page. */
export function isShipped(path: string): boolean {
  return isModel(path) || (/^(bench|fuzz|page)\//.test(path) && !isTest(path));
}

/** The range of a line, counted from 0, of a text. */
export function lineRange(text: string, line: number): [number, number] {
  const lines = text.split("\n");
  const start = lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  return [start, start + lines[line]!.length];
}
