/** `deno task explore` as a user calls it. */
import { assertEquals, assertMatch } from "@std/assert";
import { pathOf } from "../command/path_of.ts";

const EXPLORE = pathOf("./main.ts", import.meta.url);

/** Runs the task, which needs no permission. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", EXPLORE, ...args],
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("explore --json prints the counts, exit code 0 without a violation", async () => {
  const { code, stdout, stderr } = await run("--operations", "3", "--reduction", "none", "--json");
  const { states, transitions, endStates, violations, complete } = JSON.parse(stdout);
  assertEquals([code, stderr], [0, ""]);
  assertEquals([states, transitions, endStates, violations, complete], [6826, 14142, 40, 0, true]);
});

Deno.test("explore --shrink tells the smallest case, exit code 1", async () => {
  const { code, stdout } = await run("--bug", "refill-early", "--operations", "6", "--shrink");
  assertEquals(code, 1);
  assertMatch(stdout, /Smallest: 2 CPUs/);
  assertMatch(stdout, /No failing case with fewer: \d+ smaller cases explored whole/);
  assertMatch(stdout, /every continuation fails/);
});

Deno.test("explore --audit holds the reductions together", async () => {
  const { code, stdout } = await run("--audit", "--operations", "3");
  assertEquals([code, stdout.match(/ agrees:/g)!.length], [0, 5]);
});

Deno.test("explore says what is wrong with a call, exit code 2", async () => {
  const wrong: [string[], RegExp][] = [
    [["--cpu", "2"], /did you mean --cpus\?/],
    [["--cpus", "7"], /--cpus: expected a whole number from 1 to 6, got "7"/],
    [["--preemptions", "1", "--reduction", "own"], /--preemptions goes with --reduction none only/],
    [["--audit", "--shrink"], /--audit runs every reduction whole/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await run(...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});
