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
  const paths = ["README.md", "CONTRIBUTING.md", ...docs.filter((path) => path.endsWith(".md")).sort()];
  return paths.map((path) => ({ path, text: Deno.readTextFileSync(new URL(path, ROOT)) }));
}

/** The text as a pattern that matches itself. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
