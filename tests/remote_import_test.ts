/**
 * The project is used by its URL alone: no checkout, no configuration, no permission, nothing cached.
 *
 * The packages come from the npm registry. Where that cannot be reached the tests are ignored, and their names say why.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { fileUnder, serveFolder } from "./support/file_server.ts";
import { ROOT } from "./support/tree.ts";

interface Finished {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs deno in a new folder that holds only these files, with a cache of its own that is empty. */
async function runAlone(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const folder = await Deno.makeTempDir({ prefix: "pcplab_" });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...args],
      cwd: folder,
      env: { DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Why the npm registry cannot be reached, or undefined when it can. Asks for the smallest package the project uses. */
async function unreachable(): Promise<string | undefined> {
  const { code, errors } = await runAlone([
    "data:text/javascript,import 'npm:seedrandom@3.0.5/lib/xor128.js'",
  ]);
  if (code === 0) return undefined;
  return /error sending request|dns error|client error \(Connect\)|timed out/i.exec(errors)?.[0];
}

const reason = await unreachable();
const ignore = reason !== undefined;
const note = ignore ? ` [ignored, no npm registry: ${reason}]` : "";

Deno.test(
  `mod.ts runs from a URL with an empty cache, no configuration and no permission${note}`,
  { ignore },
  async () => {
    await using server = await serveFolder(ROOT);
    const { code, output, errors } = await runAlone([`http://${server.host}/mod.ts`]);
    assertEquals({ code, output }, { code: 0, output: "" }, errors);
    assert(server.requests.includes("/mod.ts"));
    assertEquals(server.requests.filter((path) => !/^\/(mod\.ts|src\/[\w/.]+\.ts)$/.test(path)), []);
  },
);

Deno.test(
  `examples/hit_rate.ts runs a model from the URL and prints its hit rate${note}`,
  { ignore },
  async () => {
    await using server = await serveFolder(ROOT);
    const example = await Deno.readTextFile(new URL("examples/hit_rate.ts", ROOT));
    const script = example.replace('"../mod.ts"', `"http://${server.host}/mod.ts"`);
    assertNotEquals(script, example);
    const { code, output, errors } = await runAlone([`--allow-import=${server.host}`, "script.ts"], {
      "script.ts": script,
    });
    assertEquals(code, 0, errors);
    const [, percent] = /hit rate\D*(\d+(?:\.\d+)?) %/.exec(output) ?? [];
    assert(Number(percent) > 0 && Number(percent) <= 100, output);
  },
);

Deno.test("fileUnder() finds files of the folder only", async () => {
  const outside = await Deno.makeTempDir({ prefix: "pcplab_" });
  try {
    const root = await Deno.realPath(outside) + "/root";
    await Deno.mkdir(`${root}/src`, { recursive: true });
    await Deno.writeTextFile(`${root}/src/a.ts`, "");
    await Deno.writeTextFile(`${outside}/secret`, "");
    if (Deno.build.os !== "windows") await Deno.symlink(`${outside}/secret`, `${root}/link`);
    assertMatch(await fileUnder(root, "/src/a.ts") ?? "", /a\.ts$/);
    for (
      const path of [
        "/",
        "/src",
        "/../secret",
        "/..%2Fsecret",
        "/%2e%2e/secret",
        "/src/..%2f..%2fsecret",
        "/link",
      ]
    ) {
      assertEquals(await fileUnder(root, path), undefined, path);
    }
    for (const path of ["/src/a.ts/x", "/src/%00", "/%", "/src/b.ts"]) {
      assertEquals(await fileUnder(root, path), undefined, path);
    }
  } finally {
    await Deno.remove(outside, { recursive: true });
  }
});
