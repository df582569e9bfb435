/** Whether results can be written, found out before the work that takes long. Leaves nothing behind. */
import { inFolder, removeOld } from "./guarded.ts";
import { OutputError } from "./exit.ts";
import { reasonOf } from "./reason_of.ts";

const bare = (folder: string) => folder.replace(/(.)[/\\]+$/, "$1");
const nameOf = (path: string) => path.slice(path.search(/[^/\\]*$/));
const folderOf = (path: string) => bare(path.slice(0, path.length - nameOf(path).length)) || ".";

/** Names of the folders on the way to one that may not be there yet, the same however it is spelt. */
function wayTo(folder: string): string {
  let whole = /^([/\\]|[a-z]:)/i.test(folder) ? folder : `${Deno.cwd()}/${folder}`;
  try {
    whole = Deno.realPathSync(folder);
  } catch {
    // of one that is not there only the name is known
  }
  const names: string[] = [];
  for (const name of whole.split(/[/\\]+/)) {
    if (name === "..") names.pop();
    else if (name !== "." && name !== "") names.push(name);
  }
  return names.join("/");
}

/** Writes an empty file, and takes it away. */
function tryFile(path: string): void {
  try {
    Deno.writeFileSync(path, new Uint8Array());
  } finally {
    removeOld(path);
  }
}

function infoOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Tries whether files can be written into a folder, which need not be there yet.
 *
 * @throws OutputError when they cannot.
 */
export function probeFolder(folder: string): void {
  inFolder(folder, () => {
    let there = bare(folder);
    while (infoOf(there) === null) there = folderOf(there);
    tryFile(`${there}/.pcplab.new`);
  });
}

/** Name of a file without its folder, when it lies in that one; null when it lies elsewhere. */
export function nameIn(folder: string, path: string): string | null {
  return wayTo(folderOf(path)) === wayTo(folder) ? nameOf(path) : null;
}

/**
 * Tries whether a file can be written.
 *
 * @param made Folder that is made before the file is written.
 * @throws OutputError when it cannot.
 */
export function probeFile(path: string, made: string | null = null): void {
  const folder = folderOf(path);
  if (made !== null && nameIn(made, path) !== null) return probeFolder(made);
  try {
    const info = infoOf(path);
    if (info?.isDirectory) throw new Deno.errors.IsADirectory("Is a directory");
    if (info === null || info.isFile) tryFile(`${folder}/.${nameOf(path)}.new`);
  } catch (error) {
    throw new OutputError(`Cannot write ${path}: ${reasonOf(error)}`);
  }
}
