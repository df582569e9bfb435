/**
 * The project as a package: what `deno publish` would upload, and that all of it has types that need no inference.
 */
import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./support/tree.ts";

const { version } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));

Deno.test("deno publish --dry-run is clean: no slow types, the model and its papers, no tests", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--frozen"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(success, said);
  assert(!/^(warning|error)/m.test(said), said);
  const root = ROOT.href;
  const files = [...said.matchAll(/^\s+(file:\S+) \(/gm)].map(([, file]) => file!.slice(root.length));
  for (const file of ["mod.ts", "README.md", "CHANGELOG.md", "LICENSE", "src/mm/lockless.ts"]) {
    assert(files.includes(file), `${file} is missing`);
  }
  assertEquals(files.filter((file) => /_test\.ts$|^(fuzz|bench|tests|page|queue|results)\//.test(file)), []);
});

Deno.test("the version is the same in deno.json, mod.ts and CHANGELOG.md", async () => {
  const { VERSION } = await import("../mod.ts");
  assertEquals(VERSION, version);
  const changelog = Deno.readTextFileSync(new URL("CHANGELOG.md", ROOT));
  assertEquals(/^## \[(\d+\.\d+\.\d+)\]/m.exec(changelog)?.[1], version);
});
