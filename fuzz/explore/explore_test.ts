/** `deno task explore` as a user calls it. */
import { assertEquals, assertMatch } from "@std/assert";
import { pathOf } from "../command/path_of.ts";

const EXPLORE = pathOf("./main.ts", import.meta.url);

/** Runs the task. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-write", EXPLORE, ...args],
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
    [
      ["--workers", "2", "--limit", "9"],
      /--workers explores everything at once; expected no --limit with it/,
    ],
    [["--frontier", "x", "--shrink"], /--frontier keeps one search; expected no --shrink with it/],
    [
      ["--walks", "9", "--reduction", "own"],
      /--walks looks at all states, and goes with --reduction none only/,
    ],
    [["--states", "5000"], /--states goes with --workers/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await run(...args);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});

Deno.test("explore estimates before it starts, and tells what share of the states random walks see", async () => {
  const { code, stdout } = await run("--operations", "3", "--walks", "2000");
  assertEquals(code, 0);
  const [estimate, counts, share] = stdout.trim().split("\n");
  assertMatch(
    estimate!,
    /^About \d\.\de\+\d+ interleavings and at least \d+ states without reduction, by 200 random walks$/,
  );
  assertMatch(counts!, /^6826 states kept/);
  const seen = Number(/^2000 random walks see (\d+) of 6826 states: \d+\.\d %$/.exec(share!)![1]);
  assertEquals(seen > 2000 && seen <= 6826, true);
});

Deno.test("explore --workers counts what one worker counts, and tells the same failure", async () => {
  const json = async (...args: string[]) => {
    const { code, stdout } = await run("--json", ...args);
    const { states, transitions, endStates, violations, failure, unreached } = JSON.parse(stdout);
    return { code, states, transitions, endStates, violations, failure, unreached };
  };
  for (
    const args of [["--cpus", "3", "--operations", "3", "--reduction", "none"], ["--bug", "refill-early"]]
  ) {
    assertEquals(await json(...args, "--workers", "3"), await json(...args), args.join(" "));
  }
  const { code, stderr } = await run(
    "--cpus",
    "2",
    "--operations",
    "5",
    "--reduction",
    "none",
    "--workers",
    "2",
    "--states",
    "1000",
  );
  assertEquals(code, 2);
  assertMatch(stderr, /Cannot keep more states: expected at most \d+, the size of the table/);
});

Deno.test("explore --frontier goes on where it was left, and refuses another search's file", async () => {
  const file = Deno.makeTempFileSync();
  Deno.removeSync(file);
  try {
    const args = ["--cpus", "3", "--operations", "3", "--json"];
    const left = JSON.parse((await run(...args, "--frontier", file, "--limit", "9000")).stdout);
    assertEquals(left.complete, false);
    const { states, transitions, endStates, complete } = JSON.parse(
      (await run(...args, "--frontier", file)).stdout,
    );
    const whole = JSON.parse((await run(...args)).stdout);
    assertEquals([states, transitions, endStates, complete], [
      whole.states,
      whole.transitions,
      whole.endStates,
      true,
    ]);
    const other = await run("--frontier", file);
    assertEquals([other.code, other.stdout.includes("states kept")], [3, false]);
    assertMatch(other.stderr, /Cannot go on with a search: expected that of /);
  } finally {
    Deno.removeSync(file);
  }
});
