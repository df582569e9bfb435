/**
 * README.md, followed word for word in a fresh clone: every command line of its blocks and every `deno task` of its
 * text, run whole by a shell, in order, with the exit code that it should have. It takes a quarter of an hour, so it
 * runs by night and on request:
 *
 *     deno test -A tests/readme_whole_test.ts -- --whole
 *
 * tests/doc_commands_test.ts reads the same commands every time, without running them whole.
 */
import { assertEquals } from "@std/assert";
import { ROOT } from "./support/tree.ts";

/** What a command ends with when it is not 0, by a part of its line: those that find something, as README says. */
const ENDS: readonly (readonly [string, number])[] = [
  ["--bugs B1", 1],
  ["--bugs B2", 1],
  ["fuzz --replay", 1],
  ["fuzz --profile v6_1 --pressure 0.99", 1],
  ["--contexts --strategy nowait", 1],
  ["--contexts --strategy lockless --preemption rt", 1],
  ["--bug refill-early", 1],
  ["task serve", 124], // it serves until it is stopped
];
/** Lines that are not run, with the reason. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/task test\b/, "this is a part of it"],
  [/^trace-cmd /, "it needs a kernel that may be traced; a recorded trace stands for its result"],
  [/--help/, "tests/doc_commands_test.ts runs it"],
];
/** What stands for the reader's own files and for what a command printed before. */
const STANDS_FOR: readonly (readonly [string, string])[] = [
  ["'pcplab2 {...}'", "results/fuzz/failure.txt"],
  ["npm install ", "mkdir -p ../own && cd ../own && npm init -y >/dev/null && npm install "],
  ["deno task serve", "timeout 10 deno task serve"],
];
const COMMAND_SECONDS_MAX = 900;

/** Command lines of the text: lines of its shell blocks, and the tasks in its sentences that no other line has. */
function linesOf(text: string): string[] {
  const lines: { readonly line: string; readonly isSpan: boolean }[] = [];
  let block = "";
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const fence = /^```(\w*)/.exec(line);
    if (fence !== null) block = block === "" ? fence[1]! : "";
    else if (block === "sh") lines.push({ line: line.replace(/\s+#.*/, ""), isSpan: false });
    else if (block === "") {
      for (const [, span] of line.matchAll(/`(deno task [^`]+)`/g)) lines.push({ line: span!, isSpan: true });
    }
  }
  return lines.filter(({ line, isSpan }, i) =>
    !isSpan || !lines.some((other, j) => other.line.startsWith(`${line} `) || (other.line === line && j < i))
  ).map(({ line }) => line);
}

const endOf = (line: string) => ENDS.find(([part]) => line.includes(part))?.[1] ?? 0;

/** A clone with the reader's own files in it, empty caches, and this Deno first on the path. */
function freshClone(scratch: string): { cwd: string; env: Record<string, string> } {
  const cwd = `${scratch}/pcplab`;
  const clone = new Deno.Command("git", { args: ["clone", "-q", new URL(ROOT).pathname, cwd] }).outputSync();
  assertEquals(clone.code, 0, new TextDecoder().decode(clone.stderr));
  const recording = `${cwd}/tests/fixtures/low_s2_ll_f0`;
  Deno.copyFileSync(`${recording}/zoneinfo.before`, `${cwd}/my.zoneinfo`);
  Deno.copyFileSync(`${recording}/trace.txt.gz`, `${cwd}/my.trace.gz`);
  const folder = Deno.execPath().replace(/\/[^/]*$/, "");
  const caches = { DENO_DIR: `${scratch}/deno`, npm_config_cache: `${scratch}/npm` };
  return { cwd, env: { ...caches, PATH: `${folder}:${Deno.env.get("PATH")}`, NO_COLOR: "1" } };
}

Deno.test({
  name: "README.md can be followed word for word (--whole; by night)",
  ignore: !Deno.args.includes("--whole"),
  fn() {
    const scratch = Deno.makeTempDirSync();
    const faults: string[] = [];
    try {
      const { cwd, env } = freshClone(scratch);
      for (const shown of linesOf(Deno.readTextFileSync(`${cwd}/README.md`))) {
        if (LEFT_OUT.some(([pattern]) => pattern.test(shown))) continue;
        const line = STANDS_FOR.reduce((text, [from, to]) => text.replace(from, to), shown);
        const args = ["-k", "5", String(COMMAND_SECONDS_MAX), "bash", "-c", line];
        const startedMs = performance.now();
        const { code, stderr } = new Deno.Command("timeout", { args, cwd, env, stdout: "null" }).outputSync();
        console.log(
          `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  ${code}  ${shown}`,
        );
        if (code === endOf(shown)) continue;
        const said = new TextDecoder().decode(stderr).slice(-400);
        faults.push(`${shown}: expected exit code ${endOf(shown)}, got ${code}: ${said}`);
      }
    } finally {
      Deno.removeSync(scratch, { recursive: true });
    }
    assertEquals(faults, []);
  },
});
