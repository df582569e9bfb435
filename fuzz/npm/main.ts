/**
 * `deno task npm`: the model as a package for Node. `deno pack` turns the sources into modules with types; what it has
 * no say in, the versions of Node and of the dependencies, is put right here.
 */
import { EXIT, OutputError, reportError, UnreadableFile } from "../command/exit.ts";
import { inFolder } from "../command/guarded.ts";
import { text } from "../command/option_values.ts";
import { pathOf } from "../command/path_of.ts";
import { readOptions } from "../command/read_options.ts";
import { NPM_HELP } from "./usage.ts";

/** What of a package.json is read or changed here. */
interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const ROOT = pathOf("../../", import.meta.url);
/** Oldest Node that the test has run the package in. */
const NODE = ">=20";
const DESCRIPTION =
  "A deterministic model of the Linux page allocator's per-CPU lists, of RCU and of kvfree_rcu()";
/** Files beside the modules. */
const PAPERS = ["README.md", "CHANGELOG.md", "LICENSE"];

/**
 * Runs a program to its end.
 *
 * @throws UnreadableFile when there is no such program.
 */
function run(program: string, args: readonly string[]): void {
  const command = new Deno.Command(program, { args: [...args], cwd: ROOT, stdin: "null" });
  const { success, stderr } = outputOf(program, command);
  if (!success) throw new Error(`${program} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

function outputOf(program: string, command: Deno.Command): Deno.CommandOutput {
  try {
    return command.outputSync();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UnreadableFile(`Cannot run ${program}: expected it on the PATH, got none`);
  }
}

function readJson(path: string): PackageJson {
  return JSON.parse(Deno.readTextFileSync(path));
}

/** Paths of all files below a folder, relative to it. */
function filesBelow(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}

/** Packs the sources into a new folder, which holds what is no module of mod.ts too. */
function packed(scratch: string): string {
  run(Deno.execPath(), [
    "pack",
    "--allow-dirty",
    "--no-source-maps",
    "--output",
    `${scratch}/package.tgz`,
  ]);
  run("tar", ["-xzf", `${scratch}/package.tgz`, "-C", scratch]);
  return `${scratch}/package`;
}

/** The description of the package: what deno pack found out, for the Node it runs on, with the versions tested here. */
function describe(found: PackageJson): string {
  const dependencies = Object.fromEntries(
    Object.entries(found.dependencies).map(([name, range]) => [name, range.replace("^", "")]),
  );
  return JSON.stringify(
    { ...found, description: DESCRIPTION, engines: { node: NODE }, dependencies },
    null,
    2,
  ) + "\n";
}

/** Takes an older package of the same name away; nothing else is ever removed. */
function makeRoom(folder: string, name: string): void {
  const isThere = (path: string) => {
    try {
      return Deno.statSync(path) !== null;
    } catch {
      return false;
    }
  };
  if (!isThere(folder) || inFolder(folder, () => [...Deno.readDirSync(folder)]).length === 0) return;
  const own = `${folder}/package.json`;
  if (!isThere(own) || readJson(own).name !== name) {
    throw new OutputError(
      `Cannot write to ${folder}: expected a new folder or a package ${name}, got other files`,
    );
  }
  inFolder(folder, () => Deno.removeSync(folder, { recursive: true }));
}

/** Makes the package; returns its name and version, and how many modules it has. */
function makePackage(folder: string): string {
  const scratch = inFolder("a temporary folder", () => Deno.makeTempDirSync({ prefix: "pcplab_" }));
  try {
    const from = packed(scratch);
    const found = readJson(`${from}/package.json`);
    const files = filesBelow(from);
    const modules = files.filter((file) => file.endsWith(".js"));
    const types = files.filter((file) => modules.includes(file.replace(/\.d\.ts$/, ".js")));
    makeRoom(folder, found.name);
    inFolder(folder, () => {
      for (const file of new Set([...modules, ...types, ...PAPERS])) {
        Deno.mkdirSync(`${folder}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
        Deno.copyFileSync(`${from}/${file}`, `${folder}/${file}`);
      }
      Deno.writeTextFileSync(`${folder}/package.json`, describe(found));
    });
    return `${found.name} ${found.version}: ${modules.length} modules in ${folder}`;
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

/** Runs the task; returns the exit code. */
export function main(argv: readonly string[]): number {
  try {
    const args = readOptions(argv, ["out"], ["quiet", "help"]);
    if (args.help === true) {
      console.log(NPM_HELP);
      return EXIT.fine;
    }
    const made = makePackage(text(args, "out", "npm"));
    if (args.quiet !== true) console.log(made);
    return EXIT.fine;
  } catch (error) {
    return reportError("npm", error);
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
