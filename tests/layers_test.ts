/**
 * Imports point down, and nothing ambient enters the model: planted faults first, then the tree itself.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AMBIENT } from "./support/ambient.ts";
import { faults } from "./support/house_rules.ts";
import { importFault, LAYERS } from "./support/layers.ts";
import { readTree } from "./support/tree.ts";

/** Faults of one rule in a file that is otherwise in order. */
function faultsOf(rule: string, path: string, code: string): string[] {
  return faults(path, `/** Planted. */\n${code}\n`).filter((line) => line.includes(` ${rule}: `));
}

function assertRefused(rule: string, path: string, code: string): void {
  assertEquals(faultsOf(rule, path, code).length, 1, `${path} must be refused once: ${code}`);
}

function assertAccepted(rule: string, path: string, code: string): void {
  assertEquals(faultsOf(rule, path, code), [], `${path}: ${code}`);
}

Deno.test("layers refuses an upward import in every form", () => {
  const forms = [
    'import { krc } from "../rcu/krc.ts";',
    'import type { Krc } from "../rcu/krc.ts";',
    'import "../rcu/krc.ts";',
    'import * as krc\n  from "../rcu/krc.ts";',
    'export { krc } from "../rcu/krc.ts";',
    'export * from "../rcu/krc.ts";',
    'const krc = await import("../rcu/krc.ts");',
    'type Krc = import("../rcu/krc.ts").Krc;',
    'const url = new URL("../rcu/worker.ts", import.meta.url);',
    'const url = import.meta.resolve("../rcu/worker.ts");',
  ];
  for (const code of forms) {
    assertRefused("layers", "src/mm/zone.ts", code);
    assertAccepted("layers", "src/strategy/nowait.ts", code);
  }
});

Deno.test("layers reads code, not comments or text", () => {
  assertAccepted("layers", "src/mm/zone.ts", '// import { krc } from "../rcu/krc.ts";');
  assertAccepted(
    "layers",
    "src/mm/zone.ts",
    "const text = `import { krc } from \"../rcu/krc.ts\"; ${'//'}`;",
  );
  assertRefused("layers", "src/mm/zone.ts", 'const quote = /["\'`]/; import { krc } from "../rcu/krc.ts";');
});

Deno.test("layers keeps packages in src/deps", () => {
  for (
    const specifier of [
      "npm:deno-std@1.4.0/csv/mod.js",
      "jsr:@std/csv",
      "https://x.test/a.ts",
      "node:fs",
      "fast-check",
    ]
  ) {
    assertRefused("layers", "src/report/csv.ts", `import "${specifier}";`);
    assertRefused("layers", "fuzz/main.ts", `import "${specifier}";`);
  }
  assertAccepted("layers", "src/deps/csv.ts", 'export * from "npm:deno-std@1.4.0/csv/mod.js";');
  assertAccepted("layers", "src/deps/zlib.ts", 'export const loadZlib = () => import("node:zlib");');
  assertRefused("layers", "src/import/gunzip.ts", 'import { createGunzip } from "node:zlib";');
  assertRefused("layers", "src/deps/csv.ts", 'export * from "jsr:@std/csv";');
  assertRefused("layers", "src/deps/csv.ts", 'export * from "../sim/world.ts";');
});

Deno.test("layers lets tests import files and the bare names of deno.json only", () => {
  for (const path of ["src/mm/zone_test.ts", "tests/support/tree.ts"]) {
    assertAccepted(
      "layers",
      path,
      'import "@std/assert"; import "fast-check"; import "../../src/run/machine.ts";',
    );
    assertRefused("layers", path, 'import "npm:fast-check@4.10.2";');
  }
  assertRefused("layers", "src/run/machine.ts", 'import "./machine_test.ts";');
  assertRefused("layers", "src/run/machine.ts", 'import "../../tests/support/tree.ts";');
});

Deno.test("layers lets bench and examples see what users see, mod.ts, and the command lines all of src", () => {
  assertAccepted("layers", "fuzz/main.ts", 'import "../src/mm/zone.ts";');
  for (const path of ["bench/pcp.ts", "examples/hit_rate.ts"]) {
    assertAccepted("layers", path, 'import "../mod.ts"; import "./sibling.ts";');
    assertRefused("layers", path, 'import "../src/mm/zone.ts";');
  }
  assertAccepted("layers", "fuzz/main.ts", 'import "../src/deps/parse_args.ts";');
  assertRefused("layers", "bench/pcp.ts", 'import "../fuzz/main.ts";');
  assertAccepted("layers", "mod.ts", 'export * from "./src/run/machine.ts";');
  assertRefused("layers", "mod.ts", 'export * from "./fuzz/main.ts";');
});

Deno.test("layers refuses a computed import, a folder that is not in the table, and a way round through dots", () => {
  assertRefused("layers", "src/run/machine.ts", "await import(name);");
  assertRefused("layers", "src/extra/thing.ts", 'import "./other.ts";');
  assertRefused("layers", "src/mm/zone.ts", 'import "../mm/../rcu/krc.ts";');
  assertRefused("layers", "src/mm/zone.ts", 'import "../mmx/krc.ts";');
});

Deno.test("LAYERS has no cycle: a part imports earlier rows only", () => {
  const parts = Object.keys(LAYERS);
  for (const [at, part] of parts.entries()) {
    for (const target of LAYERS[part]!) {
      const last = parts.findLastIndex((each) => each === target || each.startsWith(`${target}/`));
      assert(
        target === "npm:" || target === "node:" || (last >= 0 && last < at) || part === "src/run",
        `${part} imports ${target}`,
      );
    }
  }
  assertEquals(importFault("src/checker/conserved.ts", "../rcu/krc.ts"), undefined);
  assertStringIncludes(
    importFault("src/rcu/krc.ts", "../checker/conserved.ts") ?? "",
    "must not import src/checker",
  );
});

Deno.test("ambient refuses every global of its table, also as a type or through an alias", () => {
  for (const name of Object.keys(AMBIENT)) {
    assertRefused("ambient", "src/mm/zone.ts", `const now = ${name};`);
    assertRefused("ambient", "src/mm/zone.ts", `const now = { ${name} };`);
    assertRefused("ambient", "mod.ts", `type Now = ${name};`);
    assertAccepted("ambient", "src/mm/zone_test.ts", `const now = ${name};`);
    assertAccepted("ambient", "fuzz/main.ts", `const now = ${name};`);
  }
  assertRefused("ambient", "src/mm/zone.ts", "const text = `${Date.now()}`;");
});

Deno.test("ambient refuses Math.random and what depends on the locale", () => {
  for (
    const code of [
      "const draw = Math.random();",
      'const draw = Math["random"]();',
      "const draw = Math[name]();",
      "const { random } = Math;",
      "const text = count.toLocaleString();",
      "names.sort((a, b) => a.localeCompare(b));",
    ]
  ) assertRefused("ambient", "src/mm/zone.ts", code);
});

Deno.test("ambient accepts the same words as names of members and in text", () => {
  for (
    const code of [
      "const most = Math.max(task.process, world.Date);",
      "const row = { process: 1, Date: 2 };",
      "interface Row { readonly performance: number; console(): void }",
      "class Row { Date = 1; process() { return scheduler.random(); } }",
      'const text = "Math.random() and Date.now()"; // performance.now()',
    ]
  ) assertAccepted("ambient", "src/mm/zone.ts", code);
});

Deno.test("every file of the project keeps the layers and uses nothing ambient", async () => {
  const found = [...await readTree()].flatMap(([path, text]) => faults(path, text));
  assertEquals(found.filter((line) => / (layers|ambient): /.test(line)), []);
});
