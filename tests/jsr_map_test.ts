/**
 * deno.jsr.json switches the standard library to its jsr: names: `deno run --config deno.jsr.json ...`, or the same
 * file as an import map. It is complete when it renames every npm:deno-std specifier of the tree, and nothing else.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readTree, ROOT } from "./support/tree.ts";

interface Config {
  readonly imports: Readonly<Record<string, string>>;
}

async function readConfig(name: string): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL(name, ROOT)));
}

/** `csv/mod.js` is all of @std/csv, and `cli/parse_args.js` is @std/cli/parse-args. */
function jsrPath(npmSpecifier: string): string {
  const path = npmSpecifier.replace(/^npm:deno-std@[^/]+\//, "").replace(/(\/mod)?\.js$/, "");
  return `@std/${path.replaceAll("_", "-")}`;
}

const packages = await readConfig("deno.json");
const jsr = await readConfig("deno.jsr.json");
const renamed = Object.entries(jsr.imports).filter(([, target]) => target.startsWith("jsr:"));

Deno.test("deno.jsr.json renames every npm:deno-std specifier of src, and no other", async () => {
  const used = new Set<string>();
  for (const [path, text] of await readTree()) {
    if (!path.startsWith("src/")) continue;
    for (const [specifier] of text.matchAll(/npm:deno-std@[^"'`\s]+/g)) used.add(specifier);
  }
  assert(used.size > 0);
  assertEquals(
    renamed.map(([name]) => name).filter((name) => name.startsWith("npm:")).sort(),
    [...used].sort(),
  );
});

Deno.test("deno.jsr.json has every bare name of deno.json, standard library ones by their jsr: name", () => {
  for (const [name, target] of Object.entries(packages.imports)) {
    if (target.startsWith("npm:deno-std@")) {
      assertEquals(jsr.imports[name]?.replace(/@\^[\d.]+/, ""), `jsr:${name}`);
    } else assertEquals(jsr.imports[name], target);
  }
});

Deno.test("deno.jsr.json names the same module at each end, with a version", () => {
  for (const [name, target] of renamed) {
    assertMatch(target, /^jsr:@std\/[a-z-]+@\^1\.\d+\.\d+(\/[a-z-]+)?$/);
    if (name.startsWith("npm:")) assertEquals(target.replace(/^jsr:|@\^[\d.]+/g, ""), jsrPath(name));
  }
});
