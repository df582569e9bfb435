/**
 * Command lines find the files of their checkout wherever it lies, also below a folder with a space in its name and on
 * Windows.
 */
import { assert, assertEquals } from "@std/assert";
import { pathOf } from "../fuzz/command/path_of.ts";
import { isTest } from "./support/house_rule.ts";
import { readTree, ROOT } from "./support/tree.ts";

Deno.test("pathOf() is a path of the operating system", () => {
  const unix = pathOf("./machine/zoneinfo", "file:///home/a%20b/fuzz/main.ts", "linux");
  assertEquals(unix, "/home/a b/fuzz/machine/zoneinfo");
  const windows = pathOf("../deno.json", "file:///C:/Users/%C3%A9/fuzz/main.ts", "windows");
  assertEquals(windows, "C:/Users/é/deno.json");
});

Deno.test("no other file takes the path of a module's URL for one of the operating system", async () => {
  const own = /new URL\([^()]*import\.meta\.url\)\.pathname/;
  const found = [...await readTree()].filter(([path, text]) =>
    !isTest(path) &&
    /^(fuzz|queue|bench)\//.test(path) && own.test(text)
  );
  assertEquals(found.map(([path]) => path), []);
});

/** Copies the files that a command line needs. */
function copyFolder(from: URL, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else Deno.copyFileSync(new URL(name, from), `${to}/${name}`);
  }
}

Deno.test("deno task fuzz runs in a checkout whose folder has a space and a letter beyond ASCII", async () => {
  const scratch = Deno.makeTempDirSync({ prefix: "pcplab_" });
  const checkout = `${scratch}/my pcplab é`;
  try {
    for (const folder of ["src", "fuzz"]) copyFolder(new URL(`${folder}/`, ROOT), `${checkout}/${folder}`);
    for (const file of ["deno.json", "deno.run.lock", "mod.ts"]) {
      Deno.copyFileSync(new URL(file, ROOT), `${checkout}/${file}`);
    }
    const { tasks } = JSON.parse(Deno.readTextFileSync(`${checkout}/deno.json`));
    const [, ...args] = (tasks.fuzz.command as string).split(" ");
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "--runs", "1", "--calls", "50", "--out", "the results"],
      cwd: checkout,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assert(Deno.statSync(`${checkout}/the results/runs.csv`).isFile);
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
});
