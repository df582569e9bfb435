/**
 * All rules of the house in one table, as a plugin of `deno lint` (deno.json names this file) and as a function for
 * tests.
 *
 * To add a rule: write it beside its like, add its row here, and plant a violation in tests/tidy_test.ts.
 *
 * @module
 */
import { ambient } from "./ambient.ts";
import { exportDoc, fileDoc, kernelTag } from "./docs.ts";
import type { HouseRule } from "./house_rule.ts";
import { layers } from "./layers.ts";
import { fileLength, fileName, functionLength, lineWidth, reminders } from "./tidy.ts";

/** Every rule by its name. */
export const HOUSE_RULES: Readonly<Record<string, HouseRule>> = {
  layers,
  ambient,
  "file-doc": fileDoc,
  "export-doc": exportDoc,
  "kernel-tag": kernelTag,
  "file-length": fileLength,
  "function-length": functionLength,
  "line-width": lineWidth,
  "file-name": fileName,
  reminders,
};

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** The path relative to the root, with slashes, of a path as the linter gives it. */
function relativePath(filename: string): string {
  const path = filename.replaceAll("\\", "/");
  const root = path.startsWith("/") ? ROOT : ROOT.slice(1);
  return path.startsWith(root) ? path.slice(root.length) : path;
}

function lintRule(rule: HouseRule): Deno.lint.Rule {
  return {
    create(context) {
      const path = relativePath(context.filename);
      if (!rule.covers(path)) return {};
      const { sourceCode } = context;
      const file = {
        path,
        text: sourceCode.text,
        comments: sourceCode.getAllComments(),
        textOf: (node: Deno.lint.Node) => sourceCode.getText(node),
      };
      return rule.visit(file, ([start, end], message) => context.report({ range: [start, end], message }));
    },
  };
}

const plugin: Deno.lint.Plugin = {
  name: "pcplab",
  rules: Object.fromEntries(Object.entries(HOUSE_RULES).map(([name, rule]) => [name, lintRule(rule)])),
};

export default plugin;

/**
 * Checks one file against every rule, ignore comments or not.
 *
 * @param path Relative to the root, with slashes; it decides which rules hold.
 * @returns One line for each fault: path, line, rule, message.
 */
export function faults(path: string, text: string): string[] {
  return Deno.lint.runPlugin(plugin, path, text).map(({ id, range, message }) => {
    const line = text.slice(0, range[0]).split("\n").length;
    return `${path}:${line} ${id.replace("pcplab/", "")}: ${message}`;
  });
}
