/**
 * The house style as checks: one planted violation, and its correct twin, for every rule; then the tree itself.
 */
import { assert, assertEquals } from "@std/assert";
import { faults, HOUSE_RULES } from "./support/house_rules.ts";
import { readTree } from "./support/tree.ts";

interface Planted {
  readonly rule: string;
  readonly claim: string;
  readonly path: string;
  readonly wrong: string;
  readonly right: string;
  readonly rightPath?: string;
}

const HEAD = "/** What this file is about. */\n";

/** A file with `count` lines of code and twice as many that are none. */
function statements(count: number): string {
  return Array.from({ length: count }, (_, i) => `// why\n\nlet x${i};\n`).join("");
}

/** A function of `count` lines of code, first and last included, around `inner`. */
function functionOf(count: number, inner = ""): string {
  return `function long() {\n${inner}${statements(count - 2)}}\n`;
}

const PLANTED: readonly Planted[] = [
  {
    rule: "layers",
    claim: "an upward import",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}import "../rcu/krc.ts";\n`,
    right: `${HEAD}import "../cpu/lock.ts";\n`,
  },
  {
    rule: "ambient",
    claim: "the host's clock",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}const now = Date.now();\n`,
    right: `${HEAD}const now = world.now;\n`,
  },
  {
    rule: "file-doc",
    claim: "a file without a module comment",
    path: "src/mm/zone.ts",
    wrong: `// zone\n${HEAD}`,
    right: HEAD,
  },
  {
    rule: "file-doc",
    claim: "a plain comment in place of a JSDoc",
    path: "fuzz/main.ts",
    wrong: "/* What this file is about. */\n",
    right: `#!/usr/bin/env -S deno run\n${HEAD}`,
  },
  {
    rule: "export-doc",
    claim: "an export whose only comment is the module's",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}export const low = 1;\n`,
    right: `${HEAD}/** Low watermark. */\nexport const low = 1;\n`,
  },
  {
    rule: "export-doc",
    claim: "an export with a line comment, or with code in between",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}/** Low. */\nconst a = 1;\n// the zone\nexport interface Zone {}\n`,
    right: `${HEAD}/** The zone. */\n// deno-lint-ignore no-empty-interface\nexport interface Zone {}\n`,
  },
  {
    rule: "export-doc",
    claim: "a list of exports",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}const low = 1;\n/** Low. */\nexport { low };\n`,
    right: `${HEAD}export { low } from "./watermark.ts";\n`,
  },
  {
    rule: "export-doc",
    claim: "an undocumented default export, overloads apart",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}export default class Zone {}\n`,
    right: `${HEAD}/** Finds. */\nexport function find(a: 1): 1;\nexport function find(a: 2): 2;\n`,
  },
  {
    rule: "kernel-tag",
    claim: "a kernel function without @kernel",
    path: "src/mm/buddy.ts",
    wrong: `${HEAD}/** Merges. */\nexport function __free_one_page(): void {}\n`,
    right:
      `${HEAD}/**\n * Merges.\n *\n * @kernel mm/page_alloc.c\n */\nexport function __free_one_page(): void {}\n`,
  },
  {
    rule: "kernel-tag",
    claim: "a snake_case arrow function with an empty tag",
    path: "src/mm/buddy.ts",
    wrong: `${HEAD}/**\n * Fills.\n *\n * @kernel\n */\nexport const rmqueue_bulk = (): void => {};\n`,
    right:
      `${HEAD}/** Fills. */\nexport const refillPcp = (): void => {};\n\n/** Same. */\nexport const v5_9 = {};\n`,
  },
  {
    rule: "file-length",
    claim: "221 lines of code",
    path: "bench/pcp.ts",
    wrong: HEAD + statements(221),
    right: HEAD + statements(220),
  },
  {
    rule: "function-length",
    claim: "a function of 61 lines",
    path: "src/mm/zone.ts",
    wrong: HEAD + functionOf(61),
    right: HEAD + functionOf(60),
  },
  {
    rule: "function-length",
    claim: "a long function inside a table of sections, and not the table",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}op((at) => ({\n  lock(m, t) {\n${statements(60)}  },\n}));\n`,
    right: `${HEAD}op((at) => ({\n  lock() {\n${statements(50)}  },\n  take() {\n${
      statements(50)
    }  },\n}));\n`,
  },
  {
    rule: "line-width",
    claim: "a line of 121 characters",
    path: "tests/any_test.ts",
    wrong: `// ${"x".repeat(118)}\n`,
    right: `// ${"x".repeat(117)}\n`,
  },
  {
    rule: "file-name",
    claim: "a vague file name",
    path: "src/mm/page_utils.ts",
    wrong: HEAD,
    right: HEAD,
    rightPath: "src/mm/page.ts",
  },
  {
    rule: "reminders",
    claim: "a reminder in a comment, not in text",
    path: "src/mm/zone.ts",
    wrong: `${HEAD}let a; // ${"TO"}DO: merge\n`,
    right: `${HEAD}let a = "TODO"; // XXXX is a mask\n`,
  },
];

for (const { rule, claim, path, wrong, right, rightPath = path } of PLANTED) {
  Deno.test(`${rule} refuses ${claim}`, () => {
    const ofRule = (at: string, text: string) =>
      faults(at, text).filter((line) => line.includes(` ${rule}: `));
    assertEquals(ofRule(path, wrong).length, 1, `not refused: ${wrong}`);
    assertEquals(ofRule(rightPath, right), []);
  });
}

Deno.test("every rule has a planted violation", () => {
  assertEquals([...new Set(PLANTED.map(({ rule }) => rule))].sort(), Object.keys(HOUSE_RULES).sort());
});

Deno.test("faults() ignores ignore comments and names path, line and rule", () => {
  const text =
    `// deno-lint-ignore-file\n${HEAD}// deno-lint-ignore pcplab/ambient\nconst now = Date.now();\n`;
  const [, fault] = faults("src/mm/zone.ts", text);
  assertEquals(fault, "src/mm/zone.ts:4 ambient: No Date here: time is virtual and part of the world");
});

Deno.test("every file of the project is tidy", async () => {
  const tree = await readTree();
  assert(tree.has("src/deps/csv.ts") && tree.has("tests/tidy_test.ts"));
  assertEquals([...tree].flatMap(([path, text]) => faults(path, text)), []);
});
