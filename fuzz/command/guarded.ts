/** File work whose failure is the fault of the folder or the file that was named. */
import { OutputError } from "./exit.ts";
import { reasonOf } from "./reason_of.ts";

/**
 * Does something with the files of a folder that results go to.
 *
 * @throws OutputError when that is not possible.
 */
export function inFolder<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new OutputError(`Cannot write to ${folder}: ${reasonOf(error)}`);
  }
}

/** Writes all of a text: a short write goes on where it stopped. */
export function writeAll(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/**
 * Writes a file of results.
 *
 * @throws OutputError when that is not possible; what was there before is whole then.
 */
export function writeFile(path: string, content: string | Uint8Array): void {
  try {
    replaceFile(path, content);
  } catch (error) {
    throw new OutputError(`Cannot write ${path}: ${reasonOf(error)}`);
  }
}

/**
 * Writes files into a folder, which is made if it is not there.
 *
 * @param files Content by name.
 * @throws OutputError when that is not possible.
 */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  inFolder(folder, () => {
    Deno.mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) replaceFile(`${folder}/${name}`, content);
  });
}

/** Removes a file that an earlier call may have left. */
export function removeOld(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Writes a file under another name first, so that neither a reader nor a kill ever meets half of it. */
function replaceFile(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // a device or a link to a file elsewhere stays what it is
  if (!isPlain(path)) return Deno.writeFileSync(path, bytes);
  const name = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  const made = `${path.slice(0, name)}.${path.slice(name)}.new`;
  try {
    Deno.writeFileSync(made, bytes);
    Deno.renameSync(made, path);
  } catch (error) {
    removeOld(made);
    throw error;
  }
}

/** Whether there is an ordinary file of that name, or nothing. */
function isPlain(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
