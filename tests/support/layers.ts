/**
 * Who may import whom: one table, and a lint rule that holds every import to it.
 *
 * Imports point one way, down the model: sim, cpu, mm, slab, rcu, strategy, workload. Schedulers, checkers and metrics
 * look at the model and are never imported by it; run wires everything. Tests are free: they may import any file of the
 * project.
 *
 * @module
 */
import { type HouseRule, isTest, type Report, type SourceFile } from "./house_rule.ts";

const SIM = ["src/profile", "src/sim"];
const CPU = [...SIM, "src/cpu"];
const MM = [...CPU, "src/mm"];
const SLAB = [...MM, "src/slab"];
const RCU = [...SLAB, "src/rcu"];
const STRATEGY = [...RCU, "src/strategy"];

/** Each part and what it may import besides itself, lowest first. A folder that is not here fails the check. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "src/deps": ["npm:", "node:"],
  "src/profile": [],
  "src/sim": ["src/profile", "src/deps"],
  "src/cpu": SIM,
  "src/mm": CPU,
  "src/slab": MM,
  "src/rcu": SLAB,
  "src/strategy": RCU,
  "src/workload": STRATEGY,
  "src/scheduler": CPU,
  "src/checker": RCU,
  "src/mutation": RCU,
  "src/coverage": ["src/sim"],
  "src/import": ["src/deps"],
  "src/metrics": [...SIM, "src/deps"],
  "src/report": ["src/metrics", "src/import", "src/deps"],
  "src/explore": [],
  "src/run": ["src"],
  "src/corpus": ["src/sim", "src/workload", "src/run"],
  "src/shrink": [...CPU, "src/mm", "src/workload", "src/scheduler", "src/checker", "src/run"],
  "src/sweep": [...MM, "src/import", "src/metrics", "src/report", "src/run", "src/deps"],
  "src/timeline": [...MM, "src/run"],
  "src/live": [...MM, "src/metrics", "src/scheduler", "src/strategy", "src/workload", "src/run"],
  "src/replay": [...MM, "src/import", "src/run", "src/deps"],
  "mod.ts": ["src"],
  "bench/experiments": ["mod.ts"],
  "bench/reference": ["npm:", "src/explore"],
  "bench": ["mod.ts", "src/deps"],
  "fuzz": ["mod.ts", "src", "bench"],
  "queue": ["mod.ts", "src", "fuzz", "npm:"],
  "page": ["src/live"],
  "examples": ["mod.ts"],
};

function isIn(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}/`);
}

/** The row of the table that a path belongs to. */
export function partOf(path: string): string | undefined {
  return Object.keys(LAYERS).find((part) => isIn(path, part));
}

/**
 * Checks one import.
 *
 * @param path File that imports, relative to the root, with slashes.
 * @param specifier What stands between the quotes.
 * @returns What is wrong, or undefined when the import is allowed.
 */
export function importFault(path: string, specifier: string): string | undefined {
  const relative = /^\.{1,2}\//.test(specifier);
  if (isTest(path)) {
    if (relative || /^@std\/|^fast-check$|^playwright-core$|^speedscope\/|^yaml$/.test(specifier)) {
      return undefined;
    }
    return `A test imports files and the bare names of deno.json, got "${specifier}"`;
  }
  const part = partOf(path);
  if (part === undefined) return `${path} belongs to no part of the layers table`;
  const allowed = LAYERS[part]!;
  if (!relative) {
    if (allowed.some((prefix) => prefix.endsWith(":") && specifier.startsWith(prefix))) return undefined;
    return `${part} imports files only, got "${specifier}": packages are wrapped in src/deps`;
  }
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (isTest(target)) return `${path} imports the test file ${target}`;
  if ([part, ...allowed].some((prefix) => isIn(target, prefix))) return undefined;
  return `${part} must not import ${partOf(target) ?? target}, got "${specifier}"`;
}

/** The specifier of a literal, or undefined when it is computed. */
function literal(node: Deno.lint.Node | null | undefined): string | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** Calls `found` for every import, re-export, dynamic import, import type, and module URL (as for a Worker). */
function visitImports(
  file: SourceFile,
  found: (node: Deno.lint.Node, source: Deno.lint.Node | null | undefined) => void,
): Deno.lint.LintVisitor {
  return {
    ImportDeclaration: (node) => found(node, node.source),
    ImportExpression: (node) => found(node, node.source),
    ExportAllDeclaration: (node) => found(node, node.source),
    ExportNamedDeclaration(node) {
      if (node.source) found(node, node.source);
    },
    TSImportType(node) {
      const argument = node.argument as Deno.lint.Node;
      found(node, argument.type === "TSLiteralType" ? argument.literal as Deno.lint.Node : argument);
    },
    NewExpression(node) {
      const [target, base] = node.arguments;
      if (file.textOf(node.callee) !== "URL" || !base || file.textOf(base) !== "import.meta.url") return;
      if (literal(target)?.endsWith(".ts")) found(node, target);
    },
    CallExpression(node) {
      if (file.textOf(node.callee) === "import.meta.resolve") found(node, node.arguments[0]);
    },
  };
}

/** Every import stays inside the table. */
export const layers: HouseRule = {
  covers: () => true,
  visit(file, report: Report) {
    const check = (node: Deno.lint.Node, source: Deno.lint.Node | null | undefined) => {
      const specifier = literal(source);
      if (specifier === undefined) {
        if (!isTest(file.path)) report(node.range, "A computed import cannot be checked against the layers");
        return;
      }
      const fault = importFault(file.path, specifier);
      if (fault !== undefined) report(node.range, fault);
    };
    return {
      ...visitImports(file, check),
      TSImportEqualsDeclaration(node) {
        report(node.range, "Write import ... from");
      },
    };
  },
};

/** The parts that a file imports besides its own, packages left out. */
export function partsImported(path: string, text: string): string[] {
  const own = partOf(path);
  const specifiers: string[] = [];
  const rule: Deno.lint.Rule = {
    create: ({ sourceCode }) =>
      visitImports(
        { path, text, comments: [], textOf: (node) => sourceCode.getText(node) },
        (_, source) => specifiers.push(literal(source) ?? ""),
      ),
  };
  Deno.lint.runPlugin({ name: "imports", rules: { imports: rule } }, path, text);
  const parts = specifiers.filter((each) => each.startsWith(".")).map((each) =>
    partOf(new URL(each, `file:///${path}`).pathname.slice(1))
  );
  return [...new Set(parts)].filter((part) => part !== undefined && part !== own) as string[];
}
