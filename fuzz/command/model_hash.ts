/** Which model made a result: not its version or commit, but its very sources, edited or not. */

import { sha256 } from "./sha256.ts";

/** Digits of a hash that is shown and kept: 64 bits tell any two states of the sources apart. */
const HASH_DIGITS = 16;

/** Files below a folder, as paths from it, sorted. */
function filesBelow(folder: URL, path = ""): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(new URL(path, folder))) {
    if (entry.isDirectory) found.push(...filesBelow(folder, `${path}${entry.name}/`));
    else if (/\.ts$/.test(entry.name) && !/_test\.ts$/.test(entry.name)) found.push(path + entry.name);
  }
  return found.sort();
}

/** Hash of the sources of the model here, 16 hexadecimal digits; "unknown" where they cannot be read as files. */
export async function modelHere(): Promise<string> {
  const sources = new URL("../../src/", import.meta.url);
  let text = "";
  try {
    for (const path of filesBelow(sources)) {
      text += `${path}\n${Deno.readTextFileSync(new URL(path, sources))}\n`;
    }
  } catch {
    return "unknown";
  }
  return (await sha256(text)).slice(0, HASH_DIGITS);
}
