/**
 * The files of the project, found and not listed, so that no new file escapes the checks.
 *
 * @module
 */

/** Root of the checkout. */
export const ROOT = new URL("../../", import.meta.url);

const FOLDERS = ["src", "bench", "fuzz", "tests", "examples", "page", "queue"];

async function* walk(path: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(`${path}/`, ROOT))) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory) yield* walk(child);
    else if (entry.name.endsWith(".ts")) yield child;
  }
}

/** Reads every TypeScript file of the project: path relative to the root (with slashes) and text, sorted by path. */
export async function readTree(): Promise<Map<string, string>> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(ROOT)) {
    if (entry.isFile && entry.name.endsWith(".ts")) paths.push(entry.name);
    if (entry.isDirectory && FOLDERS.includes(entry.name)) {
      paths.push(...await Array.fromAsync(walk(entry.name)));
    }
  }
  const files = paths.sort().map(async (path) =>
    [path, await Deno.readTextFile(new URL(path, ROOT))] as const
  );
  return new Map(await Promise.all(files));
}
