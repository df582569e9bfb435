/** Which commit made a result. */
import { pathOf } from "./path_of.ts";

/** The folders of a repository: of this work tree, and of all of them together. */
interface GitFolders {
  readonly own: string;
  readonly shared: string;
}

const read = (path: string) => Deno.readTextFileSync(path).trim();

/** The commit that is checked out in a folder, this one's if none is given, or "unknown". */
export function commitHere(root: string = pathOf("../../", import.meta.url)): string {
  try {
    const git = gitFolders(root);
    const head = read(`${git.own}/HEAD`);
    return head.startsWith("ref: ") ? commitOf(git, head.slice("ref: ".length)) : head;
  } catch {
    return "unknown";
  }
}

/** A work tree beside the first has a file in place of the folder, which says where its folder is. */
function gitFolders(root: string): GitFolders {
  const git = `${root}/.git`;
  if (Deno.statSync(git).isDirectory) return { own: git, shared: git };
  const own = from(root, read(git).replace(/^gitdir: /, ""));
  return { own, shared: from(own, read(`${own}/commondir`)) };
}

const from = (folder: string, path: string) => path.startsWith("/") ? path : `${folder}/${path}`;

/** The commit of a branch: in a file of its own, or among those that git has packed together. */
function commitOf({ own, shared }: GitFolders, ref: string): string {
  for (const folder of [own, shared]) {
    try {
      return read(`${folder}/${ref}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const packed = read(`${shared}/packed-refs`).split("\n").find((line) => line.endsWith(` ${ref}`));
  return packed?.split(" ")[0] ?? "unknown";
}
