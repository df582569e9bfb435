/**
 * Small and plain: the rules of size and form.
 *
 * @module
 */
import { type HouseRule, isShipped, lineRange, type Report, type SourceFile } from "./house_rule.ts";

const FILE_LINES_MAX = 220;
const FUNCTION_LINES_MAX = 60;
const LINE_WIDTH_MAX = 120;
const VAGUE_NAME = /(^|\/|_)(utils?|helpers?|manager|common|data|info|handle|process)\.ts$/;
const REMINDER = /\b(TODO|FIXME|XXX)\b/;

/** For each line, whether it holds code: neither blank nor comment only. */
function codeLines(file: SourceFile): boolean[] {
  let code = "";
  let end = 0;
  for (const { range: [start, next] } of file.comments) {
    code += file.text.slice(end, start) + file.text.slice(start, next).replace(/[^\n]/g, " ");
    end = next;
  }
  return (code + file.text.slice(end)).split("\n").map((line) => line.trim() !== "");
}

/** A rule over the whole text, whose syntax tree it does not need. */
function ofText(check: (file: SourceFile, report: Report) => void): HouseRule["visit"] {
  return (file, report) => ({ Program: () => check(file, report) });
}

/** A file is one idea. */
export const fileLength: HouseRule = {
  covers: isShipped,
  visit: ofText((file, report) => {
    const count = codeLines(file).filter(Boolean).length;
    if (count > FILE_LINES_MAX) {
      report([0, 0], `At most ${FILE_LINES_MAX} lines of code in a file, got ${count}`);
    }
  }),
};

/** A function is one step; the functions inside it count on their own, so a table of short sections may be long. */
export const functionLength: HouseRule = {
  covers: isShipped,
  visit(file, report) {
    const functions: {
      readonly range: readonly [number, number];
      readonly first: number;
      readonly last: number;
    }[] = [];
    const lineOf = (offset: number) => file.text.slice(0, offset).split("\n").length - 1;
    const add = ({ range }: Deno.lint.Node) => {
      functions.push({ range, first: lineOf(range[0]), last: lineOf(range[1]) });
    };
    return {
      FunctionDeclaration: add,
      FunctionExpression: add,
      ArrowFunctionExpression: add,
      "Program:exit"() {
        const code = codeLines(file);
        for (const { range, first, last } of functions) {
          const own = code.map((isCode, line) => isCode && line >= first && line <= last);
          for (const inner of functions) {
            const isInside = inner.range[0] > range[0] && inner.range[1] <= range[1];
            if (isInside) own.fill(false, inner.first + 1, inner.last + 1);
          }
          const count = own.filter(Boolean).length;
          if (count <= FUNCTION_LINES_MAX) continue;
          report(range, `At most ${FUNCTION_LINES_MAX} own lines of code in a function, got ${count}`);
        }
      },
    };
  },
};

/** A line fits on the screen. */
export const lineWidth: HouseRule = {
  covers: () => true,
  visit: ofText((file, report) => {
    for (const [line, { length }] of file.text.split("\n").entries()) {
      if (length <= LINE_WIDTH_MAX) continue;
      report(lineRange(file.text, line), `At most ${LINE_WIDTH_MAX} characters in a line, got ${length}`);
    }
  }),
};

/** What is left to do is an issue, not a comment. */
export const reminders: HouseRule = {
  covers: () => true,
  visit: ofText((file, report) => {
    for (const comment of file.comments) {
      const found = REMINDER.exec(comment.value);
      if (found) report(comment.range, `No ${found[0]} in a comment: finish it or open an issue`);
    }
  }),
};

/** A file is named after its idea. */
export const fileName: HouseRule = {
  covers: () => true,
  visit: ofText((file, report) => {
    if (VAGUE_NAME.test(file.path)) report([0, 0], `A file is named after its idea, got ${file.path}`);
  }),
};
