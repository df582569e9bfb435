/**
 * Documents name files, symbols and each other: all of them exist.
 */
import { assert, assertEquals } from "@std/assert";
import { documents, escapeRegExp } from "./support/documents.ts";
import { ROOT } from "./support/tree.ts";

function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

/** Whether the file has the name as a word of its own. */
function names(path: string, name: string): boolean {
  if (!isThere(path)) return false;
  return new RegExp(`(?<!\\w)${escapeRegExp(name)}(?!\\w)`).test(Deno.readTextFileSync(new URL(path, ROOT)));
}

/** The last cell of each row of the tables of a document that have a column of this name as their last. */
function lastColumn(markdown: string, heading: string): string[] {
  const cells: string[] = [];
  let inside = false;
  for (const line of markdown.split("\n")) {
    const last = /\|\s*([^|]+?)\s*\|$/.exec(line)?.[1];
    if (last === undefined) inside = false;
    else if (last === heading) inside = true;
    else if (inside && !/^-+$/.test(last)) cells.push(last);
  }
  return cells;
}

Deno.test("every link to a file of the project in a document leads somewhere", () => {
  const dead: string[] = [];
  let links = 0;
  for (const { path, text } of documents()) {
    for (const [, target] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      links++;
      const file = new URL(target!, new URL(path, ROOT)).href.slice(ROOT.href.length);
      if (!isThere(file)) dead.push(`${path}: ${target}`);
    }
  }
  assertEquals(dead, []);
  assert(links > 50);
});

Deno.test("every file of the project that a document names in code is there", () => {
  const dead: string[] = [];
  for (const { path, text } of documents()) {
    const prose = text.replace(/```[\s\S]*?```/g, "");
    for (const [, file] of prose.matchAll(/`((?:src|fuzz|bench|tests|queue|page|examples)\/[\w./-]+)`/g)) {
      if (!/\byours\b/.test(file!) && !isThere(file!)) dead.push(`${path}: ${file}`); // yours is the reader's
    }
  }
  assertEquals(dead, []);
});

Deno.test("every word of the glossary has its place in the sources", () => {
  const text = Deno.readTextFileSync(new URL("docs/glossary.md", ROOT));
  const places = lastColumn(text, "here");
  assert(places.length > 50);
  const wrong = places.filter((place) => {
    const [, path, name] = /^(\S+?):(\S+)$/.exec(place) ?? [];
    return path === undefined || name === undefined || !names(path, name);
  });
  assertEquals(wrong, []);
});

Deno.test("every word of the glossary cites file, name and version of the kernel, or is ours", () => {
  const text = Deno.readTextFileSync(new URL("docs/glossary.md", ROOT));
  const rows = text.split("\n").filter((line) => line.includes("| src/"));
  const cites = /\| (none|(include|kernel|mm)\/[\w./]+\.[ch]:[\w ]+, (\d+\.\d+|RFC of 2020-09-18)) +\| src\//;
  assertEquals(rows.filter((row) => !cites.test(row)), []);
});

Deno.test("every place that CONTRIBUTING.md tells to touch has the name that it tells", () => {
  const text = Deno.readTextFileSync(new URL("CONTRIBUTING.md", ROOT));
  const places = lastColumn(text, "like this one").map((cell) => /^\[([^\]]+)\]\(([^)]+)\)$/.exec(cell));
  assert(places.length >= 15);
  const wrong = places.filter((found) => found === null || !names(found[2]!, found[1]!.replaceAll("`", "")));
  assertEquals(wrong.map((found) => found?.[0] ?? "not a link"), []);
});
