/**
 * The npm package: made, installed into a project of its own, and run by Node with the same bytes as by Deno.
 *
 * Its dependencies come from the npm registry. Where that or Node is missing the tests are ignored, and say why.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../command/exit.ts";
import { main } from "./main.ts";

const NPM = Deno.build.os === "windows" ? "npm.cmd" : "npm";
const CONFIG = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));

/** A run of two threads, as one row of runs.csv. */
const SCRIPT = `
import { defaultRunOptions, execute, factsOf, geometryFromSize, runsRow } from "NAME";
const geometry = geometryFromSize({ memoryBytes: 1 << 26, cpus: 2, nodes: 1 });
for (const scheduler of ["random", "virtual"]) {
  const result = execute({ ...defaultRunOptions(geometry), scheduler, calls: 300, pcp: { high: 8, batch: 2 } });
  console.log(runsRow(factsOf(result)));
}
`;

interface Finished {
  readonly success: boolean;
  readonly output: string;
  readonly errors: string;
}

async function run(program: string, args: readonly string[], cwd: string): Promise<Finished> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success, output: text(stdout), errors: text(stderr) };
  } catch (error) {
    return { success: false, output: "", errors: `${program}: ${error}` };
  }
}

/** A project outside of the checkout in which the package is installed. */
interface Project {
  readonly folder: string;
  /** Why there is none. */
  readonly missing: string | null;
}

async function install(): Promise<Project> {
  const folder = Deno.makeTempDirSync({ prefix: "pcplab_" });
  const missing = (why: string) => ({ folder, missing: why });
  const node = await run("node", ["--version"], folder);
  if (!node.success) return missing("no Node");
  if (Number(/^v(\d+)/.exec(node.output)?.[1]) < 20) return missing(`Node ${node.output.trim()}`);
  assertEquals(main(["--out", `${folder}/package`, "--quiet"]), EXIT.fine);
  Deno.mkdirSync(`${folder}/project`);
  Deno.writeTextFileSync(`${folder}/project/package.json`, '{ "type": "module" }');
  const tarball = await run(NPM, ["pack", "../package"], `${folder}/project`);
  assert(tarball.success, tarball.errors);
  const file = tarball.output.trim().split("\n").at(-1)!;
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", `./${file}`];
  const installed = await run(NPM, args, `${folder}/project`);
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN/.test(installed.errors)) return missing("no npm registry");
  assert(installed.success, installed.errors);
  return { folder, missing: null };
}

const { folder, missing } = await install();
const project = `${folder}/project`;
const ignore = missing !== null;
const note = ignore ? ` [ignored: ${missing}]` : "";
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test(`the package has the name, version and license of deno.json, and exact dependencies${note}`, {
  ignore,
}, () => {
  const made = JSON.parse(Deno.readTextFileSync(`${folder}/package/package.json`));
  const { name, version, license } = made;
  assertEquals({ name, version, license }, {
    name: CONFIG.name,
    version: CONFIG.version,
    license: CONFIG.license,
  });
  assertEquals(made.engines, { node: ">=20" });
  const { npm } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.run.lock", import.meta.url)));
  assertEquals(Object.entries(made.dependencies).map((pair) => pair.join("@")), Object.keys(npm));
});

Deno.test(`Node runs the package with the bytes that Deno makes${note}`, { ignore }, async () => {
  Deno.writeTextFileSync(`${project}/run.js`, SCRIPT.replace("NAME", CONFIG.name));
  const node = await run("node", ["run.js"], project);
  assert(node.success, node.errors);
  const mod = new URL("../../mod.ts", import.meta.url).href;
  Deno.writeTextFileSync(`${folder}/run.ts`, `// deno-lint-ignore-file\n${SCRIPT.replace("NAME", mod)}`);
  const deno = await run(Deno.execPath(), ["run", "--no-check", "--no-config", "run.ts"], folder);
  assert(deno.success, deno.errors);
  assertEquals(node.output, deno.output);
  assertEquals(node.output.split("\n").filter((line) => line !== "").length, 2);
});

Deno.test(`the package has types: a call with a wrong option is refused${note}`, { ignore }, async () => {
  Deno.writeTextFileSync(`${project}/deno.json`, '{ "nodeModulesDir": "manual" }');
  const check = async (size: string) => {
    const code = `import { geometryFromSize } from "${CONFIG.name}";\n` +
      `const zones: number = geometryFromSize(${size}).zones.length;\nconsole.log(zones);\n`;
    Deno.writeTextFileSync(`${project}/check.ts`, code);
    return await run(Deno.execPath(), ["check", "check.ts"], project);
  };
  const right = await check("{ memoryBytes: 1 << 26, cpus: 2, nodes: 1 }");
  assert(right.success, right.errors);
  const wrong = await check('{ memoryBytes: 1 << 26, cpus: "2", nodes: 1 }');
  assert(!wrong.success);
  assertStringIncludes(wrong.errors, "TS2322");
});

Deno.test(`npm replaces an older package, and no other files${note}`, { ignore }, () => {
  const out = `${folder}/package`;
  Deno.writeTextFileSync(`${out}/src/gone.js`, "");
  assertEquals(main(["--out", out, "--quiet"]), EXIT.fine);
  assert(![...Deno.readDirSync(`${out}/src`)].some(({ name }) => name === "gone.js"));
  assertEquals(main(["--out", project, "--quiet"]), EXIT.badInput);
  assert(Deno.statSync(`${project}/package.json`).isFile);
});

Deno.test(`npm says which program is missing${note}`, { ignore }, () => {
  const path = Deno.env.get("PATH")!;
  const { error } = console;
  let said = "";
  console.error = (text: string) => void (said += text);
  Deno.env.set("PATH", project); // there is no tar in it
  try {
    assertEquals(main(["--out", `${folder}/other`, "--quiet"]), EXIT.badInput);
  } finally {
    Deno.env.set("PATH", path);
    console.error = error;
  }
  assertStringIncludes(said, "Cannot run tar: expected it on the PATH");
});
