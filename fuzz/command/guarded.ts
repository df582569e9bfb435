/** File work whose failure is the folder's fault. */
import { OutputError } from "./exit.ts";

/**
 * Does something with the files of a folder that results go to.
 *
 * @throws OutputError when that is not possible.
 */
export function inFolder<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new OutputError(`Cannot write to ${folder}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Writes all of a text: a short write goes on where it stopped. */
export function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}
