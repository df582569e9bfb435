/**
 * mod.ts by itself: every value that it exports is shown in one of its examples, which `deno task test` runs, and the
 * pages of `deno doc` can be made.
 */
import { assert, assertEquals } from "@std/assert";
import * as api from "../mod.ts";
import { ROOT } from "./support/tree.ts";

const text = Deno.readTextFileSync(new URL("mod.ts", ROOT));
const examples = [...text.matchAll(/ \* ```ts\n([\s\S]*?) \* ```/g)].map(([, code]) => code!);

Deno.test("every value that mod.ts exports is used in an example of mod.ts", () => {
  assert(examples.length >= 7);
  const code = examples.join("\n").replace(/import \{[^}]*\}[^;]*;/g, "");
  const unused = Object.keys(api).filter((name) => !new RegExp(`(?<!\\w)${name}(?!\\w)`).test(code));
  assertEquals(unused, []);
});

Deno.test("every example of mod.ts asserts something, and imports the package by its name", () => {
  for (const code of examples) {
    assert(/\bassert\w*\(/.test(code), code);
    assert(code.includes('from "@pcplab/pcplab"'), code);
  }
});

Deno.test("deno task test runs the examples, with no permission", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const parts = (tasks.test.command as string).split(" && ");
  assert(parts.includes("deno test --frozen --no-prompt --doc mod.ts"), tasks.test.command);
});

Deno.test("the pages of the API are made by the command that CONTRIBUTING.md names", async () => {
  const command = "deno doc --html --name=pcplab --output=api mod.ts";
  assert(Deno.readTextFileSync(new URL("CONTRIBUTING.md", ROOT)).includes(command));
  const folder = await Deno.makeTempDir({ prefix: "pcplab_" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: command.replace("--output=api", `--output=${folder}`).split(" ").slice(1),
      cwd: ROOT,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const index = Deno.readTextFileSync(`${folder}/index.html`);
    for (const name of ["execute", "RunOptions", "Replay"]) {
      assert(index.includes(name), `index.html lacks ${name}`);
      assert(Deno.statSync(`${folder}/~/${name}.html`).isFile);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
