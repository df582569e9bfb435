/**
 * docs/architecture.md draws the parts and their imports: the drawing is what the files do.
 */
import { assert, assertEquals } from "@std/assert";
import { isTest } from "./support/house_rule.ts";
import { LAYERS, partOf, partsImported } from "./support/layers.ts";
import { readTree, ROOT } from "./support/tree.ts";

/** Nodes, by the name that edges use, and edges of a Mermaid flowchart: `id["part"]`, `id --> id & id`. */
function readDrawing(markdown: string): { parts: string[]; edges: [string, string][] } {
  const [, text] = /```mermaid\nflowchart [A-Z]+\n([\s\S]*?)```/.exec(markdown) ?? [];
  assert(text !== undefined, "no flowchart");
  const partById = new Map<string, string>();
  const edges: [string, string][] = [];
  for (const line of text.split("\n").map((each) => each.trim()).filter((each) => each !== "")) {
    const node = /^(\w+)\["([^"]+)"\]$/.exec(line);
    const edge = /^(\w+) --> (\w+(?: & \w+)*)$/.exec(line);
    assert(node !== null || edge !== null, `neither a part nor an edge: ${line}`);
    if (node !== null) partById.set(node[1]!, node[2]!);
    else for (const to of edge![2]!.split(" & ")) edges.push([edge![1]!, to]);
  }
  const part = (id: string) => {
    assert(partById.has(id), `${id} is drawn nowhere`);
    return partById.get(id)!;
  };
  return { parts: [...partById.values()], edges: edges.map(([from, to]) => [part(from), part(to)]) };
}

/** Whether one can get from one part to another along edges. */
function isReachable(edges: readonly (readonly [string, string])[], from: string, to: string): boolean {
  return edges.some(([a, b]) => a === from && (b === to || isReachable(edges, b, to)));
}

const drawing = readDrawing(Deno.readTextFileSync(new URL("docs/architecture.md", ROOT)));

const real = new Set<string>();
for (const [path, text] of await readTree()) {
  if (isTest(path)) continue;
  for (const part of partsImported(path, text)) real.add(`${partOf(path)} --> ${part}`);
}

Deno.test("readDrawing() reads parts and edges, and refuses an edge to nowhere", () => {
  assertEquals(readDrawing('```mermaid\nflowchart TB\na["x/y"]\nb["z"]\na --> b & a\n```'), {
    parts: ["x/y", "z"],
    edges: [["x/y", "z"], ["x/y", "x/y"]],
  });
});

Deno.test("partsImported() sees every form of import, and no comment or text", () => {
  const text = [
    'import type { Krc } from "../rcu/krc.ts";',
    'export * from "../sim/world.ts";',
    'type Lock = import("../cpu/lock.ts").Lock;',
    'const url = new URL("../slab/worker.ts", import.meta.url);',
    '// import "../run/machine.ts"',
    "const text = 'import \"../run/machine.ts\"';",
    'import "./zone.ts";',
  ].join("\n");
  assertEquals(partsImported("src/mm/page.ts", text).sort(), ["src/cpu", "src/rcu", "src/sim", "src/slab"]);
});

Deno.test("the drawing in docs/architecture.md has the parts of the layers table", () => {
  assertEquals(drawing.parts.toSorted(), Object.keys(LAYERS).sort());
});

Deno.test("every edge of the drawing is an import that a file makes", () => {
  assertEquals(drawing.edges.map(([from, to]) => `${from} --> ${to}`).filter((edge) => !real.has(edge)), []);
});

Deno.test("every import from part to part is drawn, or follows from edges that are drawn", () => {
  assert(real.size > 50);
  const missing = [...real].filter((edge) => {
    const [from, to] = edge.split(" --> ");
    return !isReachable(drawing.edges, from!, to!);
  });
  assertEquals(missing, []);
});

Deno.test("the layout in CONTRIBUTING.md has every part", () => {
  const text = Deno.readTextFileSync(new URL("CONTRIBUTING.md", ROOT));
  const rows = text.split("\n").filter((line) => /^\| `/.test(line)).map((line) => line.split("|")[1]!).join(
    " ",
  );
  const missing = Object.keys(LAYERS).filter((part) =>
    !rows.includes(`\`${part.replace(/^bench\/.*/, "bench")}\``)
  );
  assertEquals(missing, []);
});
