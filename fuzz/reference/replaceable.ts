/** What the reference run may take the place of: an older one, and nothing that somebody else has made. */
import { OutputError } from "../command/exit.ts";
import { readText } from "../command/read_text.ts";

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new OutputError(`Cannot write ${folder}: ${error}`);
  }
}

/** A sweep's own meta.json names a commit, that of a reference run none. */
function namesCommit(meta: string): boolean {
  return readText(meta).includes('"commit":');
}

/**
 * Checks that a folder is new, empty, or holds an experiment of a reference run.
 *
 * @param files Names of such an experiment's files.
 * @throws OutputError when it holds something else.
 */
export function checkReplaceable(folder: string, files: readonly string[]): void {
  const names = namesIn(folder);
  const other = names.find((name) => !files.includes(name)) ??
    names.find((name) => name === "meta.json" && namesCommit(`${folder}/${name}`));
  if (other === undefined) return;
  throw new OutputError(
    `Cannot write ${folder}: expected a new folder or an experiment of a reference run, got results of something ` +
      `else (${other}); give --out another folder, or take them away`,
  );
}
