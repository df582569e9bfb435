/**
 * What people read: the documents of the project, and the commands in them.
 *
 * @module
 */
import { ROOT } from "./tree.ts";

/** A document. */
export interface Document {
  /** Path relative to the root. */
  readonly path: string;
  /** Its Markdown. */
  readonly text: string;
}

/** Every document that is written by hand. */
export function documents(): Document[] {
  const docs = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`);
  const paths = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ...docs.filter((path) => path.endsWith(".md")).sort(),
  ];
  return paths.map((path) => ({ path, text: Deno.readTextFileSync(new URL(path, ROOT)) }));
}

/** The text as a pattern that matches itself. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A command line that a document shows. */
export interface ShownCommand {
  /** Document and line. */
  readonly where: string;
  /** The words as a shell would hand them over, beginning with `deno`. */
  readonly words: readonly string[];
  /** Whether it is for the folder `queue`, which has tasks of its own. */
  readonly inQueue: boolean;
}

/** The words of a command as a shell splits them, up to what ends it: a comment, `&`, `|`, `>` or `;`. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/'([^']*)'|((?:[^\s'"]|"[^"]*")+)/g)) {
    if (plain !== undefined && /^[#&|>;]/.test(plain)) break;
    words.push(quoted ?? plain!.replaceAll('"', ""));
  }
  return words;
}

/** Code of a document: each line of its blocks and each span of its text, with its line number from 1. */
function codeLines(text: string): { readonly code: string; readonly line: number; readonly block: number }[] {
  const found: { code: string; line: number; block: number }[] = [];
  let block = 0;
  let isInside = false;
  for (const [i, content] of text.replace(/\\\n/g, " ").split("\n").entries()) {
    if (content.startsWith("```")) {
      isInside = !isInside;
      block++;
    } else if (isInside) found.push({ code: content, line: i + 1, block });
    else {for (const [, code] of content.matchAll(/`([^`]+)`/g)) {
        found.push({ code: code!, line: i + 1, block });
      }}
  }
  return found;
}

/** Every call of `deno` that a text shows, in the order of the text. */
export function shownCommands({ path, text }: Document): ShownCommand[] {
  const commands: ShownCommand[] = [];
  let queueBlock = -1;
  for (const { code, line, block } of codeLines(text)) {
    if (code === "cd queue") queueBlock = block;
    for (const part of code.split(/&&|;/)) {
      const words = shellWords(part.replace(/^\s*npx -y deno@\S+/, "deno"));
      if (words[0] !== "deno" || words.length === 1) continue;
      commands.push({ where: `${path}:${line}`, words, inQueue: block === queueBlock });
    }
  }
  return commands;
}
