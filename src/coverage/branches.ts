/**
 * The ways that a section can end, read off its own text: labels of its operation that it names, and whether it returns
 * from the operation, ends it, or waits. What a helper function decides is not seen here.
 */
import type { Section } from "../sim/operation.ts";
import { sectionFacts } from "../sim/operation.ts";

/** How a section ends when it does not go on to a label. */
export const ENDINGS = ["(returns)", "(ends)", "(waits)"] as const;

const PATTERNS: Readonly<Record<typeof ENDINGS[number], RegExp>> = {
  "(returns)": /\bret\(/,
  "(ends)": /\bDONE\b/,
  "(waits)": /\bBLOCK\b|\bsleepOn\(/,
};

/** Operations with their sections, and the branches of each section. */
export interface BranchMap {
  /** Number of the operation of each section. */
  readonly operationOf: Int32Array;
  /** Whether the section is the first of its operation. */
  readonly isStart: Uint8Array;
  /** Whether the section calls operations: then the start of one says nothing of its end. */
  readonly calls: Uint8Array;
  /** Branches that the text of each section names: program counters of labels, then ENDINGS as -1, -2, -3. */
  readonly branches: readonly (readonly number[])[];
}

/** Reads a table of sections that nothing has replaced. */
// deno-lint-ignore no-explicit-any -- sections of every layer's machine type
export function branchMap(table: readonly Section<any>[]): BranchMap {
  const names = table.map((_, pc) => sectionFacts(pc).name);
  const pcOf = new Map(names.map((name, pc) => [name, pc]));
  const operations = names.map((name) => name.slice(0, name.indexOf(".")));
  const numbers = [...new Set(operations)];
  const texts = table.map((section) => Function.prototype.toString.call(section));
  const branches = texts.map((text, pc) => {
    const labels = [...text.matchAll(/\bat\.(\w+)/g)].map((found) =>
      pcOf.get(`${operations[pc]}.${found[1]}`) ?? NaN
    );
    const endings = ENDINGS.flatMap((ending, i) => PATTERNS[ending].test(text) ? [-1 - i] : []);
    return [...new Set([...labels.filter((label) => label >= 0), ...endings])];
  });
  return {
    operationOf: Int32Array.from(operations, (operation) => numbers.indexOf(operation)),
    isStart: Uint8Array.from(operations, (operation, pc) => Number(operation !== operations[pc - 1])),
    calls: Uint8Array.from(texts, (text) => Number(/\bcall\(/.test(text))),
    branches,
  };
}
