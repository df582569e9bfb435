/** The commit that a result names. */
import { assertEquals } from "@std/assert";
import { commitHere } from "./commit.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

function withFiles(files: Readonly<Record<string, string>>, test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    for (const [path, text] of Object.entries(files)) {
      Deno.mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${folder}/${path}`, text);
    }
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("commitHere() finds the commit of a branch, of none, and of one that git has packed", () => {
  const branch = { "a/.git/HEAD": "ref: refs/heads/main\n", "a/.git/refs/heads/main": `${COMMIT}\n` };
  const packed = {
    "a/.git/HEAD": "ref: refs/heads/main\n",
    "a/.git/packed-refs": `# pack-refs\n${"f".repeat(40)} refs/heads/other\n${COMMIT} refs/heads/main\n`,
  };
  for (const files of [branch, packed, { "a/.git/HEAD": `${COMMIT}\n` }]) {
    withFiles(files, (folder) => assertEquals(commitHere(`${folder}/a`), COMMIT));
  }
});

Deno.test("commitHere() finds the commit of a work tree beside the first", () => {
  const files = {
    "main/.git/worktrees/b/HEAD": "ref: refs/heads/b\n",
    "main/.git/worktrees/b/commondir": "../..\n",
    "main/.git/refs/heads/b": `${COMMIT}\n`,
    "b/.git": "gitdir: ../main/.git/worktrees/b\n",
  };
  withFiles(files, (folder) => assertEquals(commitHere(`${folder}/b`), COMMIT));
});

Deno.test("commitHere() says unknown where there is no repository, or an empty one", () => {
  withFiles({ "a/x": "" }, (folder) => assertEquals(commitHere(`${folder}/a`), "unknown"));
  const empty = { "a/.git/HEAD": "ref: refs/heads/main\n" };
  withFiles(empty, (folder) => assertEquals(commitHere(`${folder}/a`), "unknown"));
});
