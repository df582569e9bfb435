/**
 * What all tasks have in common: the permissions that deno.json gives them, help with exit codes and an example, and a
 * word about the nearest option for one that is misspelt.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** A task of deno.json. */
interface Task {
  readonly description: string;
  readonly command: string;
}

const tasks: Readonly<Record<string, Task>> =
  JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).tasks;

/** What each task may do; a task that is not here is for those who work on the project. */
const PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  fuzz: ["--allow-read", "--allow-write"],
  replay: ["--allow-read", "--allow-write"],
  sweep: ["--allow-read", "--allow-write"],
  merge: ["--allow-read", "--allow-write"],
  explore: ["--allow-read", "--allow-write"], // workers are files, --frontier
  fidelity: ["--allow-read"],
  claims: [],
  mutants: [],
  bench: ["--allow-read", "--allow-run", "--allow-write"], // runs deno bench
  perf: ["--allow-read", "--allow-run", "--allow-write"], // runs gcc
  report: ["--allow-read", "--allow-write"],
  reference: ["--allow-read", "--allow-write"],
  serve: ["--allow-net=127.0.0.1", "--allow-read"],
  npm: ["--allow-read", "--allow-run", "--allow-write"], // runs deno pack and tar
  dictionary: ["--allow-read=results,docs/schema", "--allow-write=results,docs/schema"],
};

Deno.test("every task has the permissions that it needs, asks for no more, and never prompts", () => {
  assertEquals(Object.keys(tasks).sort(), [...Object.keys(PERMISSIONS), "check", "test"].sort());
  for (const [name, allowed] of Object.entries(PERMISSIONS)) {
    const { command, description } = tasks[name]!;
    assertEquals(command.split(" ").filter((word) => /^--allow|^-A$/.test(word)).sort(), allowed, name);
    assertStringIncludes(command, "--no-prompt", name);
    assertStringIncludes(command, "--frozen", name);
    assert(description.length > 20, name);
  }
});

Deno.test({
  name: "fuzz says that standard output is full, and exits with 3: its files are whole" +
    (Deno.build.os === "linux" ? "" : " (ignored: there is no /dev/full here)"),
  ignore: Deno.build.os !== "linux",
  async fn() {
    const out = Deno.makeTempDirSync();
    try {
      const task = tasks.fuzz!.command;
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", `${task.replace(/^deno/, Deno.execPath())} --runs 2 --out ${out} > /dev/full`],
        cwd: ROOT,
      }).output();
      assertEquals(code, 3);
      assertMatch(new TextDecoder().decode(stderr), /^Cannot write the results to standard output: /);
      assertEquals(Deno.readTextFileSync(`${out}/runs.csv`).trim().split("\n").length, 3);
    } finally {
      Deno.removeSync(out, { recursive: true });
    }
  },
});

/** Runs a task's own command with one more argument, with its permissions and no others. */
async function run(name: string, argument: string): Promise<{ code: number; out: string; said: string }> {
  const [deno, ...args] = tasks[name]!.command.split(" ");
  assertEquals(deno, "deno", name);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, argument],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), said: text(stderr) };
}

for (const name of Object.keys(PERMISSIONS)) {
  Deno.test(`task ${name}: --help has exit codes and an example, a misspelt option is met by the nearest`, async () => {
    const help = await run(name, "--help");
    assertEquals([help.code, help.said], [0, ""]);
    assertMatch(help.out, new RegExp(`^deno task ${name}`));
    assertMatch(help.out, /Exit code: 0 /);
    assertMatch(help.out, /Examples?\n +deno task /);
    const wrong = await run(name, "--hlep");
    assertEquals([wrong.code, wrong.out], [2, ""]);
    assertStringIncludes(wrong.said, "did you mean --help?");
  });
}
